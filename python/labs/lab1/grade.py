"""Lab 1: the student's walk against the walks that the hardware made for the same addresses."""
import machine

TITLE = "See a walk"
CRITERIA = {"outcomes": 30, "physical addresses": 30, "descriptors in order": 30, "it ends by itself": 10}
WALKS = 18
NOT_ANSWERED, TRANSLATED, TRANSLATION_FAULT, ACCESS_FLAG_FAULT = range(4)
NAMES = {NOT_ANSWERED: "no answer", TRANSLATED: "a translation", TRANSLATION_FAULT: "a Translation fault",
         ACCESS_FLAG_FAULT: "an Access flag fault"}


def hardware_walks(run, addresses):
    """address -> (outcome, level, pa, [descriptor addresses]): monitor walk, which the events confirm."""
    walks = {}
    for va in addresses:
        text = run.remote.monitor(f"walk {va:#x} el1")
        steps = machine.re.findall(r"stage 1 level (\d).*descriptor at PA (0x[0-9a-f]+)", text)
        pa = machine.re.search(r"^  PA (0x[0-9a-f]+)", text, machine.re.M)
        fault = machine.re.search(r"(\w+(?: \w+)?) fault, stage 1 level (\d)", text)
        outcome = TRANSLATED if pa else ACCESS_FLAG_FAULT if fault[1].startswith("Access") else TRANSLATION_FAULT
        walks[va] = (outcome, int(steps[-1][0]), int(pa[1], 16) if pa else None, [int(a, 16) for _, a in steps])
    return walks


def grade(context, grade):
    with context.run() as run:
        unfinished = run.why_unfinished()
        if unfinished:
            grade["it ends by itself"].feedback.append(unfinished)
        else:
            grade["it ends by itself"].give(1)
        addresses = run.words("addresses", WALKS)
        answers = run.words("results", WALKS * 8)
        walks = hardware_walks(run, addresses) if addresses[0] else {}
        events = run.events()
    # The hardware really read these descriptors, in this order; else there is nothing to compare with.
    reads = {}
    for event in events:
        if event.kind == "walk_read":
            reads.setdefault(event["input"] & 0x7fffffffff, []).append(event["address"])
    right = {"outcomes": 0, "physical addresses": 0, "descriptors in order": 0}
    translated = sum(1 for walk in walks.values() if walk[0] == TRANSLATED) or 1
    for n, va in enumerate(addresses if walks else []):
        outcome, level, pa, descriptors = walks[va]
        mine = answers[8 * n:8 * n + 8]
        if mine[0] == outcome and mine[1] == level:
            right["outcomes"] += 1
        else:
            grade["outcomes"].feedback.append(
                f"{va:#x}: the hardware ends with {NAMES[outcome]} at level {level}, "
                f"yours with {NAMES.get(mine[0], 'nonsense')} at level {mine[1]}")
        if outcome == TRANSLATED:
            if mine[0] == TRANSLATED and mine[2] == pa:
                right["physical addresses"] += 1
            else:
                grade["physical addresses"].feedback.append(
                    f"{va:#x}: yours is {mine[2]:#x}; the leaf is of level {level}: how many bits of the address does "
                    "it leave alone?")
        seen = reads.get(va, [])
        if mine[3] == len(descriptors) and mine[4:4 + len(descriptors)] == descriptors and \
                (not seen or descriptors[-len(seen):] == seen[:len(descriptors)]):
            right["descriptors in order"] += 1
        else:
            grade["descriptors in order"].feedback.append(
                f"{va:#x}: the walker read {len(descriptors)} descriptors, yours {mine[3]}; compare the first that "
                "differs with the events walk_read")
    grade["outcomes"].give(right["outcomes"] / WALKS)
    grade["physical addresses"].give(right["physical addresses"] / translated)
    grade["descriptors in order"].give(right["descriptors in order"] / WALKS)
