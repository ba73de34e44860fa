"""Events: batches of 64-byte records as NumPy arrays and data frames.

The layout of the record and the names of its fields come from the simulator (the header of every
event log says the same); nothing is defined twice.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any, Iterable, Iterator, Mapping, NamedTuple, Sequence

import numpy as np
import pandas as pd

from . import _armature
from .errors import ConfigError

_header = json.loads(_armature.log_header())


def _dtype(header: Mapping[str, Any]) -> np.dtype:
    fields = header["record"]
    return np.dtype({"names": [f["name"] for f in fields], "formats": [f["type"] for f in fields],
                     "offsets": [f["offset"] for f in fields], "itemsize": header["record_bytes"]})


EVENT_DTYPE: np.dtype = _dtype(_header)
"""The record: sequence (canonical number), cycle (1/16 cycles of the core's local time), pc, kind,
core (255: a device), el, vmid, asid, the kind's own words a, b, c, d, and sub."""

KINDS: tuple[str, ...] = tuple(kind["name"] for kind in _header["kinds"])
"""The alphabet, by kind number."""

PICTURE_KINDS: str = ",".join(kind for number, kind in enumerate(KINDS) if _armature.picture_kinds >> number & 1)
"""What Machine.report() and Machine.perfetto() are made of, for Machine.record()."""

_names = _armature.names_of_numbers()
_WORDS = {"a": "<u8", "b": "<u8", "c": "<u8", "d": "<u4"}
# Numbers that have names, by field.
_FIELD_NAMES: dict[str, list[str]] = {
    "structure": list(_names["structure"]),
    "register": list(_names["register"]),
    "regime": ["EL1&0", "EL2"],
}
_TLBI_KINDS = ("tlbi", "tlbi_receive")
_FILL_KINDS = ("tlb_fill", "tlb_evict", "tlb_drop", "stale_use")


def _value_names(kind: str, field: str) -> list[str] | None:
    if field == "op" and kind in _TLBI_KINDS:
        return list(_names["tlbi"])
    if field == "op" and kind == "cache_maintenance":
        return list(_names["maintenance"])
    if field == "kind" and kind in _FILL_KINDS:
        return ["stage 1", "stage 2", "combined"]
    return _FIELD_NAMES.get(field)


# Fields that hold a principal: KCore, KServ or a VM.
_PRINCIPALS = {("owner_change", "old"), ("owner_change", "new"), ("vm_enter", "principal"), ("vm_exit", "principal")}


def _principal_number(name: str) -> int:
    fixed = {_armature.principal_name(number): number for number in range(3)}
    if name in fixed:
        return fixed[name]
    if (match := re.fullmatch(r"VM (\d+)", name)) is None:
        raise ConfigError(f"events: '{name}' is no principal; allowed: {', '.join(fixed)}, VM N")
    return _armature.first_vm + int(match[1])


def fields(kind: str) -> dict[str, str]:
    """The kind's own fields: name -> where it lies, such as {"va": "a[63:0]"}."""
    return {f["name"]: f"{_header['words'][f['word']]}[{f['hi']}:{f['lo']}]"
            for f in _header["kinds"][_kind_number(kind)]["fields"]}


def _kind_number(kind: str) -> int:
    try:
        return KINDS.index(kind)
    except ValueError:
        nearest = _armature.nearest_match(kind, list(KINDS))
        hint = f"; did you mean '{nearest}'?" if nearest else ""
        raise ConfigError(f"events: no kind '{kind}'{hint}") from None


class Event(NamedTuple):
    """One event. `fields` has the kind's own, by name; numbers that have a name are shown as such."""

    sequence: int
    cycle: float
    kind: str
    core: int
    el: int
    pc: int
    vmid: int
    asid: int
    fields: dict[str, Any]

    def __getitem__(self, key: Any) -> Any:  # event["va"]
        return self.fields[key] if isinstance(key, str) else tuple.__getitem__(self, key)

    def __repr__(self) -> str:
        own = " ".join(f"{name}={value:#x}" if isinstance(value, int) and value > 9 else f"{name}={value}"
                       for name, value in self.fields.items())
        return (f"<event {self.sequence} {self.kind} core {self.core} EL{self.el} cycle {self.cycle:.0f} "
                f"pc {self.pc:#x} vmid {self.vmid} asid {self.asid}: {own}>")


def _event(record: np.void) -> Event:
    kind = _header["kinds"][int(record["kind"])]
    own: dict[str, Any] = {}
    for f in kind["fields"]:
        value = int(record[_header["words"][f["word"]]]) >> f["lo"] & ((1 << (f["hi"] - f["lo"] + 1)) - 1)
        if (kind["name"], f["name"]) in _PRINCIPALS:
            own[f["name"]] = _armature.principal_name(value)
            continue
        names = _value_names(kind["name"], f["name"])
        own[f["name"]] = names[value] if names and value < len(names) else value
    return Event(int(record["sequence"]), int(record["cycle"]) / 16, kind["name"], int(record["core"]),
                 int(record["el"]), int(record["pc"]), int(record["vmid"]), int(record["asid"]), own)


def event_from_bytes(record: bytes) -> Event:
    """The event in 64 bytes."""
    return _event(np.frombuffer(record, EVENT_DTYPE)[0])


class Events(Sequence[Event]):
    """A batch of events.

    array: structured array (EVENT_DTYPE), the simulator's own memory, read-only.
    frame(): a data frame; len(), indexing and iteration give Event objects (slow: look at few).
    """

    def __init__(self, records: Any, run: Mapping[str, Any] | None = None) -> None:
        self.array: np.ndarray = records if isinstance(records, np.ndarray) else np.frombuffer(records, EVENT_DTYPE)
        self.run: dict[str, Any] = dict(run or {})

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return Events(self.array[index], self.run)
        return _event(self.array[index])

    def __iter__(self) -> Iterator[Event]:
        return (_event(record) for record in self.array)

    def __repr__(self) -> str:
        counts = ", ".join(f"{n} {kind}" for kind, n in self.counts().items())
        return f"<{len(self)} events: {counts}>" if counts else "<0 events>"

    def counts(self) -> dict[str, int]:
        """How many of each kind there are."""
        numbers = np.bincount(self.array["kind"], minlength=len(KINDS))
        return {KINDS[n]: int(count) for n, count in enumerate(numbers) if count}

    def of(self, *kinds: str) -> Events:
        """Only these kinds."""
        numbers = [_kind_number(kind) for kind in kinds]
        return Events(self.array[np.isin(self.array["kind"], numbers)], self.run)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a binary log, as `armature run --trace` would."""
        _armature.write_log(os.fspath(path), np.ascontiguousarray(self.array).view(np.uint8))

    def frame(self, kind: str | None = None) -> pd.DataFrame:
        """All events as rows: sequence, cycle (cycles, not sixteenths), kind, core, el, pc, vmid, asid
        and the raw words a, b, c, d, sub.

        With `kind`, only that kind, and its own fields by name instead of the words. Without it, the
        fields of the batch's kind when there is only one.
        """
        kinds = [kind] if kind is not None else list(self.counts())
        if len(kinds) != 1:
            return _frame(self.array, None)
        counts = self.counts()
        records = self.array if len(counts) == 1 and kinds[0] in counts else self.of(kinds[0]).array
        return _frame(records, kinds[0])


def _frame(records: np.ndarray, kind: str | None) -> pd.DataFrame:
    plan: list[tuple[str, tuple[int, int, int, int], Any]] = []

    def column(name: str, source: str, hi: int | None = None, lo: int = 0, dtype: Any = None) -> None:
        base, offset = EVENT_DTYPE.fields[source][:2]  # type: ignore[index]
        hi = base.itemsize * 8 - 1 if hi is None else hi
        plan.append((name, (offset, base.itemsize, hi, lo), dtype or base))

    for name in ("sequence", "cycle", "kind", "core", "el", "pc", "vmid", "asid"):
        column(name, name, dtype=np.int8 if name == "kind" else None)
    if kind is None:
        for name in (*_WORDS, "sub"):
            column(name, name)
    else:
        for f in _header["kinds"][_kind_number(kind)]["fields"]:
            word = _header["words"][f["word"]]
            width = f["hi"] - f["lo"] + 1
            dtype = np.uint8 if width <= 8 else np.uint16 if width <= 16 else np.uint32 if width <= 32 else np.uint64
            name = f"{f['name']}_" if f["name"] in EVENT_DTYPE.names else f["name"]  # type: ignore[operator]
            column(name, word, f["hi"], f["lo"], dtype)
    records = np.ascontiguousarray(records)
    arrays = {name: np.empty(len(records), dtype) for name, _, dtype in plan}
    _armature.split_columns(records.view(np.uint8), [where for _, where, _ in plan], list(arrays.values()))
    columns: dict[str, Any] = dict(arrays)
    columns["cycle"] = arrays["cycle"] / 16
    columns["kind"] = pd.Categorical.from_codes(arrays["kind"], list(KINDS))
    if kind is not None:
        for name in arrays:
            names = _value_names(kind, name.rstrip("_")) if name not in ("kind",) else None
            if names and name not in ("sequence", "cycle", "core", "el", "pc", "vmid", "asid"):
                columns[name] = pd.Categorical.from_codes(arrays[name].astype(np.int16), names)
            if (kind, name) in _PRINCIPALS:
                numbers, codes = np.unique(arrays[name], return_inverse=True)
                columns[name] = pd.Categorical.from_codes(codes, [_armature.principal_name(int(n)) for n in numbers])
    return pd.DataFrame(columns, copy=False)


_ADDRESSES = re.compile(r"pc|va|pa|ipa|frame|root|parent|input|output|address|page|word|far|elr|target|operand|descriptor"
                        r"|object|base|table|old|new|value|esr|spsr|filled_by_pc|\w+_(address|descriptor|root)|[abcd]")


def in_hex(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy to look at: addresses and descriptors as hexadecimal text, so do page addresses of the index."""
    shown = frame.copy()
    for name in shown.columns:
        if _ADDRESSES.fullmatch(str(name)) and pd.api.types.is_integer_dtype(shown[name]):
            shown[name] = shown[name].map(hex)
    if shown.index.name in ("page", "frame"):
        shown.index = shown.index.map(hex)
    return shown


def read_log(path: str | os.PathLike[str]) -> Events:
    """The events of a binary log (`armature run --trace`). `run` says what run it was.

    ConfigError: it cannot be read, is no log or is damaged. RuntimeWarning: its run did not finish.
    """
    batch, header = _armature.read_log(os.fspath(path))
    return Events(batch, json.loads(header)["run"])


def _list(value: Any) -> list[Any]:
    return [value] if isinstance(value, (int, str)) else list(value)


def _ranges(value: Any) -> list[tuple[int, int]]:
    """(first, end), a range, one address, or a list of these; the end is not in it."""
    if isinstance(value, int):
        return [(value, value)]
    if isinstance(value, range):
        return [(value.start, value.stop - 1)]
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(v, (int, np.integer)) for v in value):
        return [(int(value[0]), int(value[1]) - 1)]
    return [pair for element in value for pair in _ranges(element)]


def selection(kinds: str | Iterable[str], *, core: Any = None, el: Any = None, vmid: Any = None,
              asid: Any = None, pc: Any = None, va: Any = None, pa: Any = None,
              **own: Any) -> _armature.EventSelection:
    """What recorders and hooks take; the words are Machine.record()'s."""
    chosen: dict[str, Any] = {"kinds": kinds if isinstance(kinds, str) else ",".join(kinds)}
    for name, value in (("cores", core), ("els", el), ("vmids", vmid), ("asids", asid)):
        if value is not None:
            chosen[name] = [int(v) for v in _list(value)]
    for name, value in (("pc", pc), ("va", va), ("pa", pa)):
        if value is not None:
            chosen[name] = _ranges(value)
    numbers = []
    bits = _armature.event_kinds(chosen["kinds"])
    of_kinds = [KINDS[n] for n in range(len(KINDS)) if bits >> n & 1]
    for name, value in own.items():
        field = name.rstrip("_")
        numbers.append((field, [_number(of_kinds, field, v) for v in _list(value)]))
    if numbers:
        chosen["fields"] = numbers
    return _armature.EventSelection(chosen)


def _number(kinds: list[str], field: str, value: Any) -> int:
    if not isinstance(value, str):
        return int(value)
    allowed: list[str] = []
    if any((kind, field) in _PRINCIPALS for kind in kinds):
        return _principal_number(value)
    for kind in kinds:
        names = _value_names(kind, field) or []
        if value in names:
            return names.index(value)
        allowed += [name for name in names if name not in allowed]
    raise ConfigError(f"events: {field}='{value}' is not allowed; allowed: {', '.join(allowed) or 'a number'}")


class Recording:
    """Events kept in C++ while the machine runs. Stop it by remove(), or use it as a context manager."""

    def __init__(self, session: Any, chosen: _armature.EventSelection, limit: int, wake: int = 0) -> None:
        self._session = session
        self._recorder = session.record(chosen, limit, wake)

    def __len__(self) -> int:
        return len(self._recorder)

    @property
    def lost(self) -> int:
        """Events over the limit since the last take()."""
        return self._recorder.lost

    def take(self) -> Events:
        """What was recorded since the last take(), without a copy."""
        return Events(self._recorder.take())

    def frame(self, kind: str | None = None) -> pd.DataFrame:
        """take().frame(kind)."""
        return self.take().frame(kind)

    def remove(self) -> None:
        """Stops recording; what is there can still be taken."""
        if self._session is not None:
            self._session.remove(self._recorder)
            self._session = None

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()
