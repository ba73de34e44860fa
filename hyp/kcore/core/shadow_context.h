// The registers of a vCPU while it does not run. KCore's alone: KServ sees what the mailbox names.
// The world switch (aarch64/) saves and restores all of it; the core changes what an emulated
// instruction changes.
#pragma once

#include <cstdint>

#include "hyp/abi/mailbox.h"

namespace armature::kcore {

// EL1 and EL0 System registers, in the order in which the world switch moves them. Not those that an
// AArch64 EL1 cannot reach (SPSR_abt.., DACR32_EL2, IFSR32_EL2), nor those whose use is trapped.
struct SystemRegisters {
  std::uint64_t sctlr_el1, cpacr_el1;
  std::uint64_t ttbr0_el1, ttbr1_el1, tcr_el1, mair_el1, amair_el1, contextidr_el1;
  std::uint64_t vbar_el1, esr_el1, far_el1, afsr0_el1, afsr1_el1, par_el1;
  std::uint64_t tpidr_el0, tpidrro_el0, tpidr_el1, csselr_el1, mdscr_el1;
  std::uint64_t sp_el0, sp_el1, elr_el1, spsr_el1;
  std::uint64_t vmpidr_el2;
};

struct alignas(16) VectorRegister {
  std::uint64_t low, high;
};

struct FloatingPoint {
  VectorRegister v[32];
  std::uint64_t fpsr, fpcr;
};

struct VirtualTimer {
  std::uint64_t control;  // CNTV_CTL_EL0, ISTATUS as of the exit
  std::uint64_t compare;  // CNTV_CVAL_EL0
  std::uint64_t cntkctl_el1;
};

struct VirtualInterface {
  std::uint64_t list_registers[abi::kMaxListRegisters];
  std::uint64_t vmcr, ap0r[4], ap1r[4];
};

struct ShadowContext {
  std::uint64_t x[31];
  std::uint64_t pc, pstate;
  SystemRegisters system;
  FloatingPoint fp;
  VirtualTimer timer;
  VirtualInterface gic;
};

}  // namespace armature::kcore
