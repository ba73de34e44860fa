"""Page observers: who can observe a page through tables, and who through TLBs.

The case study is that of the authors' slides (USENIX Security 2021): page 1 moves from A to B.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable

import pandas as pd

from . import _armature
from .errors import ConfigError

_NAMES = {1: "A", 2: "B"}


def set_text(names: Iterable[str]) -> str:
    """{A,B}, as the slides write a set."""
    return "{" + ",".join(names) + "}"


def groups_text(sets: Iterable[Iterable[str]]) -> str:
    """{A},{},{B}: a sequence of sets with equal neighbours merged."""
    merged: list[str] = []
    for text in map(set_text, sets):
        if not merged or merged[-1] != text:
            merged.append(text)
    return ",".join(merged)


@dataclass(frozen=True)
class CaseRow:
    """One row of the slides' table: sets of names, and the groups so far."""

    step: str
    by_tlbs: tuple[str, ...]
    by_tables: tuple[str, ...]
    groups_by_tlbs: tuple[tuple[str, ...], ...]
    groups_by_tables: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class CaseStudy:
    """One of the slides' two tables; print it, or take its frame().

    agrees: TLBs and tables show the same sequence of groups, so that software above may be verified
    without TLBs.
    """

    order: str
    rows: tuple[CaseRow, ...]
    agrees: bool
    text: str

    def frame(self) -> pd.DataFrame:
        """As the slides print it: a row a step; observers and groups by TLB and by page table (PT)."""
        rows = [(row.step, set_text(row.by_tlbs), set_text(row.by_tables), groups_text(row.groups_by_tlbs),
                 groups_text(row.groups_by_tables)) for row in self.rows]
        columns = ["step", "observers by TLB", "observers by PT", "groups by TLB", "groups by PT"]
        return pd.DataFrame(rows, columns=columns).set_index("step")

    def __str__(self) -> str:
        return self.text


def case_study(order: str) -> CaseStudy:
    """Moves page 1 from A to B, step by step, in the checker's own model.

    order: "correct" (unmap, flush, map) or "wrong" (flush, unmap, map).
    """
    if order not in ("correct", "wrong"):
        raise ConfigError(f"order: '{order}' is not allowed; allowed: correct, wrong")
    rows, agrees, text = _armature.case_study(order == "correct")

    def names(principals: tuple[int, ...]) -> tuple[str, ...]:
        return tuple(_NAMES[principal] for principal in principals)
    return CaseStudy(order, tuple(CaseRow(step, names(tlbs), names(tables), tuple(map(names, groups_by_tlbs)),
                                          tuple(map(names, groups_by_tables)))
                                  for step, tlbs, tables, groups_by_tlbs, groups_by_tables in rows), agrees, text)
