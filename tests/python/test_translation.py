"""What is seen of translation: walks, TLBs, tables."""
import pytest

import armature
from armature import until

STALE = "a_stale_translation_is_used_until_its_tlbi"
PAGE = 0x8000_0000


def at_the_stale_use(machine, **keys):
    """Stopped after the table was changed and before the TLBI: table and TLB differ."""
    m = machine(STALE, **keys)
    m.run("entry changed, no TLBI: 0x100")
    return m


def test_a_walk_names_every_descriptor_and_its_value(machine):
    m = at_the_stale_use(machine)
    walk = m.walk(PAGE + 0x10)
    assert [(s.stage, s.level, s.kind) for s in walk.steps] == [(1, 1, "table"), (1, 2, "table"), (1, 3, "leaf")]
    leaf = walk.steps[-1]
    assert m.read_u64(leaf.address) == leaf.descriptor
    assert leaf.descriptor & 0xffff_ffff_f000 == leaf.output == walk.pa & ~0xfff
    assert walk.pa & 0xfff == 0x10 and walk.fault is None
    assert "Normal WB/WB ISH" in str(walk) and f"{leaf.address:#x}" in str(walk)
    assert list(walk.frame()["level"]) == [1, 2, 3]


def test_a_walk_that_faults_says_where(machine):
    m = at_the_stale_use(machine)
    walk = m.walk(PAGE + 0x20_0000)
    assert walk.fault.type == "translation" and walk.fault.stage == 1
    assert m.walk(PAGE, access="fetch").fault.type == "permission"
    with pytest.raises(armature.ConfigError, match="read, write, fetch"):
        m.walk(PAGE, access="execute")
    with pytest.raises(armature.ConfigError, match=r"0\.\.1"):
        m.walk(PAGE, el=2)


def test_asking_for_a_walk_changes_nothing(machine):
    m = at_the_stale_use(machine, digest=True)
    before = m.digest, m.stats, m.tlb()
    m.walk(PAGE)
    m.walk(PAGE + 0x1000)
    after = m.digest, m.stats, m.tlb()
    assert before[:2] == after[:2] and before[2].equals(after[2])


def test_the_tlb_shows_a_stale_entry_and_who_filled_it(machine):
    m = machine(STALE)
    fills = m.record("tlb_fill")
    m.run("entry changed, no TLBI: 0x100")
    tlb = m.tlb(core=0)
    entry = tlb[(tlb["va"] == PAGE) & (tlb["structure"] == "l2")].iloc[0]
    walk = m.walk(PAGE)
    assert entry["pa"] != walk.pa
    assert entry["stage1_descriptor"] == walk.steps[-1].address
    assert entry["size"] == 4096 and entry["privileged"] == "rw-"
    fill = fills.frame().set_index("sequence").loc[entry["filled_by_event"]]
    assert fill["va"] == PAGE and fill["pa"] == entry["pa"]
    assert (entry["filled_by_pc"], entry["filled_at_cycle"]) == (fill["pc"], fill["cycle"])


def test_addresses_can_be_looked_at_in_hexadecimal(machine):
    tlb = at_the_stale_use(machine).tlb()
    shown = armature.in_hex(tlb)
    for column in ("va", "pa", "stage1_descriptor", "filled_by_pc"):
        assert [int(text, 16) for text in shown[column]] == list(tlb[column])
    for column in ("core", "slot", "size", "structure", "asid", "filled_at_cycle"):
        assert shown[column].equals(tlb[column])


def test_virtual_memory_is_read_through_the_tables(machine):
    m = at_the_stale_use(machine)
    core = m.cores[0]
    assert int.from_bytes(core.read(PAGE, 8), "little") == 0x101
    core.write(PAGE + 0xff8, b"\x99" * 8)
    assert m.read(m.walk(PAGE).pa + 0xff8, 8) == b"\x99" * 8
    with pytest.raises(armature.TranslationFault, match="translation fault at stage 1 level 3") as error:
        core.read(PAGE + 0xffc, 8)  # the second page is not mapped
    assert error.value.walk.va == PAGE + 0x1000
    with pytest.raises(armature.TranslationFault):
        core.write(PAGE + 0xffc, bytes(8))
    assert core.read(PAGE + 0xff8, 8) == b"\x99" * 8  # nothing of it was written


def test_a_walk_at_el1_goes_through_both_stages(machine):
    m = machine("stage2_faults_report_the_intermediate_address", el=2)
    walks = []
    m.on("exception_entry", lambda event: walks.append(m.walk(event["far"], el=1)), to_el=2)
    m.run(timeout=1)
    nested = [walk for walk in walks if walk.stage2_on and walk.steps]
    assert nested
    assert any(walk.fault is not None and walk.fault.stage == 2 for walk in nested)


def test_frames_with_tables_are_known_with_their_roles(machine):
    m = at_the_stale_use(machine)
    tables = m.tables()
    leaf = m.walk(PAGE).steps[-1]
    role = tables[tables["frame"] == leaf.address & ~0xfff].iloc[0]
    assert (role["level"], role["stage"], role["detached"]) == (3, 1, False)


def test_a_stop_inside_a_window_shows_the_entry_just_filled(machine):
    m = machine(STALE)
    stop = m.run(until.event("tlb_fill", va=PAGE, structure="l2"))
    tlb = m.tlb()
    assert ((tlb["va"] == PAGE) & (tlb["structure"] == "l2")).sum() == 1
    assert stop.event["pa"] == m.walk(PAGE).pa & ~0xfff
