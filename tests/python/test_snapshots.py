"""Going back, and going on twice."""
import subprocess

import pytest

import armature
from armature import until
from conftest import BUILD

COUNTING = "no_increment_is_lost_between_cores"


def ended(m):
    m.run(timeout=10)
    return m.digest, m.cycle, m.console(), m.stats


def test_a_restored_machine_does_the_same_again(machine):
    m = machine(COUNTING, smp=2, digest=True)
    m.run(until.instructions(20_011))  # in the middle of a window
    snapshot = m.snapshot()
    first = ended(m)
    m.restore(snapshot)
    assert m.instructions == 20_011 and repr(snapshot) == f"<snapshot of {snapshot.bytes} bytes>"
    assert ended(m) == first


def test_recordings_and_hooks_outlive_a_restore(machine):
    m = machine(COUNTING, smp=2)
    snapshot = m.snapshot()
    fills, seen = m.record("tlb_fill"), []
    m.on("exception_return,barrier", seen.append)
    m.run()
    count, seen_once = len(fills.take()), len(seen)
    m.restore(snapshot)
    m.run()
    assert len(fills.take()) == count > 0 and len(seen) == 2 * seen_once > 0


def test_a_fork_goes_its_own_way(machine):
    m = machine(COUNTING, smp=2, digest=True)
    m.run(until.cycles(10_000))
    child = m.fork()
    child.write(0x4200_0000, b"child")
    assert m.read(0x4200_0000, 5) == bytes(5)
    other = m.fork()
    assert ended(m) == ended(other)
    assert child.run(timeout=10).reason == "powered_off"


def test_a_file_goes_to_the_command_and_back(machine, program, tmp_path):
    file = tmp_path / "s.snap"
    m = machine(COUNTING, smp=2, digest=True)
    m.run(until.cycles(10_000))
    m.save(file)
    told = subprocess.run([BUILD / "armature", "run", "-kernel", program(COUNTING), "-m", "64M", "-smp", "2",
                           "--restore", file, "--digest"], check=True, capture_output=True, text=True)
    digest = ended(m)[0]
    assert f"digest {digest}" in told.stderr
    again = machine(COUNTING, smp=2, digest=True)
    again.restore(file)
    assert ended(again)[0] == digest


def test_a_snapshot_of_another_machine_is_refused(machine):
    m, other = machine(COUNTING, smp=2), machine(COUNTING, smp=4)
    with pytest.raises(armature.ConfigError, match="snapshot of another machine"):
        other.restore(m.snapshot())
    with pytest.raises(armature.ConfigError, match="unusable"):
        other.run()
    with pytest.raises(armature.ConfigError, match="/nowhere"):
        m.restore("/nowhere/file")
