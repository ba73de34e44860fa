"""Lab 3: the student's measurements against the fills of the first-level data TLB."""
import re
import subprocess

import sequence

TITLE = "TLB reach and ASIDs"
CRITERIA = {"the measurements touch what they should": 20, "the reach is right": 30, "no space sees the other's pages": 20,
            "a switch costs no TLB entries": 20, "it ends by itself": 10}
TOUCHED, REACH, APART, KEPT, ENDS = CRITERIA
SIZES = 16
# Each seed measures one of these cores: the answer is not in a book.
PRESETS = ("cortex-a53", "cortex-a57", "m400", "cortex-a72", "seattle")
SPACES_MARK, WARM, DONE = 0x86000003, 0x86000004, 0x86000005
# Entries of the data TLB that the program itself may need meanwhile: its stack and its variables.
OWN_ENTRIES = 2


def data_tlb_entries(armature, preset):
    text = subprocess.run([str(armature), "info", "presets"], capture_output=True, text=True).stdout
    return int(re.search(rf"^{re.escape(preset)} .*?L1D (\d+)", text, re.M | re.S)[1])


def pages_filled(events, base):
    return {e["va"] >> 12 for e in events if e.kind == "tlb_fill" and e["structure"] == "l1d"
            and 0 <= e["va"] - base < 96 * 4096}


def grade(context, grade):
    preset = PRESETS[context.seed % len(PRESETS)]
    entries = data_tlb_entries(context.armature, preset)
    with context.run(limit=5_000_000, options=("--cpu", preset), events="core,tlb_fill,tlb_drop,tlb_evict,tlbi") as run:
        unfinished = run.why_unfinished()
        base, space = run.words("base_address", 1)[0], run.words("space_address", 1)[0]
        sizes, measured = run.words("sizes", SIZES), run.words("measured", SIZES)
        reached, wrong, done = (run.words(name, 1)[0] for name in ("reached", "wrong_values", "steps_done"))
        events = run.events()
    if unfinished:
        grade[ENDS].feedback.append(unfinished)
    else:
        grade[ENDS].give(1)
    good, seen = 0, set()
    for n, (first, last) in enumerate(sequence.between_marks(events)[:SIZES]):
        # Pages of smaller sizes may still be in the TLB: they were filled for those.
        seen |= pages_filled(events[first:last], base)
        wanted = {(base >> 12) + page for page in range(sizes[n])}
        misses = sizes[n] > entries + OWN_ENTRIES
        again = len([e for e in events[first:last] if e.kind == "tlb_fill" and e["structure"] == "l1d"])
        if not wanted <= seen:
            grade[TOUCHED].feedback.append(f"{sizes[n]} pages: {len(wanted - seen)} of them never came into the data TLB")
        elif misses and again < 4 * sizes[n]:
            grade[TOUCHED].feedback.append(f"{sizes[n]} pages: read fewer than {sizes[n]} times a round ({again} fills)")
        elif measured[n] == 0:
            grade[TOUCHED].feedback.append(f"{sizes[n]} pages: no cycles were counted")
        else:
            good += 1
    grade[TOUCHED].give(good / SIZES)
    if done >= 2 and entries - OWN_ENTRIES <= reached <= entries:
        grade[REACH].give(1)
    else:
        per_read = ", ".join(f"{size}: {count / 8 / size:.1f}" for size, count in zip(sizes[:12:2], measured[:12:2]) if size)
        grade[REACH].feedback.append(f"{preset}: not {reached} pages; your own cycles per read by number of pages: {per_read}")
    if done < 3:
        return
    marks = {mark: next(n for n, e in enumerate(events) if sequence.is_mark(e, mark)) for mark in (SPACES_MARK, WARM, DONE)}
    if wrong == 0:
        grade[APART].give(1)
    else:
        grade[APART].feedback.append(f"{wrong} reads gave what belongs to the other address space")
    warm = events[marks[WARM]:marks[DONE]]
    fills = [e for e in warm if e.kind == "tlb_fill" and e["structure"] == "l2" and
             0 <= e["va"] - space < 6 * 4096]
    flushes = [e for e in warm if e.kind == "tlbi"]
    if not fills and not flushes and wrong == 0:
        grade[KEPT].give(1)
    elif flushes:
        grade[KEPT].feedback.append(f"{len(flushes)} TLBIs in 8 switches; {len(fills)} entries had to be filled again")
    elif fills:
        grade[KEPT].feedback.append(f"{len(fills)} entries had to be filled again, the first {fills[0]['va']:#x} with "
                                    f"ASID {fills[0].asid}")
    else:
        grade[KEPT].feedback.append("entries were kept, but they were used for the wrong address space")
