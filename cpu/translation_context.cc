#include "cpu/translation_context.h"

namespace armature::cpu {

mmu::TranslationContext translation_context_of(const CoreState& s, El el, bool has_el2) {
  mmu::TranslationContext c;
  c.el = el;
  c.has_el2 = has_el2;
  if (has_el2) {
    c.hcr = s[SysReg::HCR_EL2];
    c.vtcr = s[SysReg::VTCR_EL2];
    c.vttbr = s[SysReg::VTTBR_EL2];
    c.sctlr_el2 = s[SysReg::SCTLR_EL2];
  }
  if (el == El::el2) {
    c.regime = mmu::Regime::el2;
    c.sctlr = s[SysReg::SCTLR_EL2];
    c.tcr = s[SysReg::TCR_EL2];
    c.ttbr0 = s[SysReg::TTBR0_EL2];
    c.mair = s[SysReg::MAIR_EL2];
  } else {
    c.regime = mmu::Regime::el10;
    c.sctlr = s[SysReg::SCTLR_EL1];
    c.tcr = s[SysReg::TCR_EL1];
    c.ttbr0 = s[SysReg::TTBR0_EL1];
    c.ttbr1 = s[SysReg::TTBR1_EL1];
    c.mair = s[SysReg::MAIR_EL1];
  }
  return c;
}

}  // namespace armature::cpu
