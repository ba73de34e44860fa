"""Many runs of a function over a grid of configurations."""

from __future__ import annotations

import concurrent.futures
import itertools
import json
import os
import traceback
from pathlib import Path
from typing import Any, Callable, Iterable, Mapping, Sequence

import pandas as pd

from .errors import ConfigError

def _points(grid: Mapping[str, Sequence[Any]] | Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    if isinstance(grid, Mapping):
        return [dict(zip(grid, values)) for values in itertools.product(*grid.values())]
    return [dict(point) for point in grid]


def _key(point: Mapping[str, Any]) -> str:
    return json.dumps(point, sort_keys=True, default=str)


def _call(function: Callable[..., Any], point: Mapping[str, Any]) -> tuple[bool, Any]:
    """In the worker: a failure is a result like another, with its traceback."""
    try:
        result = function(**point)
        return True, dict(result) if isinstance(result, Mapping) else {"result": result}
    except Exception as error:  # noqa: BLE001: whatever the function raises is reported
        return False, {"error": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc()}


def _load(file: Path | None) -> dict[str, tuple[bool, Any]]:
    """What the file has; a last line that whatever ended the sweep cut off is taken away."""
    done: dict[str, tuple[bool, Any]] = {}
    if file is None or not file.exists():
        return done
    text = file.read_bytes()
    whole = text.rfind(b"\n") + 1
    if whole != len(text):
        with file.open("r+b") as cut:
            cut.truncate(whole)
    for number, line in enumerate(text[:whole].splitlines(), 1):
        try:
            row = json.loads(line)
            done[row["key"]] = (row["ok"], row["result"])
        except (ValueError, KeyError, TypeError):
            raise ConfigError(f"{file}:{number}: not a line of a sweep") from None
    return done


def sweep(function: Callable[..., Any], grid: Mapping[str, Sequence[Any]] | Iterable[Mapping[str, Any]],
          executor: concurrent.futures.Executor | None = None, *, file: str | os.PathLike[str] | None = None,
          retry: bool = True) -> pd.DataFrame:
    """Calls function(**configuration) for every point of the grid and returns one row for each.

    grid: {"smp": [1, 2], "seed": range(8)} (every combination), or a list of configurations.
    function: returns a dictionary of columns, or one value (column "result"). It builds its own machine;
    machines do not travel between processes.
    executor: any concurrent.futures.Executor (Dask's client.get_executor() too); None: one process a
    CPU of this host.
    file: JSON lines, written as results arrive. A sweep that was interrupted goes on from it, and
    failed points are tried again (retry=False: not). Values must then be what JSON can hold.

    The frame is indexed by configuration, in the grid's order, with the function's columns and, when
    something failed, "error" and "traceback" of those that did. Ctrl-C keeps what `file` has.
    """
    points = _points(grid)
    path = None if file is None else Path(file)
    done = {key: row for key, row in _load(path).items() if row[0] or not retry}
    todo = [point for point in points if _key(point) not in done]
    own = executor is None
    workers = executor or concurrent.futures.ProcessPoolExecutor(min(os.cpu_count() or 1, max(len(todo), 1)))
    out = None if path is None else path.open("a")
    try:
        futures = {workers.submit(_call, function, point): _key(point) for point in todo}
        for future in concurrent.futures.as_completed(futures):
            key = futures[future]
            try:
                row = future.result()
            except Exception as error:  # noqa: BLE001: the worker itself died
                row = (False, {"error": f"{type(error).__name__}: {error}", "traceback": ""})
            done[key] = row
            if out is not None:
                print(json.dumps({"key": key, "ok": row[0], "result": row[1]}, default=_plain), file=out, flush=True)
    except BaseException:
        if own:
            workers.shutdown(wait=False, cancel_futures=True)
        raise
    finally:
        if out is not None:
            out.close()
    if own:
        workers.shutdown()
    return _frame(points, done)


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):  # a NumPy scalar
        return value.item()
    raise ConfigError(f"sweep: {type(value).__name__} cannot be kept in a file; return numbers and strings")


def _frame(points: list[dict[str, Any]], done: Mapping[str, tuple[bool, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame([{**point, **done[_key(point)][1]} for point in points])
    names = list(dict.fromkeys(name for point in points for name in point))
    return frame.set_index(names) if names and len(frame) else frame
