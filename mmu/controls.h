// Everything a lookup and a walk need from a TranslationContext, decoded once per change of it.
#pragma once

#include <array>
#include <cstdint>

#include "mmu/context.h"
#include "mmu/descriptor.h"
#include "sim/arch/memory_attributes.h"
#include "sim/base/bits.h"
#include "sim/config/preset.h"
#include "tlb/tag.h"

namespace armature::mmu {

// One set of tables: a half of stage 1, or stage 2.
struct TableControls {
  bool walks_disabled = false;  // TCR_EL1.EPDn
  bool is_valid = false;        // TxSZ and SL0 are consistent; otherwise level 0 Translation faults
  std::uint8_t input_size = 0;  // bits of the input address
  std::uint8_t granule_log2 = 12;
  std::int8_t start_level = 0;
  // Of the table index at each level: how far the input address is shifted right, and which bits of
  // eight times the index there are.
  std::array<std::uint8_t, 4> index_shift{};
  std::array<std::uint64_t, 4> index_mask{};
  std::uint64_t root = 0;  // BADDR with its RES0 bits clear
  MemoryAttributes walk_attributes{};
  bool big_endian = false;
};

// Input addresses a stage accepts: (address & mask) == value; no address with a TxSZ out of range.
struct AddressCheck {
  std::uint64_t mask = 0, value = 0;
};

struct Controls {
  Regime regime = Regime::el10;
  bool stage1_on = false, stage2_on = false;
  bool is_cached = false;     // some stage is on: the TLBs are used
  tlb::ContextWord lookup{};  // what the micro-TLBs and the L2 TLB are asked for
  tlb::ContextWord walk_lookup{}, ipa_lookup{};
  Asid asid{};
  Vmid vmid{};
  bool asid_is_8_bits = false;
  AddressCheck check[2];    // by VA bit 55
  TableControls stage1[2];  // TTBR0 and TTBR1 half
  TableControls stage2{};
  std::uint64_t stage1_output_mask = 0;  // address bits above the stage 1 and stage 2 output sizes:
  std::uint64_t stage2_output_mask = 0;  // a set one is an Address size fault
  std::uint64_t mair = 0;
  MemoryAttributes stage1_off_data{}, stage1_off_fetch{};
  bool wxn = false;
  bool privileged = false;  // the current Exception level is, in this regime
  std::uint16_t read_rights = 0, write_rights = 0;  // of an entry that allow its loads and stores
  bool data_uncached = false, fetch_uncached = false;  // SCTLR.C/I = 0, HCR_EL2.CD/ID = 1
  bool stage1_data_uncached = false, stage2_data_uncached = false;  // SCTLR.C, HCR_EL2.CD alone
  bool protected_table_walk = false;                                // HCR_EL2.PTW
};

// Address of the descriptor of `input` in the table at `table`.
inline std::uint64_t descriptor_address(const TableControls& tables, std::uint64_t table,
                                        int level, std::uint64_t input) {
  const auto n = static_cast<unsigned>(level);
  return table | (input >> tables.index_shift[n] << 3 & tables.index_mask[n]);
}

Controls derive_controls(const TranslationContext& context, const CpuPreset& preset);

}  // namespace armature::mmu
