"""Building, running, looking at and changing machines."""
import os
import pickle
import re
import signal
import subprocess
import threading
import time

import pytest

import armature
from armature import until
from conftest import BRANCH_TO_SELF, BUILD, WFI

STALE = "a_stale_translation_is_used_until_its_tlbi"
COUNTING = "no_increment_is_lost_between_cores"


# ---- building

def test_an_unknown_key_names_the_nearest():
    with pytest.raises(armature.ConfigError, match="'memry'; did you mean 'memory'"):
        armature.Machine(memry="64M")


def test_a_value_that_is_not_allowed_says_what_is():
    with pytest.raises(armature.ConfigError, match=r"smp: '17' is not allowed; allowed: 1..16"):
        armature.Machine(smp=17)
    with pytest.raises(armature.ConfigError, match="cortex-a72"):
        armature.Machine("cortex-a27")
    with pytest.raises(armature.ConfigError, match="kernel"):
        armature.Machine(kernel=3.5)


def test_a_missing_file_is_named():
    with pytest.raises(armature.ConfigError, match="/nowhere/Image"):
        armature.Machine(kernel="/nowhere/Image")


def test_a_key_of_the_command_names_the_word_that_replaces_it(raw):
    with pytest.raises(armature.ConfigError, match=r"Machine.record\(\)"):
        raw(BRANCH_TO_SELF, trace="t.bin")


@pytest.mark.parametrize("key, instead", [("report", "Machine.report()"), ("perfetto", "Machine.perfetto()"),
                                          ("output", "Events.save()"), ("gdb", "armature run --gdb"),
                                          ("screenshot", "armature run --screenshot")])
def test_no_key_is_passed_over_in_silence(raw, key, instead):
    with pytest.raises(armature.ConfigError, match=re.escape(instead)):
        raw(BRANCH_TO_SELF, **{key: "tcp:0" if key == "gdb" else "a.png@end"})


def test_every_key_of_the_schema_is_a_keyword(raw):
    keys = set(armature.options().index)
    assert {"cpu", "smp", "memory", "max_instructions", "no_fast", "drive"} <= keys
    toml = raw(BRANCH_TO_SELF, no_fast=True, quantum="insn", seed=7).config
    assert 'memory = "64M"' in toml and "no-fast = true" in toml and 'quantum = "insn"' in toml and "seed = 7" in toml


def test_a_toml_file_gives_keys_and_keywords_win(raw, tmp_path):
    file = tmp_path / "machine.toml"
    file.write_text('cpu = "cortex-a53"\nmemory = "64M"\nsmp = 2\n')
    machine = raw(BRANCH_TO_SELF, config=file, smp=3)
    assert len(machine.cores) == 3 and 'cpu = "cortex-a53"' in machine.config


# ---- running

def test_a_program_runs_until_it_powers_off(machine):
    m = machine(STALE)
    stop = m.run(timeout=1)
    assert stop.reason == "powered_off"
    assert stop.instructions == m.instructions > 1000
    assert m.console().endswith("after its TLBI: fault\n")


def test_run_stops_at_a_console_match_and_goes_on(machine):
    m = machine(STALE)
    stop = m.run(r"no TLBI: (0x\w+)\n")
    assert stop.reason == "console" and stop.text == "no TLBI: 0x100\n" and stop.uart == 0
    assert m.run("no TLBI: 0x").reason == "console"  # the second one: what has matched is past
    assert m.run().reason == "powered_off"


def test_waiting_for_what_never_comes_raises_when_the_guest_stops(machine):
    with pytest.raises(armature.GuestStopped, match="powered_off") as error:
        machine(STALE).run("never printed")
    assert error.value.console.endswith("fault\n")
    assert error.value.pc != 0


def test_run_stops_after_exactly_so_many_instructions(machine):
    m = machine(STALE)
    m.run(until.instructions(1234))
    assert m.instructions == 1234
    m.run(until.instructions(1))
    assert m.instructions == 1235


def test_run_stops_at_the_window_that_reaches_the_cycles(machine):
    m = machine(STALE, quantum=100)
    assert m.run(until.cycles(5000)).cycle == 5000
    assert m.run(until.cycles(250)).cycle == 5300


def test_run_stops_after_the_instruction_of_an_event(machine):
    m = machine(STALE)
    stop = m.run(until.event("tlbi"))
    assert stop.reason == "event" and stop.event.kind == "tlbi"
    # The TLBI is the last instruction executed: the pc stands behind it.
    assert m.cores[0].pc == stop.event.pc + 4


def test_stopping_at_every_event_changes_nothing(machine):
    free = machine(COUNTING, smp=4, digest=True)
    free.run()
    held = machine(COUNTING, smp=4, digest=True)
    stops = 0
    while held.run(until=until.event("barrier,walk_end,tlb_fill,tlbi,wait,wake") if stops < 300 else None,
                   timeout=10).reason == "event":
        stops += 1
    assert stops == 300
    assert (held.digest, held.cycle, held.stats) == (free.digest, free.cycle, free.stats)
    assert held.console() == free.console()


def test_stopping_after_every_few_instructions_changes_nothing(machine):
    free = machine(STALE, digest=True)
    free.run()
    held = machine(STALE, digest=True)
    while held.run(until.instructions(7)).reason == "instructions":
        pass
    assert (held.digest, held.cycle, held.stats) == (free.digest, free.cycle, free.stats)


def test_the_timeout_is_simulated_time(raw):
    m = raw(BRANCH_TO_SELF)
    with pytest.raises(armature.Timeout) as error:
        m.run(timeout=0.001)
    assert m.seconds == 0.001
    assert isinstance(error.value, TimeoutError) and error.value.pc == m.cores[0].pc


def test_a_guest_that_can_never_wake_is_dead_at_its_pc(raw):
    m = raw(WFI, BRANCH_TO_SELF)
    with pytest.raises(armature.GuestDied, match="core 0 at pc 0x") as error:
        m.run()
    assert error.value.pc == m.cores[0].pc and error.value.el == 1
    assert error.value.cores[0]["state"] == m.cores[0].state == "wfi"
    copy = pickle.loads(pickle.dumps(error.value))
    assert str(copy) == str(error.value) and copy.cores == error.value.cores


def test_ctrl_c_stops_a_run_which_then_goes_on(raw):
    m = raw(BRANCH_TO_SELF)
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        m.run()
    before = m.cycle
    m.run(until.cycles(1000))
    assert m.cycle >= before + 1000


def test_other_threads_go_on_while_a_machine_runs(raw):
    m = raw(BRANCH_TO_SELF)
    seen = []
    over = threading.Event()

    def watch():
        while not over.is_set():
            seen.append(time.monotonic())
    thread = threading.Thread(target=watch)
    thread.start()

    def is_seen_within_a_slice():
        """In its middle: at its ends Python may have changed threads by itself."""
        start = time.monotonic()
        m._session.slice((1 << 64) - 1, (1 << 64) - 1, 0, 50)
        quarter = (time.monotonic() - start) / 4
        return any(start + quarter < t < start + 3 * quarter for t in seen)
    try:
        assert any(is_seen_within_a_slice() for _ in range(20))
    finally:
        over.set()
        thread.join()


def test_typed_text_reaches_the_guest(raw):
    # loop: ldr w1, [x0, #0x18]; tbnz w1, #4, loop; ldr w2, [x0]; str w2, [x0]; b loop; x0 = 0x09000000
    m = raw(0xd2a12000, 0xb9401801, 0x3727ffe1, 0xb9400002, 0xb9000002, 0x17fffffc)
    m.type("echo")
    assert m.run("echo", timeout=0.01).text == "echo"


# ---- several machines

def test_machines_one_after_another_are_equal(machine):
    digests = set()
    for _ in range(3):
        m = machine(COUNTING, smp=2, digest=True)
        m.run()
        digests.add(m.digest)
    assert len(digests) == 1


def test_machines_in_turns_do_not_disturb_each_other(machine):
    alone = machine(STALE, digest=True)
    alone.run()
    first, second = machine(STALE, digest=True), machine(STALE, digest=True, quantum=100)
    running = {first, second}
    while running:
        running = {m for m in running if m.run(until.cycles(777)).reason == "cycles"}
    assert first.digest == alone.digest and second.console() == alone.console()


def test_machines_in_two_threads_take_turns(machine):
    machines = [machine(COUNTING, smp=2, digest=True) for _ in range(2)]
    threads = [threading.Thread(target=m.run) for m in machines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert machines[0].digest == machines[1].digest
    assert machines[0].run().reason == "powered_off"


# ---- state

def test_registers_have_the_names_of_the_manual(machine):
    m = machine(STALE, el=2)
    core = m.cores[0]
    assert core.el == core["CurrentEL"] >> 2 == 2
    core["x7"] = 0x1234
    core["HCR_EL2"] = 1 << 31
    assert core["x7"] == core["X7"] == 0x1234
    assert core["hcr_el2"] & 1 << 31
    assert core["MIDR_EL1"] >> 4 & 0xfff == 0xd07  # Cortex-A57
    assert core["v3"] == 0
    registers = core.registers()
    assert registers["x7"] == 0x1234 and registers["HCR_EL2"] & 1 << 31 and len(registers) > 200
    with pytest.raises(armature.ConfigError, match="did you mean 'TTBR0_EL1'"):
        core["TTBR_EL1"]
    with pytest.raises(armature.ConfigError, match="cannot be written"):
        core["el"] = 1


def test_a_written_pc_is_where_the_core_goes_on(raw):
    m = raw(BRANCH_TO_SELF, WFI, BRANCH_TO_SELF)
    m.run(until.instructions(10))
    m.cores[0]["pc"] += 4
    with pytest.raises(armature.GuestDied):
        m.run()


def test_physical_memory_is_read_and_written_coherently(raw):
    m = raw(BRANCH_TO_SELF)
    m.write(0x4100_0001, b"\x11\x22\x33")
    assert m.read(0x4100_0000, 5) == b"\x00\x11\x22\x33\x00"
    assert m.read_u64(0x4100_0000) == 0x33221100
    assert m.read(0x4100_0000, 5, point="poc") == b"\x00\x11\x22\x33\x00"
    assert m.read(0, 4) == bytes(4)  # flash
    with pytest.raises(armature.ConfigError, match="0x9000000.* is not RAM or flash"):
        m.read(0x0900_0000, 4)
    with pytest.raises(armature.ConfigError, match="is not RAM"):
        m.write(0x4400_0000 - 2, b"1234")
    with pytest.raises(armature.ConfigError, match="coherent, pou, poc"):
        m.read(0x4100_0000, 4, point="nowhere")


def test_memory_is_read_and_written_by_the_names_of_the_program(machine, program):
    m = machine(STALE)
    m.run("entry changed, no TLBI: 0x100")
    listed = subprocess.run(["aarch64-linux-gnu-nm", program(STALE)], check=True, capture_output=True, text=True).stdout
    addresses = {name: int(address, 16) for address, kind, name in re.findall(r"(\w{16}) (\w) (\w+)$", listed, re.M)}
    run = addresses["run"]
    assert m.symbols["run"].address == run and m.symbols["run"].is_function and "run" in m.symbols
    assert m.read("run", 4) == m.read(run, 4) != bytes(4)
    assert m.cores[0].read("run", 8) == m.cores[0].read(run, 8)
    assert m.walk("run").va == run
    assert m.symbols.at(run) == "run" and m.symbols.at(run + 8) == "run+0x8" and m.symbols.at(8) is None
    name, behind = m.cores[0].where.split("+")
    assert addresses[name] + int(behind, 16) == m.cores[0].pc and name in repr(m.cores[0])
    with pytest.raises(armature.ConfigError, match="no symbol 'rum'; did you mean 'run'"):
        m.read("rum", 4)


def test_symbols_of_cplusplus_are_asked_for_without_their_parameters():
    m = armature.Machine(firmware=BUILD / "hyp" / "kcore.elf", kernel=BUILD / "hyp" / "kserv.img", memory="256M")
    panics = [symbol for symbol in m.symbols if symbol.name.endswith("::panic")]
    assert panics and all("(" not in symbol.name for symbol in panics)
    assert any(symbol.file.endswith("kserv.elf") for symbol in m.symbols)  # lies beside kserv.img
    m.run("kserv", timeout=1)
    assert m.cores[0].where.startswith(("armature::kserv::", "armature::kcore::"))
    before = len(m.symbols)
    m.symbols.load(BUILD / "hyp" / "hello.elf")
    assert len(m.symbols) > before
    with pytest.raises(armature.ConfigError, match="kserv.img: not an ELF file"):
        m.symbols.load(BUILD / "hyp" / "kserv.img")


def test_a_raw_image_has_no_names(raw):
    m = raw(BRANCH_TO_SELF)
    assert len(m.symbols) == 0 and m.cores[0].where is None
    with pytest.raises(armature.ConfigError, match=r"m.symbols.load\(path\)"):
        m.read("main", 4)


def test_a_cache_line_shows_what_is_not_cleaned(machine):
    m = machine("a_non_cacheable_alias_reads_what_was_not_cleaned")
    dirty = []

    def look(event):
        dirty.append(m.cache(event["pa"]))
    m.on("cache_maintenance", look)
    m.run()
    assert dirty
    assert all(line.pa % 64 == 0 and len(line.coherent) == 64 for line in dirty)


def test_an_assertion_of_ours_is_an_exception():
    from armature import _armature
    with pytest.raises(armature.InternalError, match="1 == 2"):
        _armature._fail_assertion()


def test_statistics_nest_and_conserve(machine):
    m = machine(COUNTING, smp=2)
    m.run()
    stats = m.stats
    tlb = stats.core1.dtlb
    assert tlb.lookups == tlb.hits + tlb.misses == stats["core1.dtlb.lookups"]
    assert stats.machine.instructions == m.instructions
    frame = stats.frame()
    assert frame.loc["core0.l1d.misses", "unit"] == "Count" and list(frame.columns) == ["value", "unit", "description"]
    assert type(frame.loc["core0.instructions", "value"]) is int
    assert frame.loc["core0.l1d.miss_rate", "value"] == pytest.approx(stats.core0.l1d.misses / stats.core0.l1d.accesses)
    assert stats.core0.l1d.hits + stats.core0.l1d.misses == stats.core0.l1d.accesses
    assert set(stats) >= {"core0", "core1", "l2", "machine"}
    assert (stats - stats).machine.instructions == 0
    with pytest.raises(AttributeError, match="core0"):
        stats.core9


def test_the_seed_decides_random_replacement_and_nothing_else_does(machine):
    def run(seed):
        m = machine(COUNTING, smp=2, seed=seed, digest=True)
        m.run()
        return m.digest, m.stats.as_dict()
    assert run(3) == run(3)
