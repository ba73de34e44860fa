"""The exceptions of the package. Nothing that goes wrong in the simulator ends the interpreter."""

from __future__ import annotations

from typing import Any


class ArmatureError(Exception):
    """The base of all others."""


class ConfigError(ArmatureError, ValueError):
    """Your mistake: a bad key, value, file, register name or address. One line says what was allowed."""


class InternalError(ArmatureError, RuntimeError):
    """Our mistake: an assertion failed. The machine that was running is unusable; others go on."""


class GuestError(ArmatureError):
    """The guest did not do what was waited for.

    pc, el, core: where the core that ran last stands (core 0 when all sleep).
    cores: one dictionary a core with pc, el, state, instructions, esr, far.
    console: the end of what the guest printed.
    """

    def __init__(self, message: str, *, core: int = 0, cores: list[dict[str, Any]] | None = None,
                 console: str = "") -> None:
        self.cores = cores or []
        self.core = core
        here = self.cores[core] if core < len(self.cores) else {}
        self.pc: int = here.get("pc", 0)
        self.el: int = here.get("el", 0)
        self.console = console
        super().__init__(f"{message} (core {core} at pc {self.pc:#x}, EL{self.el})" if here else message)
        self._message = message

    def __reduce__(self) -> Any:  # so that it crosses process boundaries whole
        return _restore, (type(self), self._message, self.core, self.cores, self.console)


def _restore(kind: type[GuestError], message: str, core: int, cores: list[dict[str, Any]],
             console: str) -> GuestError:
    return kind(message, core=core, cores=cores, console=console)


class GuestDied(GuestError):
    """Every core sleeps or is off, and nothing can ever wake one."""


class GuestStopped(GuestError):
    """The machine powered off or reset itself before what was waited for happened."""


class Timeout(GuestError, TimeoutError):
    """The simulated time given as `timeout` passed first."""


class Violation(GuestError):
    """A checker (`check=`) found the first violation of a rule. `verdict` has the proof; run() goes on."""

    verdict: Any = None


class TranslationFault(GuestError):
    """An access by virtual address faults. `walk` explains where and why."""

    walk: Any = None
