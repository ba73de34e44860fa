"""The machine: build it, run it, look at it, change it."""

from __future__ import annotations

import os
import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Callable, Generator, Iterable, Iterator

import numpy as np
import pandas as pd

from . import _armature
from .core import Core
from .errors import ConfigError, GuestDied, GuestError, GuestStopped, Timeout, Violation
from .events import Event, Events, Recording, event_from_bytes, selection
from .keys import configuration
from .progress import Progress
from .statistics import Statistics
from .symbols import Symbols
from .until import Console, Cycles, Instructions, OnEvent, conditions
from .verdicts import Verdict, Verdicts
from .walk import Walk

_MATCH_BYTES = 4096  # how far back a console match may begin
_UARTS = 4


def _is_elf(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(4) == b"\x7fELF"
    except OSError:  # a relative path, and the script has gone elsewhere
        return False


def _bytes(events: Events) -> np.ndarray:
    return np.ascontiguousarray(events.array).view(np.uint8)


@dataclass(frozen=True)
class Stop:
    """Why run() came back.

    reason: console, event, callback, cycles, instructions (what was waited for); powered_off, reset,
    until_matched, instruction_limit (the machine stopped for good). cycle, instructions: when.
    text, uart: of a console match. event: of an event.
    """

    reason: str
    cycle: int
    instructions: int
    text: str | None = None
    uart: int | None = None
    event: Event | None = None


@dataclass(frozen=True)
class CacheLine:
    """The values of the 64-byte line at `pa`: what cores and walkers see (coherent), what instruction
    fetches see at the Point of Unification (pou) and what memory holds (poc)."""

    pa: int
    coherent: bytes
    pou: bytes
    poc: bytes

    @property
    def differs(self) -> bool:
        """Whether a clean or an invalidation would change what somebody sees."""
        return not self.coherent == self.pou == self.poc


@dataclass(frozen=True)
class Hook:
    """A callback on events; remove() ends it."""

    machine: Machine
    id: int

    def remove(self) -> None:
        self.machine._callbacks.pop(self.id, None)
        self.machine._session.unhook(self.id)


class Machine:
    """A machine. Several may live in one process; they run in turns, never at the same time.

    preset: a CPU preset, the same as cpu=. config: a TOML file with the same keys; keywords win.
    Keys are the command line's with underscores, see options(): Machine("cortex-a72", smp=2,
    memory="1G", kernel="Image", initrd="initrd.cpio", append="console=ttyAMA0"). A key that is a list
    takes a list; a VM or a drive may be a dictionary. ConfigError for anything that is not allowed.

    One run is a function of keys, images, seed and what this script does: no host clock, no threads.
    """

    def __init__(self, preset: str | None = None, *, config: str | os.PathLike[str] | None = None,
                 **keys: Any) -> None:
        if preset is not None:
            keys = {"cpu": preset, **keys}
        self._attach(configuration(keys, config))

    def _attach(self, config: _armature.RunConfig) -> None:
        self._config = config
        self._session = _armature.Session(config)
        self._callbacks: dict[int, Callable[[Event], Any]] = {}
        self._waiting: deque[tuple[int, Event]] = deque()
        self._matched = [0] * _UARTS  # console bytes before which nothing matches any more
        self._stop = False
        self._symbols: Symbols | None = None
        self._ended = ""
        self.cores: list[Core] = [Core(self, n) for n in range(self._session.cores())]

    # ---- time

    @property
    def cycle(self) -> int:
        """Simulated time in cycles of 1 ns: the start of the current window."""
        return self._session.now()

    @property
    def seconds(self) -> float:
        """Simulated time in seconds."""
        return self._session.now() / _armature.cycles_per_second

    @property
    def instructions(self) -> int:
        """Instructions retired by all cores."""
        return self._session.instructions()

    @property
    def config(self) -> str:
        """The whole configuration as TOML."""
        return self._config.toml()

    @property
    def digest(self) -> str:
        """The hash of the canonical event stream; the machine must have been built with digest=True."""
        return self._session.digest()

    @property
    def warnings(self) -> list[str]:
        """What the guest did that this machine has no part for."""
        return self._session.warnings()

    # ---- running

    def run(self, until: Any = None, *, timeout: float | None = None, progress: bool | None = None) -> Stop:
        """Runs until the first of `until` happens, or the machine stops.

        until: a regular expression for any console, or armature.until.console / event / cycles /
        instructions, or a list of these. None: until the guest powers off.
        timeout: seconds of simulated time, so that the result does not depend on the host.
        progress: show the pace on stderr or in the notebook (None: when there is one to show it to).

        Raises Violation (once, at the first that a checker of `check=` finds), GuestStopped (a console match or event was waited for and the guest powered off),
        GuestDied (nothing can ever happen), Timeout, InternalError, and whatever a callback raises.
        Ctrl-C raises KeyboardInterrupt at a window's end; run() can then be called again.
        """
        steps = self._steps(until, timeout, progress)
        self._ended = "the script stopped it"
        try:
            while True:
                next(steps)
        except StopIteration as end:
            self._ended = f"{end.value.reason.replace('_', ' ')}"
            return end.value
        except GuestError as error:
            self._ended = str(error).splitlines()[0]
            raise

    def stream(self, kinds: str | Iterable[str] = "tlb,table_write", *, until: Any = None,
               timeout: float | None = None, batch: int = 1 << 16, progress: bool | None = None,
               **filter: Any) -> Iterator[Events]:
        """Runs as run() does and yields the events in batches of `batch` (1..8 Mi; a few more when one
        instruction causes several, fewer at the end).

        The machine stands still between two batches, so nothing is lost however long the run is and
        memory holds one batch. Leaving the loop early leaves the machine where it is.
        """
        if batch not in range(1, (8 << 20) + 1):
            raise ConfigError(f"batch: {batch} is not allowed; allowed: 1..{8 << 20}")
        with Recording(self._session, selection(kinds, **filter), 16 << 20, batch) as recording:
            steps = self._steps(until, timeout, progress)
            try:
                for _ in steps:
                    while len(recording) >= batch:
                        yield recording.take()
            finally:
                steps.close()
            if len(recording):
                yield recording.take()

    def _steps(self, until: Any, timeout: float | None, progress: bool | None) -> Generator[None, None, Stop]:
        """One step a slice; the value at the end is why."""
        waited = conditions(until)
        waiting_for_guest = any(isinstance(c, (Console, OnEvent)) for c in waited)
        now, done = self._session.now(), self._session.instructions()
        deadline = None if timeout is None else now + int(timeout * _armature.cycles_per_second)
        cycles = [now + c.count for c in waited if isinstance(c, Cycles)]
        limit = min([*cycles, *([] if deadline is None else [deadline]), (1 << 64) - 1])
        instructions = min([done + c.count for c in waited if isinstance(c, Instructions)] or [(1 << 64) - 1])
        consoles = [c for c in waited if isinstance(c, Console)]
        mask = sum(1 << n for n in range(_UARTS) if any(c.uart in (n, None) for c in consoles))
        searched = list(self._matched)
        shown = Progress(progress, _armature.cycles_per_second)
        hooks: set[int] = set()
        self._stop = False
        try:
            hooks = {self._session.hook(c.selection) for c in waited if isinstance(c, OnEvent)}
            if (stop := self._console_match(consoles, searched)) is not None:
                return stop
            while True:
                end, reason = self._session.slice(limit, instructions, mask, 50)
                shown.tick(self._session.now(), self._session.instructions())
                if (stop := self._deliver(hooks)) is not None:
                    return stop
                if end == "console" and (stop := self._console_match(consoles, searched)) is not None:
                    return stop
                yield
                if end == "instructions":
                    return self._stopped("instructions")
                if end == "cycles":
                    if deadline is not None and limit == deadline and limit not in cycles:
                        raise self._guest_error(Timeout, f"nothing of what was waited for within {timeout} s")
                    return self._stopped("cycles")
                if end == "stopped":
                    if (stop := self._console_match(consoles, searched)) is not None:
                        return stop
                    if waiting_for_guest:
                        raise self._guest_error(GuestStopped, f"the guest stopped first: {reason}")
                    return self._stopped(reason)
                if end == "violation":
                    found = self.violations[0]
                    error = self._guest_error(Violation, str(found))
                    error.verdict = found
                    raise error
                if end == "nothing_can_happen":
                    if not self._config.network:
                        raise self._guest_error(GuestDied, "every core sleeps and nothing can wake one")
                    time.sleep(0.01)  # the network may bring something
        finally:
            for hook in hooks:
                self._session.unhook(hook)
            shown.close()

    def stop(self) -> None:
        """For callbacks: makes run() come back with reason "callback"."""
        self._stop = True

    def _stopped(self, reason: str, **more: Any) -> Stop:
        return Stop(reason, self._session.now(), self._session.instructions(), **more)

    def _deliver(self, hooks: set[int]) -> Stop | None:
        self._waiting.extend((hook, event_from_bytes(record)) for hook, record in self._session.take_hooked())
        found: Event | None = None
        while self._waiting:
            hook, event = self._waiting.popleft()
            if hook in hooks:
                found = found or event
            elif (callback := self._callbacks.get(hook)) is not None and callback(event):
                self._stop = True
        if found is not None:
            return self._stopped("event", event=found)
        return self._stopped("callback") if self._stop else None

    def _console_match(self, consoles: list[Console], searched: list[int]) -> Stop | None:
        for uart in range(_UARTS):
            wanted = [c.pattern for c in consoles if c.uart in (uart, None)]
            if not wanted:
                continue
            begin = max(self._matched[uart], searched[uart] - _MATCH_BYTES)
            text = self._session.console(uart, begin)
            searched[uart] = begin + len(text)
            for pattern in wanted:
                if (match := pattern.search(text)) is not None:
                    self._matched[uart] = begin + match.end()
                    return self._stopped("console", text=match.group().decode(errors="replace"), uart=uart)
        return None

    def _describe_cores(self) -> list[dict[str, Any]]:
        return [{"pc": c.pc, "el": c.el, "state": c.state, "instructions": c.instructions,
                 "elr": c["ELR_EL1"], "esr": c["ESR_EL1"], "far": c["FAR_EL1"]} for c in self.cores]

    def _guest_error(self, kind: type[GuestError], message: str) -> GuestError:
        cores = self._describe_cores()
        running = [n for n, core in enumerate(cores) if core["state"] == "running"]
        return kind(message, core=running[0] if running else 0, cores=cores, console=self.console()[-1000:])

    # ---- consoles

    def console(self, uart: int = 0) -> str:
        """Everything printed on a UART (0..3) so far."""
        if uart not in range(_UARTS):
            raise ConfigError(f"uart: {uart} is not allowed; allowed: 0..3")
        return self._session.console(uart, 0).decode(errors="replace")

    def type(self, text: str | bytes, uart: int = 0) -> None:
        """Types into a UART (0..3); it enters at the next window's end."""
        self._session.type(uart, text.encode() if isinstance(text, str) else text)

    # ---- memory and translation

    @property
    def symbols(self) -> Symbols:
        """Names of addresses: of firmware, kernel and bios where they are ELF files or have one beside them
        (kserv.img has kserv.elf); load() adds others."""
        if self._symbols is None:
            self._symbols = Symbols()
            for path in filter(None, self._session.images()):
                found = next((file for file in (path, f"{os.path.splitext(path)[0]}.elf") if _is_elf(file)), None)
                if found is not None:
                    self._symbols.load(found)
        return self._symbols

    def _address(self, where: int | str) -> int:
        return self.symbols[where].address if isinstance(where, str) else where

    def read(self, pa: int | str, size: int, *, point: str = "coherent") -> bytes:
        """Physical memory: RAM or flash; `pa` may be a symbol that lies where it was linked.

        point: "coherent" (what cores and walkers see), "pou" (what instruction fetches see) or "poc"
        (what memory holds, seen with caches off). ConfigError where there is neither.
        """
        return self._session.read_physical(self._address(pa), size, point)

    def write(self, pa: int | str, data: bytes) -> None:
        """Writes RAM as a coherent device would: every value of the line changes, monitors are cleared
        and a store to a translation table is published. Not part of a recording of host input."""
        self._session.write_physical(self._address(pa), data)

    def read_u64(self, pa: int | str, *, point: str = "coherent") -> int:
        """The little-endian 64-bit word at a physical address or symbol."""
        return int.from_bytes(self.read(pa, 8, point=point), "little")

    def walk(self, va: int | str, *, el: int | None = None, core: int = 0, access: str = "read") -> Walk:
        """Explains the translation of `va` (an address or a symbol) on a core: Core.walk()."""
        return self._core(core).walk(va, el=el, access=access)

    def _core(self, number: int) -> Core:
        if number not in range(len(self.cores)):
            raise ConfigError(f"core: {number} is not allowed; allowed: 0..{len(self.cores) - 1}")
        return self.cores[number]

    def tlb(self, core: int | None = None) -> pd.DataFrame:
        """Every entry of every TLB, walk cache and IPA cache (of one core): a row each.

        kind: stage 1, stage 2, combined, or table (a pointer in the walk cache). va: the input, an IPA
        for stage 2. size: bytes. privileged, unprivileged, stage2: rights of each. stage?_descriptor:
        PA of the descriptors it was made from. filled_by_event: sequence number of its tlb_fill;
        filled_by_pc, filled_at_cycle: where the core was when its walk ended.
        """
        frame = pd.DataFrame(self._session.tlb())
        for column in ("structure", "kind", "regime", "privileged", "unprivileged", "stage2", "attributes"):
            frame[column] = frame[column].astype("category")
        for column in ("va", "ipa", "pa", "size", "stage1_descriptor", "stage2_descriptor", "stage1_root",
                       "stage2_root"):
            frame[column] = frame[column].astype(np.uint64)
        return frame if core is None else frame[frame["core"] == self._core(core).number].reset_index(drop=True)

    def tables(self) -> pd.DataFrame:
        """Every frame known to hold translation tables, a row for each role it has."""
        return pd.DataFrame(self._session.tables())

    def pages(self) -> pd.DataFrame:
        """KCore's page array: a row for each page of RAM, indexed by its address.

        owner: "KCore", "KServ", "VM 1", ...; count: of a VM's page, grants to KServ; of KServ's, mappings
        by devices. gfn: the guest frame a VM has it at. granted, exported. Empty before KCore has made the
        array. ConfigError when the firmware has no manifest.
        """
        self._needs_manifest("pages")
        view = self._session.pages()
        names = view["names"]
        owner = np.frombuffer(view["owner"], np.uint32)
        owners = pd.Categorical([], categories=list(names.values()))
        if names:
            codes = np.searchsorted(np.array(list(names)), owner)  # the names come in rising order
            owners = pd.Categorical.from_codes(codes, list(names.values()))
        columns = {"owner": owners, "count": np.frombuffer(view["count"], np.uint32),
                   "gfn": np.frombuffer(view["gfn"], np.uint64), "granted": np.frombuffer(view["granted"], np.bool_),
                   "exported": np.frombuffer(view["exported"], np.bool_)}
        return pd.DataFrame(columns, index=pd.Index(np.frombuffer(view["page"], np.uint64), name="page"))

    def observers(self, page: int | None = None) -> pd.DataFrame:
        """Who can observe each page that some principal has mapped so far (or `page` alone), by address.

        The machine needs check="page-observers" or "all". Sets of principals are tuples of names.
        by_tables: who maps it. by_tlbs: also whose translation some core's TLB *may* still hold; it falls
        only when a completed TLBI has removed every part of it. resident: whose entry some TLB *does* hold
        now. waiting: unmapped, and perhaps still cached.
        """
        self._needs_manifest("observers")
        view = self._session.observers(page)
        if view is None:
            raise ConfigError('observers: build the machine with check="page-observers" or check="all"')
        sets = np.empty(len(view["sets"]), object)
        sets[:] = view["sets"]
        columns = {name: sets[view[name]] if view[name] else np.empty(0, object)
                   for name in ("by_tables", "by_tlbs", "resident")}
        return pd.DataFrame({**columns, "waiting": np.array(view["waiting"], bool)},
                            index=pd.Index(np.array(view["page"], np.uint64), name="page"))

    def _needs_manifest(self, what: str) -> None:
        if not self._session.has_manifest():
            raise ConfigError(f"{what}: this machine runs no firmware with a manifest (firmware=kcore.elf or vm=)")

    def cache(self, pa: int) -> CacheLine:
        """The three values of the line that holds `pa`."""
        return CacheLine(**self._session.cache_line(pa))

    def devices(self) -> pd.DataFrame:
        """The board: name, base, size of every device."""
        return pd.DataFrame(self._session.devices(), columns=["name", "base", "size"])

    @property
    def stats(self) -> Statistics:
        """Every counter now, as nested objects (gem5's names)."""
        return Statistics(self._session.statistics())

    # ---- events

    def record(self, kinds: str | Iterable[str] = "tlb,table_write", *, limit: int = 8 << 20,
               **filter: Any) -> Recording:
        """Records events from now on, filtered in C++.

        kinds: kinds or groups ("tlb", "walk", ...), a list or comma-separated; see `armature info events`.
        limit: events kept between two take()s (64 bytes each); later ones are counted as lost.
        filter: core, el, vmid, asid (a number or several); pc, va, pa (an address, a range, (first, end),
        or several); and any field of the kinds by name: structure="l2", op="VAE1", level=3. Fields whose
        name is also the record's take an underscore: kind_="combined".
        """
        return Recording(self._session, selection(kinds, **filter), limit)

    def on(self, kinds: str | Iterable[str], callback: Callable[[Event], Any], **filter: Any) -> Hook:
        """Calls callback(event) after the instruction that caused each such event; for rare ones.

        The machine stands still meanwhile and may be looked at and changed. A true result, or stop(),
        makes run() come back. An exception comes out of run(), which can be called again.
        """
        hook = Hook(self, self._session.hook(selection(kinds, **filter)))
        self._callbacks[hook.id] = callback
        return hook

    @property
    def verdicts(self) -> Verdicts:
        """Everything the checkers of `check=` said so far, notes too, in order; frame() for rows."""
        return Verdicts(Verdict(*v[:-1], Events(v[-1]), self.symbols.at) for v in self._session.verdicts())

    @property
    def violations(self) -> Verdicts:
        """The verdicts that are violations."""
        return self.verdicts.violations

    # ---- pictures

    def report(self, path: str | os.PathLike[str], events: Events) -> None:
        """Writes one HTML page, readable without a server or a network: summary, timelines, stale
        translations, shootdowns, page owners, verdicts.

        events: what was recorded with kinds armature.PICTURE_KINDS from the machine's start.
        """
        self._session.write_report(os.fspath(path), _bytes(events), self._ended)

    def perfetto(self, path: str | os.PathLike[str], events: Events) -> None:
        """Writes the events (of armature.PICTURE_KINDS) as a Perfetto trace: open it at ui.perfetto.dev."""
        self._session.write_perfetto(os.fspath(path), _bytes(events))

    # ---- snapshots

    def snapshot(self) -> _armature.Snapshot:
        """The whole state, in memory."""
        return self._session.snapshot()

    def restore(self, snapshot: _armature.Snapshot | str | os.PathLike[str]) -> None:
        """Back to a snapshot() or a file of save() of a machine with the same configuration.

        Recordings and hooks stay. ConfigError when it does not fit; the machine is then unusable.
        """
        if isinstance(snapshot, _armature.Snapshot):
            self._session.restore(snapshot)
        else:
            self._session.load(os.fspath(snapshot))
        self._waiting.clear()
        self._matched = [min(seen, len(self._session.console(n, 0))) for n, seen in enumerate(self._matched)]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a snapshot file; `armature run --restore` reads it too."""
        self._session.save(os.fspath(path))

    def fork(self) -> Machine:
        """A second machine in the same state. Recordings and hooks are not taken over."""
        child = object.__new__(Machine)
        child._attach(self._config)
        child.restore(self.snapshot())
        child._matched = list(self._matched)
        return child

    def __repr__(self) -> str:
        return f"<machine: {len(self.cores)} cores, {self.seconds:.6f} s, {self.instructions} instructions>"
