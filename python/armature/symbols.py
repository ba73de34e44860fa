"""Names of addresses, from ELF files."""

from __future__ import annotations

import bisect
import os
from dataclasses import dataclass
from typing import Iterator

from . import _armature
from .errors import ConfigError


def _without_parameters(name: str) -> str:
    """a::(anonymous namespace)::unmap(unsigned long) const -> a::(anonymous namespace)::unmap"""
    end = name.rfind(")")
    if end < 0 or name[end + 1:] not in ("", " const"):
        return name
    depth = 0
    for at in range(end, -1, -1):
        depth += {")": 1, "(": -1}.get(name[at], 0)
        if depth == 0:
            return name[:at] or name
    return name


@dataclass(frozen=True)
class Symbol:
    """A function or an object: where it is and how many bytes it takes (0: the file does not say)."""

    name: str
    address: int
    size: int
    is_function: bool
    file: str


class Symbols:
    """Names of addresses, from the ELF files of a machine; load() adds files.

    symbols["g_lock"]: the Symbol; symbols.at(pc): "unmap+0x1c". Addresses are those the file was linked at.
    """

    def __init__(self) -> None:
        self._by_name: dict[str, Symbol] = {}
        self._sorted: list[Symbol] = []
        self._addresses: list[int] = []

    def load(self, path: str | os.PathLike[str], offset: int = 0) -> Symbols:
        """Adds the symbols of an ELF file that lies `offset` bytes beyond where it was linked.

        Of two symbols with one name the one loaded first keeps it. ConfigError: it is no ELF file.
        """
        path = os.fspath(path)
        for name, address, size, is_function in _armature.elf_symbols(path):
            short = _without_parameters(name)
            symbol = Symbol(short, address + offset, size, is_function, path)
            for key in (name, short):
                self._by_name.setdefault(key, symbol)
            self._sorted.append(symbol)
        self._sorted.sort(key=lambda s: (s.address, -s.size))
        self._addresses = [symbol.address for symbol in self._sorted]
        return self

    def __getitem__(self, name: str) -> Symbol:
        if name in self._by_name:
            return self._by_name[name]
        nearest = _armature.nearest_match(name, list(self._by_name))
        hint = f"; did you mean '{nearest}'?" if nearest else ""
        raise ConfigError(f"symbols: no symbol '{name}'{hint}" if self._by_name else
                          f"symbols: no symbol '{name}': no ELF file is loaded (m.symbols.load(path))")

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[Symbol]:
        return iter(self._sorted)

    def __len__(self) -> int:
        return len(self._sorted)

    def at(self, address: int) -> str | None:
        """The symbol that covers the address, and how far behind its start: "unmap+0x1c". None: none does."""
        for n in range(bisect.bisect_right(self._addresses, address) - 1, -1, -1):
            symbol = self._sorted[n]
            if symbol.address == address or address - symbol.address < symbol.size:
                behind = address - symbol.address
                return symbol.name if behind == 0 else f"{symbol.name}+{behind:#x}"
            if address - symbol.address > 1 << 20:
                break
        return None

    def __repr__(self) -> str:
        return f"<{len(self)} symbols>"
