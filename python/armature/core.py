"""One core of a machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable

from . import _armature
from .errors import TranslationFault
from .walk import Walk

if TYPE_CHECKING:
    from .machine import Machine


class Core:
    """One core: registers by name, memory by virtual address."""

    def __init__(self, machine: Machine, number: int) -> None:
        self._session = machine._session
        self.machine = machine
        self.number = number

    def __getitem__(self, name: str) -> int:
        """A register: x0..x30, sp, pc, nzcv, daif, el, fpcr, fpsr, v0..v31 (128 bits) or any system
        register ("TTBR0_EL1"), as the highest Exception level reads it, without side effects.

        ConfigError names the nearest register when there is none of that name.
        """
        if name[:1] in "vV" and name[1:].isdecimal():
            low, high = self._session.vector_register(self.number, int(name[1:]))
            return high << 64 | low
        return self._session.register(self.number, name)

    def __setitem__(self, name: str, value: int) -> None:
        """Writes a register as MSR would, without its checks. Not part of a recording of host input."""
        self._session.set_register(self.number, name, value & (1 << 64) - 1)

    @property
    def pc(self) -> int:
        return self["pc"]

    @property
    def el(self) -> int:
        """The current Exception level, 0..2."""
        return self["el"]

    @property
    def state(self) -> str:
        """running, wfi, wfe or off."""
        return self._session.sleep(self.number)

    @property
    def cycle(self) -> int:
        """Local time in cycles (1 ns each)."""
        return self._session.core_clock(self.number)[0]

    @property
    def instructions(self) -> int:
        """Instructions retired."""
        return self._session.core_clock(self.number)[1]

    def registers(self) -> dict[str, int]:
        """All registers but v0..v31."""
        return {name: self._session.register(self.number, name) for name in _armature.register_names()}

    def walk(self, va: int | str, *, el: int | None = None, access: str = "read") -> Walk:
        """Explains the translation of `va` (an address or a symbol) through both stages; changes nothing.

        el: as that Exception level would access it (None: the current one). access: read, write or
        fetch, for permissions.
        """
        va = self.machine._address(va)
        return Walk.of(self._session.walk(self.number, va & (1 << 64) - 1, -1 if el is None else el, access))

    def _pieces(self, va: int, size: int, el: int | None, access: str) -> Iterable[tuple[int, int]]:
        while size > 0:
            walk = self.walk(va, el=el, access=access)
            if walk.fault is not None:
                fault = TranslationFault(f"{access} of {va:#x}: {walk.fault}", core=self.number,
                                         cores=self.machine._describe_cores())
                fault.walk = walk
                raise fault
            piece = min(size, 4096 - va % 4096)
            yield walk.pa, piece
            va, size = va + piece, size - piece

    def read(self, va: int | str, size: int, *, el: int | None = None) -> bytes:
        """`size` bytes at a virtual address or symbol, the coherent value. TranslationFault where it faults."""
        va = self.machine._address(va)
        return b"".join(self.machine.read(pa, piece) for pa, piece in self._pieces(va, size, el, "read"))

    def write(self, va: int | str, data: bytes, *, el: int | None = None) -> None:
        """Writes to a virtual address or symbol as a coherent device would. Nothing is written when any of it
        faults."""
        va, at = self.machine._address(va), 0
        for pa, piece in list(self._pieces(va, len(data), el, "write")):
            self.machine.write(pa, data[at:at + piece])
            at += piece

    @property
    def where(self) -> str | None:
        """The symbol that the pc is in, such as "unmap+0x1c"."""
        return self.machine.symbols.at(self.pc)

    def __repr__(self) -> str:
        name = f" <{self.where}>" if self.where else ""
        return f"<core {self.number}: pc {self.pc:#x}{name} EL{self.el} {self.state}, {self.instructions} instructions>"
