"""The keys of a machine: the command line's and TOML's, as keywords."""

from __future__ import annotations

import os
from typing import Any, Mapping

import numpy as np
import pandas as pd

from . import _armature
from .errors import ConfigError

_OPTIONS: dict[str, dict[str, str]] = {option["name"]: option for option in _armature.options()}


def options() -> pd.DataFrame:
    """Every key of Machine(), with its meaning: the same as the command line's and TOML's."""
    rows = [(o["name"].replace("-", "_"), o["value_name"] or "BOOL", o["kind"], o["help"], o["group"])
            for o in _OPTIONS.values()]
    return pd.DataFrame(rows, columns=["key", "value", "kind", "help", "group"]).set_index("key")


def presets() -> dict[str, str]:
    """The CPU presets: name -> title."""
    return dict(_armature.presets())


def _text(value: Any, key: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, Mapping):  # a drive or a VM; a comma inside a value is doubled
        return ",".join(f"{name.replace('_', '-')}={_text(v, key).replace(',', ',,')}" for name, v in value.items())
    if key == "type" and isinstance(value, tuple):
        expect, typed = value
        for plain, escaped in (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
            typed = typed.replace(plain, escaped)
        return f"{expect}::{typed}"
    return os.fspath(value)


def _values(keys: Mapping[str, Any]) -> list[tuple[str, str]]:
    values = []
    for key, value in keys.items():
        name = key.replace("_", "-")
        if name not in _OPTIONS:
            nearest = _armature.nearest_match(name, list(_OPTIONS)).replace("-", "_")
            hint = f"; did you mean '{nearest}'?" if nearest else "; see armature.options()"
            raise ConfigError(f"Machine: there is no key '{key}'{hint}")
        if value is None:
            continue
        several = _OPTIONS[name]["kind"] == "list" and isinstance(value, list)
        try:
            values += [(name, _text(element, name)) for element in (value if several else [value])]
        except TypeError:
            raise ConfigError(f"{key}: {value!r} is not allowed; allowed: a string, a number, a path"
                              f"{' or a list of these' if _OPTIONS[name]['kind'] == 'list' else ''}") from None
    return values


def configuration(keys: Mapping[str, Any], toml: str | os.PathLike[str] | None) -> _armature.RunConfig:
    """What a machine is built from: a TOML file's keys (None: no file), then `keys`, which win."""
    return _armature.RunConfig(_values(keys), "" if toml is None else os.fspath(toml))
