"""Lab 5: what happened to each descriptor, in order, and what the other core saw."""
import sequence

TITLE = "Break before make"
CRITERIA = {"no valid descriptor becomes another valid one": 25, "the break is complete before the make": 30,
            "the make is published": 15, "the tables and the data are right": 20, "it ends by itself": 10}
ROUNDS, ASID = 4, 3
BREAKS, COMPLETE, PUBLISHED, RIGHT, ENDS = CRITERIA


def judge(events, entry, va):
    """{criterion: feedback or None} for one change."""
    own = [event for event in events if event.core == 0]
    writes = [(n, e) for n, e in enumerate(own) if e.kind == "table_write" and e["address"] == entry]
    verdict = dict.fromkeys((BREAKS, COMPLETE, PUBLISHED))
    if not writes:
        return dict.fromkeys(verdict, f"{va:#x}: its descriptor was not written")
    for _, event in writes:
        if event["old"] & 1 and event["new"] & 1:
            verdict[BREAKS] = (f"{va:#x}: event {event.number} changes {event['old']:#x} into {event['new']:#x} while "
                               "both are valid")
    broke = next((n for n, e in writes if e["old"] & 1 and not e["new"] & 1), None)
    made = next((n for n, e in reversed(writes) if e["new"] & 1), None)
    if broke is None or made is None or made < broke:
        verdict[COMPLETE] = f"{va:#x}: there was no break before the make"
    else:
        between = own[broke + 1:made]
        tlbi = next((n for n, e in enumerate(between) if e.kind == "tlbi" and sequence.covers(e, va, ASID)), None)
        if tlbi is None:
            verdict[COMPLETE] = f"{va:#x}: nothing was invalidated between events {own[broke].number} and {own[made].number}"
        elif not between[tlbi]["broadcast"]:
            verdict[COMPLETE] = f"{va:#x}: event {between[tlbi].number} leaves core 1 its old entry"
        elif not any(map(sequence.completes_stores, between[:tlbi])):
            verdict[COMPLETE] = f"{va:#x}: event {between[tlbi].number} does not wait for the store of the break"
        elif not any(map(sequence.completes_invalidations, between[tlbi + 1:])):
            verdict[COMPLETE] = f"{va:#x}: the make (event {own[made].number}) does not wait for event {between[tlbi].number}"
    if made is None or not any(map(sequence.completes_stores, own[made + 1:])):
        verdict[PUBLISHED] = f"{va:#x}: no DSB between the make and the first use"
    return verdict


def grade(context, grade):
    with context.run(cores=2, limit=3_000_000) as run:
        unfinished = run.why_unfinished()
        word = {name: run.words(name, ROUNDS) for name in
                ("moved", "moved_entries", "wanted", "split", "split_entries", "tables", "found_moved", "found_split")}
        strange, done = run.words("strange", 1)[0], run.words("rounds_done", 1)[0]

        def descriptor(address):
            return int.from_bytes(run.remote.memory(address, 8), "little")

        finals = [descriptor(a) for pair in zip(word["moved_entries"], word["split_entries"]) for a in pair]
        events = run.events()
    if unfinished:
        grade[ENDS].feedback.append(unfinished)
    else:
        grade[ENDS].give(1)
    changes = [change for n in range(ROUNDS) for change in
               ((word["moved_entries"][n], word["moved"][n], word["wanted"][n], word["found_moved"][n], 0xa001 + 16 * n),
                (word["split_entries"][n], word["split"][n], word["tables"][n] | 3, word["found_split"][n], 0xb000 + n))]
    spans = sequence.between_marks(events)[:2 * done]
    counts = dict.fromkeys((BREAKS, COMPLETE, PUBLISHED, RIGHT), 0)
    for (first, last), (entry, va, wanted, found, expected), final in zip(spans, changes, finals):
        for name, feedback in judge(events[first:last], entry, va).items():
            if feedback is None:
                counts[name] += 1
            else:
                grade[name].feedback.append(feedback)
        if final != wanted:
            grade[RIGHT].feedback.append(f"{va:#x}: its descriptor is {final:#x} at the end, wanted is {wanted:#x}")
        elif found != expected:
            grade[RIGHT].feedback.append(f"{va:#x}: core 0 reads {found:#x} through it, not {expected:#x}")
        else:
            counts[RIGHT] += 1
    if strange:
        grade[RIGHT].feedback.append(f"core 1 read {strange} times what was neither the old nor the new page")
        counts[RIGHT] = 0
    for name, count in counts.items():
        grade[name].give(count / (2 * ROUNDS))
