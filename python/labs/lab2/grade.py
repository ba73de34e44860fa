"""Lab 2: the tables as the walker finds them, and the exceptions that were taken."""
import re

import sequence

TITLE = "Build stage 1, and meet the faults"
CRITERIA = {"every region is mapped as wanted": 40, "translation is on, with the right barriers": 15,
            "each fault is the right one": 36, "it ends by itself": 9}
MAPPED, ENABLED, FAULTS, ENDS = CRITERIA
REGIONS = 6
KINDS = ("READ_WRITE", "READ_ONLY", "DEVICE_PAGE", "UNCACHED", "NOT_ACCESSED", "NOT_MAPPED")
# What matters of a level 3 descriptor: type, AttrIndx, AP[2:1], AF, PXN and UXN.
AF, READ_ONLY, EL0, PXN, UXN, INDEX = 1 << 10, 1 << 7, 1 << 6, 1 << 53, 1 << 54, 7 << 2
NORMAL, DEVICE, NON_CACHEABLE = 0, 1, 2
# Name and DFSC of each fault, in the order of the calls; the class of a Data Abort without a change of level.
WANTED = (("a Translation fault at level 1", 0b000101), ("a Translation fault at level 2", 0b000110),
          ("a Translation fault at level 3", 0b000111), ("a Permission fault at level 3", 0b001111),
          ("an Access flag fault at level 3", 0b001011), ("an Alignment fault", 0b100001))
DATA_ABORT = 0b100101
SCTLR_M, M_WRITTEN = "SCTLR_EL1", 1


def complaint(kind, pa, leaf):
    """None, or what is wrong with the level 3 descriptor (None: the walk did not get there)."""
    if leaf is None:
        return "there is no level 3 descriptor"
    if kind == "NOT_MAPPED":
        return None if not leaf & 1 else "it can be translated"
    if leaf & 3 != 3:
        return "its level 3 descriptor is not a page"
    if leaf & 0xfffffffff000 != pa:
        return f"it leads to {leaf & 0xfffffffff000:#x}, not to {pa:#x}"
    index = (leaf & INDEX) >> 2
    wanted = {"DEVICE_PAGE": DEVICE, "UNCACHED": NON_CACHEABLE}.get(kind, NORMAL)
    if index != wanted:
        return f"its memory type is attribute {index} of MAIR_EL1"
    if bool(leaf & READ_ONLY) != (kind == "READ_ONLY"):
        return "EL1's right to write is not the wanted one"
    if leaf & EL0:
        return "EL0 may use it"
    if leaf & PXN == 0 or leaf & UXN == 0:
        return "it can be executed"
    if bool(leaf & AF) == (kind == "NOT_ACCESSED"):
        return "its Access flag is not the wanted one"
    return None


def judge_enable(events):
    """None, or what is missing on the way to SCTLR_EL1.M = 1."""
    on = next((n for n, e in enumerate(events) if e.kind == "sysreg_write" and e.get("register") == SCTLR_M
               and e["value"] & M_WRITTEN), None)
    if on is None:
        return "SCTLR_EL1.M was never set"
    before = events[:on]
    tlbi = next((n for n, e in enumerate(before) if e.kind == "tlbi"), None)
    if tlbi is None:
        return "TLB entries from before were not invalidated"
    if not any(sequence.is_dsb(e, (sequence.ISH, sequence.SY, sequence.NSH)) for e in before[tlbi:]):
        return f"nothing waits for the invalidation (event {before[tlbi].number})"
    if not any(map(sequence.is_isb, before)):
        return "no ISB before the MMU is on: TCR_EL1 and TTBR0_EL1 may not count yet"
    after = next((e for e in events[on + 1:] if e.kind in ("barrier", "hypercall", "exception_entry")), None)
    if after is None or not sequence.is_isb(after):
        return "no ISB behind the write to SCTLR_EL1"
    return None


def grade(context, grade):
    with context.run(limit=3_000_000, events="core,translation") as run:
        unfinished = run.why_unfinished()
        regions = run.words("regions", 3 * REGIONS)
        enabled, right = run.words("enabled", 1)[0], run.words("values_right", 1)[0]
        leaves = {}
        for n in range(REGIONS):
            text = run.remote.monitor(f"walk {regions[3 * n]:#x} el1") if enabled else ""
            found = re.search(r"stage 1 level 3 .* = (0x[0-9a-f]+)", text)
            leaves[n] = int(found[1], 16) if found else None
        events = run.events()
    if unfinished:
        grade[ENDS].feedback.append(unfinished)
    else:
        grade[ENDS].give(1)
    good = 0
    for n, kind in enumerate(KINDS):
        va, pa = regions[3 * n], regions[3 * n + 1]
        wrong = complaint(kind, pa, leaves[n])
        if wrong is None and n < 4 and not right >> n & 1:
            wrong = "reading it does not give what lies in its frame"
        if wrong is None:
            good += 1
        else:
            grade[MAPPED].feedback.append(f"{kind} at {va:#x}: {wrong}")
    grade[MAPPED].give(good / REGIONS)
    missing = judge_enable(events) if enabled else "SCTLR_EL1.M was never set"
    if missing:
        grade[ENABLED].feedback.append(missing)
    else:
        grade[ENABLED].give(1)
    good = 0
    spans = sequence.between_marks(events)
    for n, (name, code) in enumerate(WANTED):
        span = events[spans[n][0]:spans[n][1]] if n < len(spans) else []
        taken = [e for e in span if e.kind == "exception_entry"]
        if len(taken) == 1 and taken[0]["esr"] & 0x3f == code and taken[0]["esr"] >> 26 == DATA_ABORT and enabled:
            good += 1
        elif not taken:
            grade[FAULTS].feedback.append(f"{name}: nothing faulted")
        else:
            grade[FAULTS].feedback.append(
                f"{name}: {len(taken)} exception(s), the first with ESR_EL1 {taken[0]['esr']:#x}, FAR {taken[0]['far']:#x}")
    grade[FAULTS].give(good / len(WANTED))
