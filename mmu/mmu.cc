#include "mmu/mmu.h"

#include <algorithm>
#include <bit>

#include "mmu/attributes.h"
#include "mmu/permissions.h"
#include "mmu/state.h"
#include "sim/base/assert.h"
#include "tlb/invalidate.h"

namespace armature::mmu {
namespace {

constexpr std::uint64_t kVaMask = mask(55, 0);  // TBI or not, the tag byte takes no part

// A misaligned access to Device memory faults, and DC ZVA always does.
bool violates_device_alignment(const Request& request) {
  if (request.access.kind == AccessKind::fetch) return false;
  return !request.is_aligned || request.access.zeroing;
}

// Makes a stage 1 entry one of both stages: the smaller range, all rights, the combined attributes.
void combine_stages(tlb::Entry& entry, const tlb::Entry& stage2, std::uint64_t va) {
  const std::uint64_t stage1_size = 1ull << entry.size_log2;
  const std::uint64_t stage2_size = 1ull << stage2.size_log2;
  entry.kind = tlb::EntryKind::combined;
  entry.size_log2 = std::min(entry.size_log2, stage2.size_log2);
  entry.input = va >> entry.size_log2 << entry.size_log2;
  entry.ipa = entry.output | (entry.input & (stage1_size - 1));
  entry.output = stage2.output | (entry.ipa & (stage2_size - 1));
  entry.stage2_descriptor = stage2.stage2_descriptor;
  entry.stage2_root = stage2.stage2_root;
  entry.stage2_level = stage2.stage2_level;
  entry.stage2_is_device = stage2.stage2_is_device;
  entry.rights &= stage2.rights;
  entry.attributes = combine(entry.attributes, stage2.attributes);
}

}  // namespace

std::optional<FaultRecord> input_check(const Controls& c, std::uint64_t va) {
  const AddressCheck& check = c.check[bit(va, 55)];
  if ((va & check.mask) == check.value) [[likely]]
    return std::nullopt;
  return FaultRecord{.type = c.stage1_on ? FaultType::translation : FaultType::address_size};
}

std::optional<FaultRecord> stage1_check(const Controls& c, const Request& request,
                                        std::uint16_t rights, bool is_device, int level) {
  FaultRecord fault{.level = static_cast<std::int8_t>(level)};
  if (is_device && violates_device_alignment(request)) {
    fault.type = FaultType::alignment;
    return fault;
  }
  if (!c.stage1_on) return std::nullopt;  // no permissions to check
  const unsigned own = effective_stage1_rights(c, rights, request.access.privileged);
  if ((needed_right(request.access) & ~own) == 0) return std::nullopt;
  fault.type = FaultType::permission;
  return fault;
}

std::optional<FaultRecord> stage2_check(const Controls& c, const Request& request,
                                        std::uint16_t rights, bool is_device, int level,
                                        IntermediateAddress ipa) {
  if (!c.stage2_on) return std::nullopt;
  FaultRecord fault{.stage = Stage::stage2, .level = static_cast<std::int8_t>(level), .ipa = ipa};
  if (is_device && violates_device_alignment(request)) {
    fault.type = FaultType::alignment;
    return fault;
  }
  if ((needed_right(request.access) & ~effective_stage2_rights(rights)) == 0) return std::nullopt;
  fault.type = FaultType::permission;
  return fault;
}

// CHOICE: a fetch from Device memory that may be executed is made as Normal Non-cacheable.
MemoryAttributes access_attributes(const Controls& c, MemoryAttributes attributes, bool is_fetch) {
  if (is_fetch ? c.fetch_uncached : c.data_uncached) attributes = without_caches(attributes);
  return is_fetch && attributes.is_device() ? kNormalNonCacheable : attributes;
}

MemoryAttributes final_attributes(const Controls& c, const tlb::Entry& entry, bool is_fetch) {
  MemoryAttributes attributes = entry.attributes;
  if (entry.kind == tlb::EntryKind::stage2_only) {
    attributes = combine(is_fetch ? c.stage1_off_fetch : c.stage1_off_data, attributes);
  }
  return access_attributes(c, attributes, is_fetch);
}

Mmu::State::State(CoreId core, const CpuPreset& preset, MemoryMap& memory, cache::Hierarchy& caches,
                  EventBus& events)
    : walker(core, preset, memory, caches, events),
      l1i(preset.l1_itlb.sets * preset.l1_itlb.ways),
      l1d(preset.l1_dtlb.sets * preset.l1_dtlb.ways),
      l2(preset.l2_tlb) {
  controls = derive_controls(derived_from, walker.preset);
  update_path();
}

void Mmu::State::lost(TlbStructure name, unsigned slot, const tlb::Entry& entry) {
  if (observer == nullptr) return;
  if (name == TlbStructure::l1_data) {
    observer->l1d_entry_lost(slot, {event_input(entry)}, 1ull << entry.size_log2);
  } else {
    observer->l1i_entry_lost(slot);
  }
}

unsigned Mmu::State::fill_micro(tlb::MicroTlb& micro, TlbStructure name, const tlb::Entry& entry,
                                tlb::TagWords words) {
  EventBus& events = walker.events;
  StructureStatistics& count = counts(name);
  const auto published = [name](const tlb::Entry& e) {
    return EventBus::Words{event_input(e), e.output, event_descriptor(e), event_word(e, name)};
  };
  const tlb::Entry* victim = nullptr;
  const unsigned slot = micro.choose(victim);
  if (victim != nullptr) [[likely]] {
    ++count.evictions;
    events.publish_made(EventKind::tlb_evict, [&] { return published(*victim); });
    lost(name, slot, *victim);
  }
  ++count.fills;
  events.publish_made(EventKind::tlb_fill, [&] { return published(entry); });
  micro.fill(slot, entry, words, events.sequence());
  return slot;
}

// A complete walk after a miss everywhere. With stage 2 on, stage 1's checks come before the output
// address is translated; an access they stop caches nothing.
bool Mmu::State::walk(const Controls& c, const Request& request, Cycles& cost, tlb::Entry& entry,
                      FaultRecord& fault) {
  const std::uint64_t va = request.va & kVaMask;
  if (!walker.stage1(c, va, cost, entry, fault)) return false;
  if (!c.stage2_on) return true;
  if (const auto complaint =
          stage1_check(c, request, entry.rights, entry.stage1_is_device, entry.stage1_level)) {
    fault = *complaint;
    return false;
  }
  const IntermediateAddress ipa{entry.output | (va & ((1ull << entry.size_log2) - 1))};
  const tlb::Entry* const stage2 = walker.stage2(c, ipa, false, cost, fault);
  if (stage2 == nullptr) return false;
  combine_stages(entry, *stage2, va);
  return true;
}

// One function as well, but for stage 2.
[[gnu::flatten]] const tlb::Entry* Mmu::State::walk_and_fill(const Controls& c,
                                                             const Request& request, Cycles& cost,
                                                             FaultRecord& fault) {
  if (!walk(c, request, cost, scratch, fault)) return nullptr;
  return walker.fill(l2, TlbStructure::l2, scratch);
}

Result<unsigned, FaultRecord> Mmu::State::refill(const Controls& c, tlb::MicroTlb& micro,
                                                 TlbStructure name, const Request& request,
                                                 Cycles& cost) {
  cost += Cycles::whole(walker.preset.costs.l2_tlb_hit);
  if (adversary.mode != TlbMode::normal) [[unlikely]] {
    if (adversary.mode == TlbMode::random_evict) evict_at_random();
    if (adversary.prefetches()) adversary.note(derived_from, request.va);
  }
  const std::uint64_t va = request.va & kVaMask;
  FaultRecord walk_fault;
  const tlb::Entry* source = nullptr;
  if (!c.stage1_on) {
    // CHOICE: with stage 1 off the IPA cache stands behind the micro-TLBs, not the L2 TLB.
    if (const auto fault = stage1_check(
            c, request, 0,
            request.access.kind != AccessKind::fetch && c.stage1_off_data.is_device(), 0)) {
      return *fault;
    }
    source = walker.stage2(c, IntermediateAddress{va}, false, cost, walk_fault);
  } else {
    StructureStatistics& count = counts(TlbStructure::l2);
    ++count.lookups;
    source = l2.find(va, c.lookup);
    if (source != nullptr) {
      ++count.hits;
      if (!walker.stale.empty()) [[unlikely]] {
        walker.publish_stale_use(*source, TlbStructure::l2, va);
      }
    } else {
      ++count.misses;
      source = walk_and_fill(c, request, cost, walk_fault);
    }
  }
  if (source == nullptr) return walk_fault;
  const unsigned slot = fill_micro(micro, name, *source, tlb::TagWords::of(*source));
  // What was just filled from a stale entry is as old as that.
  if (walker.stale_descriptor_used != 0) [[unlikely]] {
    walker.stale.add({walker.stale_descriptor_used}, walker.events.sequence());
    walker.stale_descriptor_used = 0;
  }
  return slot;
}

// Stage 1 and stage 2 off: VA = PA, nothing is cached and nothing looked up.
Translation Mmu::State::flat(const Controls& c, const Request& request) const {
  const bool is_fetch = request.access.kind == AccessKind::fetch;
  return {.pa = {request.va & mask(walker.preset.physical_address_bits - 1u, 0)},
          .attributes = is_fetch ? c.stage1_off_fetch : c.stage1_off_data,
          .readable = true,
          .writable = true};
}

Result<Translation, FaultRecord> Mmu::State::translate_off(const Controls& c,
                                                           const Request& request) const {
  const bool is_fetch = request.access.kind == AccessKind::fetch;
  const bool is_device = !is_fetch && c.stage1_off_data.is_device();
  if (const auto fault = stage1_check(c, request, 0, is_device, 0)) return *fault;
  return flat(c, request);
}

// The complaint about an access that its entry does not allow, stage 1's first.
FaultRecord Mmu::State::complaint(const Controls& c, const Request& request,
                                  const tlb::Entry& entry, bool stage1_is_device) {
  if (const auto fault =
          stage1_check(c, request, entry.rights, stage1_is_device, entry.stage1_level)) {
    return *fault;
  }
  const std::uint64_t offset = request.va & ((1ull << entry.size_log2) - 1);
  const auto fault = stage2_check(c, request, entry.rights, entry.stage2_is_device,
                                  entry.stage2_level, {entry.ipa | offset});
  ARMATURE_ASSERT(fault.has_value());
  return *fault;
}

// A micro-TLB hit takes a few nanoseconds: whether the access is allowed is decided from rights and
// one alignment test; which fault it is, out of line.
Result<Translation, FaultRecord> Mmu::State::translate(const Controls& c, tlb::MicroTlb& micro,
                                                       TlbStructure name, const Request& request,
                                                       Cycles& cost) {
  const bool is_fetch = request.access.kind == AccessKind::fetch;
  const AddressCheck& check = c.check[bit(request.va, 55)];
  if ((request.va & check.mask) != check.value) [[unlikely]] {
    return *input_check(c, request.va);
  }
  if (!c.is_cached) return translate_off(c, request);
  const std::uint64_t va = request.va & kVaMask;
  StructureStatistics& count = counts(name);
  ++count.lookups;
  unsigned slot = micro.find(va, c.lookup);
  if (slot != tlb::MicroTlb::kNone) [[likely]] {
    ++count.hits;
  } else {
    ++count.misses;
    const auto refilled = refill(c, micro, name, request, cost);
    if (!refilled) return refilled.error();
    slot = *refilled;
  }
  const tlb::Entry& entry = micro.entry(slot);
  bool is_stale = false;
  if (!walker.stale.empty()) [[unlikely]] is_stale = walker.publish_stale_use(entry, name, va);
  const bool stage1_is_device =
      c.stage1_on ? entry.stage1_is_device : !is_fetch && c.stage1_off_data.is_device();
  // The rights of a stage that is off are all set in the entry.
  unsigned rights = effective_stage2_rights(entry.rights);
  if (c.stage1_on) rights &= effective_stage1_rights(c, entry.rights, request.access.privileged);
  const bool is_device = stage1_is_device || entry.stage2_is_device;
  if ((needed_right(request.access) & ~rights) != 0 ||
      (is_device && violates_device_alignment(request))) [[unlikely]] {
    return complaint(c, request, entry, stage1_is_device);
  }
  return Translation{.pa = {entry.output | (va & ((1ull << entry.size_log2) - 1))},
                     .attributes = final_attributes(c, entry, is_fetch),
                     // Each data access through a stale entry is to be seen: no grants on it.
                     .slot = is_stale && !is_fetch ? kNoSlot : slot,
                     .readable = (rights & tlb::kRightRead) != 0,
                     .writable = (rights & tlb::kRightWrite) != 0};
}

// `seed` is not used: round-robin replacement makes no random choice.
Mmu::Mmu(CoreId core, const CpuPreset& preset, std::uint64_t /*seed*/, MemoryMap& memory,
         cache::Hierarchy& caches, EventBus& events)
    : state_(std::make_unique<State>(core, preset, memory, caches, events)) {}

Mmu::~Mmu() = default;

void Mmu::set_observer(MicroTlbObserver* observer) { state_->observer = observer; }

void Mmu::set_table_frames(TableFrames* tables) { state_->walker.tables = tables; }

Result<Translation, FaultRecord> Mmu::translate_data(const TranslationContext& context,
                                                     VirtualAddress va, AccessDescriptor access,
                                                     unsigned bytes, Cycles& cost) {
  const std::uint64_t alignment = std::bit_floor(bytes);
  return state_->translate(state_->controls_of(context), state_->l1d, TlbStructure::l1_data,
                           {va.value, access, (va.value & (alignment - 1)) == 0}, cost);
}

// translate() and refill() for the case that makes up nearly all misses of the core's fast path: no
// cause to look for a reason to do something else in between.
Mmu::UsualTranslation Mmu::State::translate_usual(const Controls& c, tlb::MicroTlb& micro,
                                                  TlbStructure name, std::uint64_t va_in,
                                                  AccessKind kind) {
  const AddressCheck& check = c.check[bit(va_in, 55)];
  const bool is_fetch = kind == AccessKind::fetch;
  const auto stopped = [](Usual outcome, Cycles cost) {
    return UsualTranslation{outcome, {}, kNoSlot, {}, cost};
  };
  const auto request = [&c, kind, va_in] {
    return Request{va_in, {.kind = kind, .write = kind == AccessKind::write, .privileged = c.privileged}};
  };
  if ((va_in & check.mask) != check.value || !(is_fetch ? usual_fetch : usual_data)) [[unlikely]] {
    return stopped(Usual::unusual, {});
  }
  Cycles cost{};
  const std::uint64_t va = va_in & kVaMask;
  StructureStatistics& count = counts(name);
  ++count.lookups;
  unsigned slot = micro.find(va, c.lookup);
  if (slot != tlb::MicroTlb::kNone) {
    ++count.hits;
  } else {
    ++count.misses;
    cost = Cycles::whole(walker.preset.costs.l2_tlb_hit);
    StructureStatistics& l2_count = counts(TlbStructure::l2);
    ++l2_count.lookups;
    unsigned source = l2.find_slot(va, c.lookup);
    if (source != tlb::SetAssociativeTlb::kNone) [[likely]] {
      ++l2_count.hits;
    } else {
      ++l2_count.misses;
      const tlb::Entry* const walked = walk_and_fill(c, request(), cost, usual_fault);
      if (walked == nullptr) return stopped(Usual::fault, cost);
      source = l2.slot_of(*walked);
    }
    slot = fill_micro(micro, name, l2.entry(source), l2.words_of(source));
  }
  const tlb::Entry& entry = micro.entry(slot);
  const bool is_allowed =
      is_fetch ? (effective_stage2_rights(entry.rights) &
                  effective_stage1_rights(c, entry.rights, c.privileged) & tlb::kRightExecute) != 0
               : (~entry.rights & (kind == AccessKind::write ? c.write_rights : c.read_rights)) == 0;
  if (!is_allowed) [[unlikely]] {
    usual_fault = complaint(c, request(), entry, entry.stage1_is_device);
    return stopped(Usual::fault, cost);
  }
  return {Usual::done, is_fetch ? access_attributes(c, entry.attributes, true) : entry.attributes, slot,
          {entry.output | (va & ((1ull << entry.size_log2) - 1))}, cost};
}

// All of it in one function: the calls were a quarter of its cost.
[[gnu::flatten]] Mmu::UsualTranslation Mmu::translate_data_usual(const TranslationContext& context,
                                                                 std::uint32_t number,
                                                                 VirtualAddress va, bool write) {
  State& s = *state_;
  return s.translate_usual(s.controls_of(context, number), s.l1d, TlbStructure::l1_data, va.value,
                           write ? AccessKind::write : AccessKind::read);
}

[[gnu::flatten]] Mmu::UsualTranslation Mmu::translate_fetch_usual(const TranslationContext& context,
                                                                  std::uint32_t number,
                                                                  VirtualAddress va) {
  State& s = *state_;
  return s.translate_usual(s.controls_of(context, number), s.l1i, TlbStructure::l1_instruction,
                           va.value, AccessKind::fetch);
}

const FaultRecord& Mmu::usual_fault() const { return state_->usual_fault; }

Result<Translation, FaultRecord> Mmu::translate_fetch(const TranslationContext& context,
                                                      VirtualAddress va, Cycles& cost) {
  AccessDescriptor access;
  access.kind = AccessKind::fetch;
  access.privileged = context.el != El::el0;
  return state_->translate(state_->controls_of(context), state_->l1i, TlbStructure::l1_instruction,
                           {va.value, access, true}, cost);
}

void Mmu::watch_entries_of(PhysicalAddress descriptor) {
  State& s = *state_;
  bool any = false;
  const auto is_made_from_it = [&](const tlb::Entry& entry) {
    return entry.stage1_descriptor == descriptor.value || entry.stage2_descriptor == descriptor.value;
  };
  const auto look = [&](const auto& structure, auto on_found) {
    for (unsigned slot = 0; slot < structure.slots(); ++slot) {
      if (!structure.is_valid(slot) || !is_made_from_it(structure.entry(slot))) continue;
      any = true;
      on_found(slot);
    }
  };
  // What the core derived from a micro-TLB entry would hide its use.
  look(s.l1i, [&](unsigned slot) { s.lost(TlbStructure::l1_instruction, slot, s.l1i.entry(slot)); });
  look(s.l1d, [&](unsigned slot) { s.lost(TlbStructure::l1_data, slot, s.l1d.entry(slot)); });
  const auto nothing = [](unsigned) {};
  look(s.l2, nothing);
  look(s.walker.walk_cache, nothing);
  look(s.walker.ipa_cache, nothing);
  if (any) s.walker.stale.add(descriptor, s.walker.events.sequence());
  s.update_path();
}

// After an invalidation: stale entries that are gone need no watching. Looked for when it dropped one of
// them; what replacement took is found out when an operation without an address comes.
void Mmu::State::forget_stale() {
  std::vector<std::uint64_t> used;
  const auto look = [&](const auto& structure) {
    for (unsigned slot = 0; slot < structure.slots(); ++slot) {
      if (!structure.is_valid(slot)) continue;
      walker.stale.each_of(structure.entry(slot), [&](std::uint64_t d) { used.push_back(d); });
    }
  };
  look(l1i);
  look(l1d);
  look(l2);
  look(walker.walk_cache);
  look(walker.ipa_cache);
  std::sort(used.begin(), used.end());
  walker.stale.keep_if([&](std::uint64_t descriptor) {
    return std::binary_search(used.begin(), used.end(), descriptor);
  });
}

unsigned Mmu::invalidate(const tlb::Invalidation& invalidation, std::uint64_t tlbi_sequence) {
  State& s = *state_;
  EventBus& events = s.walker.events;
  const std::uint32_t target = s.walker.core.value;
  unsigned total = 0;
  bool is_stale = false;
  const auto dropped = [&](TlbStructure name, const tlb::Entry& entry) {
    ++s.counts(name).invalidations;
    ++total;
    is_stale = is_stale || (!s.walker.stale.empty() && s.walker.stale.descriptor_of(entry) != 0);
    const std::uint32_t global_bit = std::uint32_t{entry.global} << 16;
    events.publish(EventKind::tlb_drop, event_input(entry), entry.output, tlbi_sequence,
                   (event_word(entry, name) & ~global_bit) | target << 17);
  };
  for (const TlbStructure name : {TlbStructure::l1_instruction, TlbStructure::l1_data}) {
    tlb::MicroTlb& micro = name == TlbStructure::l1_data ? s.l1d : s.l1i;
    micro.invalidate(invalidation, [&](unsigned slot, const tlb::Entry& entry) {
      dropped(name, entry);
      s.lost(name, slot, entry);
    });
  }
  const auto sweep = [&](tlb::SetAssociativeTlb& structure, TlbStructure name) {
    structure.invalidate(invalidation, [&](const tlb::Entry& entry) { dropped(name, entry); });
  };
  sweep(s.l2, TlbStructure::l2);
  sweep(s.walker.walk_cache, TlbStructure::walk_cache);
  sweep(s.walker.ipa_cache, TlbStructure::ipa_cache);
  if (!s.walker.stale.empty() && (is_stale || !tlb::address_operand(invalidation))) {
    s.forget_stale();
    s.update_path();
  }
  if (s.adversary.prefetches()) prefetch();
  events.publish(EventKind::tlbi_receive, invalidation.operand, tlbi_sequence, total,
                 static_cast<std::uint32_t>(invalidation.op) | target << 8);
  return total;
}

void Mmu::reset(std::uint64_t sequence) {
  invalidate({.op = tlb::TlbiOp::alle1}, sequence);
  invalidate({.op = tlb::TlbiOp::alle2}, sequence);
}

}  // namespace armature::mmu
