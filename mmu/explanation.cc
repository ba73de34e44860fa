#include "mmu/explanation.h"

#include <array>
#include <cstring>

#include "mmu/attributes.h"
#include "mmu/permissions.h"
#include "mmu/state.h"
#include "sim/base/bits.h"

namespace armature::mmu {
namespace {

struct Leaf {
  std::uint64_t output = 0;  // of the byte asked for
  std::uint16_t rights = 0;
  MemoryAttributes attributes{};
  int level = 0;
};

class Explainer {
 public:
  Explainer(const Controls& controls, MemoryMap& memory, const cache::Hierarchy& caches,
            WalkExplanation& out)
      : controls_(controls), memory_(memory), caches_(caches), out_(out) {}

  Result<Leaf, FaultRecord> stage1(std::uint64_t va);
  Result<Leaf, FaultRecord> stage2(IntermediateAddress ipa, bool s2fs1walk);

 private:
  struct Place {
    PhysicalAddress pa{};
    bool cacheable = false;
  };
  Result<Place, FaultRecord> place_of(const TableControls& tables, std::uint64_t address);
  std::optional<std::uint64_t> read(const Place& place, bool big_endian) const;

  const Controls& controls_;
  MemoryMap& memory_;
  const cache::Hierarchy& caches_;
  WalkExplanation& out_;
};

FaultRecord fault(FaultType type, Stage stage, int level) {
  return {.type = type, .stage = stage, .level = static_cast<std::int8_t>(level)};
}

std::uint64_t offset_in(std::uint64_t address, unsigned size_log2) {
  return address & ((1ull << size_log2) - 1);
}

std::optional<std::uint64_t> Explainer::read(const Place& place, bool big_endian) const {
  const MemoryRegion* region = memory_.find(place.pa);
  if (region == nullptr || !region->readable) return {};
  std::uint64_t descriptor = 0;
  std::array<std::uint8_t, kLineBytes> line{};
  const std::uint8_t* from = line.data() + place.pa.offset_in(kLineBytes);
  if (!region->is_ram) {
    from = region->host + (place.pa - region->base);
  } else if (place.cacheable) {
    caches_.coherent_value(place.pa, line);
  } else {
    caches_.poc_value(place.pa, line);
  }
  std::memcpy(&descriptor, from, sizeof descriptor);
  return big_endian ? __builtin_bswap64(descriptor) : descriptor;
}

// Where a stage 1 descriptor lies: its address goes through stage 2 as a read.
Result<Explainer::Place, FaultRecord> Explainer::place_of(const TableControls& tables,
                                                          std::uint64_t address) {
  if (!controls_.stage2_on) return Place{{address}, tables.walk_attributes.is_cacheable()};
  const IntermediateAddress ipa{address};
  const auto leaf = stage2(ipa, true);
  if (!leaf) return leaf.error();
  const bool readable = (effective_stage2_rights(leaf->rights) & tlb::kRightRead) != 0;
  if (!readable || (leaf->attributes.is_device() && controls_.protected_table_walk)) {
    FaultRecord record = fault(FaultType::permission, Stage::stage2, leaf->level);
    record.s2fs1walk = true;
    record.ipa = ipa;
    return record;
  }
  const MemoryAttributes attributes = combine(tables.walk_attributes, leaf->attributes);
  return Place{{leaf->output}, attributes.is_cacheable() && !controls_.stage2_data_uncached};
}

Result<Leaf, FaultRecord> Explainer::stage1(std::uint64_t va) {
  const bool upper_half = controls_.regime == Regime::el10 && bit(va, 55);
  const TableControls& tables = controls_.stage1[upper_half ? 1 : 0];
  if (tables.walks_disabled) return fault(FaultType::translation, Stage::stage1, 0);
  if ((tables.root & controls_.stage1_output_mask) != 0)
    return fault(FaultType::address_size, Stage::stage1, 0);
  TableBits table_bits{};
  std::uint64_t table = tables.root;
  for (int level = tables.start_level;; ++level) {
    const auto place = place_of(tables, descriptor_address(tables, table, level, va));
    if (!place) return place.error();
    const auto raw = read(*place, tables.big_endian);
    if (!raw) return fault(FaultType::synchronous_external_on_walk, Stage::stage1, level);
    const Descriptor d{*raw};
    WalkStep step{.stage = Stage::stage1, .level = level, .input = va, .table = table};
    step.address = place->pa;
    step.descriptor = *raw;
    step.kind = kind_of(d, level, tables.granule_log2);
    step.size_log2 = size_log2_of(level, tables.granule_log2);
    const bool is_table = step.kind == DescriptorKind::table;
    if (step.kind != DescriptorKind::invalid)
      step.output = output_address(d, is_table ? tables.granule_log2 : step.size_log2);
    if (step.kind == DescriptorKind::leaf) {
      step.attributes =
          s1_attr_decode(controls_.mair, static_cast<unsigned>(d[descriptor::AttrIndx]),
                         static_cast<unsigned>(d[descriptor::SH]));
      step.rights = stage1_rights(controls_.regime, d, table_bits);
      step.global = controls_.regime == Regime::el2 || !d.has(descriptor::nG);
    }
    out_.steps.push_back(step);
    if (step.kind == DescriptorKind::invalid)
      return fault(FaultType::translation, Stage::stage1, level);
    if ((d[descriptor::Address] & controls_.stage1_output_mask) != 0)
      return fault(FaultType::address_size, Stage::stage1, level);
    if (is_table) {
      table_bits.value |= d[descriptor::TableBits];
      table = step.output;
      continue;
    }
    if (!d.has(descriptor::AF)) return fault(FaultType::access_flag, Stage::stage1, level);
    return Leaf{step.output | offset_in(va, step.size_log2), step.rights, step.attributes, level};
  }
}

Result<Leaf, FaultRecord> Explainer::stage2(IntermediateAddress ipa, bool s2fs1walk) {
  const TableControls& tables = controls_.stage2;
  const auto fails = [&](FaultType type, int level) {
    FaultRecord record = fault(type, Stage::stage2, level);
    record.s2fs1walk = s2fs1walk;
    record.ipa = ipa;
    return record;
  };
  if (!tables.is_valid || ipa.value >> tables.input_size != 0)
    return fails(FaultType::translation, 0);
  if ((tables.root & controls_.stage2_output_mask) != 0) return fails(FaultType::address_size, 0);
  std::uint64_t table = tables.root;
  for (int level = tables.start_level;; ++level) {
    const PhysicalAddress pa{descriptor_address(tables, table, level, ipa.value)};
    const auto raw = read({pa, tables.walk_attributes.is_cacheable()}, tables.big_endian);
    if (!raw) return fails(FaultType::synchronous_external_on_walk, level);
    const Descriptor d{*raw};
    WalkStep step{.stage = Stage::stage2, .level = level, .for_stage1_walk = s2fs1walk};
    step.input = ipa.value;
    step.table = table;
    step.address = pa;
    step.descriptor = *raw;
    step.kind = kind_of(d, level, tables.granule_log2);
    step.size_log2 = size_log2_of(level, tables.granule_log2);
    const bool is_table = step.kind == DescriptorKind::table;
    if (step.kind != DescriptorKind::invalid)
      step.output = output_address(d, is_table ? tables.granule_log2 : step.size_log2);
    if (step.kind == DescriptorKind::leaf) {
      step.attributes = s2_attr_decode(static_cast<unsigned>(d[descriptor::MemAttr]),
                                       static_cast<unsigned>(d[descriptor::SH]));
      step.rights = stage2_rights(d);
    }
    out_.steps.push_back(step);
    if (step.kind == DescriptorKind::invalid) return fails(FaultType::translation, level);
    if ((d[descriptor::Address] & controls_.stage2_output_mask) != 0)
      return fails(FaultType::address_size, level);
    if (is_table) {
      table = step.output;
      continue;
    }
    if (!d.has(descriptor::AF)) return fails(FaultType::access_flag, level);
    return Leaf{step.output | offset_in(ipa.value, step.size_log2), step.rights, step.attributes,
                level};
  }
}

// Both stages in the order of AArch64.TranslateAddress; returns the fault, if any.
std::optional<FaultRecord> translate(const Controls& c, Explainer& explainer,
                                     const Request& request, WalkExplanation& out) {
  if (const auto bad = input_check(c, request.va)) return bad;
  const std::uint64_t va = request.va & mask(55, 0);
  const bool is_fetch = request.access.kind == AccessKind::fetch;
  Leaf stage1{.output = va, .attributes = is_fetch ? c.stage1_off_fetch : c.stage1_off_data};
  if (c.stage1_on) {
    const auto leaf = explainer.stage1(va);
    if (!leaf) return leaf.error();
    stage1 = *leaf;
  }
  out.ipa = stage1.output;
  out.pa = flat_stage2({stage1.output});
  out.attributes = stage1.attributes;
  const bool is_device = stage1.attributes.is_device() && (c.stage1_on || !is_fetch);
  if (const auto bad = stage1_check(c, request, stage1.rights, is_device, stage1.level)) return bad;
  if (!c.stage2_on) return {};
  const auto leaf = explainer.stage2({out.ipa}, false);
  if (!leaf) return leaf.error();
  out.pa = {leaf->output};
  out.attributes = combine(out.attributes, leaf->attributes);
  return stage2_check(c, request, leaf->rights, leaf->attributes.is_device(), leaf->level,
                      {out.ipa});
}

}  // namespace

WalkExplanation explain_walk(const TranslationContext& context, VirtualAddress va,
                             const AccessDescriptor& access, const CpuPreset& preset,
                             MemoryMap& memory, const cache::Hierarchy& caches) {
  const Controls controls = derive_controls(context, preset);
  WalkExplanation out;
  out.regime = controls.regime;
  out.stage1_on = controls.stage1_on;
  out.stage2_on = controls.stage2_on;
  out.asid = controls.asid;
  out.vmid = controls.vmid;
  Explainer explainer(controls, memory, caches, out);
  out.fault = translate(controls, explainer, {va.value, access, true}, out);
  if (controls.is_cached)
    out.attributes = access_attributes(controls, out.attributes, access.kind == AccessKind::fetch);
  return out;
}

}  // namespace armature::mmu
