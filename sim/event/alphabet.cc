#include "sim/event/alphabet.h"

namespace armature {
namespace {

constexpr auto dec = EventField::Format::decimal;

constexpr EventField va{"va", 0};
constexpr EventField pa{"pa", 1};

// Word d of tlb_fill, tlb_evict and tlb_drop.
constexpr EventField structure{"structure", 3, 2, 0, dec};
constexpr EventField kind_field{"kind", 3, 4, 3, dec};       // TlbEntryKind
constexpr EventField regime{"regime", 3, 6, 5, dec};
constexpr EventField size_log2{"size_log2", 3, 12, 7, dec};
constexpr EventField level{"level", 3, 15, 13, dec};
constexpr EventField global{"global", 3, 16, 16, dec};

constexpr std::array<EventDescription, kEventKinds> kAlphabet{{
    {EventKind::exception_entry, "exception_entry", "an exception was taken",
     {{{"esr", 0}, {"far", 1}, {"elr", 2}, {"vector", 3, 15, 0}, {"from_el", 3, 17, 16, dec},
       {"to_el", 3, 19, 18, dec}, {"class", 3, 25, 20}}}},
    {EventKind::exception_return, "exception_return", "ERET completed",
     {{{"spsr", 0}, {"target", 1}, {"from_el", 3, 17, 16, dec}, {"to_el", 3, 19, 18, dec}}}},
    {EventKind::sysreg_write, "sysreg_write", "MSR changed a system register",
     {{{"value", 0}, {"old", 1}, {"register", 3, 15, 0, dec}}}},
    {EventKind::barrier, "barrier", "DSB, DMB or ISB",
     {{{"type", 3, 7, 4, dec}, {"crm", 3, 3, 0, dec}}}},
    {EventKind::irq, "irq", "an interrupt was taken",
     {{{"type", 3, 3, 0, dec}, {"to_el", 3, 5, 4, dec}}}},
    {EventKind::wait, "wait", "the core went to sleep", {{{"type", 3, 3, 0, dec}}}},
    {EventKind::wake, "wake", "the core woke up", {{{"type", 3, 3, 0, dec}}}},
    {EventKind::hypercall, "hypercall", "SVC, HVC, SMC or a call of the host (HLT) was executed",
     {{{"x0", 0}, {"x1", 1}, {"x2", 2}, {"immediate", 3, 15, 0}, {"type", 3, 19, 16, dec}}}},
    {EventKind::walk_begin, "walk_begin", "a table walk starts",
     {{{"input", 0}, {"root", 1}, {"stage", 3, 1, 0, dec}, {"regime", 3, 6, 5, dec},
       {"level", 3, 15, 13, dec}}}},
    {EventKind::walk_read, "walk_read", "a walker read a descriptor",
     {{{"input", 0}, {"address", 1}, {"descriptor", 2}, {"stage", 3, 1, 0, dec},
       {"regime", 3, 6, 5, dec}, {"level", 3, 15, 13, dec}}}},
    {EventKind::walk_end, "walk_end", "a table walk ended",
     {{{"input", 0}, {"output", 1}, {"descriptor", 2}, {"stage", 3, 1, 0, dec},
       {"regime", 3, 6, 5, dec}, {"level", 3, 15, 13, dec}, {"fault", 3, 19, 16, dec}}}},
    {EventKind::tlb_fill, "tlb_fill", "a translation was cached",
     {{va, pa, {"descriptor_address", 2}, structure, kind_field, regime, size_log2, level, global}}},
    {EventKind::tlb_evict, "tlb_evict", "replacement removed a translation",
     {{va, pa, {"descriptor_address", 2}, structure, kind_field, regime, size_log2, level, global}}},
    {EventKind::tlbi, "tlbi", "a TLB invalidation was issued",
     {{{"operand", 0}, {"vmid_used", 1, 15, 0, dec}, {"op", 3, 7, 0, dec},
       {"broadcast", 3, 8, 8, dec}}}},
    {EventKind::tlbi_receive, "tlbi_receive", "a core applied a TLB invalidation",
     {{{"operand", 0}, {"tlbi", 1, 63, 0, dec}, {"dropped", 2, 31, 0, dec}, {"op", 3, 7, 0, dec},
       {"target", 3, 15, 8, dec}}}},
    {EventKind::tlb_drop, "tlb_drop", "an invalidation removed a translation",
     {{va, pa, {"tlbi", 2, 63, 0, dec}, structure, kind_field, regime, size_log2,
       {"target", 3, 20, 17, dec}, level}}},
    {EventKind::tlbi_complete, "tlbi_complete", "a DSB completed TLB invalidations",
     {{{"first_tlbi", 0, 63, 0, dec}, {"last_tlbi", 1, 63, 0, dec}, {"count", 3, 31, 0, dec}}}},
    {EventKind::table_write, "table_write", "a store hit a translation table",
     {{{"address", 0}, {"old", 1}, {"new", 2}, {"level", 3, 2, 0, dec}, {"stage", 3, 4, 3, dec},
       {"regime", 3, 6, 5, dec}, {"detached", 3, 7, 7, dec}, {"table_vmid", 3, 23, 8, dec}}}},
    {EventKind::cache_fill, "cache_fill", "a line was filled",
     {{{"pa", 0}, {"cache", 3, 3, 0, dec}, {"state", 3, 7, 4, dec}}}},
    {EventKind::cache_evict, "cache_evict", "replacement or coherence removed a line",
     {{{"pa", 0}, {"cache", 3, 3, 0, dec}, {"state", 3, 7, 4, dec}, {"target", 3, 15, 8, dec}}}},
    {EventKind::cache_writeback, "cache_writeback", "dirty data moved outwards",
     {{{"pa", 0}, {"cache", 3, 3, 0, dec}, {"target", 3, 15, 8, dec}}}},
    {EventKind::cache_maintenance, "cache_maintenance", "DC or IC was executed",
     {{{"operand", 0}, {"pa", 1}, {"op", 3, 7, 0, dec}}}},
    {EventKind::read, "read", "a watched location was read",
     {{va, pa, {"value", 2}, {"size", 3, 7, 0, dec}}}},
    {EventKind::write, "write", "a watched location was written",
     {{va, pa, {"value", 2}, {"size", 3, 7, 0, dec}}}},
    {EventKind::fetch, "fetch", "instructions were fetched from a watched location", {{va, pa}}},
    {EventKind::vm_enter, "vm_enter", "a VM's vCPU starts to run",
     {{{"root", 0}, {"principal", 3, 15, 0, dec}, {"vcpu", 3, 31, 16, dec}}}},
    {EventKind::vm_exit, "vm_exit", "a VM's vCPU stops",
     {{{"root", 0}, {"principal", 3, 15, 0, dec}, {"vcpu", 3, 31, 16, dec}}}},
    {EventKind::lock_acquire, "lock_acquire", "a lock of the manifest was taken",
     {{{"word", 0}, {"lock", 3, 15, 0, dec}}}},
    {EventKind::lock_release, "lock_release", "a lock of the manifest was released",
     {{{"word", 0}, {"lock", 3, 15, 0, dec}}}},
    {EventKind::owner_change, "owner_change", "a page changed its owner",
     {{{"page", 0}, {"old", 1, 63, 0, dec}, {"new", 2, 63, 0, dec}}}},
    {EventKind::oracle_read, "oracle_read", "firmware read untrusted data",
     {{{"address", 0}, {"value", 1}, {"site", 3, 15, 0, dec}}}},
    {EventKind::guest_mark, "guest_mark", "the guest left a mark", {{{"mark", 0}, {"value", 1}}}},
    {EventKind::violation, "violation", "a checker's verdict",
     {{{"object", 0}, {"rule", 3, 15, 0, dec}, {"severity", 3, 17, 16, dec}}}},
    {EventKind::stale_use, "stale_use", "an access used an entry whose descriptor has changed",
     {{va, {"fill", 1, 63, 0, dec}, {"descriptor_address", 2}, structure, kind_field, regime,
       size_log2, level, global}}},
    {EventKind::reset, "reset", "the whole machine was reset and boots anew", {{}}},
}};

}  // namespace

const std::array<EventDescription, kEventKinds>& event_alphabet() { return kAlphabet; }

std::string_view tlb_structure_name(TlbStructure structure) {
  constexpr std::array<std::string_view, kTlbStructures> names{"l1i", "l1d", "l2", "walk", "ipa"};
  return names[static_cast<unsigned>(structure)];
}

}  // namespace armature
