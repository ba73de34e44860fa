"""Lab 8: what an observer without caches saw, and which lines of each page were looked after."""
import sequence

TITLE = "Caches, and the page that was not cleaned"
CRITERIA = {"a page handed over is seen whole": 25, "a page taken back is seen whole": 25,
            "a scrubbed page shows nothing old": 25, "maintenance is complete before the page is used": 15,
            "it ends by itself": 10}
HANDED, TAKEN, SCRUBBED, WAITED, ENDS = CRITERIA
LINES, LINE = 64, 64


def lines_text(lines):
    shown = ", ".join(map(str, lines[:4])) + (", ..." if len(lines) > 4 else "")
    return f"{len(lines)} of {LINES} lines (numbers {shown})"


def judge_wait(events, frame):
    """None, or what is missing between the last maintenance of the page and the mark."""
    last = None
    for n, event in enumerate(events):
        if event.kind == "cache_maintenance" and event["pa"] - frame in range(0, LINES * LINE):
            last = n
    if last is None:
        return f"page {frame:#x}: no line of it was cleaned or invalidated"
    if not any(sequence.is_dsb(e, (sequence.ISH, sequence.SY)) for e in events[last + 1:]):
        return f"page {frame:#x}: no DSB waits for event {events[last].number}, the last maintenance of a line"
    return None


def grade(context, grade):
    with context.run(limit=3_000_000, events="core,cache_maintenance") as run:
        unfinished = run.why_unfinished()
        frames = run.words("frames", 3)
        seen = run.words("seen_right", 3 * LINES)
        leaked = run.words("leaked", LINES)
        done = run.words("pages_done", 1)[0]
        events = run.events()
    if unfinished:
        grade[ENDS].feedback.append(unfinished)
    else:
        grade[ENDS].give(1)
    spans = sequence.between_marks(events)
    waited = 0
    for page, name in enumerate((HANDED, TAKEN, SCRUBBED)):
        if page >= done:
            continue
        wrong = [line for line in range(LINES) if not seen[page * LINES + line]]
        back = [line for line in range(LINES) if leaked[line]] if page == 2 else []
        first, last = spans[page]
        cared = {(e["pa"] - frames[page]) // LINE for e in events[first:last]
                 if e.kind == "cache_maintenance" and 0 <= e["pa"] - frames[page] < LINES * LINE}
        if wrong:
            reader = "you read old values in" if page == 1 else "the observer saw old values in"
            grade[name].feedback.append(f"page {frames[page]:#x}: {reader} {lines_text(wrong)}; {len(cared)} lines had "
                                        "maintenance")
        if back:
            grade[name].feedback.append(f"page {frames[page]:#x}: {lines_text(back)} were written back over what the new "
                                        "owner wrote")
        bad = set(wrong) | set(back)
        grade[name].give(1 - len(bad) / LINES)
        missing = judge_wait(events[first:last], frames[page])
        if missing:
            grade[WAITED].feedback.append(missing)
        else:
            waited += 1
    grade[WAITED].give(waited / 3)
