#include "mmu/mmu.h"

#include <algorithm>
#include <bit>

#include "mmu/attributes.h"
#include "mmu/permissions.h"
#include "mmu/state.h"
#include "sim/base/assert.h"
#include "sim/snapshot/bytes.h"
#include "tlb/invalidate.h"

namespace armature::mmu {
namespace {

constexpr std::uint64_t kVaMask = mask(55, 0);  // TBI or not, the tag byte takes no part

// A misaligned access to Device memory faults, and DC ZVA always does.
bool violates_device_alignment(const Request& request) {
  if (request.access.kind == AccessKind::fetch) return false;
  return !request.is_aligned || request.access.zeroing;
}

// Both stages as one entry: the smaller range, all rights, the combined attributes.
tlb::Entry combined(const tlb::Entry& stage1, const tlb::Entry& stage2, std::uint64_t va) {
  tlb::Entry entry = stage1;
  entry.kind = tlb::EntryKind::combined;
  entry.size_log2 = std::min(stage1.size_log2, stage2.size_log2);
  const std::uint64_t size = 1ull << entry.size_log2;
  entry.input = va & ~(size - 1);
  entry.ipa = stage1.output | (entry.input & ((1ull << stage1.size_log2) - 1));
  entry.output = stage2.output | (entry.ipa & ((1ull << stage2.size_log2) - 1));
  entry.stage2_descriptor = stage2.stage2_descriptor;
  entry.stage2_root = stage2.stage2_root;
  entry.stage2_level = stage2.stage2_level;
  entry.stage2_is_device = stage2.stage2_is_device;
  entry.rights = stage1.rights & stage2.rights;
  entry.attributes = combine(stage1.attributes, stage2.attributes);
  return entry;
}

}  // namespace

std::optional<FaultRecord> input_check(const Controls& c, std::uint64_t va) {
  const AddressCheck& check = c.check[bit(va, 55)];
  if (!check.never && (va & check.mask) == check.value) [[likely]]
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
}

void Mmu::State::lost(TlbStructure name, unsigned slot, const tlb::Entry& entry) {
  if (observer == nullptr) return;
  if (name == TlbStructure::l1_data) {
    observer->l1d_entry_lost(slot, {event_input(entry)}, 1ull << entry.size_log2);
  } else {
    observer->l1i_entry_lost(slot);
  }
}

void Mmu::State::fill_micro(tlb::MicroTlb& micro, TlbStructure name, unsigned slot,
                            const tlb::Entry* victim, const tlb::Entry& entry) {
  EventBus& events = walker.events;
  StructureStatistics& count = counts(name);
  if (victim != nullptr) {
    ++count.evictions;
    events.publish(EventKind::tlb_evict, event_input(*victim), victim->output,
                   event_descriptor(*victim), event_word(*victim, name));
    lost(name, slot, *victim);
  }
  ++count.fills;
  events.publish(EventKind::tlb_fill, event_input(entry), entry.output, event_descriptor(entry),
                 event_word(entry, name));
  micro.fill(slot, entry, events.sequence());
}

// A complete walk after a miss everywhere. With stage 2 on, stage 1's checks come before the output
// address is translated; an access they stop caches nothing.
Result<tlb::Entry, FaultRecord> Mmu::State::walk(const Controls& c, const Request& request,
                                                 Cycles& cost) {
  const std::uint64_t va = request.va & kVaMask;
  auto stage1 = walker.stage1(c, va, cost);
  if (!stage1 || !c.stage2_on) return stage1;
  if (const auto fault = stage1_check(c, request, stage1->rights, stage1->stage1_is_device,
                                      stage1->stage1_level)) {
    return *fault;
  }
  const IntermediateAddress ipa{stage1->output | (va & ((1ull << stage1->size_log2) - 1))};
  const auto stage2 = walker.stage2(c, ipa, false, cost);
  if (!stage2) return stage2.error();
  return combined(*stage1, *stage2, va);
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
  tlb::Entry walked_entry;
  const tlb::Entry* source = &walked_entry;
  if (!c.stage1_on) {
    // CHOICE: with stage 1 off the IPA cache stands behind the micro-TLBs, not the L2 TLB.
    if (const auto fault = stage1_check(
            c, request, 0,
            request.access.kind != AccessKind::fetch && c.stage1_off_data.is_device(), 0)) {
      return *fault;
    }
    const auto stage2 = walker.stage2(c, IntermediateAddress{va}, false, cost);
    if (!stage2) return stage2.error();
    walked_entry = *stage2;
  } else {
    StructureStatistics& count = counts(TlbStructure::l2);
    ++count.lookups;
    if (const tlb::Entry* hit = l2.find(va, c.lookup)) {
      ++count.hits;
      if (!walker.stale.empty()) [[unlikely]] {
        walker.publish_stale_use(*hit, TlbStructure::l2, va);
      }
      source = hit;
    } else {
      ++count.misses;
      const auto walked = walk(c, request, cost);
      if (!walked) return walked.error();
      walked_entry = *walked;
      walker.fill(l2, TlbStructure::l2, walked_entry);
    }
  }
  const tlb::Entry* victim = nullptr;
  const unsigned slot = micro.choose(victim);
  fill_micro(micro, name, slot, victim, *source);
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
  if (check.never || (request.va & check.mask) != check.value) [[unlikely]] {
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

// translate() and refill() for the case that makes up nearly all misses of the L0 filter: no fault
// record, no walk, no attributes to combine.
bool Mmu::translate_data_usual(const TranslationContext& context, VirtualAddress va_in, bool write,
                               bool privileged, Translation& translation, Cycles& cost) {
  State& s = *state_;
  const Controls& c = s.controls_of(context);
  const AddressCheck& check = c.check[bit(va_in.value, 55)];
  if (check.never || (va_in.value & check.mask) != check.value || !c.stage1_on ||
      c.data_uncached || s.needs_general_path) {
    return false;
  }
  const std::uint64_t va = va_in.value & kVaMask;
  unsigned slot = s.l1d.find(va, c.lookup);
  const bool hit = slot != tlb::MicroTlb::kNone;
  const tlb::Entry* entry = hit ? &s.l1d.entry(slot) : s.l2.find(va, c.lookup);
  if (entry == nullptr || !entry->attributes.is_cacheable()) return false;
  const unsigned rights = effective_stage2_rights(entry->rights) &
                          effective_stage1_rights(c, entry->rights, privileged);
  if ((rights & (write ? tlb::kRightWrite : tlb::kRightRead)) == 0) return false;
  if (entry->stage1_is_device || entry->stage2_is_device) return false;

  translation.pa = {entry->output | (va & ((1ull << entry->size_log2) - 1))};
  translation.attributes = entry->attributes;
  translation.readable = (rights & tlb::kRightRead) != 0;
  translation.writable = (rights & tlb::kRightWrite) != 0;
  StructureStatistics& count = s.counts(TlbStructure::l1_data);
  ++count.lookups;
  if (hit) {
    ++count.hits;
  } else {
    ++count.misses;
    cost += Cycles::whole(s.walker.preset.costs.l2_tlb_hit);
    StructureStatistics& l2_count = s.counts(TlbStructure::l2);
    ++l2_count.lookups;
    ++l2_count.hits;
    const tlb::Entry* victim = nullptr;
    slot = s.l1d.choose(victim);
    s.fill_micro(s.l1d, TlbStructure::l1_data, slot, victim, *entry);
  }
  translation.slot = slot;
  return true;
}

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

const Mmu::StructureStatistics& Mmu::statistics(TlbStructure structure) const {
  return state_->counts(structure);
}

void Mmu::add_hits(TlbStructure structure, std::uint64_t count) {
  StructureStatistics& counts = state_->counts(structure);
  counts.lookups += count;
  counts.hits += count;
}

const Mmu::WalkStatistics& Mmu::walk_statistics() const { return state_->walker.walks; }

std::uint64_t Mmu::resident(TlbStructure structure) const {
  switch (structure) {
    case TlbStructure::l1_instruction:
      return state_->l1i.resident();
    case TlbStructure::l1_data:
      return state_->l1d.resident();
    case TlbStructure::l2:
      return state_->l2.resident();
    case TlbStructure::walk_cache:
      return state_->walker.walk_cache.resident();
    case TlbStructure::ipa_cache:
      return state_->walker.ipa_cache.resident();
  }
  return 0;
}

std::vector<Mmu::EntryView> Mmu::entries() const {
  std::vector<EntryView> views;
  const auto collect = [&](TlbStructure name, const auto& structure) {
    for (unsigned slot = 0; slot < structure.slots(); ++slot) {
      if (structure.is_valid(slot)) views.push_back({name, slot, structure.entry(slot)});
    }
  };
  collect(TlbStructure::l1_instruction, state_->l1i);
  collect(TlbStructure::l1_data, state_->l1d);
  collect(TlbStructure::l2, state_->l2);
  collect(TlbStructure::walk_cache, state_->walker.walk_cache);
  collect(TlbStructure::ipa_cache, state_->walker.ipa_cache);
  return views;
}

void Mmu::save(std::vector<std::uint8_t>& out) const {
  state_->l1i.save(out);
  state_->l1d.save(out);
  state_->l2.save(out);
  state_->walker.walk_cache.save(out);
  state_->walker.ipa_cache.save(out);
  put(out, state_->walker.statistics);
  put(out, state_->walker.walks);
  state_->adversary.save(out);
}

void Mmu::load(std::span<const std::uint8_t>& in) {
  State& s = *state_;
  for (unsigned slot = 0; slot < s.l1i.slots(); ++slot) {
    if (s.l1i.is_valid(slot)) s.lost(TlbStructure::l1_instruction, slot, s.l1i.entry(slot));
  }
  for (unsigned slot = 0; slot < s.l1d.slots(); ++slot) {
    if (s.l1d.is_valid(slot)) s.lost(TlbStructure::l1_data, slot, s.l1d.entry(slot));
  }
  s.walker.stale.clear();
  s.update_path();
  s.l1i.load(in);
  s.l1d.load(in);
  s.l2.load(in);
  s.walker.walk_cache.load(in);
  s.walker.ipa_cache.load(in);
  s.walker.statistics = take<decltype(s.walker.statistics)>(in);
  s.walker.walks = take<WalkStatistics>(in);
  s.adversary.load(in);
}

}  // namespace armature::mmu
