// Which translation tables a TTBR or VTTBR names, told to the table frames when it is written.
#include "cpu/core.h"
#include "cpu/exception_routing.h"
#include "cpu/sysreg_values.h"
#include "cpu/translation_context.h"
#include "mmu/controls.h"
#include "mmu/descriptor.h"
#include "sim/arch/registers/control.h"
#include "sim/arch/registers/translation.h"

namespace armature::cpu {
namespace {

// An EL1&0 root is a PA when stage 2 is off for the EL1 that installs it; one that EL2 writes is a
// guest's, and its stage 2 may not be in place yet.
bool el1_root_is_physical(const Core& core) {
  if (!core.machine.has_el2) return true;
  const HcrEl2 hcr = effective_hcr(core);
  return core.state.ps.el == El::el1 && !hcr.has(hcr_el2::VM) && !hcr.has(hcr_el2::DC);
}

// The regime as its tables will be walked: both stages on, whatever is on now.
mmu::TranslationContext walking_context(const Core& core, mmu::Regime regime, Stage stage) {
  const El el = regime == mmu::Regime::el2 ? El::el2 : El::el1;
  mmu::TranslationContext c = translation_context_of(core.state, el, core.machine.has_el2);
  c.sctlr = Sctlr{c.sctlr}.with(sctlr::M, 1).value;
  c.hcr = HcrEl2{}.with(hcr_el2::VM, stage == Stage::stage2 ? 1 : 0).value;
  return c;
}

}  // namespace

void table_root_written(Core& core, SysReg reg) {
  mmu::TableRole role;
  mmu::RootRegister which = mmu::RootRegister::ttbr0_el1;
  if (reg == SysReg::TTBR1_EL1) which = mmu::RootRegister::ttbr1_el1;
  if (reg == SysReg::TTBR0_EL2) which = mmu::RootRegister::ttbr0_el2;
  if (reg == SysReg::VTTBR_EL2) which = mmu::RootRegister::vttbr_el2;
  role.regime = reg == SysReg::TTBR0_EL2 ? mmu::Regime::el2 : mmu::Regime::el10;
  role.stage = reg == SysReg::VTTBR_EL2 ? Stage::stage2 : Stage::stage1;

  const mmu::Controls controls =
      mmu::derive_controls(walking_context(core, role.regime, role.stage), core.machine.preset);
  const bool upper = reg == SysReg::TTBR1_EL1;
  const mmu::TableControls& tables =
      role.stage == Stage::stage2 ? controls.stage2 : controls.stage1[upper ? 1 : 0];
  role.vmid = controls.vmid;
  role.asid = controls.asid;
  role.granule_log2 = tables.granule_log2;
  role.big_endian = tables.big_endian;
  // While the size fields make no valid walk, only the change of root is told: walkers will see.
  bool is_physical = false;
  std::uint64_t bytes = kFrameBytes;
  role.root = PhysicalAddress{core.state[reg] & mask(47, 1)}.aligned_down(kFrameBytes);
  if (tables.is_valid) {
    is_physical = role.regime == mmu::Regime::el2 || role.stage == Stage::stage2 ||
                  el1_root_is_physical(core);
    bytes =
        8ull << (tables.input_size - mmu::size_log2_of(tables.start_level, tables.granule_log2));
    role.root = {tables.root};
    role.level = tables.start_level;
    role.input_log2 = tables.input_size;
    // VA bits 55..0: the upper half ends below 2^56.
    if (upper) role.input = (1ull << 56) - (1ull << tables.input_size);
  }
  role.pointer = role.root.value;
  core.machine.tables.root_installed(core.id, which, role, bytes, is_physical);
}

}  // namespace armature::cpu
