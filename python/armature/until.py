"""What Machine.run() can wait for. A string or a compiled pattern alone means until.console()."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Iterable

from . import _armature
from .errors import ConfigError
from .events import selection


@dataclass(frozen=True)
class Console:
    pattern: re.Pattern[bytes]
    uart: int | None


@dataclass(frozen=True)
class OnEvent:
    selection: _armature.EventSelection


@dataclass(frozen=True)
class Cycles:
    count: int


@dataclass(frozen=True)
class Instructions:
    count: int


Condition = "str | re.Pattern[str] | Console | OnEvent | Cycles | Instructions"


def console(pattern: str | re.Pattern[str], uart: int | None = None) -> Console:
    """The guest prints a match of the regular expression on `uart` (0..3, None: on any).

    What was printed before, but after the last match on that UART, counts. Looked at when a window
    of simulated time ends in which something was printed; a match spans at most 4 KiB.
    """
    if uart is not None and uart not in range(4):
        raise ConfigError(f"uart: {uart} is not allowed; allowed: 0..3, None")
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ConfigError(f"until: '{pattern}' is not a regular expression: {error}") from None
    flags = compiled.flags & ~re.UNICODE
    return Console(re.compile(compiled.pattern.encode(), flags), uart)


def event(kinds: str | Iterable[str], **filter: Any) -> OnEvent:
    """An event of these kinds, after the instruction that caused it. `filter` as in Machine.record()."""
    return OnEvent(selection(kinds, **filter))


def cycles(count: float) -> Cycles:
    """At least `count` more cycles of simulated time (the end of a window; 1 cycle = 1 ns)."""
    return Cycles(int(count))


def instructions(count: float) -> Instructions:
    """Exactly `count` more instructions, of all cores together."""
    return Instructions(int(count))


def conditions(until: Any) -> list[Any]:
    """One condition or several as a list."""
    if until is None:
        return []
    if isinstance(until, (list, tuple)):
        return [condition for element in until for condition in conditions(element)]
    if isinstance(until, (str, re.Pattern)):
        return [console(until)]
    if isinstance(until, (Console, OnEvent, Cycles, Instructions)):
        return [until]
    raise ConfigError(f"until: {until!r} is not allowed; allowed: a regular expression or armature.until.*")
