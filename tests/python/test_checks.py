"""What checkers say, from Python."""
import pytest

import armature

STALE = "a_stale_translation_is_used_until_its_tlbi"


def test_a_violation_comes_out_of_run_with_its_proof(machine):
    m = machine(STALE, check="guest")
    with pytest.raises(armature.Violation) as error:
        m.run(timeout=1)
    verdict = error.value.verdict
    assert verdict == m.violations[0] or str(verdict) == str(m.violations[0])
    assert verdict.severity == "violation" and verdict.citation and verdict.pc != 0
    assert len(verdict.proof) > 0 and verdict.rule in str(error.value)
    assert verdict.proof[-1].pc == verdict.pc
    # The machine stands at the instruction that broke the rule, and goes on if it is told to.
    assert abs(m.cores[0].pc - verdict.pc) <= 4 or verdict.pc == 0
    assert m.run(timeout=1).reason == "powered_off"


def test_tables_that_no_manifest_names_get_no_violation(machine):
    m = machine(STALE, check="all")
    assert m.run(timeout=1).reason == "powered_off"
    assert m.violations == []


def test_checking_changes_nothing(machine):
    plain, checked = machine(STALE, digest=True), machine(STALE, digest=True, check="all")
    assert plain.run().cycle == checked.run().cycle
    assert (plain.digest, plain.stats) == (checked.digest, checked.stats)


def test_an_unknown_checker_is_refused(machine):
    with pytest.raises(armature.ConfigError, match="allowed"):
        machine(STALE, check="nonsense")
