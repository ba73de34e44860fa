"""Recording, hooks, batches, frames, logs."""
import json
import re
import subprocess
import time

import numpy as np
import pandas as pd
import pytest

import armature
from conftest import BUILD

STALE = "a_stale_translation_is_used_until_its_tlbi"
COUNTING = "no_increment_is_lost_between_cores"


def recorded(machine, kinds="canonical", name=STALE, keys=None, **filter):
    m = machine(name, **(keys or {}))
    recording = m.record(kinds, **filter)
    m.run(timeout=10)
    return recording.take()


def test_a_batch_is_the_simulators_own_memory(machine):
    events = recorded(machine)
    assert events.array.dtype == armature.EVENT_DTYPE and events.array.itemsize == 64
    owner = events.array
    while isinstance(owner, np.ndarray):
        owner = owner.base
    assert type(owner.obj if isinstance(owner, memoryview) else owner).__name__ == "EventBatch"
    assert not events.array.flags.owndata
    with pytest.raises(ValueError):
        events.array["pc"] = 0


def test_canonical_events_are_numbered_without_a_gap(machine):
    sequence = recorded(machine).array["sequence"]
    assert (sequence == np.arange(1, len(sequence) + 1)).all()


def test_the_frame_has_the_fields_of_the_kind_by_name(machine):
    events = recorded(machine)
    frame = events.frame("tlb_fill")
    assert list(frame.columns[:8]) == ["sequence", "cycle", "kind", "core", "el", "pc", "vmid", "asid"]
    assert list(frame.columns[8:]) == ["va", "pa", "descriptor_address", "structure", "kind_", "regime",
                                       "size_log2", "level", "global"]
    assert len(frame) == events.counts()["tlb_fill"]
    first = events.of("tlb_fill")[0]
    row = frame.iloc[0]
    assert (row["va"], row["pa"], row["structure"], row["cycle"]) == \
        (first["va"], first["pa"], first["structure"], first.cycle)


def test_every_column_says_what_the_record_says(machine):
    events = recorded(machine)
    frame = events.frame()
    for name in ("sequence", "core", "el", "pc", "vmid", "asid", "a", "b", "c", "d", "sub"):
        assert (frame[name].to_numpy() == events.array[name]).all(), name
    assert (frame["cycle"].to_numpy() == events.array["cycle"] / 16).all()
    assert (frame["kind"].cat.codes.to_numpy() == events.array["kind"]).all()


NESTED = "stage2_faults_report_the_intermediate_address"


@pytest.mark.parametrize("name, filter, predicate", [
    (COUNTING, {"core": [1, 3]}, lambda e: e.core in (1, 3)),
    (COUNTING, {"structure": ["l2", "walk"]}, lambda e: e["structure"] in ("l2", "walk")),
    (COUNTING, {"core": 0, "structure": "l1d"}, lambda e: e.core == 0 and e["structure"] == "l1d"),
    (NESTED, {"asid": 0, "vmid": 7, "level": [2, 3]}, lambda e: e.vmid == 7 and e["level"] in (2, 3)),
    (NESTED, {"level": 3}, lambda e: e["level"] == 3),
    (NESTED, {"kind_": "combined"}, lambda e: e["kind"] == "combined"),
    (NESTED, {"va": (0x8000_0000, 0x8000_5000)}, lambda e: 0x8000_0000 <= e["va"] < 0x8000_5000),
    (NESTED, {"va": [0x8000_1000, (0x8000_4000, 0x8000_5000)]}, lambda e: e["va"] in (0x8000_1000, 0x8000_4000)),
    (NESTED, {"pc": range(0x4020_1600, 0x4020_1700)}, lambda e: 0x4020_1600 <= e.pc < 0x4020_1700),
])
def test_a_filter_keeps_what_it_says_and_all_of_it(machine, name, filter, predicate):
    keys = {"smp": 4} if name == COUNTING else {"el": 2}
    everything = recorded(machine, "tlb_fill", name, keys)
    wanted = [event for event in everything if predicate(event)]
    assert 0 < len(wanted) < len(everything)
    assert list(recorded(machine, "tlb_fill", name, keys, **filter)) == wanted


def test_a_filter_by_vmid_tells_a_guest_from_its_hypervisor(machine):
    keys = {"el": 2}
    everything = recorded(machine, "exception_entry,exception_return,tlb", NESTED, keys)
    vmids = {event.vmid for event in everything}
    assert vmids == {0, 7}
    for vmid in vmids:
        some = recorded(machine, "exception_entry,exception_return,tlb", NESTED, keys, vmid=vmid)
        assert len(some) == sum(event.vmid == vmid for event in everything)


def test_words_that_are_not_allowed_are_explained(machine):
    m = machine(STALE)
    with pytest.raises(armature.ConfigError, match="did you mean 'tlb_fill'"):
        m.record("tlb_fil")
    with pytest.raises(armature.ConfigError, match="no field 'lvl' in tlb_fill"):
        m.record("tlb_fill", lvl=3)
    with pytest.raises(armature.ConfigError, match="l1i, l1d, l2, walk, ipa"):
        m.record("tlb_fill", structure="l3")


def test_a_recording_has_a_limit_and_counts_what_it_lost(machine):
    m = machine(STALE)
    some, everything = m.record("canonical", limit=10), m.record("canonical")
    m.run()
    assert len(some) == 10 and some.lost == len(everything) - 10
    assert (some.take().array == everything.take().array[:10]).all()


def test_a_removed_recording_records_no_more(machine):
    m = machine(STALE)
    with m.record("tlb_fill") as fills:
        m.run("mapped")
    count = len(fills)
    m.run()
    assert len(fills) == count > 0


def test_a_stream_brings_everything_in_batches_and_changes_nothing(machine):
    whole = machine(COUNTING, smp=2, digest=True)
    recording = whole.record("canonical")
    whole.run()
    streamed = machine(COUNTING, smp=2, digest=True)
    batches = list(streamed.stream("canonical", batch=1000))
    assert len(batches) > 10 and all(1000 <= len(batch) < 1100 for batch in batches[:-1])
    assert (np.concatenate([batch.array for batch in batches]) == recording.take().array).all()
    assert (streamed.digest, streamed.stats) == (whole.digest, whole.stats)
    with pytest.raises(armature.ConfigError, match="batch: 0"):
        next(streamed.stream("canonical", batch=0))


def test_a_stream_left_early_leaves_the_machine_where_it_is(machine):
    m = machine(COUNTING, smp=2)
    for batch in m.stream("canonical", batch=100, until=armature.until.console("never")):
        break
    before = m.instructions
    assert len(batch) >= 100 and m.cores[0]["pc"] != 0
    assert m.run().instructions > before


def test_listening_changes_nothing(machine):
    silent = machine(COUNTING, smp=2, digest=True)
    silent.run()
    heard = machine(COUNTING, smp=2, digest=True)
    heard.record("all")
    heard.on("tlbi,exception_entry", lambda event: None)
    heard.run()
    assert (heard.digest, heard.stats, heard.cycle) == (silent.digest, silent.stats, silent.cycle)


def test_numbers_that_have_a_name_are_shown_and_asked_for_by_it(machine):
    m = machine(NESTED, el=2)
    writes = m.record("sysreg_write", register=["VTTBR_EL2", "HCR_EL2"])
    maintained = m.record("cache_maintenance,sysreg_write")
    m.run()
    events = writes.take()
    assert {event["register"] for event in events} == {"VTTBR_EL2", "HCR_EL2"}
    assert set(events.frame()["register"]) == {"VTTBR_EL2", "HCR_EL2"}
    assert len(events) < maintained.take().counts()["sysreg_write"]
    with pytest.raises(armature.ConfigError, match="register='VTTBR_EL1' is not allowed"):
        m.record("sysreg_write", register="VTTBR_EL1")


def test_a_hook_is_called_after_its_instruction_in_order(machine):
    m = machine(STALE)
    seen = []

    def look(event):
        assert m.cores[0].pc == event.pc + 4
        seen.append(event)
    hook = m.on("tlbi", look, op=["VAAE1", "VMALLE1"])
    m.run("after its TLBI: 0x101")
    assert [event["op"] for event in seen if event["op"] == "VAAE1"]
    count = len(seen)
    hook.remove()
    m.run()
    assert len(seen) == count


def test_a_hook_stops_the_run_or_raises_out_of_it(machine):
    m = machine(STALE)
    hook = m.on("tlbi", lambda event: True)
    assert m.run().reason == "callback"
    hook.remove()

    def fail(event):
        raise LookupError(event.kind)
    hook = m.on("tlbi", fail)
    with pytest.raises(LookupError, match="tlbi"):
        m.run()
    hook.remove()
    assert m.run().reason == "powered_off"


def test_events_survive_a_log(machine, tmp_path):
    events = recorded(machine)
    events.save(tmp_path / "t.bin")
    assert (armature.read_log(tmp_path / "t.bin").array == events.array).all()


def test_a_log_of_the_command_is_the_same_as_a_recording(machine, program, tmp_path):
    log = tmp_path / "t.bin"
    subprocess.run([BUILD / "armature", "run", "-kernel", program(STALE), "-m", "64M", "--trace", log,
                    "--events", "tlb,walk"], check=True, capture_output=True)
    told = armature.read_log(log)
    assert told.run["preset"] == "cortex-a57"
    assert (told.array == recorded(machine, "tlb,walk").array).all()


def test_a_damaged_log_is_refused_and_a_short_one_warned_of(machine, tmp_path):
    file = tmp_path / "t.bin"
    recorded(machine).save(file)
    whole = file.read_bytes()
    file.write_bytes(b"not a log at all")
    with pytest.raises(armature.ConfigError, match="no event log"):
        armature.read_log(file)
    file.write_bytes(whole[:-16])
    with pytest.warns(RuntimeWarning, match="did not finish"):
        assert len(armature.read_log(file)) > 0


def test_a_report_and_a_perfetto_trace_are_those_of_the_command(machine, program, tmp_path):
    m = machine(STALE)
    pictures = m.record(armature.PICTURE_KINDS)
    m.run()
    events = pictures.take()
    m.report(tmp_path / "here.html", events)
    m.perfetto(tmp_path / "here.perfetto", events)
    subprocess.run([BUILD / "armature", "run", "-kernel", program(STALE), "-m", "64M", "--report", tmp_path / "there.html",
                    "--perfetto", tmp_path / "there.perfetto"], check=True, capture_output=True)
    assert (tmp_path / "here.perfetto").read_bytes() == (tmp_path / "there.perfetto").read_bytes()

    def data(name):
        page = (tmp_path / name).read_text()
        told = json.loads(re.search(r'<script[^>]*id="data"[^>]*>(.*?)</script>', page, re.S)[1])
        assert told["run"].pop("ended") in ("powered off", "the guest powered off")
        told.pop("configuration")  # names the files it writes
        return told
    assert data("here.html") == data("there.html")


def test_the_alphabet_is_the_simulators(machine):
    text = subprocess.run([BUILD / "armature", "info", "events"], check=True, capture_output=True, text=True).stdout
    for kind in armature.KINDS:
        assert kind in text
    assert armature.fields("tlb_fill")["va"] == "a[63:0]"


def million():
    records = np.zeros(1_000_000, armature.EVENT_DTYPE)
    records["sequence"] = np.arange(len(records))
    records["kind"] = armature.KINDS.index("tlb_fill")
    records["a"] = np.arange(len(records)) << 12
    records["d"] = 2 | 12 << 7 | 3 << 13
    return armature.Events(records)


@pytest.mark.parametrize("kind", [None, "tlb_fill"])
def test_a_million_events_become_a_frame_in_0_3_seconds(kind):
    events = million()
    times = []
    for _ in range(5):
        begin = time.process_time()
        frame = events.frame(kind)
        times.append(time.process_time() - begin)
    assert isinstance(frame, pd.DataFrame) and len(frame) == 1_000_000
    assert (frame["va"].to_numpy()[-1], frame["structure"].iloc[0], frame["level"].iloc[0]) == (999_999 << 12, "l2", 3)
    assert min(times) < 0.3, times


def test_a_million_events_of_a_log_become_a_frame_in_time(tmp_path):
    million().save(tmp_path / "t.bin")
    times = []
    for _ in range(3):
        begin = time.process_time()
        armature.read_log(tmp_path / "t.bin").frame()
        times.append(time.process_time() - begin)
    assert min(times) < 0.6, times
