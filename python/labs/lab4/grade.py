"""Lab 4: the sequence of events of each unmap(), and who could still use the translation afterwards."""
import sequence

TITLE = "Shootdown on four cores"
CRITERIA = {"the change is visible before the invalidation": 20, "the invalidation reaches every core": 20,
            "completion is awaited": 20, "nobody can use the old translation": 30, "it ends by itself": 10}
CORES, ROUNDS, ASID, FAULTED = 4, 4, 5, 0xfa17
VISIBLE, REACHES, AWAITED, NOBODY, ENDS = CRITERIA


def judge_sequence(events, va):
    """(visible, reaches, awaited, feedback): what one unmap() did, in order."""
    feedback = {VISIBLE: None, REACHES: None, AWAITED: None}
    own = [event for event in events if event.core == 0]
    store = next((n for n, e in enumerate(own) if e.kind == "table_write" and e["old"] & 1 and not e["new"] & 1), None)
    if store is None:
        text = f"{va:#x}: the descriptor was never made invalid"
        return {VISIBLE: text, REACHES: text, AWAITED: text}
    rest = own[store + 1:]
    tlbi = next((n for n, e in enumerate(rest) if e.kind == "tlbi" and sequence.covers(e, va, ASID)), None)
    if tlbi is None:
        others = [e for e in rest if e.kind == "tlbi"]
        text = (f"{va:#x}: the TLBI of this page names another address or ASID (operand {others[0]['operand']:#x})"
                if others else f"{va:#x}: no TLBI of this page follows the store")
        return {VISIBLE: text, REACHES: text, AWAITED: text}
    if not any(map(sequence.completes_stores, rest[:tlbi])):
        feedback[VISIBLE] = (f"{va:#x}: event {rest[tlbi].number} invalidates while the store of event "
                             f"{own[store].number} may still be on its way: a walker can cache the old descriptor again")
    if not rest[tlbi]["broadcast"]:
        feedback[REACHES] = f"{va:#x}: event {rest[tlbi].number} is an invalidation of core 0 alone"
    waiting = rest[tlbi + 1:]
    done = next((n for n, e in enumerate(waiting) if sequence.completes_invalidations(e)), None)
    if done is None:
        feedback[AWAITED] = f"{va:#x}: nothing waits until the other cores have done event {rest[tlbi].number}"
    elif not any(map(sequence.is_isb, waiting[done + 1:])):
        feedback[AWAITED] = f"{va:#x}: core 0 itself may run on with what it had fetched and translated before"
    return feedback


def grade(context, grade):
    with context.run(cores=CORES, limit=3_000_000) as run:
        unfinished = run.why_unfinished()
        addresses = run.words("addresses", ROUNDS)
        observed = run.words("observed", CORES * ROUNDS)
        done = run.words("rounds_done", 1)[0]
        events = run.events()
    if unfinished:
        grade[ENDS].feedback.append(unfinished)
    else:
        grade[ENDS].give(1)
    right = dict.fromkeys((VISIBLE, REACHES, AWAITED, NOBODY), 0)
    spans = sequence.between_marks(events)
    residency, taken = sequence.Residency(), 0
    for number, ((first, last), va) in enumerate(zip(spans, addresses)):
        for event in events[taken:last]:
            residency.take(event)
        taken = last
        if number >= done:
            break
        feedback = judge_sequence(events[first:last], va)
        for name, text in feedback.items():
            if text is None:
                right[name] += 1
            else:
                grade[name].feedback.append(text)
        holders = residency.of(va)
        used = [core for core in range(CORES) if observed[core * ROUNDS + number] != FAULTED]
        # With the last DSB missing an entry can be gone by luck: "awaited" judges that.
        if not holders and not used:
            right[NOBODY] += 1
        for core, structure, fill in holders:
            grade[NOBODY].feedback.append(
                f"core {core} still holds {va:#x} -> {fill['pa']:#x} in its {structure} TLB, filled by event {fill.number}")
        for core in used:
            grade[NOBODY].feedback.append(f"core {core} read {va:#x} without a fault when the page had a new owner")
    for name, count in right.items():
        grade[name].give(count / ROUNDS)
