// Which translation table a TTBR or VTTBR names, told to the table frames when it is written.
#include <algorithm>

#include "cpu/core.h"
#include "cpu/exception_routing.h"
#include "cpu/sysreg_values.h"
#include "sim/arch/registers/control.h"
#include "sim/arch/registers/translation.h"

namespace armature::cpu {
namespace {

struct Geometry {
  unsigned granule_log2 = 12;
  unsigned input_log2 = 48;
  int level = 0;
  std::uint64_t bytes = kFrameBytes;
};

constexpr unsigned kInputLog2Min = 25, kInputLog2Max = 48;

constexpr unsigned stride(unsigned granule_log2) { return granule_log2 - 3; }

unsigned input_size(std::uint64_t txsz) {
  return std::clamp(64u - static_cast<unsigned>(txsz), kInputLog2Min, kInputLog2Max);
}

// The bytes of the first table(s) when the walk starts at `level`.
std::uint64_t table_bytes(unsigned input_log2, unsigned granule_log2, int level) {
  const unsigned resolved_below =
      granule_log2 + stride(granule_log2) * (3u - static_cast<unsigned>(level));
  const unsigned index_bits = input_log2 > resolved_below ? input_log2 - resolved_below : 0;
  return 8ull << std::min(index_bits, stride(granule_log2) + 4);  // at most 16 concatenated
}

Geometry stage1_geometry(std::uint64_t txsz, unsigned granule_log2) {
  Geometry g;
  g.granule_log2 = granule_log2;
  g.input_log2 = input_size(txsz);
  const unsigned levels =
      (g.input_log2 - granule_log2 + stride(granule_log2) - 1) / stride(granule_log2);
  g.level = 4 - static_cast<int>(levels);
  g.bytes = table_bytes(g.input_log2, granule_log2, g.level);
  return g;
}

constexpr unsigned granule_of_tg0(std::uint64_t tg0) {
  return tg0 == 0b01 ? 16 : tg0 == 0b10 ? 14 : 12;
}
constexpr unsigned granule_of_tg1(std::uint64_t tg1) {
  return tg1 == 0b11 ? 16 : tg1 == 0b01 ? 14 : 12;
}

Geometry stage2_geometry(VtcrEl2 vtcr) {
  Geometry g;
  g.granule_log2 = granule_of_tg0(vtcr[vtcr_el2::TG0]);
  g.input_log2 = input_size(vtcr[vtcr_el2::T0SZ]);
  const int first = g.granule_log2 == 12 ? 2 : 3;
  g.level = std::max(0, first - static_cast<int>(vtcr[vtcr_el2::SL0]));
  g.bytes = table_bytes(g.input_log2, g.granule_log2, g.level);
  return g;
}

// An EL1&0 root is a PA when stage 2 is off for the EL1 that installs it; one that EL2 writes is a
// guest's, and its stage 2 may not be in place yet.
bool el1_root_is_physical(const Core& core) {
  if (!core.machine.has_el2) return true;
  const HcrEl2 hcr = effective_hcr(core);
  return core.state.ps.el == El::el1 && !hcr.has(hcr_el2::VM) && !hcr.has(hcr_el2::DC);
}

}  // namespace

void table_root_written(Core& core, SysReg reg) {
  const CoreState& s = core.state;
  mmu::TableRole role;
  mmu::RootRegister which = mmu::RootRegister::ttbr0_el1;
  Geometry geometry;
  bool is_physical = true;
  std::uint64_t sctlr = s[SysReg::SCTLR_EL2];
  if (reg == SysReg::VTTBR_EL2) {
    which = mmu::RootRegister::vttbr_el2;
    role.stage = Stage::stage2;
    geometry = stage2_geometry({s[SysReg::VTCR_EL2]});
  } else if (reg == SysReg::TTBR0_EL2) {
    which = mmu::RootRegister::ttbr0_el2;
    role.regime = mmu::Regime::el2;
    const Tcr tcr{s[SysReg::TCR_EL2]};
    geometry = stage1_geometry(tcr[tcr::T0SZ], granule_of_tg0(tcr[tcr::TG0]));
  } else {
    const Tcr tcr{s[SysReg::TCR_EL1]};
    const bool upper = reg == SysReg::TTBR1_EL1;
    which = upper ? mmu::RootRegister::ttbr1_el1 : mmu::RootRegister::ttbr0_el1;
    geometry = upper
                   ? stage1_geometry(tcr[tcr_el1::T1SZ], granule_of_tg1(tcr[tcr_el1::TG1]))
                   : stage1_geometry(tcr[tcr::T0SZ], granule_of_tg0(tcr[tcr::TG0]));
    const SysReg holder = tcr.has(tcr_el1::A1) ? SysReg::TTBR1_EL1 : SysReg::TTBR0_EL1;
    role.asid = {static_cast<std::uint16_t>(Ttbr{s[holder]}[ttbr::ASID])};
    // VA bits 55..0 of the half: the upper one starts below 2^56.
    if (upper) role.input = (1ull << 56) - (1ull << geometry.input_log2);
    is_physical = el1_root_is_physical(core);
    sctlr = s[SysReg::SCTLR_EL1];
  }
  if (core.machine.has_el2 && role.regime == mmu::Regime::el10) {
    const VttbrEl2 vttbr{s[SysReg::VTTBR_EL2]};
    role.vmid = {static_cast<std::uint16_t>(vttbr[vttbr_el2::VMID])};
  }
  role.root = {s[reg] & mask(47, 1)};
  role.level = static_cast<std::int8_t>(geometry.level);
  role.granule_log2 = static_cast<std::uint8_t>(geometry.granule_log2);
  role.input_log2 = static_cast<std::uint8_t>(geometry.input_log2);
  role.big_endian = Sctlr{sctlr}.has(sctlr::EE);
  core.machine.tables.root_installed(core.id, which, role, geometry.bytes, is_physical);
}

}  // namespace armature::cpu
