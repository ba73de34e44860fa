#!/usr/bin/python3
"""Decodes a Perfetto trace with protobuf and compares it with the events of the same run.

The events come as the lines of `armature trace dump`: another reader of another file. Everything the trace says is
computed anew from them here: who runs when, what each counter counts, where each flow goes.
"""
import collections
import importlib
import pathlib
import subprocess
import sys
import tempfile

SCHEMA = pathlib.Path(__file__).resolve().parent.parent.parent / "sim" / "trace" / "perfetto.proto"
BEGIN, END, INSTANT, COUNTER = 1, 2, 3, 4
COUNTED = {"tlb_fill": "TLB fills", "tlb_evict": "TLB evictions", "tlb_drop": "TLB drops",
           "walk_begin": "walks (TLB misses)", "table_write": "table writes", "cache_fill": "cache fills"}
# What the writer listens to; the first of these on a core tells where it is.
FOLLOWED = {*COUNTED, "exception_entry", "exception_return", "wait", "wake", "hypercall", "irq", "tlbi", "tlbi_receive",
            "tlbi_complete"}


def load(path):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["protoc", f"--python_out={folder}", f"--proto_path={SCHEMA.parent}", SCHEMA.name], check=True)
        sys.path.insert(0, folder)
        schema = importlib.import_module("perfetto_pb2")
        sys.path.pop(0)
    trace = schema.Trace()
    trace.ParseFromString(pathlib.Path(path).read_bytes())
    return trace


def events_of(lines):
    for line in lines.splitlines():
        number, cycle, core, el, *rest = line.split()
        fields = dict(word.split("=", 1) for word in rest if "=" in word)
        kind = next(word for word in rest if "=" not in word)
        yield {"sequence": int(number.split(".")[0]), "ns": int(cycle.split(".")[0]), "el": int(el[2:]),
               "core": None if core == "device" else int(core[4:]), **fields, "event": kind}


class Decoded:
    def __init__(self, trace):
        self.tracks = {}
        self.on = collections.defaultdict(list)  # track name: events in the order of the file
        self.unknown_fields = 0
        for packet in trace.packet:
            assert packet.trusted_packet_sequence_id == 1, "ui.perfetto.dev drops packets without a sequence"
            if packet.HasField("track_descriptor"):
                track = packet.track_descriptor
                assert track.uuid not in self.tracks, f"track {track.uuid} is described twice"
                self.tracks[track.uuid] = track.name or track.thread.thread_name or track.process.process_name
            if packet.HasField("track_event"):
                event = packet.track_event
                assert event.track_uuid in self.tracks, "an event on a track that is not described yet"
                self.on[self.tracks[event.track_uuid]].append((packet.timestamp, event))

    def annotation(self, event, name):
        for a in event.debug_annotations:
            if a.name == name:
                return a.uint_value if a.HasField("uint_value") else a.pointer_value
        raise AssertionError(f"{event.name} has no annotation {name}")


def check_counters(decoded, events, cores):
    for kind, title in COUNTED.items():
        for core in range(cores):
            count = sum(e["event"] == kind and (int(e["target"]) if kind == "tlb_drop" else e["core"]) == core
                        for e in events)
            values = [event.counter_value for _, event in decoded.on[f"core {core} {title}"]]
            assert (values[-1] if values else 0) == count, f"core {core} {title}: {values[-1:]}, counted {count}"
            assert values == sorted(values), f"core {core} {title} falls"


def check_slices(decoded):
    for name, entries in decoded.on.items():
        open_slices = 0
        for _, event in entries:
            open_slices += {BEGIN: 1, END: -1}.get(event.type, 0)
            assert open_slices in (0, 1), f"{name}: slices overlap"
        assert open_slices == 0, f"{name}: a slice never ends"


def check_levels(decoded, events, cores):
    """A slice begins whenever a core enters another level, sleeps or wakes, and nowhere else."""
    for core in range(cores):
        wanted, before = [], None
        level, vmid, state = None, 0, "running"
        for e in events:
            if e["core"] != core or e["event"] not in FOLLOWED:
                continue
            if level is None:
                level = e["el"]
            if e["event"] in ("exception_entry", "exception_return"):
                level, vmid, state = int(e["to_el"]), int(e["vmid"]), "running"
            elif e["event"] == "wait":
                state = {"1": "waiting", "2": "waiting", "3": "off"}[e["type"]]
            elif e["event"] == "wake":
                level, state = e["el"], "running"
            now = state if state != "running" else f"EL{level}" + (f" VMID {vmid}" if vmid and level < 2 else "")
            if now != before:
                wanted.append((e["ns"], now))
            before = now
        begun = [(time, event.name) for time, event in decoded.on[f"core {core}"] if event.type == BEGIN]
        assert begun and begun == wanted, f"core {core}: {begun[:5]}..., wanted {wanted[:5]}..."


def check_flows(decoded, events, cores):
    """From each TLBI to every target's application and drops, and to the DSB of its issuer."""
    starts, steps, ends = {}, collections.Counter(), {}
    for core in range(cores):
        for time, event in decoded.on[f"core {core} TLB maintenance"]:
            for flow in event.flow_ids:
                if event.name.startswith("TLBI "):
                    assert flow not in starts, "two TLBIs begin one flow"
                    starts[flow] = (time, core, decoded.annotation(event, "event"))
                else:
                    steps[flow, event.name.split()[0]] += 1
            for flow in event.terminating_flow_ids:
                assert event.name == "DSB" and flow not in ends
                ends[flow] = (time, core)
    want_starts, want_steps, want_ends, pending = {}, collections.Counter(), {}, collections.defaultdict(list)
    for e in events:
        if e["event"] == "tlbi":
            for target in range(cores) if e["broadcast"] == "1" else [e["core"]]:
                want_starts[e["sequence"] << 5 | target] = (e["ns"], e["core"], e["sequence"])
            pending[e["core"]].append(e)
        elif e["event"] == "tlbi_receive":
            want_steps[int(e["tlbi"]) << 5 | int(e["target"]), "apply"] += 1
        elif e["event"] == "tlb_drop":
            want_steps[int(e["tlbi"]) << 5 | int(e["target"]), "drop"] += 1
        elif e["event"] == "tlbi_complete":
            inside = [t for t in pending[e["core"]] if int(e["first_tlbi"]) <= t["sequence"] <= int(e["last_tlbi"])]
            if len(inside) != int(e["count"]):
                inside = [t for t in inside if t["broadcast"] == "0"]
            assert len(inside) == int(e["count"])
            for t in inside:
                pending[e["core"]].remove(t)
                for target in range(cores) if t["broadcast"] == "1" else [e["core"]]:
                    want_ends[t["sequence"] << 5 | target] = (e["ns"], e["core"])
    assert starts == want_starts, "the flows' beginnings differ"
    assert steps == want_steps, "the flows' steps differ"
    assert ends == want_ends, "the flows' ends differ"
    assert any(kind == "drop" for _, kind in steps), "nothing was dropped: the test shows nothing"
    return len(starts)


def check_trace(path, dump, cores):
    """Raises AssertionError; returns the numbers of events and of flows."""
    events = list(events_of(dump))
    decoded = Decoded(load(path))
    check_counters(decoded, events, cores)
    check_slices(decoded)
    check_levels(decoded, events, cores)
    return len(events), check_flows(decoded, events, cores)
