// SYS and SYSL: permission and traps first, then the effect.
#include "cpu/core.h"
#include "cpu/exception.h"
#include "cpu/exception_routing.h"
#include "cpu/syndrome.h"
#include "cpu/sysreg_access.h"
#include "cpu/system_instructions.h"
#include "cpu/translation_context.h"
#include "sim/arch/registers/translation.h"
#include "sim/base/bits.h"

namespace armature::cpu {
namespace {

// A SYS instruction being executed.
struct Sys {
  Core& core;
  const SystemInstruction& instruction;
  unsigned rt;            // 0..31
  std::uint64_t operand;  // Xt

  El el() const { return core.state.ps.el; }
  HcrEl2 hcr() const { return effective_hcr(core); }
};

unsigned rt_of(const Insn& insn) { return insn.rd > kZero ? kZero : insn.rd; }

Outcome trap(const Sys& sys, El target) {
  return trap_system(sys.core, target, ExceptionClass::msr_mrs,
                     system_iss(sys.instruction.encoding, sys.rt, SystemDirection::write));
}

bool hypervisor_traps_cache_op(HcrEl2 hcr, CacheOp op) {
  switch (op) {
    case CacheOp::dc_ivac:
    case CacheOp::dc_cvac:
    case CacheOp::dc_civac:
      return hcr.has(hcr_el2::TPC);
    case CacheOp::dc_isw:
    case CacheOp::dc_csw:
    case CacheOp::dc_cisw:
      return hcr.has(hcr_el2::TSW);
    case CacheOp::dc_zva:
      return hcr.has(hcr_el2::TDZ);
    case CacheOp::dc_cvau:
    case CacheOp::ic_ialluis:
    case CacheOp::ic_iallu:
    case CacheOp::ic_ivau:
      return hcr.has(hcr_el2::TPU);
    case CacheOp::count:
      break;
  }
  return false;
}

// The trap controls of EL1 for EL0, then those of EL2 for EL1 and EL0. True: taken.
bool is_trapped(const Sys& sys) {
  const SystemGroup group = sys.instruction.group;
  if (sys.el() == El::el2) return false;
  if (group == SystemGroup::tlbi) {
    if (!sys.hcr().has(hcr_el2::TTLB)) return false;
    trap(sys, El::el2);
    return true;
  }
  if (group == SystemGroup::at) return false;
  const auto op = static_cast<CacheOp>(sys.instruction.op);
  if (sys.el() == El::el0) {
    const Sctlr sctlr{sys.core.state[SysReg::SCTLR_EL1]};
    const bool enabled =
        op == CacheOp::dc_zva ? sctlr.has(sctlr_el1::DZE) : sctlr.has(sctlr_el1::UCI);
    if (!enabled) {
      trap(sys, El::el1);
      return true;
    }
  }
  if (!hypervisor_traps_cache_op(sys.hcr(), op)) return false;
  trap(sys, El::el2);
  return true;
}

// ---- DC and IC

void publish_maintenance(const Sys& sys, CacheOp op, PhysicalAddress pa) {
  sys.core.machine.events.publish(EventKind::cache_maintenance, sys.operand, pa.value, 0,
                                  static_cast<std::uint32_t>(op));
}

// A guest must not discard what lies under it: at EL1 with stage 2 (or DC) on, an invalidation also
// cleans (DC IVAC; DC ISW, which HCR_EL2.SWIO upgrades too).
CacheOp effective_cache_op(const Sys& sys, CacheOp op) {
  if (sys.el() != El::el1) return op;
  const HcrEl2 hcr = sys.hcr();
  const bool stage2 = hcr.has(hcr_el2::VM) || hcr.has(hcr_el2::DC);
  switch (op) {
    case CacheOp::dc_ivac:
      return stage2 ? CacheOp::dc_civac : op;
    case CacheOp::dc_isw:
      return stage2 || hcr.has(hcr_el2::SWIO) ? CacheOp::dc_cisw : op;
    case CacheOp::ic_iallu:
      return hcr.has(hcr_el2::FB) ? CacheOp::ic_ialluis : op;
    default:
      return op;
  }
}

cache::DataOp data_op_of(CacheOp op) {
  switch (op) {
    case CacheOp::dc_ivac:
    case CacheOp::dc_isw:
      return cache::DataOp::invalidate_poc;
    case CacheOp::dc_cvac:
    case CacheOp::dc_csw:
      return cache::DataOp::clean_poc;
    case CacheOp::dc_cvau:
      return cache::DataOp::clean_pou;
    default:
      return cache::DataOp::clean_invalidate_poc;
  }
}

Outcome by_address(const Sys& sys, CacheOp issued, CacheOp op) {
  Core& core = sys.core;
  // Only an invalidation, as the program issued it, needs write permission.
  PhysicalAddress pa{};
  if (!core.translate_maintenance(sys.operand, issued == CacheOp::dc_ivac, pa)) {
    return Outcome::fault;
  }
  publish_maintenance(sys, op, pa);
  cache::Hierarchy& caches = core.machine.caches;
  if (op == CacheOp::ic_ivau) {
    caches.instruction_by_address(pa);
    return Outcome::next;
  }
  const MemoryRegion* region = core.machine.memory.find(pa);
  if (region == nullptr || !region->is_ram) return Outcome::next;  // nothing there is ever cached
  Cycles cost{};
  caches.data_by_address(core.id, pa, data_op_of(op), cost);
  core.charge(cost);
  return Outcome::next;
}

Outcome by_set_way(const Sys& sys, CacheOp op) {
  publish_maintenance(sys, op, {});
  Cycles cost{};
  sys.core.machine.caches.data_by_set_way(sys.core.id, sys.operand, data_op_of(op), cost);
  sys.core.charge(cost);
  return Outcome::next;
}

Outcome execute_cache(const Sys& sys) {
  const auto issued = static_cast<CacheOp>(sys.instruction.op);
  const CacheOp op = effective_cache_op(sys, issued);
  switch (op) {
    case CacheOp::dc_isw:
    case CacheOp::dc_csw:
    case CacheOp::dc_cisw:
      return by_set_way(sys, op);
    case CacheOp::dc_zva:
      // A store, not maintenance: no cache_maintenance event.
      return sys.core.zero_block(sys.operand) ? Outcome::next : Outcome::fault;
    case CacheOp::ic_iallu:
      publish_maintenance(sys, op, {});
      sys.core.machine.caches.instruction_all(sys.core.id);
      return Outcome::next;
    case CacheOp::ic_ialluis:
      publish_maintenance(sys, op, {});
      sys.core.machine.caches.instruction_all_inner_shareable();
      return Outcome::next;
    default:
      return by_address(sys, issued, op);
  }
}

// ---- AT

struct AtTraits {
  El el;
  bool write;
  bool stages12;
};

AtTraits at_traits(AtOp op) {
  switch (op) {
    case AtOp::s1e1r:
      return {El::el1, false, false};
    case AtOp::s1e1w:
      return {El::el1, true, false};
    case AtOp::s1e0r:
      return {El::el0, false, false};
    case AtOp::s1e0w:
      return {El::el0, true, false};
    case AtOp::s1e2r:
      return {El::el2, false, false};
    case AtOp::s1e2w:
      return {El::el2, true, false};
    case AtOp::s12e1r:
      return {El::el1, false, true};
    case AtOp::s12e1w:
      return {El::el1, true, true};
    case AtOp::s12e0r:
      return {El::el0, false, true};
    case AtOp::s12e0w:
      return {El::el0, true, true};
  }
  return {};
}

// The regime an AT names, which need not be the current one.

Outcome execute_at(const Sys& sys) {
  Core& core = sys.core;
  const AtTraits traits = at_traits(static_cast<AtOp>(sys.instruction.op));
  AccessDescriptor access;
  access.kind = AccessKind::address_translation;
  access.write = traits.write;
  access.privileged = traits.el != El::el0;
  Cycles cost{};
  mmu::TranslationContext context =
      translation_context_of(core.state, traits.el, core.machine.has_el2);
  context.el = core.state.ps.el;  // the instruction's regime, but the level that executes it
  const mmu::Mmu::AtResult result =
      core.mmu.address_translate(context, {sys.operand}, traits.stages12, access, cost);
  core.charge(cost);
  if (result.trap) return data_abort(core, sys.operand, result.fault, access);
  core.state[SysReg::PAR_EL1] = result.par;
  return Outcome::next;
}

// ---- TLBI

bool takes_asid(tlb::TlbiOp op) {
  return op == tlb::TlbiOp::vae1 || op == tlb::TlbiOp::vale1 || op == tlb::TlbiOp::aside1;
}

// The ASID of the operand, bits 63:48: 8 bits only while TCR_EL1.AS = 0 or where no more exist.
std::uint64_t mask_asid(const Core& core, std::uint64_t operand) {
  const bool sixteen_bits =
      core.machine.preset.asid_bits == 16 && Tcr{core.state[SysReg::TCR_EL1]}.has(tcr_el1::AS);
  return sixteen_bits ? operand : insert_bits(operand, 63, 56, 0);
}

Vmid current_vmid(const Core& core) {
  if (!core.machine.has_el2) return {0};
  const unsigned width = core.machine.preset.vmid_bits;
  return {static_cast<std::uint16_t>(bits(core.state[SysReg::VTTBR_EL2], 47 + width, 48))};
}

Outcome execute_tlbi(const Sys& sys) {
  Core& core = sys.core;
  tlb::Invalidation invalidation;
  invalidation.op = static_cast<tlb::TlbiOp>(sys.instruction.op);
  invalidation.broadcast =
      sys.instruction.inner_shareable || (sys.el() == El::el1 && sys.hcr().has(hcr_el2::FB));
  invalidation.operand = takes_asid(invalidation.op) ? mask_asid(core, sys.operand) : sys.operand;
  invalidation.vmid = current_vmid(core);
  invalidation.issuer = core.id;
  core.machine.part_windows();
  core.machine.shootdown.issue(invalidation);
  return Outcome::next;
}

// HCR_EL2.TIDCP: the encodings reserved for IMPLEMENTATION DEFINED functionality, CRn 11 and 15.
// CHOICE: only EL1 traps; at EL0 they are UNDEFINED.
bool implementation_defined_trap(const Core& core, std::uint16_t encoding) {
  const auto crn = static_cast<unsigned>(bits(encoding, 10, 7));
  return (crn == 11 || crn == 15) && core.state.ps.el == El::el1 &&
         effective_hcr(core).has(hcr_el2::TIDCP);
}

Outcome unallocated(Core& core, const Insn& insn, SystemDirection direction) {
  const auto encoding = static_cast<std::uint16_t>(insn.imm);
  if (!implementation_defined_trap(core, encoding)) return undefined(core);
  return trap_system(core, El::el2, ExceptionClass::msr_mrs,
                     system_iss(encoding, rt_of(insn), direction));
}

}  // namespace

Outcome execute_sys(Core& core, const Insn& insn) {
  const SystemInstruction* instruction =
      find_system_instruction(static_cast<std::uint16_t>(insn.imm));
  if (instruction == nullptr) return unallocated(core, insn, SystemDirection::write);
  const El lowest = static_cast<El>(instruction->lowest_el);
  if (core.state.ps.el < lowest) return undefined(core);
  const Sys sys{core, *instruction, rt_of(insn), core.state.x[rt_of(insn)]};
  if (is_trapped(sys)) return Outcome::fault;
  switch (instruction->group) {
    case SystemGroup::dc:
    case SystemGroup::ic:
      return execute_cache(sys);
    case SystemGroup::at:
      return execute_at(sys);
    case SystemGroup::tlbi:
      return execute_tlbi(sys);
  }
  return undefined(core);
}

Outcome execute_sysl(Core& core, const Insn& insn) {
  return unallocated(core, insn, SystemDirection::read);
}

}  // namespace armature::cpu
