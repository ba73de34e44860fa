"""What a translation is made of, step by step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class WalkStep:
    """One descriptor read.

    stage 1 or 2; level -1..3; for_stage1_walk: a stage 2 step that finds where a stage 1 descriptor is.
    input: VA or IPA. table: base of the table (an IPA for stage 1 while stage 2 is on).
    address: PA of the descriptor. kind: invalid, table or leaf. output: next table, or base of the
    block or page. size: bytes translated. attributes, rights, is_global: of a leaf.
    """

    stage: int
    level: int
    for_stage1_walk: bool
    input: int
    table: int
    address: int
    descriptor: int
    kind: str
    output: int
    size: int
    attributes: str
    rights: str
    is_global: bool

    def __str__(self) -> str:
        indent = "    " if self.for_stage1_walk else ""
        what = {"invalid": "invalid", "table": f"table at {self.output:#x}"}.get(
            self.kind, f"{_size(self.size)} {'page' if self.level == 3 else 'block'} at {self.output:#x}, "
                       f"{self.rights}, {self.attributes}{', global' if self.is_global else ''}")
        return (f"{indent}stage {self.stage} level {self.level}: {self.input:#x} -> descriptor at {self.address:#x} "
                f"= {self.descriptor:#018x}: {what}")


def _size(size: int) -> str:
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size // unit} {name}"
    return f"{size} bytes"


@dataclass(frozen=True)
class Fault:
    """type: as the manual calls it; on_stage1_walk: stage 2 refused a read of a stage 1 descriptor."""

    type: str
    stage: int
    level: int
    on_stage1_walk: bool
    ipa: int

    def __str__(self) -> str:
        where = f" on a stage 1 walk, IPA {self.ipa:#x}" if self.on_stage1_walk else \
            f", IPA {self.ipa:#x}" if self.stage == 2 else ""
        return f"{self.type} fault at stage {self.stage} level {self.level}{where}"


@dataclass(frozen=True)
class Walk:
    """The translation of one address: print it. Nothing is cached, counted or changed by asking.

    pa and attributes hold when fault is None; ipa is stage 1's output.
    """

    va: int
    el: int
    access: str
    regime: str
    stage1_on: bool
    stage2_on: bool
    asid: int
    vmid: int
    steps: list[WalkStep] = field(repr=False)
    fault: Fault | None
    ipa: int
    pa: int
    attributes: str

    @staticmethod
    def of(view: dict[str, Any]) -> Walk:
        steps = [WalkStep(**step) for step in view.pop("steps")]
        fault = view.pop("fault")
        return Walk(steps=steps, fault=None if fault is None else Fault(**fault), **view)

    def __str__(self) -> str:
        stages = " and ".join(name for name, on in (("stage 1", self.stage1_on), ("stage 2", self.stage2_on)) if on)
        lines = [f"{self.access} of {self.va:#x} at EL{self.el} ({self.regime}, {stages or 'both stages off'}, "
                 f"VMID {self.vmid}, ASID {self.asid})"]
        lines += [f"  {step}" for step in self.steps]
        if self.fault is not None:
            lines.append(f"  {self.fault}")
        else:
            through = f" through IPA {self.ipa:#x}" if self.stage2_on else ""
            lines.append(f"  PA {self.pa:#x}{through}, {self.attributes}")
        return "\n".join(lines)

    def frame(self) -> pd.DataFrame:
        """The steps as rows."""
        return pd.DataFrame([vars(step) for step in self.steps])
