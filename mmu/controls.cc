#include "mmu/controls.h"

#include <algorithm>
#include <array>

#include "mmu/attributes.h"
#include "mmu/descriptor.h"
#include "sim/arch/registers/control.h"
#include "sim/arch/registers/translation.h"
#include "sim/base/bits.h"

namespace armature::mmu {
namespace {

constexpr unsigned kInputSizeMax = 48;  // no FEAT_LVA
constexpr unsigned kInputSizeMin = 25;
constexpr unsigned kAddressTop = 47;  // highest bit of an address in a TTBR or descriptor
constexpr unsigned kVaSelect = 55;    // selects TTBR0 or TTBR1, and the top with TBI

// TCR_ELx.{I}PS: physical address size, never above what the core implements.
unsigned output_size(std::uint64_t ps, const CpuPreset& preset) {
  constexpr std::array<unsigned, 8> sizes{32, 36, 40, 42, 44, 48, 48, 48};
  return std::min<unsigned>(sizes[ps & 7], preset.physical_address_bits);
}

std::uint64_t above(unsigned size) { return size > kAddressTop ? 0 : mask(kAddressTop, size); }

// CHOICE: 16 KB, which these cores do not have, and reserved encodings mean 4 KB.
unsigned granule_of_tg0(std::uint64_t tg0) { return tg0 == 0b01 ? 16 : 12; }
unsigned granule_of_tg1(std::uint64_t tg1) { return tg1 == 0b11 ? 16 : 12; }

// The root of a walk that starts at `start_level`: BADDR<47:x>, x from the size of the first table.
std::uint64_t root_of(std::uint64_t baddr, unsigned input_size, int start_level, unsigned granule) {
  const unsigned low = 3 + input_size - size_log2_of(start_level, granule);
  return baddr & mask(kAddressTop, low);
}

// The first table may be smaller than a granule, or up to 16 concatenated ones.
void set_indices(TableControls& tables) {
  for (int level = tables.start_level; level <= 3; ++level) {
    const unsigned low = size_log2_of(level, tables.granule_log2);
    const unsigned high =
        level == tables.start_level ? tables.input_size - 1u : low + tables.granule_log2 - 4u;
    const auto n = static_cast<unsigned>(level);
    tables.index_shift[n] = static_cast<std::uint8_t>(low);
    tables.index_mask[n] = mask(high - low, 0) << 3;
  }
}

// Stage 1. CHOICE: TxSZ out of range is a level 0 Translation fault (the manual also allows that it
// is forced into range).
TableControls stage1_tables(unsigned txsz, unsigned granule, std::uint64_t ttbr, bool disabled,
                            const MemoryAttributes& walk_attributes, bool big_endian) {
  TableControls tables;
  tables.walks_disabled = disabled;
  tables.granule_log2 = static_cast<std::uint8_t>(granule);
  tables.walk_attributes = walk_attributes;
  tables.big_endian = big_endian;
  const unsigned input_size = 64 - txsz;
  tables.is_valid = input_size >= kInputSizeMin && input_size <= kInputSizeMax;
  if (!tables.is_valid) return tables;
  tables.input_size = static_cast<std::uint8_t>(input_size);
  const unsigned stride = granule - 3;
  const unsigned levels = (input_size - granule + stride - 1) / stride;
  tables.start_level = static_cast<std::int8_t>(4 - static_cast<int>(levels));
  tables.root = root_of(ttbr, input_size, tables.start_level, granule);
  set_indices(tables);
  return tables;
}

// D8 "Stage 2 translation": SL0 and T0SZ must fit, with 1 to 16 concatenated tables at the start.
TableControls stage2_tables(VtcrEl2 vtcr, std::uint64_t vttbr, bool big_endian,
                            const CpuPreset& preset) {
  TableControls tables;
  const unsigned granule = granule_of_tg0(vtcr[vtcr_el2::TG0]);
  const unsigned stride = granule - 3;
  const auto sl0 = static_cast<int>(vtcr[vtcr_el2::SL0]);
  const int start_level = (granule == 16 ? 3 : 2) - sl0;
  const auto input_size = static_cast<int>(64 - vtcr[vtcr_el2::T0SZ]);
  tables.granule_log2 = static_cast<std::uint8_t>(granule);
  tables.walk_attributes = walk_attr_decode(static_cast<unsigned>(vtcr[vtcr_el2::IRGN0]),
                                            static_cast<unsigned>(vtcr[vtcr_el2::ORGN0]),
                                            static_cast<unsigned>(vtcr[vtcr_el2::SH0]));
  tables.big_endian = big_endian;
  if (sl0 == 0b11) return tables;
  // The largest SL0 needs a core with more than 42 bits of physical address.
  if (sl0 == 0b10 && preset.physical_address_bits <= 42) return tables;
  if (input_size < static_cast<int>(kInputSizeMin) ||
      input_size > static_cast<int>(kInputSizeMax)) {
    return tables;
  }
  // CHOICE: an IPA size above the physical address size faults.
  if (input_size > preset.physical_address_bits) return tables;
  const int first_index_bits = input_size - static_cast<int>(size_log2_of(start_level, granule));
  if (first_index_bits < 1 || first_index_bits > static_cast<int>(stride) + 4) return tables;
  tables.is_valid = true;
  tables.input_size = static_cast<std::uint8_t>(input_size);
  tables.start_level = static_cast<std::int8_t>(start_level);
  tables.root = root_of(vttbr, tables.input_size, start_level, granule);
  set_indices(tables);
  return tables;
}

MemoryAttributes tcr_walk_attributes(bool caches_on, std::uint64_t irgn, std::uint64_t orgn,
                                     std::uint64_t sh) {
  const MemoryAttributes attributes = walk_attr_decode(
      static_cast<unsigned>(irgn), static_cast<unsigned>(orgn), static_cast<unsigned>(sh));
  return caches_on ? attributes : without_caches(attributes);
}

// Which VAs a half accepts. AddrTop: with TBI the top byte is ignored.
AddressCheck stage1_check(const TableControls& tables, bool tbi, bool upper_half) {
  if (!tables.is_valid) return {.mask = 0, .value = 1};
  AddressCheck check;
  check.mask = mask(tbi ? kVaSelect : 63, tables.input_size);
  check.value = upper_half ? check.mask : 0;
  return check;
}

// AArch64.TranslateAddressS1Off: bits AddrTop..PAMax must be zero.
AddressCheck stage1_off_check(bool tbi, const CpuPreset& preset) {
  return {.mask = mask(tbi ? kVaSelect : 63, preset.physical_address_bits)};
}

void derive_stage1_el10(Controls& c, const TranslationContext& context, const CpuPreset& preset) {
  const Tcr tcr_value{context.tcr};
  const Sctlr sctlr_value{context.sctlr};
  const bool ee = sctlr_value.has(sctlr::EE);
  const bool caches = sctlr_value.has(sctlr::C);
  const bool tbi[2] = {tcr_value.has(tcr_el1::TBI0), tcr_value.has(tcr_el1::TBI1)};
  c.asid_is_8_bits = preset.asid_bits == 8 || !tcr_value.has(tcr_el1::AS);
  const Ttbr asid_source{tcr_value.has(tcr_el1::A1) ? context.ttbr1 : context.ttbr0};
  const std::uint64_t asid = asid_source[ttbr::ASID];
  c.asid = {static_cast<std::uint16_t>(c.asid_is_8_bits ? asid & 0xff : asid)};
  c.stage1_output_mask = above(output_size(tcr_value[tcr_el1::IPS], preset));
  if (!c.stage1_on) {
    for (unsigned half : {0u, 1u}) c.check[half] = stage1_off_check(tbi[half], preset);
    return;
  }
  c.stage1[0] = stage1_tables(
      static_cast<unsigned>(tcr_value[tcr_el1::T0SZ]), granule_of_tg0(tcr_value[tcr_el1::TG0]),
      context.ttbr0, tcr_value.has(tcr_el1::EPD0),
      tcr_walk_attributes(caches, tcr_value[tcr_el1::IRGN0], tcr_value[tcr_el1::ORGN0],
                          tcr_value[tcr_el1::SH0]),
      ee);
  c.stage1[1] = stage1_tables(
      static_cast<unsigned>(tcr_value[tcr_el1::T1SZ]), granule_of_tg1(tcr_value[tcr_el1::TG1]),
      context.ttbr1, tcr_value.has(tcr_el1::EPD1),
      tcr_walk_attributes(caches, tcr_value[tcr_el1::IRGN1], tcr_value[tcr_el1::ORGN1],
                          tcr_value[tcr_el1::SH1]),
      ee);
  for (unsigned half : {0u, 1u}) c.check[half] = stage1_check(c.stage1[half], tbi[half], half == 1);
}

void derive_stage1_el2(Controls& c, const TranslationContext& context, const CpuPreset& preset) {
  const Tcr tcr_value{context.tcr};
  const Sctlr sctlr_value{context.sctlr};
  const bool tbi = tcr_value.has(tcr_el2::TBI);
  c.stage1_output_mask = above(output_size(tcr_value[tcr_el2::PS], preset));
  if (!c.stage1_on) {
    c.check[0] = c.check[1] = stage1_off_check(tbi, preset);
    return;
  }
  c.stage1[0] =
      stage1_tables(static_cast<unsigned>(tcr_value[tcr_el2::T0SZ]),
                    granule_of_tg0(tcr_value[tcr_el2::TG0]), context.ttbr0, false,
                    tcr_walk_attributes(sctlr_value.has(sctlr::C), tcr_value[tcr_el2::IRGN0],
                                        tcr_value[tcr_el2::ORGN0], tcr_value[tcr_el2::SH0]),
                    sctlr_value.has(sctlr::EE));
  c.stage1[1] = c.stage1[0];
  // One range: an address with bit 55 set is outside it.
  c.check[0] = c.check[1] = stage1_check(c.stage1[0], tbi, false);
}

void derive_stage1_off_attributes(Controls& c, bool default_cacheable, bool instruction_cache_on) {
  if (default_cacheable) {  // HCR_EL2.DC
    c.stage1_off_data = {MemoryType::normal, Cacheability::write_back, Cacheability::write_back,
                         Shareability::non_shareable};
    c.stage1_off_fetch = c.stage1_off_data;
    return;
  }
  c.stage1_off_data = kDevice_nGnRnE;
  c.stage1_off_fetch = kNormalNonCacheable;
  if (instruction_cache_on) {
    c.stage1_off_fetch.inner = c.stage1_off_fetch.outer = Cacheability::write_through;
  }
}

void derive_lookup_words(Controls& c) {
  using tlb::ContextWord;
  using tlb::EntryKind;
  // CHOICE: what is cached while stage 1 is off depends on stage 2 alone; it is a stage 2 only
  // entry found by IPA, and turning stage 1 on makes it unreachable.
  const EntryKind kind = !c.stage1_on  ? EntryKind::stage2_only
                         : c.stage2_on ? EntryKind::combined
                                       : EntryKind::stage1_only;
  c.lookup = ContextWord::query(c.regime, kind, c.vmid, c.stage1_on ? c.asid : Asid{});
  c.walk_lookup = ContextWord::query(c.regime, EntryKind::stage1_only, c.vmid, c.asid);
  c.ipa_lookup = ContextWord::query(c.regime, EntryKind::stage2_only, c.vmid, Asid{});
}

// Where an entry has `right` of both stages. WXN takes only execute permission away.
std::uint16_t rights_needed(tlb::Right right, bool privileged) {
  const unsigned stage1 = privileged ? tlb::kPrivilegedShift : tlb::kUnprivilegedShift;
  return static_cast<std::uint16_t>(right << stage1 | right << tlb::kStage2Shift);
}

}  // namespace

Controls derive_controls(const TranslationContext& context, const CpuPreset& preset) {
  Controls c;
  c.regime = context.regime;
  c.mair = context.mair;
  const Sctlr sctlr_value{context.sctlr};
  const HcrEl2 hcr{context.hcr};
  const bool el10 = context.regime == Regime::el10;
  const bool has_stage2 = el10 && context.has_el2;
  const bool dc = has_stage2 && hcr.has(hcr_el2::DC);
  // HCR_EL2.DC = 1 acts as SCTLR_EL1.M = 0 and VM = 1; TGE = 1 as SCTLR_EL1.M = 0.
  c.stage2_on = has_stage2 && (dc || hcr.has(hcr_el2::VM));
  c.stage1_on = sctlr_value.has(sctlr::M) && !(has_stage2 && (dc || hcr.has(hcr_el2::TGE)));
  c.is_cached = c.stage1_on || c.stage2_on;
  c.wxn = sctlr_value.has(sctlr::WXN);
  if (has_stage2) {
    // EL1&0 entries carry the VMID also while stage 2 is off.
    const VtcrEl2 vtcr{context.vtcr};
    const bool wide = preset.vmid_bits == 16 && vtcr.has(vtcr_el2::VS);
    c.vmid = {static_cast<std::uint16_t>(wide ? bits(context.vttbr, 63, 48)
                                              : VttbrEl2{context.vttbr}[vttbr_el2::VMID])};
  }
  if (el10) {
    derive_stage1_el10(c, context, preset);
  } else {
    derive_stage1_el2(c, context, preset);
  }
  derive_stage1_off_attributes(c, dc, sctlr_value.has(sctlr::I));
  if (c.stage1_on) {
    c.stage1_data_uncached = c.data_uncached = !sctlr_value.has(sctlr::C);
    c.fetch_uncached = !sctlr_value.has(sctlr::I);
  }
  if (c.stage2_on) {
    const VtcrEl2 vtcr{context.vtcr};
    c.stage2 = stage2_tables(vtcr, context.vttbr, Sctlr{context.sctlr_el2}.has(sctlr::EE), preset);
    c.stage2_output_mask = above(output_size(vtcr[vtcr_el2::PS], preset));
    c.stage2_data_uncached = hcr.has(hcr_el2::CD);
    if (c.stage2_data_uncached) {
      c.stage2.walk_attributes = without_caches(c.stage2.walk_attributes);
    }
    c.data_uncached = c.data_uncached || c.stage2_data_uncached;
    c.fetch_uncached = c.fetch_uncached || hcr.has(hcr_el2::ID);
    c.protected_table_walk = hcr.has(hcr_el2::PTW);
  }
  derive_lookup_words(c);
  c.privileged = context.el != El::el0;
  c.read_rights = rights_needed(tlb::kRightRead, c.privileged);
  c.write_rights = rights_needed(tlb::kRightWrite, c.privileged);
  return c;
}

}  // namespace armature::mmu
