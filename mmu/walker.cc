#include "mmu/walker.h"

#include <cstring>

#include "mmu/attributes.h"
#include "mmu/permissions.h"

namespace armature::mmu {
namespace {

FaultRecord stage1_fault(FaultType type, int level) {
  return {.type = type, .stage = Stage::stage1, .level = static_cast<std::int8_t>(level)};
}

FaultRecord stage2_fault(FaultType type, int level, IntermediateAddress ipa, bool s2fs1walk) {
  return {.type = type,
          .stage = Stage::stage2,
          .level = static_cast<std::int8_t>(level),
          .s2fs1walk = s2fs1walk,
          .ipa = ipa};
}

}  // namespace

bool Walker::publish_stale_use(const tlb::Entry& entry, TlbStructure name, std::uint64_t input) {
  const std::uint64_t descriptor = stale.descriptor_of(entry);
  if (descriptor == 0) return false;
  events.publish(EventKind::stale_use, input, entry.sequence, descriptor, event_word(entry, name));
  stale_descriptor_used = descriptor;
  return true;
}

const tlb::Entry* Walker::fill(tlb::SetAssociativeTlb& structure, TlbStructure name,
                               tlb::Entry& entry) {
  Statistics& counts = statistics[static_cast<unsigned>(name)];
  const auto published = [name](const tlb::Entry& e) {
    return EventBus::Words{event_input(e), e.output, event_descriptor(e), event_word(e, name)};
  };
  const tlb::Entry* victim = nullptr;
  const unsigned slot = structure.choose(entry, victim);
  if (victim != nullptr) {
    ++counts.evictions;
    events.publish_made(EventKind::tlb_evict, [&] { return published(*victim); });
  }
  ++counts.fills;
  events.publish_made(EventKind::tlb_fill, [&] { return published(entry); });
  entry.sequence = events.sequence();
  if (const EventPosition* position = events.position(); position != nullptr) {
    const auto now = position->where();
    entry.pc = now.pc;
    entry.cycle = {now.cycle};
  }
  structure.fill(slot, entry);
  return &structure.entry(slot);
}

void Walker::note_frame(const Controls& controls, const TableControls& tables_of,
                        const Position& at, PhysicalAddress pa) {
  const Asid asid = at.stage == Stage::stage1 ? controls.asid : Asid{};
  const std::uint64_t frame = pa.value / kFrameBytes;
  const std::uint64_t who =
      static_cast<std::uint64_t>(at.stage) | static_cast<std::uint64_t>(at.regime) << 4 |
      static_cast<std::uint64_t>(at.level) << 8 | std::uint64_t{controls.vmid.value} << 16 |
      std::uint64_t{asid.value} << 32;
  Noted& noted = noted_[frame % noted_.size()];
  if (noted.generation == tables->generation() && noted.frame == frame && noted.who == who &&
      noted.parent == at.parent.value && noted.root == tables_of.root) {
    return;
  }
  note_role(controls, tables_of, at, pa);
  noted = {tables->generation(), frame, at.parent.value, tables_of.root, who};
}

void Walker::note_role(const Controls& controls, const TableControls& tables_of,
                       const Position& at, PhysicalAddress pa) {
  const bool is_root = at.level == tables_of.start_level;
  TableRole role;
  role.root = {tables_of.root};
  role.regime = at.regime;
  role.stage = at.stage;
  role.level = static_cast<std::int8_t>(at.level);
  role.vmid = controls.vmid;
  role.asid = at.stage == Stage::stage1 ? controls.asid : Asid{};
  role.parent = is_root ? PhysicalAddress{} : at.parent;
  role.pointer = at.table;
  role.big_endian = tables_of.big_endian;
  role.granule_log2 = tables_of.granule_log2;
  role.input_log2 = static_cast<std::uint8_t>(
      is_root ? tables_of.input_size : size_log2_of(at.level - 1, tables_of.granule_log2));
  role.input = at.input >> role.input_log2 << role.input_log2;
  tables->note(pa, role);
}

bool Walker::read_descriptor(const Controls& controls, const TableControls& tables_of,
                             const Position& at, PhysicalAddress pa, bool cacheable, Cycles& cost,
                             std::uint64_t& descriptor, FaultRecord& fault) {
  const MemoryRegion* region = memory.find(pa);
  if (region == nullptr || !region->readable) {
    fault = stage1_fault(FaultType::synchronous_external_on_walk, at.level);
    return false;
  }
  ++walks.descriptor_reads;
  if (!region->is_ram || cacheable) {
    if (region->is_ram) {
      caches.walk_access(core, pa, cost);
    } else {
      cost += Cycles::whole(preset.costs.memory);
    }
    std::memcpy(&descriptor, region->host + (pa - region->base), sizeof descriptor);
  } else {
    std::uint8_t bytes[sizeof descriptor];
    caches.read_uncached(core, pa, bytes, cost);
    std::memcpy(&descriptor, bytes, sizeof descriptor);
  }
  if (tables_of.big_endian) descriptor = __builtin_bswap64(descriptor);
  publish_walk(EventKind::walk_read, at, pa.value, descriptor);
  if (tables != nullptr) note_frame(controls, tables_of, at, pa);
  return true;
}

// Stage 1 descriptor addresses are themselves translated by stage 2, and the access is a read
// whatever the program's access was.
bool Walker::place_of(const Controls& controls, const TableControls& tables_of,
                      std::uint64_t address, Cycles& cost, DescriptorPlace& place,
                      FaultRecord& fault) {
  if (!controls.stage2_on) {
    place = {{address}, tables_of.walk_attributes.is_cacheable()};
    return true;
  }
  const IntermediateAddress ipa{address};
  const tlb::Entry* const entry = stage2(controls, ipa, true, cost, fault);
  if (entry == nullptr) return false;
  const bool readable = (effective_stage2_rights(entry->rights) & tlb::kRightRead) != 0;
  const bool is_device = entry->attributes.is_device();
  if (!readable || (is_device && controls.protected_table_walk)) {
    fault = stage2_fault(FaultType::permission, entry->stage2_level, ipa, true);
    return false;
  }
  // With HCR_EL2.PTW = 0 a walk of Device memory is made as Normal Non-cacheable.
  const MemoryAttributes attributes = combine(tables_of.walk_attributes, entry->attributes);
  place = {{entry->output | ipa.offset_in(1ull << entry->size_log2)},
           attributes.is_cacheable() && !controls.stage2_data_uncached};
  return true;
}

bool Walker::resume_from_walk_cache(const Controls& controls, const TableControls& tables_of,
                                    Position& at) {
  Statistics& counts = statistics[static_cast<unsigned>(TlbStructure::walk_cache)];
  ++counts.lookups;
  for (int level = 2; level >= tables_of.start_level; --level) {
    const tlb::Entry* entry = walk_cache.find_sized(
        at.input, size_log2_of(level, tables_of.granule_log2), controls.walk_lookup);
    if (entry == nullptr) continue;
    ++counts.hits;
    if (!stale.empty()) publish_stale_use(*entry, TlbStructure::walk_cache, at.input);
    at.level = level + 1;
    at.table = entry->output;
    at.table_bits = {entry->table_bits};
    at.parent = {entry->stage1_descriptor};
    return true;
  }
  ++counts.misses;
  return false;
}

// CHOICE: table pointers are tagged with the ASID, also those of global mappings: only a leaf can
// be global.
void Walker::cache_table_pointer(const Controls& controls, const TableControls& tables_of,
                                 const Position& at, PhysicalAddress descriptor_at,
                                 std::uint64_t next_table, TableBits table_bits) {
  tlb::Entry entry;
  entry.size_log2 = entry.stage1_size_log2 =
      static_cast<std::uint8_t>(size_log2_of(at.level, tables_of.granule_log2));
  entry.input = at.input >> entry.size_log2 << entry.size_log2;
  entry.output = next_table;
  entry.stage1_descriptor = descriptor_at.value;
  entry.stage1_root = tables_of.root;
  entry.stage2_root = controls.stage2_on ? controls.stage2.root : 0;
  entry.asid = controls.asid;
  entry.vmid = controls.vmid;
  entry.stage1_level = static_cast<std::int8_t>(at.level);
  entry.regime = controls.regime;
  entry.asid_is_8_bits = controls.asid_is_8_bits;
  entry.table_pointer = true;
  entry.table_bits = static_cast<std::uint8_t>(table_bits.value);
  fill(walk_cache, TlbStructure::walk_cache, entry);
}

// Rights and attributes depend on few bits, which most leaves of a program have in common.
void Walker::fill_attributes(const Controls& controls, Descriptor leaf, TableBits table_bits,
                             tlb::Entry& entry) {
  constexpr std::uint64_t kLeafBits = mask(54, 53) | mask(11, 2);
  const std::uint64_t key = (leaf.value & kLeafBits) | table_bits.value << 16 |
                            static_cast<std::uint64_t>(controls.regime) << 20;
  if (leaf_.bits != key || leaf_.mair != controls.mair) {
    leaf_ = {.bits = key,
             .mair = controls.mair,
             .attributes = s1_attr_decode(controls.mair,
                                          static_cast<unsigned>(leaf[descriptor::AttrIndx]),
                                          static_cast<unsigned>(leaf[descriptor::SH])),
             .rights = static_cast<std::uint16_t>(stage1_rights(controls.regime, leaf, table_bits) |
                                                  kStage2AllRights),
             .global = controls.regime == Regime::el2 || !leaf.has(descriptor::nG)};
  }
  entry.attributes = leaf_.attributes;
  entry.stage1_is_device = leaf_.attributes.is_device();
  entry.rights = leaf_.rights;
  entry.global = leaf_.global;
}

bool Walker::stage1(const Controls& controls, std::uint64_t va, Cycles& cost, tlb::Entry& entry,
                    FaultRecord& fault) {
  const bool upper_half = controls.regime == Regime::el10 && bit(va, 55);
  const TableControls& tables_of = controls.stage1[upper_half ? 1 : 0];
  if (tables_of.walks_disabled) {
    fault = stage1_fault(FaultType::translation, 0);
    return false;
  }
  const unsigned granule = tables_of.granule_log2;
  Position at{.stage = Stage::stage1,
              .regime = controls.regime,
              .input = va,
              .table = tables_of.root,
              .level = tables_of.start_level};
  const bool resumed = resume_from_walk_cache(controls, tables_of, at);
  if (!resumed && (tables_of.root & controls.stage1_output_mask) != 0) {
    fault = stage1_fault(FaultType::address_size, 0);
    return false;
  }
  ++walks.stage1_walks;
  publish_walk(EventKind::walk_begin, at, tables_of.root, 0);
  std::uint64_t raw = 0;
  const auto end = [&] {
    publish_walk(EventKind::walk_end, at, 0, raw, fault.type);
    return false;
  };
  const auto end_with = [&](FaultType type) {
    fault = stage1_fault(type, at.level);
    return end();
  };
  for (;;) {
    const std::uint64_t address = descriptor_address(tables_of, at.table, at.level, va);
    DescriptorPlace place;
    if (!place_of(controls, tables_of, address, cost, place, fault)) return end();
    std::uint64_t read = 0;
    if (!read_descriptor(controls, tables_of, at, place.pa, place.cacheable, cost, read, fault)) {
      return end();
    }
    raw = read;
    const Descriptor d{raw};
    const DescriptorKind kind = kind_of(d, at.level, granule);
    if (kind == DescriptorKind::invalid) return end_with(FaultType::translation);
    if ((d[descriptor::Address] & controls.stage1_output_mask) != 0) {
      return end_with(FaultType::address_size);
    }
    if (kind == DescriptorKind::table) {
      at.table_bits.value |= d[descriptor::TableBits];
      const std::uint64_t next = output_address(d, granule);
      cache_table_pointer(controls, tables_of, at, place.pa, next, at.table_bits);
      at.parent = place.pa;
      at.table = next;
      ++at.level;
      continue;
    }
    if (!d.has(descriptor::AF)) return end_with(FaultType::access_flag);
    // CHOICE: the Contiguous hint is not used; an entry covers one descriptor.
    entry.size_log2 = entry.stage1_size_log2 =
        static_cast<std::uint8_t>(size_log2_of(at.level, granule));
    entry.input = va >> entry.size_log2 << entry.size_log2;
    entry.output = output_address(d, entry.size_log2);
    entry.ipa = entry.stage2_descriptor = entry.stage2_root = 0;
    entry.sequence = entry.pc = 0;
    entry.cycle = {};
    entry.kind = tlb::EntryKind::stage1_only;
    entry.stage2_level = 0;
    entry.stage2_is_device = entry.table_pointer = false;
    entry.table_bits = 0;
    entry.stage1_descriptor = place.pa.value;
    entry.stage1_root = tables_of.root;
    entry.asid = controls.asid;
    entry.vmid = controls.vmid;
    entry.stage1_level = static_cast<std::int8_t>(at.level);
    entry.regime = controls.regime;
    entry.asid_is_8_bits = controls.asid_is_8_bits;
    fill_attributes(controls, d, at.table_bits, entry);
    ++walks.stage1_completed;
    publish_walk(EventKind::walk_end, at, entry.output, raw);
    return true;
  }
}

const tlb::Entry* Walker::stage2(const Controls& controls, IntermediateAddress ipa, bool s2fs1walk,
                                 Cycles& cost, FaultRecord& fault) {
  const TableControls& tables_of = controls.stage2;
  const auto fault_at = [&](FaultType type, int level) -> const tlb::Entry* {
    fault = stage2_fault(type, level, ipa, s2fs1walk);
    return nullptr;
  };
  if (!tables_of.is_valid || ipa.value >> tables_of.input_size != 0) {
    return fault_at(FaultType::translation, 0);
  }
  Statistics& counts = statistics[static_cast<unsigned>(TlbStructure::ipa_cache)];
  ++counts.lookups;
  if (const tlb::Entry* hit = ipa_cache.find(ipa.value, controls.ipa_lookup)) {
    ++counts.hits;
    if (!stale.empty()) publish_stale_use(*hit, TlbStructure::ipa_cache, ipa.value);
    return hit;
  }
  ++counts.misses;
  if ((tables_of.root & controls.stage2_output_mask) != 0) {
    return fault_at(FaultType::address_size, 0);
  }
  const unsigned granule = tables_of.granule_log2;
  const bool cacheable = tables_of.walk_attributes.is_cacheable();
  Position at{.stage = Stage::stage2,
              .regime = controls.regime,
              .input = ipa.value,
              .table = tables_of.root,
              .level = tables_of.start_level};
  ++walks.stage2_walks;
  publish_walk(EventKind::walk_begin, at, tables_of.root, 0);
  std::uint64_t raw = 0;
  const auto end = [&](FaultType type) {
    publish_walk(EventKind::walk_end, at, 0, raw, type);
    return fault_at(type, at.level);
  };
  for (;;) {
    const PhysicalAddress pa{descriptor_address(tables_of, at.table, at.level, ipa.value)};
    std::uint64_t read = 0;
    if (!read_descriptor(controls, tables_of, at, pa, cacheable, cost, read, fault)) {
      return end(fault.type);
    }
    raw = read;
    const Descriptor d{raw};
    const DescriptorKind kind = kind_of(d, at.level, granule);
    if (kind == DescriptorKind::invalid) return end(FaultType::translation);
    if ((d[descriptor::Address] & controls.stage2_output_mask) != 0) {
      return end(FaultType::address_size);
    }
    if (kind == DescriptorKind::table) {
      at.parent = pa;
      at.table = output_address(d, granule);
      ++at.level;
      continue;
    }
    if (!d.has(descriptor::AF)) return end(FaultType::access_flag);
    tlb::Entry entry;
    entry.kind = tlb::EntryKind::stage2_only;
    entry.size_log2 = entry.stage1_size_log2 =
        static_cast<std::uint8_t>(size_log2_of(at.level, granule));
    entry.input = ipa.value >> entry.size_log2 << entry.size_log2;
    entry.output = output_address(d, entry.size_log2);
    entry.ipa = entry.input;
    entry.stage2_descriptor = pa.value;
    entry.stage2_root = tables_of.root;
    entry.attributes = s2_attr_decode(static_cast<unsigned>(d[descriptor::MemAttr]),
                                      static_cast<unsigned>(d[descriptor::SH]));
    entry.stage2_is_device = entry.attributes.is_device();
    entry.vmid = controls.vmid;
    entry.rights = static_cast<std::uint16_t>(kStage1AllRights | stage2_rights(d));
    entry.stage2_level = static_cast<std::int8_t>(at.level);
    entry.regime = controls.regime;
    ++walks.stage2_completed;
    publish_walk(EventKind::walk_end, at, entry.output, raw);
    return fill(ipa_cache, TlbStructure::ipa_cache, entry);
  }
}

}  // namespace armature::mmu
