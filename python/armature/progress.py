"""How fast a run goes, for people only: nothing of it reaches the simulation or a result."""

from __future__ import annotations

import sys
import time
from typing import Any


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")


class Progress:
    """Shows simulated time, instructions and MIPS once a second of the host; gone when the run ends."""

    INTERVAL = 1.0  # seconds

    def __init__(self, enabled: bool | None, cycles_per_second: float) -> None:
        self._notebook = _in_notebook()
        self._enabled = (self._notebook or sys.stderr.isatty()) if enabled is None else enabled
        self._frequency = cycles_per_second
        self._last = time.monotonic()
        self._instructions: int | None = None
        self._display: Any = None
        self._shown = False

    def tick(self, cycles: int, instructions: int) -> None:
        """Called between slices."""
        if not self._enabled:
            return
        now = time.monotonic()
        if self._instructions is None:
            self._instructions, self._last = instructions, now
            return
        if now - self._last < self.INTERVAL:
            return
        rate = (instructions - self._instructions) / (now - self._last) / 1e6
        self._instructions, self._last = instructions, now
        self._show(f"{cycles / self._frequency:.3f} s simulated, {instructions / 1e6:.1f} M instructions, "
                   f"{rate:.1f} MIPS")

    def _show(self, text: str) -> None:
        self._shown = True
        if not self._notebook:
            print(f"\r\033[K[{text}]", end="", file=sys.stderr, flush=True)
            return
        from IPython.display import display
        if self._display is None:
            self._display = display({"text/plain": text}, raw=True, display_id=True)
        else:
            self._display.update({"text/plain": text}, raw=True)

    def close(self) -> None:
        """Takes the line away."""
        if not self._shown:
            return
        if not self._notebook:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
        elif self._display is not None:
            self._display.update({"text/plain": ""}, raw=True)
