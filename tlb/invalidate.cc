#include "tlb/invalidate.h"

#include <array>

namespace armature::tlb {
namespace {

bool is_stage1_or_combined(const Entry& entry) { return entry.kind != EntryKind::stage2_only; }

bool is_el10_of(const Entry& entry, Vmid vmid) {
  return entry.regime == Regime::el10 && entry.vmid == vmid;
}

// An entry made from a stage 1 block is hit by any address of that block, also when stage 2 made
// it cover less: software that changes one descriptor issues one operation.
bool covers_va(const Entry& entry, std::uint64_t operand) {
  return is_stage1_or_combined(entry) &&
         (entry.input ^ operand_va(operand).value) >> entry.stage1_size_log2 == 0;
}

bool covers_ipa(const Entry& entry, std::uint64_t operand) {
  return entry.kind == EntryKind::stage2_only &&
         (entry.input ^ operand_ipa(operand).value) >> entry.size_log2 == 0;
}

bool has_asid(const Entry& entry, std::uint64_t operand) {
  const Asid asid = operand_asid(operand);
  return entry.asid.value == (entry.asid_is_8_bits ? asid.value & 0xff : asid.value);
}

// By VA and ASID: an entry above the final level needs the ASID; a global one of the final level
// does not.
bool has_asid_or_is_global(const Entry& entry, std::uint64_t operand) {
  return (entry.global && !entry.table_pointer) || has_asid(entry, operand);
}

bool is_final_level(const Entry& entry) { return !entry.table_pointer; }

}  // namespace

VirtualAddress operand_va(std::uint64_t operand) { return {bits(operand, 43, 0) << 12}; }
IntermediateAddress operand_ipa(std::uint64_t operand) { return {bits(operand, 35, 0) << 12}; }
Asid operand_asid(std::uint64_t operand) {
  return {static_cast<std::uint16_t>(bits(operand, 63, 48))};
}

// Low address bits of the operand that the granule in use makes meaningless (bits 15..12 with
// 64 KB) fall out of the comparison, because an entry covers at least its granule.
bool is_removed_by(const Entry& entry, const Invalidation& invalidation) {
  const std::uint64_t xt = invalidation.operand;
  const bool here = is_el10_of(entry, invalidation.vmid);
  switch (invalidation.op) {
    case TlbiOp::vmalle1:
      return here && is_stage1_or_combined(entry);
    case TlbiOp::vae1:
      return here && covers_va(entry, xt) && has_asid_or_is_global(entry, xt);
    case TlbiOp::aside1:
      return here && is_stage1_or_combined(entry) && !entry.global && has_asid(entry, xt);
    case TlbiOp::vaae1:
      return here && covers_va(entry, xt);
    case TlbiOp::vale1:
      return here && covers_va(entry, xt) && has_asid_or_is_global(entry, xt) &&
             is_final_level(entry);
    case TlbiOp::vaale1:
      return here && covers_va(entry, xt) && is_final_level(entry);
    case TlbiOp::ipas2e1:
      return here && covers_ipa(entry, xt);
    case TlbiOp::ipas2le1:
      return here && covers_ipa(entry, xt) && is_final_level(entry);
    case TlbiOp::vmalls12e1:
      return here;
    case TlbiOp::alle1:
      return entry.regime == Regime::el10;
    case TlbiOp::alle2:
      return entry.regime == Regime::el2;
    case TlbiOp::vae2:
      return entry.regime == Regime::el2 && covers_va(entry, xt);
    case TlbiOp::vale2:
      return entry.regime == Regime::el2 && covers_va(entry, xt) && is_final_level(entry);
    case TlbiOp::count:
      break;
  }
  return false;
}

std::optional<std::uint64_t> address_operand(const Invalidation& invalidation) {
  switch (invalidation.op) {
    case TlbiOp::vae1:
    case TlbiOp::vaae1:
    case TlbiOp::vale1:
    case TlbiOp::vaale1:
    case TlbiOp::vae2:
    case TlbiOp::vale2:
      return operand_va(invalidation.operand).value;
    case TlbiOp::ipas2e1:
    case TlbiOp::ipas2le1:
      return operand_ipa(invalidation.operand).value;
    default:
      return std::nullopt;
  }
}

std::string_view tlbi_op_name(TlbiOp op) {
  constexpr std::array<std::string_view, static_cast<unsigned>(TlbiOp::count)> names{
      "VMALLE1",  "VAE1",       "ASIDE1", "VAAE1", "VALE1", "VAALE1", "IPAS2E1",
      "IPAS2LE1", "VMALLS12E1", "ALLE1",  "ALLE2", "VAE2",  "VALE2"};
  return names[static_cast<unsigned>(op)];
}

}  // namespace armature::tlb
