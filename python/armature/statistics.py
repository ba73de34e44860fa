"""A machine's counters as nested objects and as a data frame."""

from __future__ import annotations

from typing import Any, Iterator

import pandas as pd


def _comparable(rows: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """A ratio of nothing to nothing is NaN, which equals nothing: None instead."""
    return [(*row[:3], None if row[3] != row[3] else row[3]) for row in rows]


class Statistics:
    """A level of the tree: stats.core0.dtlb.misses, stats["core0.dtlb.misses"], stats.frame()."""

    def __init__(self, rows: list[tuple[str, str, str, Any]]) -> None:
        self._rows = rows
        self._tree: dict[str, Any] = {}
        for name, _, _, value in rows:
            *path, last = name.split(".")
            node = self._tree
            for part in path:
                node = node.setdefault(part, {})
            node[last] = value

    def _below(self, name: str) -> Any:
        rows = [(n[len(name) + 1:], u, d, v) for n, u, d, v in self._rows if n.startswith(name + ".")]
        if rows:
            return Statistics(rows)
        for n, _, _, value in self._rows:
            if n == name:
                return value
        raise KeyError(name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self._below(name)
        except KeyError:
            raise AttributeError(f"no statistic '{name}'; there are {', '.join(self._tree)}") from None

    def __getitem__(self, name: str) -> Any:
        return self._below(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tree)

    def __len__(self) -> int:
        return len(self._rows)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._tree]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Statistics) and _comparable(self._rows) == _comparable(other._rows)

    def __sub__(self, earlier: Statistics) -> Statistics:
        """What was counted in between; both of the same machine. Ratios are those of the later one."""
        before = {name: value for name, _, _, value in earlier._rows}
        return Statistics([(name, unit, text, value if isinstance(value, float) else value - before.get(name, 0))
                           for name, unit, text, value in self._rows])

    def as_dict(self) -> dict[str, Any]:
        """Nested dictionaries."""
        return self._tree

    def frame(self) -> pd.DataFrame:
        """Rows indexed by name: value (counters are exact integers, ratios real numbers), unit, description."""
        names, units, texts, values = zip(*self._rows) if self._rows else ((), (), (), ())
        return pd.DataFrame({"value": pd.Series(values, dtype=object), "unit": units, "description": texts},
                            ).set_axis(pd.Index(names, name="name"))

    def __repr__(self) -> str:
        return f"<{len(self)} statistics: {', '.join(self._tree)}>"
