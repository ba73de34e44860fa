"""What checkers say: verdicts with their proof, as objects, rows and pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable

import pandas as pd

from . import _armature
from .events import Event, Events


def checkers() -> dict[str, str]:
    """What `check=` takes besides "all" and "guest": name -> meaning."""
    return dict(_armature.checkers())


@dataclass(frozen=True)
class Verdict:
    """What a checker says: the rule, "note" or "violation", one sentence, the address it is about, the
    event at which it was judged, where the rule comes from, and the events that prove it in order."""

    rule: str
    severity: str
    what: str
    object: int
    core: int
    el: int
    pc: int
    cycle: float
    sequence: int
    citation: str
    proof: Events
    _name: Callable[[int], str | None] = field(default=lambda pc: None, repr=False, compare=False)

    @property
    def where(self) -> str | None:
        """The symbol that the judged instruction is in, such as "unmap+0x1c"; None: no ELF file has one."""
        return self._name(self.pc)

    def _place(self, pc: int) -> str:
        name = self._name(pc)
        return f"pc {pc:#x}" + (f" <{name}>" if name else "")

    def __str__(self) -> str:
        story = "".join(f"\n  {event.cycle:>12.0f} core {event.core} EL{event.el} {self._place(event.pc)}: {describe(event)}"
                        for event in self.proof)
        return (f"{self.severity} of {self.rule}: {self.what} (core {self.core}, {self._place(self.pc)}, "
                f"cycle {self.cycle:.0f}; {self.citation}){story}")

    def plot(self, axes: Any = None) -> Any:
        """Draws the proof: a column a core, time downwards, the judged event last. Returns the axes.

        axes: Matplotlib's, to draw into; None: new ones.
        """
        if axes is None:
            import matplotlib.pyplot as plt
            _, axes = plt.subplots(figsize=(9, 1 + 0.35 * len(self.proof)))
        cores = sorted({event.core for event in self.proof})
        for column in range(len(cores)):
            axes.axvline(column, color="lightgrey", zorder=0)
        for row, event in enumerate(self.proof):
            is_judged = row == len(self.proof) - 1
            axes.plot(cores.index(event.core), row, marker="X" if is_judged else "o",
                      color="#d55e00" if is_judged else "#0072b2")
            axes.annotate(f"{describe(event)}   EL{event.el} {self._place(event.pc)}", (cores.index(event.core), row),
                          xytext=(10, 0), textcoords="offset points", va="center", fontsize=8)
        axes.set_xticks(range(len(cores)), ["device" if core == 255 else f"core {core}" for core in cores])
        axes.set_xlim(-0.2, len(cores) - 1 + max(1.6, 1.2 * len(cores)))
        axes.set_yticks(range(len(self.proof)), [f"{event.cycle:.0f}" for event in self.proof])
        axes.invert_yaxis()
        axes.set_ylabel("cycle")
        axes.set_title(f"{self.severity} of {self.rule}", loc="left")
        axes.xaxis.tick_top()
        for side in ("top", "right", "bottom"):
            axes.spines[side].set_visible(False)
        return axes


_DOMAINS = {1: "OSHLD", 2: "OSHST", 3: "OSH", 5: "NSHLD", 6: "NSHST", 7: "NSH", 9: "ISHLD", 10: "ISHST", 11: "ISH",
            13: "LD", 14: "ST", 15: "SY"}


def describe(event: Event) -> str:
    """An event in a few words, as a person would say it."""
    f = event.fields
    if event.kind == "table_write":
        return f"stage {f['stage']} level {f['level']} descriptor {f['address']:#x}: {f['old']:#x} → {f['new']:#x}"
    if event.kind == "tlbi":
        return f"TLBI {f['op']}{'IS' if f['broadcast'] else ''} {f['operand']:#x}, VMID {f['vmid_used']}"
    if event.kind == "tlbi_complete":
        return f"DSB completes {f['count']} TLBI{'s' if f['count'] != 1 else ''}"
    if event.kind == "barrier":
        return "ISB" if f["type"] == 2 else f"{('DSB', 'DMB')[f['type']]} {_DOMAINS.get(f['crm'], f['crm'])}"
    own = ", ".join(f"{name} {value:#x}" if isinstance(value, int) and value > 9 else f"{name} {value}"
                    for name, value in list(f.items())[:3])
    return f"{event.kind.replace('_', ' ')}: {own}"


class Verdicts(list[Verdict]):
    """Verdicts in the order in which they were reached."""

    @property
    def violations(self) -> Verdicts:
        """Those that are no notes."""
        return Verdicts(verdict for verdict in self if verdict.severity == "violation")

    def frame(self) -> pd.DataFrame:
        """A row each: rule, severity, what, object, core, el, pc, cycle, sequence, citation, and the
        number of events in the proof."""
        columns = ["rule", "severity", "what", "object", "core", "el", "pc", "cycle", "sequence", "citation"]
        rows = [(*(getattr(verdict, column) for column in columns), len(verdict.proof)) for verdict in self]
        return pd.DataFrame(rows, columns=[*columns, "proof"])
