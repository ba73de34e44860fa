"""Reading a sequence of events as the manual's maintenance sequences: barriers, invalidations, residency."""

DSB, DMB, ISB = range(3)  # the `type` of a barrier event
# CRm of a DSB: its domain and its access types.
NSH, NSHST, ISH, ISHST, SY, ST = 0b0111, 0b0110, 0b1011, 0b1010, 0b1111, 0b1110
BEFORE, AFTER = 0x86000001, 0x86000002  # lab_mark(1), lab_mark(2)


def is_dsb(event, kinds):
    return event.kind == "barrier" and event["type"] == DSB and event["crm"] in kinds


def completes_stores(event):
    """A DSB that makes stores visible to the walkers of all cores."""
    return is_dsb(event, (ISH, ISHST, SY, ST))


def completes_invalidations(event):
    """A DSB that waits until a TLBI has been done on all cores: not one for stores alone."""
    return is_dsb(event, (ISH, SY))


def is_isb(event):
    return event.kind == "barrier" and event["type"] == ISB


def is_mark(event, mark):
    return event.kind == "hypercall" and event["x0"] == mark


def between_marks(events):
    """[(first, last)] indexes of what lies between each mark BEFORE and its mark AFTER."""
    spans, start = [], None
    for n, event in enumerate(events):
        if is_mark(event, BEFORE):
            start = n + 1
        elif is_mark(event, AFTER) and start is not None:
            spans.append((start, n))
            start = None
    return spans


def covers(tlbi, va, asid):
    """Whether a TLBI of EL1 removes the entry of `va` in address space `asid`."""
    operation, operand = str(tlbi["op"]).upper(), tlbi["operand"]
    page = (operand & (1 << 44) - 1) == va >> 12
    own_asid = operand >> 48 == asid
    if operation.startswith("VMALLE1"):
        return True
    if operation.startswith("ASIDE1"):
        return own_asid
    if operation.startswith(("VAAE1", "VAALE1")):
        return page
    return operation.startswith(("VAE1", "VALE1")) and page and own_asid


class Residency:
    """Which cores hold a translation of which page, from fills, evictions and drops."""

    CACHED = ("l1i", "l1d", "l2")

    def __init__(self):
        self.held = {}  # (core, structure, page, frame) -> the fill

    def take(self, event):
        if event.kind not in ("tlb_fill", "tlb_evict", "tlb_drop") or event["structure"] not in self.CACHED:
            return
        core = event["target"] if event.kind == "tlb_drop" else event.core
        key = (core, event["structure"], event["va"] >> 12, event["pa"] >> 12)  # a page of each guest
        if event.kind == "tlb_fill":
            self.held[key] = event
        else:
            self.held.pop(key, None)

    def of(self, va):
        """[(core, structure, fill)] of the page of `va`."""
        return sorted(((core, structure, fill) for (core, structure, page, _), fill in self.held.items()
                       if page == va >> 12), key=lambda entry: entry[:2])
