"""What checkers say, from Python."""
import numpy as np
import pytest

import armature
from armature import until
from conftest import BUILD

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


# ---- KCore and its VMs

@pytest.fixture(scope="module")
def two_vms():
    """Two VMs under KCore at the moment both have said hello."""
    m = vms(check="all")
    m.run("hello from vCPU 1", timeout=5)
    return m


def vms(**keys):
    guest = BUILD / "hyp" / "hello.guest"
    return armature.Machine("cortex-a72", smp=2, memory="256M", **keys,
                            vm=[{"guest": guest, "vcpus": 2, "memory": "16M"}, {"guest": guest, "memory": "16M"}])


def test_the_checkers_of_the_hypervisor_are_among_all():
    assert {"ownership", "page-observers", "break-before-make"} <= set(armature.checkers())


def test_kcore_with_two_vms_breaks_no_rule():
    m = vms(check="all")
    assert m.run(timeout=10).reason == "powered_off"
    assert m.violations == []
    notes = m.verdicts.frame()
    assert list(notes.columns)[:3] == ["rule", "severity", "what"] and (notes["severity"] == "note").all()


def test_verdicts_are_rows_with_their_proof(machine):
    m = machine(STALE, check="guest")
    with pytest.raises(armature.Violation):
        m.run(timeout=1)
    m.run(timeout=1)
    frame = m.verdicts.frame()
    assert len(frame) == len(m.verdicts) and "violation" in set(frame["severity"])
    first = m.violations[0]
    row = frame[frame["severity"] == "violation"].iloc[0]
    assert (row["rule"], row["pc"], row["proof"]) == (first.rule, first.pc, len(first.proof))


def test_a_proof_is_drawn_event_by_event(machine):
    import matplotlib
    matplotlib.use("agg")
    m = machine(STALE, check="guest")
    with pytest.raises(armature.Violation) as error:
        m.run(timeout=1)
    verdict = error.value.verdict
    axes = verdict.plot()
    told = [text.get_text() for text in axes.texts]
    assert len(told) == len(verdict.proof)
    assert all(f"pc {event.pc:#x}" in text for event, text in zip(verdict.proof, told))
    assert [label.get_text() for label in axes.get_xticklabels()] == ["core 0"]


def test_the_page_map_is_kcores_array(two_vms):
    pages = two_vms.pages()
    assert (pages.index.to_numpy() == 0x4000_0000 + 4096 * np.arange(len(pages))).all() and len(pages) == 65536
    assert set(pages["owner"]) == {"KCore", "KServ", "VM 1", "VM 2"}
    assert pages.loc[0x4010_0000, "owner"] == "KCore"
    vm = pages[pages["owner"] == "VM 1"]
    assert vm["gfn"].is_unique and len(vm) > 16
    assert two_vms.read(int(vm.index[0]), 8) != b""


def test_observers_are_those_the_tables_and_tlbs_allow(two_vms):
    observers, pages = two_vms.observers(), two_vms.pages()
    assert len(observers) > 100 and observers.index.is_monotonic_increasing
    # Who maps a page may observe it; who is held by a TLB may be held by one.
    assert all(set(row.by_tables) <= set(row.by_tlbs) for row in observers.itertuples())
    assert all(set(row.resident) <= set(row.by_tlbs) for row in observers.itertuples())
    assert any(row.resident for row in observers.itertuples())
    joined = observers.join(pages["owner"])
    private = joined[joined["owner"] == "VM 1"]
    assert len(private) and all(row.by_tlbs in ((), ("VM 1",), ("KServ", "VM 1")) for row in private.itertuples())
    page = int(private.index[0])
    alone = two_vms.observers(page + 8)
    assert list(alone.index) == [page] and alone.iloc[0].equals(observers.loc[page])


def test_observers_and_pages_say_what_they_need(machine):
    m = machine(STALE, check="all")
    for ask in (m.pages, m.observers):
        with pytest.raises(armature.ConfigError, match="no firmware with a manifest"):
            ask()
    with pytest.raises(armature.ConfigError, match="check=\"page-observers\""):
        vms().observers()


def test_what_the_manifest_promises_is_heard_without_a_checker():
    m = vms(digest=True)
    moves = m.record("owner_change,vm_enter")
    entered = []
    m.on("vm_enter", entered.append, principal="VM 1")
    m.run("hello from vCPU 1", timeout=5)
    moves = moves.take()
    assert moves.counts()["owner_change"] > 100 and entered
    assert {event["new"] for event in moves.of("owner_change")} >= {"VM 1", "VM 2"}
    frame = moves.frame("owner_change")
    assert set(frame["old"]) <= {"KServ", "VM 1", "VM 2"} and (frame["new"] == "VM 1").any()
    assert entered[0]["principal"] == "VM 1" and len(entered) < moves.counts()["vm_enter"]
    with pytest.raises(armature.ConfigError, match="'VM one' is no principal; allowed: nobody, KCore, KServ, VM N"):
        m.record("vm_exit", principal="VM one")
    silent = vms(digest=True)
    silent.run("hello from vCPU 1", timeout=5)
    assert (silent.digest, silent.stats) == (m.digest, m.stats)


def test_what_the_manifest_promises_is_heard_after_a_restore_too():
    m = vms()
    m.run("verified", timeout=5)
    before = m.snapshot()  # nobody listens yet
    moves = m.record("owner_change")
    m.run(timeout=10)
    first = moves.take()
    assert len(first) > 20
    for _ in range(2):
        m.restore(before)
        m.run(timeout=10)
        again = moves.take().array
        assert (again["a"] == first.array["a"]).all() and (again["c"] == first.array["c"]).all()
    later = vms(check="ownership")
    later.run("verified", timeout=5)
    assert later.snapshot().bytes == before.bytes  # a checker is no part of it


# ---- the slides

CORRECT = [
    ("start", "{A}", "{A}", "{A}", "{A}"),
    ("unmap(pfn 1, A)", "{A}", "{}", "{A}", "{A},{}"),
    ("flush_tlb(pfn 1, A)", "{}", "{}", "{A},{}", "{A},{}"),
    ("map(pfn 1, B)", "{B}", "{B}", "{A},{},{B}", "{A},{},{B}"),
]
WRONG = [
    ("start", "{A}", "{A}", "{A}", "{A}"),
    ("flush_tlb(pfn 1, A)", "{A}", "{A}", "{A}", "{A}"),
    ("unmap(pfn 1, A)", "{A}", "{}", "{A}", "{A},{}"),
    ("map(pfn 1, B)", "{A,B}", "{B}", "{A},{A,B}", "{A},{},{B}"),
]


@pytest.mark.parametrize("order, rows, agrees", [("correct", CORRECT, True), ("wrong", WRONG, False)])
def test_the_case_study_is_the_slides_table_row_by_row(order, rows, agrees):
    study = armature.case_study(order)
    assert list(study.frame().itertuples(name=None)) == rows
    assert study.agrees == agrees
    assert ("same groups" if agrees else "different groups") in str(study)


def test_an_order_that_is_none_of_the_two_is_refused():
    with pytest.raises(armature.ConfigError, match="correct, wrong"):
        armature.case_study("backwards")


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_checkers_that_start_in_the_middle_raise_no_false_alarm(part):
    whole = vms(check="all", digest=True)
    whole.run(timeout=10)
    m = vms(check="all", digest=True)
    m.run(until.instructions(int(whole.instructions * part)))
    m.restore(m.snapshot())
    child = m.fork()
    for one in (m, child):
        assert one.run(timeout=10).reason == "powered_off" and one.violations == []
        assert one.digest == whole.digest
