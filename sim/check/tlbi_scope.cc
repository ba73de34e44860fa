#include "sim/check/tlbi_scope.h"

#include <array>

#include "sim/base/bits.h"

namespace armature::check {
namespace {

bool is_el2_op(Tlbi op) { return op >= Tlbi::alle2; }

bool has_va(Tlbi op) {
  return op == Tlbi::vae1 || op == Tlbi::vaae1 || op == Tlbi::vale1 || op == Tlbi::vaale1 ||
         op == Tlbi::vae2 || op == Tlbi::vale2;
}
bool has_asid(Tlbi op) { return op == Tlbi::vae1 || op == Tlbi::vale1 || op == Tlbi::aside1; }
bool is_last_level(Tlbi op) {
  return op == Tlbi::vale1 || op == Tlbi::vaale1 || op == Tlbi::vale2 || op == Tlbi::ipas2le1;
}

// VA[55:12] in bits 43..0, IPA[47:12] in bits 35..0.
bool address_is_in(std::uint64_t operand, unsigned high, const TableEntry& entry) {
  const std::uint64_t address = bits(operand, high, 0) << 12;
  return (address ^ entry.input) >> entry.size_log2 == 0;
}

}  // namespace

std::string tlbi_name(const Event& tlbi) {
  constexpr std::array<std::string_view, 13> kNames{
      "VMALLE1",  "VAE1",       "ASIDE1", "VAAE1", "VALE1", "VAALE1", "IPAS2E1",
      "IPAS2LE1", "VMALLS12E1", "ALLE1",  "ALLE2", "VAE2",  "VALE2"};
  const auto op = static_cast<std::size_t>(tlbi_op(tlbi));
  return std::string(op < kNames.size() ? kNames[op] : "?") + (is_broadcast(tlbi) ? "IS" : "");
}

bool names(const Event& tlbi, const Removed& removed) {
  const Tlbi op = tlbi_op(tlbi);
  const TableEntry& entry = removed.entry;
  if (is_el2_op(op) != (entry.regime == 1)) return false;
  if (entry.regime == 0 && op != Tlbi::alle1 && bits(tlbi.b, 15, 0) != entry.vmid) return false;
  if (op == Tlbi::ipas2e1 || op == Tlbi::ipas2le1) {
    return entry.stage == 2 && address_is_in(tlbi.a, 35, entry);
  }
  if (has_va(op)) return entry.stage == 1 && address_is_in(tlbi.a, 43, entry);
  return true;
}

bool covers_own_stage(const Event& tlbi, const Removed& removed) {
  const Tlbi op = tlbi_op(tlbi);
  const TableEntry& entry = removed.entry;
  if (!names(tlbi, removed)) return false;
  if (is_last_level(op) && removed.is_pointer) return false;
  const bool by_address = has_va(op) || op == Tlbi::ipas2e1 || op == Tlbi::ipas2le1;
  // One address of a removed table leaves the entries of all the others.
  if (by_address && removed.is_table) return false;
  if (entry.stage == 2) {
    return op == Tlbi::ipas2e1 || op == Tlbi::ipas2le1 || op == Tlbi::vmalls12e1 ||
           op == Tlbi::alle1;
  }
  if (op == Tlbi::ipas2e1 || op == Tlbi::ipas2le1) return false;
  if (op == Tlbi::aside1 && removed.is_global) return false;
  if (has_asid(op) && !removed.is_global && !entry.any_asid && bits(tlbi.a, 63, 48) != entry.asid) {
    return false;
  }
  return !(has_asid(op) && entry.any_asid && !removed.is_global);
}

bool covers_combined(const Event& tlbi) {
  const Tlbi op = tlbi_op(tlbi);
  return op == Tlbi::vmalle1 || op == Tlbi::vmalls12e1 || op == Tlbi::alle1;
}

}  // namespace armature::check
