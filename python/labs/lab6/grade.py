"""Lab 6: the tables in the halted machine's memory, VMIDs and invalidations by events, and what guests saw."""
import sequence

TITLE = "Stage 2 and VMIDs: a hypervisor for two guests"
CRITERIA = {"the tables map what they should": 20, "each guest has a VMID, and switching costs no TLBI": 15,
            "faults are answered": 15, "an unmap is visible first and awaited last": 10,
            "both kinds of entries go, everywhere": 15, "nobody sees what is another's": 15, "it ends by itself": 10}
TABLES, VMIDS, FAULTS, ORDER, REACH, NOBODY, ENDS = CRITERIA
FLAGS = ("-DLAB_EL2",)
ROUNDS, PAGES, FAULTED, SWITCH = 4, 8, 0xfa17, 0x86000003
GIVEN_MAX, WRITES_MAX, READ_ONLY = 32, 32, 1
VA_TO_IPA = 0x80000000  # what the guests' stage 1 adds
ADDRESS = 0x0000fffffffff000
# Variables of the harness, and their 64-bit words.
FACTS = {"guests": 16, "given": 2 * GIVEN_MAX * 3, "given_count": 2, "faults": 2, "writes": 2 * WRITES_MAX * 2,
         "write_count": 2, "strange": 2, "wrong_answers": 2, "vttbr_seen": 4, "moved": ROUNDS, "moved_frames": ROUNDS,
         "observed": 2 * ROUNDS, "switches_done": 1, "rounds_done": 1, "device": 1}


def leaves(run, root):
    """{ipa: (level, descriptor)} of a level 1 table; follows the student's tables wherever they lie."""
    found = {}

    def visit(table, level, base):
        try:
            words = run.physical_words(table, 512)
        except TypeError:  # not RAM
            return
        for index, word in enumerate(words):
            ipa = base | index << (39 - 9 * level)
            if word & 1 and level < 3 and word & 2:
                visit(word & ADDRESS, level + 1, ipa)
            elif word & 1 and (level < 3 or word & 2):
                found[ipa] = (level, word)

    visit(root & ADDRESS, 1, 0)
    return found


def wrong_about(descriptor, pa, access):
    """What is wrong with the leaf of a page, or None."""
    rights = descriptor >> 6 & 3
    if descriptor & ADDRESS != pa:
        return f"leads to {descriptor & ADDRESS:#x}; guest_frame() said {pa:#x}"
    if access == READ_ONLY and rights & 2:
        return "lets the guest write to a page that is read-only"
    if rights != (1 if access == READ_ONLY else 3):
        return f"has S2AP {rights:02b}"
    if descriptor >> 2 & 15 != 15:
        return f"has MemAttr {descriptor >> 2 & 15:04b}: not Normal Write-Back"
    if descriptor >> 8 & 3 != 3:
        return "is not Inner Shareable, but two cores use it"
    return None if descriptor & 1 << 10 else "has the Access flag clear"


def judge_tables(facts, mapped, grade):
    """Share of the pages that are mapped as guest_frame() said, and none besides."""
    right = total = 0
    for number, found in enumerate(mapped):
        words = facts["given"][3 * GIVEN_MAX * number:][:3 * min(facts["given_count"][number], GIVEN_MAX)]
        expected = {ipa: (pa, access) for ipa, pa, access in zip(words[::3], words[1::3], words[2::3])}
        if number == 0:
            for page in facts["moved"][:facts["rounds_done"][0]]:
                expected.pop(page, None)
        for ipa, (pa, access) in sorted(expected.items()):
            total += 1
            level, descriptor = found.pop(ipa, (3, None))
            trouble = ("is not mapped at the end" if descriptor is None else "is in a block: other pages come with it"
                       if level < 3 else wrong_about(descriptor, pa, access))
            if trouble is None:
                right += 1
            else:
                grade[TABLES].feedback.append(f"guest {number}: IPA {ipa:#x} {trouble}")
        for ipa, (_, descriptor) in sorted(found.items()):
            total += 1
            grade[TABLES].feedback.append(f"guest {number}: IPA {ipa:#x} leads to {descriptor & ADDRESS:#x}, and should "
                                          "lead nowhere")
    if total == 0:
        grade[TABLES].feedback.append("no page was ever mapped")
    grade[TABLES].give(right / max(total, 2 * PAGES))  # guests that stop early have fewer


def judge_vmids(facts, roots, events, grade):
    seen = facts["vttbr_seen"]
    share = 1.0
    if any(seen[2 * n] & ADDRESS != roots[n] & ADDRESS or not seen[2 * n] for n in range(2)):
        share = 0
        grade[VMIDS].feedback.append("VTTBR_EL2 of an entry is not the guest's root: "
                                     + ", ".join(f"{seen[2 * n]:#x} for guest {n}" for n in range(2)))
    elif seen[0] >> 48 == seen[2] >> 48:
        share = 0
        fill = next((e for e in events if e.kind == "tlb_fill" and e.el == 1), None)
        grade[VMIDS].feedback.append(
            f"both guests run under VMID {seen[0] >> 48}: each hits the entries of the other"
            + (f", such as {fill['va']:#x} -> {fill['pa']:#x} of event {fill.number}" if fill else ""))
    start = next((n for n, e in enumerate(events) if sequence.is_mark(e, SWITCH)), len(events))
    end = next((n for n, e in enumerate(events) if sequence.is_mark(e, sequence.BEFORE)), len(events))
    flushes = [e for e in events[start:end] if e.kind == "tlbi"]
    if flushes:
        share -= 0.5
        grade[VMIDS].feedback.append(f"{len(flushes)} TLBIs while the guests take turns, the first is event "
                                     f"{flushes[0].number} ({flushes[0]['op']}): what are VMIDs for?")
    if facts["switches_done"][0] < ROUNDS:
        share = 0
        grade[VMIDS].feedback.append("the guests did not take their turns: see the faults")
    grade[VMIDS].give(share)


def judge_faults(facts, grade):
    device, counts, wrong = facts["device"][0], facts["write_count"], facts["wrong_answers"]
    right = 0
    for number in range(2):
        if facts["given_count"][number] == 0:
            grade[FAULTS].feedback.append(f"guest {number}: {facts['faults'][number]} faults, and guest_frame() was not "
                                          "asked about one page that the guest has")
            continue
        words = facts["writes"][2 * WRITES_MAX * number:][:2 * min(counts[number], WRITES_MAX)]
        wanted = [0x6e57000000000000 | number << 40 | 0xde << 16 | n for n in range(ROUNDS)]
        if words[::2] != [device] * ROUNDS:
            where = f"the first at {words[0]:#x}" if words else "none"
            grade[FAULTS].feedback.append(f"guest {number}: it stored to its device {ROUNDS} times at {device:#x}; "
                                          f"device_write() was called {counts[number]} times, {where}")
        elif words[1::2] != wanted:
            grade[FAULTS].feedback.append(f"guest {number}: the device got {words[1]:#x}, and the guest had stored "
                                          f"{wanted[0]:#x}: which register does ESR_EL2 name?")
        elif wrong[number]:
            grade[FAULTS].feedback.append(f"guest {number}: {wrong[number]} loads from its device did not get what "
                                          "device_read() said")
        else:
            right += 1
    grade[FAULTS].give(right / 2)


def covers(tlbi, kind, ipa, vmid):
    """Whether a TLBI removes `kind` ("stage 2" or "combined") entries of the page in the guest."""
    operation = str(tlbi["op"]).upper().removesuffix("IS")
    if operation == "ALLE1":
        return True
    if tlbi["vmid_used"] != vmid:
        return False
    if operation == "VMALLS12E1":
        return True
    if kind == "combined":
        return operation == "VMALLE1"
    return operation in ("IPAS2E1", "IPAS2LE1") and tlbi["operand"] & (1 << 36) - 1 == ipa >> 12


def judge_unmap(events, ipa, vmid):
    """{criterion: feedback or None} of one stage2_unmap(): what core 0 did, in order."""
    own = [event for event in events if event.core == 0]
    store = next((n for n, e in enumerate(own) if e.kind == "table_write" and e["old"] & 1 and not e["new"] & 1), None)
    if store is None:
        return dict.fromkeys((ORDER, REACH), f"{ipa:#x}: its descriptor was never made invalid")
    rest = own[store + 1:]
    verdict = {ORDER: None, REACH: None}
    tlbis = [n for n, e in enumerate(rest) if e.kind == "tlbi"]
    if not tlbis:
        return dict.fromkeys(verdict, f"{ipa:#x}: no TLBI follows the store of event {own[store].number}")
    if not any(map(sequence.completes_stores, rest[:tlbis[0]])):
        verdict[ORDER] = (f"{ipa:#x}: event {rest[tlbis[0]].number} invalidates while the store of event "
                          f"{own[store].number} may still be on its way to the walkers")
    elif not any(map(sequence.completes_invalidations, rest[tlbis[-1]:])):
        verdict[ORDER] = f"{ipa:#x}: nothing waits until every core has done event {rest[tlbis[-1]].number}"
    first = next((n for n in tlbis if covers(rest[n], "stage 2", ipa, vmid)), None)
    later = [n for n in tlbis if first is not None and n >= first and covers(rest[n], "combined", ipa, vmid)]
    if first is None:
        other = next((rest[n] for n in tlbis if covers(rest[n], "stage 2", ipa, rest[n]["vmid_used"])), None)
        verdict[REACH] = (f"{ipa:#x}: event {other.number} ({other['op']}) acts on VMID {other['vmid_used']}, and the guest "
                          f"has VMID {vmid}" if other else f"{ipa:#x}: entries of stage 2 alone stay in the TLBs")
    elif not later:
        verdict[REACH] = f"{ipa:#x}: entries that combine both stages stay in the TLBs behind event {rest[first].number}"
    elif later[0] != first and not any(map(sequence.completes_invalidations, rest[first:later[0]])):
        verdict[REACH] = (f"{ipa:#x}: nothing waits between events {rest[first].number} and {rest[later[0]].number}: a walk "
                          "can combine an old stage 2 entry anew")
    else:
        local = next((rest[n] for n in (first, later[0]) if not rest[n]["broadcast"]), None)
        if local is not None:
            verdict[REACH] = f"{ipa:#x}: event {local.number} ({local['op']}) is an invalidation of core 0 alone"
    return verdict


def judge_moves(facts, events, grade):
    vmid, done = facts["guests"][1], facts["rounds_done"][0]
    moved, frames, observed = facts["moved"], facts["moved_frames"], facts["observed"]
    right = dict.fromkeys((ORDER, REACH, NOBODY), 0)
    residency, taken = sequence.Residency(), 0
    for number, (first, last) in enumerate(sequence.between_marks(events)[:ROUNDS]):
        for event in events[taken:last]:
            residency.take(event)
        taken = last
        for name, text in judge_unmap(events[first:last], moved[number], vmid).items():
            if text is None:
                right[name] += 1
            else:
                grade[name].feedback.append(text)
        holders = [(core, structure, fill) for core, structure, fill in residency.of(moved[number] - VA_TO_IPA)
                   if fill["pa"] == frames[number] and fill.vmid == vmid]
        used = [core for core in range(2) if number < done and observed[core * ROUNDS + number] != FAULTED]
        right[NOBODY] += number < done and not holders and not used
        for core, structure, fill in holders:
            grade[NOBODY].feedback.append(f"core {core} still holds {fill['va']:#x} -> {fill['pa']:#x} of VMID {vmid} in "
                                          f"its {structure} TLB, filled by event {fill.number}")
        for core in used:
            grade[NOBODY].feedback.append(f"guest 0 on core {core} read {observed[core * ROUNDS + number]:#x} at IPA "
                                          f"{moved[number]:#x} when the page was guest 1's")
    for name, count in right.items():
        grade[name].give(count / ROUNDS)
        if not sequence.between_marks(events):
            grade[name].feedback.append("no page was taken away: the guests did not come that far")
    strange = facts["strange"]
    for number in range(2):
        if strange[number]:
            grade[NOBODY].give(0)
            grade[NOBODY].feedback.append(f"guest {number} read {strange[number]} values in its own pages that it had not "
                                          "written")


def grade(context, grade):
    with context.run(cores=2, limit=3_000_000, el=2) as run:
        unfinished = run.why_unfinished()
        facts = {name: run.physical_words(name, count) for name, count in FACTS.items()}
        roots = facts["guests"][2::8]
        mapped = [leaves(run, root) if root else {} for root in roots]
        events = run.events()
    if unfinished:
        grade[ENDS].feedback.append(unfinished)
    else:
        grade[ENDS].give(1)
    judge_tables(facts, mapped, grade)
    judge_faults(facts, grade)
    judge_vmids(facts, roots, events, grade)
    judge_moves(facts, events, grade)
