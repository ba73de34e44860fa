"""Armature from Python: build a machine, run it, and see what its translation hardware does.

    import armature
    m = armature.Machine("cortex-a72", smp=2, kernel="Image", initrd="initrd.cpio",
                         append="console=ttyAMA0")
    fills = m.record("tlb_fill")
    m.run(until="login:", timeout=60)
    fills.frame().groupby("vmid").size()

help(armature.Machine) has the rest; armature.options() the keys.
"""

from . import errors, until
from ._armature import cycles_per_second
from .core import Core
from .errors import (ArmatureError, ConfigError, GuestDied, GuestError, GuestStopped, InternalError, Timeout,
                     TranslationFault, Violation)
from .events import EVENT_DTYPE, KINDS, PICTURE_KINDS, Event, Events, Recording, fields, in_hex, read_log
from .keys import options, presets
from .machine import CacheLine, Hook, Machine, Stop
from .observers import CaseRow, CaseStudy, case_study
from .statistics import Statistics
from .sweeps import sweep
from .symbols import Symbol, Symbols
from .verdicts import Verdict, Verdicts, checkers
from .walk import Fault, Walk, WalkStep

__all__ = [
    "ArmatureError", "CacheLine", "CaseRow", "CaseStudy", "ConfigError", "Core", "EVENT_DTYPE", "Event",
    "Events", "Fault", "GuestDied", "GuestError", "GuestStopped", "Hook", "InternalError", "KINDS", "Machine",
    "PICTURE_KINDS", "Recording", "Statistics", "Stop", "Symbol", "Symbols", "Timeout", "TranslationFault",
    "Verdict", "Verdicts", "Violation", "Walk", "WalkStep", "case_study", "checkers", "cycles_per_second",
    "errors", "fields", "in_hex", "options", "presets", "read_log", "sweep", "until",
]
