// What system registers hold after reset, read and do when written.
#include "sim/arch/registers/control.h"
#include "sim/arch/registers/debug.h"
#include "sim/arch/registers/identification.h"
#include "sim/arch/registers/timer.h"
#include "sim/arch/registers/translation.h"
#include "tests/cpu/sysreg_bench.h"

namespace armature::cpu::testing {
namespace {

using Values = SysregFixture;

class ValuesWithoutEl2 : public SysregFixture {
 protected:
  ValuesWithoutEl2() : SysregFixture({.has_el2 = false}) {}
};

class ValuesOfTwoCores : public SysregFixture {
 protected:
  ValuesOfTwoCores() : SysregFixture({.cores = 2}) {}
};

// Read by a bare-metal program on QEMU 7.2's models of the same parts.
struct PartId {
  const char* preset;
  std::uint64_t midr, mmfr0, ctr, pmcr, ccsidr_l1d, ccsidr_l1i, ccsidr_l2;
};
constexpr PartId kParts[] = {
    {"cortex-a53", 0x410f'd034, 0x1122, 0x8444'8004, 0x4103'3000, 0x700f'e01a, 0x201f'e00a,
     0x707f'e07a},
    {"cortex-a57", 0x411f'd070, 0x1124, 0x8444'c004, 0x4101'3000, 0x701f'e00a, 0x201f'e012,
     0x70ff'e07a},
    {"cortex-a72", 0x410f'd083, 0x1124, 0x8444'c004, 0x4102'3000, 0x701f'e00a, 0x201f'e012,
     0x707f'e07a},
};

class ValuesOfParts : public SysregFixture, public ::testing::WithParamInterface<PartId> {
 protected:
  ValuesOfParts() : SysregFixture({.preset = GetParam().preset}) {}
};
INSTANTIATE_TEST_SUITE_P(All, ValuesOfParts, ::testing::ValuesIn(kParts));

TEST_P(ValuesOfParts, IdentificationIsThatOfTheReferenceModel) {
  const PartId& part = GetParam();
  enter(El::el2);
  EXPECT_EQ(read(SysReg::MIDR_EL1), part.midr);
  EXPECT_EQ(read(SysReg::MPIDR_EL1), 0x8000'0000u);
  EXPECT_EQ(read(SysReg::REVIDR_EL1), 0u);
  EXPECT_EQ(read(SysReg::CTR_EL0), part.ctr);
  EXPECT_EQ(read(SysReg::CLIDR_EL1), 0x0a20'0023u);
  EXPECT_EQ(read(SysReg::DCZID_EL0), 4u);
  EXPECT_EQ(read(SysReg::ID_AA64DFR0_EL1), 0x1030'5106u);
  EXPECT_EQ(read(SysReg::ID_AA64ISAR0_EL1), 0x1'1120u);
  EXPECT_EQ(read(SysReg::ID_AA64MMFR0_EL1), part.mmfr0);
  EXPECT_EQ(read(SysReg::ID_AA64MMFR1_EL1), 0u);
  EXPECT_EQ(read(SysReg::PMCR_EL0), part.pmcr);
  // The reference has AArch32 at EL0 to EL2 (0x0100'0222); this one has not.
  EXPECT_EQ(read(SysReg::ID_AA64PFR0_EL1), 0x0100'0111u);
}

TEST_P(ValuesOfParts, CcsidrFollowsCsselr) {
  const PartId& part = GetParam();
  const auto selected = [&](std::uint64_t csselr) {
    write(SysReg::CSSELR_EL1, csselr);
    return read(SysReg::CCSIDR_EL1);
  };
  EXPECT_EQ(selected(0), part.ccsidr_l1d);
  EXPECT_EQ(selected(1), part.ccsidr_l1i);
  EXPECT_EQ(selected(2), part.ccsidr_l2);
  EXPECT_EQ(selected(4), 0u);
}

// The same for the registers that a reset sets; CPTR_EL2, SCTLR_EL2 and HCR_EL2.RW are the
// manual's where that model has 0.
TEST_F(Values, ResetValuesAreThoseOfTheReferenceModelOrOfTheManual) {
  core().reset({kCode}, 0);
  EXPECT_EQ(read(SysReg::SCTLR_EL1), 0x00c5'0838u);
  EXPECT_EQ(read(SysReg::SCTLR_EL2), 0x30c5'0830u);
  EXPECT_EQ(read(SysReg::CPACR_EL1), 0u);
  EXPECT_EQ(read(SysReg::CPTR_EL2), 0x33ffu);
  EXPECT_EQ(read(SysReg::HCR_EL2), 0x8000'0000u);
  EXPECT_EQ(read(SysReg::MDCR_EL2), 6u);
  EXPECT_EQ(read(SysReg::VPIDR_EL2), 0x411f'd070u);
  EXPECT_EQ(read(SysReg::VMPIDR_EL2), 0x8000'0000u);
  EXPECT_EQ(read(SysReg::CNTFRQ_EL0), 62'500'000u);
  EXPECT_EQ(read(SysReg::CNTHCTL_EL2), 3u);
  EXPECT_EQ(read(SysReg::CNTKCTL_EL1), 0u);
  EXPECT_EQ(read(SysReg::OSLSR_EL1), 0xau);
  EXPECT_EQ(read(SysReg::MDSCR_EL1), 0u);
  EXPECT_EQ(read(SysReg::DAIF), 0x3c0u);
  EXPECT_EQ(read(SysReg::CurrentEL), 8u);
  EXPECT_EQ(read(SysReg::SPSel), 1u);
}

TEST_F(ValuesWithoutEl2, TheIdentificationDoesNotShowEl2) {
  EXPECT_EQ(IdAa64pfr0{read(SysReg::ID_AA64PFR0_EL1)}[id_aa64pfr0::EL2], 0u);
  EXPECT_EQ(read(SysReg::CurrentEL), 4u);
}

TEST_F(ValuesOfTwoCores, TheAffinityOfACoreIsItsNumber) {
  EXPECT_EQ(sys(SysReg::MPIDR_EL1, 0), 0x8000'0000u);
  EXPECT_EQ(sys(SysReg::MPIDR_EL1, 1), 0x8000'0001u);
  EXPECT_EQ(sys(SysReg::VMPIDR_EL2, 1), 0x8000'0001u);
}

TEST_F(Values, El1SeesTheVirtualIdentification) {
  enter(El::el2);
  write(SysReg::VPIDR_EL2, 0x1234);
  write(SysReg::VMPIDR_EL2, 0x8000'0a0b);
  EXPECT_EQ(read(SysReg::MIDR_EL1), 0x411f'd070u);
  EXPECT_EQ(read(SysReg::MPIDR_EL1), 0x8000'0000u);
  enter(El::el1);
  EXPECT_EQ(read(SysReg::MIDR_EL1), 0x1234u);
  EXPECT_EQ(read(SysReg::MPIDR_EL1), 0x8000'0a0bu);
}

TEST_F(Values, DczidSaysWhereZeroingIsProhibited) {
  const auto prohibited = [&] { return Dczid{read(SysReg::DCZID_EL0)}.has(dczid::DZP); };
  EXPECT_FALSE(prohibited());
  sys(SysReg::HCR_EL2) = HcrEl2{sys(SysReg::HCR_EL2)}.with(hcr_el2::TDZ, 1).value;
  EXPECT_TRUE(prohibited());
  enter(El::el2);
  EXPECT_FALSE(prohibited());
  sys(SysReg::HCR_EL2) = HcrEl2{sys(SysReg::HCR_EL2)}.with(hcr_el2::TDZ, 0).value;
  sys(SysReg::SCTLR_EL1) = Sctlr{sys(SysReg::SCTLR_EL1)}.with(sctlr_el1::DZE, 0).value;
  enter(El::el0, 0);
  EXPECT_TRUE(prohibited());
  sys(SysReg::SCTLR_EL1) = Sctlr{sys(SysReg::SCTLR_EL1)}.with(sctlr_el1::DZE, 1).value;
  enter(El::el0, 0);
  EXPECT_FALSE(prohibited());
}

TEST_F(Values, AArch32IdentificationReadsAsZero) {
  EXPECT_EQ(read(SysReg::ID_PFR0_EL1), 0u);
  EXPECT_EQ(read(SysReg::MVFR0_EL1), 0u);
}

// ---- writable bits

TEST_F(Values, ReservedBitsDoNotChange) {
  enter(El::el2);
  write(SysReg::CPTR_EL2, 0);
  EXPECT_EQ(read(SysReg::CPTR_EL2), 0x33ffu);
  write(SysReg::CPTR_EL2, ~0ull);
  EXPECT_EQ(read(SysReg::CPTR_EL2), 0x8000'37ffu);
  write(SysReg::HCR_EL2, 0);
  EXPECT_EQ(read(SysReg::HCR_EL2), 0x8000'0000u);  // RW: EL1 is AArch64 only
  write(SysReg::HCR_EL2, ~0ull);
  EXPECT_EQ(read(SysReg::HCR_EL2), 0x3'ffff'ffffu);  // no E2H and above
  write(SysReg::HCR_EL2, 0);
  write(SysReg::VBAR_EL2, ~0ull);
  EXPECT_EQ(read(SysReg::VBAR_EL2), ~0x7ffull);
  write(SysReg::HPFAR_EL2, ~0ull);
  EXPECT_EQ(read(SysReg::HPFAR_EL2), 0xff'ffff'fff0u);
  write(SysReg::ACTLR_EL1, ~0ull);
  EXPECT_EQ(read(SysReg::ACTLR_EL1), 0u);
}

TEST_F(Values, VttbrHasAnEightBitVmid) {
  enter(El::el2);
  write(SysReg::VTTBR_EL2, ~0ull);
  EXPECT_EQ(read(SysReg::VTTBR_EL2), 0x00ff'ffff'ffff'fffeu);
  write(SysReg::VTTBR_EL2, 0);
}

TEST_F(Values, FpcrKeepsTheBitsOfArmv80Only) {
  sys(SysReg::CPACR_EL1) = CpacrEl1{}.with(cpacr_el1::FPEN, 3).value;
  core().context_changed();
  write(SysReg::FPCR, ~0ull);
  EXPECT_EQ(read(SysReg::FPCR), 0x07c0'0000u);
  write(SysReg::FPSR, ~0ull);
  EXPECT_EQ(read(SysReg::FPSR), 0x0800'009fu);
}

// ---- PSTATE and stack pointers

TEST_F(Values, NzcvHoldsTheFlags) {
  write(SysReg::NZCV, ~0ull);
  EXPECT_EQ(state().nzcv, 0xf000'0000u);
  EXPECT_EQ(read(SysReg::NZCV), 0xf000'0000u);
}

TEST_F(Values, DaifSetAndDaifClrChangeTheirBitsOnly) {
  write(SysReg::DAIF, 0);
  EXPECT_EQ(state().ps.daif, 0u);
  EXPECT_EQ(msr_immediate(3, 0b0010, 6), Outcome::sync);
  EXPECT_EQ(read(SysReg::DAIF), 0x080u);
  EXPECT_EQ(msr_immediate(3, 0b1101, 6), Outcome::sync);
  EXPECT_EQ(msr_immediate(3, 0b0110, 7), Outcome::sync);
  EXPECT_EQ(read(SysReg::DAIF), 0x240u);
}

TEST_F(Values, ChangingTheMasksLooksForInterrupts) {
  core().interrupts_changed = false;
  EXPECT_EQ(write(SysReg::DAIF, 0), Outcome::sync);
  EXPECT_TRUE(core().interrupts_changed);
}

TEST_F(Values, SpSelExchangesTheStackPointers) {
  state().x[kSp] = 0x1110;
  sys(SysReg::SP_EL0) = 0x2220;
  msr_immediate(0, 0, 5);
  EXPECT_EQ(state().x[kSp], 0x2220u);
  EXPECT_EQ(sys(SysReg::SP_EL1), 0x1110u);
  write(SysReg::SPSel, 1);
  EXPECT_EQ(state().x[kSp], 0x1110u);
  EXPECT_EQ(read(SysReg::SP_EL0), 0x2220u);
}

TEST_F(Values, El2ReadsTheStackPointersOfBelow) {
  state().x[kSp] = 0x1110;
  enter(El::el2);
  EXPECT_EQ(read(SysReg::SP_EL1), 0x1110u);
  write(SysReg::SP_EL1, 0x3330);
  enter(El::el1);
  EXPECT_EQ(state().x[kSp], 0x3330u);
}

TEST_F(Values, PeekSeesTheSelectedStackPointer) {
  state().x[kSp] = 0x1110;
  EXPECT_EQ(peek_sysreg(core(), SysReg::SP_EL1), 0x1110u);
  poke_sysreg(core(), SysReg::SP_EL1, 0x4440);
  EXPECT_EQ(state().x[kSp], 0x4440u);
}

// ---- how the core goes on

TEST_F(Values, WhatTranslationDependsOnSynchronises) {
  for (const SysReg reg :
       {SysReg::SCTLR_EL1, SysReg::TTBR0_EL1,      SysReg::TTBR1_EL1,   SysReg::TCR_EL1,
        SysReg::MAIR_EL1,  SysReg::CONTEXTIDR_EL1, SysReg::CPACR_EL1,   SysReg::SCTLR_EL2,
        SysReg::HCR_EL2,   SysReg::VTTBR_EL2,      SysReg::VTCR_EL2,    SysReg::TTBR0_EL2,
        SysReg::TCR_EL2,   SysReg::MAIR_EL2,       SysReg::CPTR_EL2,    SysReg::MDSCR_EL1,
        SysReg::MDCR_EL2,  SysReg::DBGBCR0_EL1,    SysReg::DBGWVR1_EL1, SysReg::OSLAR_EL1}) {
    enter(El::el2);
    core().context_dirty = false;
    EXPECT_EQ(write(reg, peek_sysreg(core(), reg)), Outcome::sync) << sysreg_info(reg).name;
    EXPECT_TRUE(core().context_dirty) << sysreg_info(reg).name;
  }
}

TEST_F(Values, ScratchRegistersDoNotSynchronise) {
  enter(El::el2);
  for (const SysReg reg : {SysReg::TPIDR_EL0, SysReg::TPIDR_EL1, SysReg::TPIDR_EL2,
                           SysReg::TPIDRRO_EL0, SysReg::ELR_EL1, SysReg::SPSR_EL2, SysReg::ESR_EL1,
                           SysReg::FAR_EL2, SysReg::VBAR_EL1, SysReg::PAR_EL1, SysReg::SP_EL0}) {
    core().context_dirty = false;
    EXPECT_EQ(write(reg, 0x800), Outcome::next) << sysreg_info(reg).name;
    EXPECT_EQ(read(reg), 0x800u) << sysreg_info(reg).name;
    EXPECT_FALSE(core().context_dirty) << sysreg_info(reg).name;
  }
}

// ---- events

TEST_F(Values, EveryWriteIsAnEvent) {
  sys(SysReg::TPIDR_EL1) = 5;
  write(SysReg::TPIDR_EL1, 7);
  Event event = log.last(EventKind::sysreg_write);
  EXPECT_EQ(event.a, 7u);
  EXPECT_EQ(event.b, 5u);
  EXPECT_EQ(event.d, static_cast<std::uint32_t>(SysReg::TPIDR_EL1));
  EXPECT_EQ(event.pc, kCode + 0u);
  write(SysReg::DAIF, 0);
  event = log.last(EventKind::sysreg_write);
  EXPECT_EQ(event.b, 0x3c0u);
  EXPECT_EQ(event.d, static_cast<std::uint32_t>(SysReg::DAIF));
}

TEST_F(Values, SpecialisedHandlersMeanTheSameAsTheGeneralOnes) {
  for (const SysRegInfo& info : sysreg_table()) {
    for (const El el : {El::el0, El::el1, El::el2}) {
      for (const bool is_read : {true, false}) {
        const Handler special = is_read ? mrs_handler(info.encoding) : msr_handler(info.encoding);
        const Handler general = is_read ? execute_mrs : execute_msr;
        if (special == general) continue;
        CoreState after[2];
        Outcome outcome[2];
        for (unsigned n = 0; n < 2; ++n) {
          state() = {};
          core().reset({kCode}, 0);
          sys(SysReg::TPIDR_EL1) = 0x11;
          enter(el, el == El::el0 ? 0 : 1);
          state().x[0] = 0x77;
          outcome[n] = execute(n == 0 ? special : general, instruction(info.encoding, is_read, 0));
          after[n] = state();
        }
        EXPECT_EQ(outcome[0], outcome[1]) << info.name;
        EXPECT_EQ(after[0], after[1]) << info.name;
      }
    }
  }
}

// ---- debug

TEST_F(Values, TheOsLockIsSetAndClearedThroughOslar) {
  write(SysReg::OSLAR_EL1, 1);
  EXPECT_EQ(read(SysReg::OSLSR_EL1), 0xau);
  write(SysReg::OSLAR_EL1, 0);
  EXPECT_EQ(read(SysReg::OSLSR_EL1), 0x8u);
}

TEST_F(Values, TheOsLockOpensTheExternalBitsOfMdscr) {
  write(SysReg::OSLAR_EL1, 0);
  write(SysReg::MDSCR_EL1, ~0ull);
  EXPECT_EQ(read(SysReg::MDSCR_EL1), 0xb001u);
  write(SysReg::OSLAR_EL1, 1);
  write(SysReg::MDSCR_EL1, ~0ull);
  EXPECT_EQ(read(SysReg::MDSCR_EL1), 0x6ce0'f041u);
  write(SysReg::MDSCR_EL1, 0);
}

TEST_F(Values, ClaimTagsAreSetAndClearedByBit) {
  EXPECT_EQ(read(SysReg::DBGCLAIMSET_EL1), 0xffu);
  write(SysReg::DBGCLAIMSET_EL1, 0x15);
  write(SysReg::DBGCLAIMCLR_EL1, 0x01);
  EXPECT_EQ(read(SysReg::DBGCLAIMCLR_EL1), 0x14u);
}

// ---- Generic Timer

class Timers : public SysregFixture {
 protected:
  void at_tick(std::uint64_t tick) { state().cycles = {tick * kSixteenthsPerTick}; }
};

TEST_F(Timers, TheCountIsSimulatedTimeInTicks) {
  at_tick(1000);
  EXPECT_EQ(read(SysReg::CNTPCT_EL0), 1000u);
  at_tick(2000);
  EXPECT_EQ(read(SysReg::CNTVCT_EL0), 2000u);
}

TEST_F(Timers, TheVirtualCountIsOffset) {
  enter(El::el2);
  write(SysReg::CNTVOFF_EL2, 300);
  at_tick(1000);
  EXPECT_EQ(read(SysReg::CNTVCT_EL0), 700u);
  EXPECT_EQ(read(SysReg::CNTPCT_EL0), 1000u);
}

TEST_F(Timers, TheCountNeverGoesBackwards) {
  machine->counter.highest = 5000;
  at_tick(1000);
  EXPECT_EQ(read(SysReg::CNTPCT_EL0), 5000u);
}

TEST_F(Timers, TimerValueIsTheSignedDistanceToTheCompareValue) {
  at_tick(1000);
  write(SysReg::CNTP_TVAL_EL0, 50);
  EXPECT_EQ(read(SysReg::CNTP_CVAL_EL0), 1050u);
  write(SysReg::CNTP_TVAL_EL0, 0xffff'fff0);  // -16
  EXPECT_EQ(read(SysReg::CNTP_CVAL_EL0), 984u);
  at_tick(1010);
  EXPECT_EQ(read(SysReg::CNTP_TVAL_EL0), 0xffff'ffe6u);
}

TEST_F(Timers, TheVirtualTimerComparesWithTheVirtualCount) {
  enter(El::el2);
  at_tick(1000);
  write(SysReg::CNTVOFF_EL2, 400);
  write(SysReg::CNTV_TVAL_EL0, 10);
  EXPECT_EQ(read(SysReg::CNTV_CVAL_EL0), 610u);
}

TEST_F(Timers, IstatusFollowsTheCountAlsoWhileMasked) {
  const auto fired = [&] { return CntCtl{read(SysReg::CNTV_CTL_EL0)}.has(cnt_ctl::ISTATUS); };
  write(SysReg::CNTV_CVAL_EL0, 500);
  write(SysReg::CNTV_CTL_EL0, 3);
  at_tick(499);
  EXPECT_FALSE(fired());
  at_tick(500);
  EXPECT_TRUE(fired());
  write(SysReg::CNTV_CTL_EL0, 0);
  EXPECT_FALSE(fired());
}

TEST_F(Timers, IstatusCannotBeWritten) {
  write(SysReg::CNTP_CVAL_EL0, ~0ull);
  write(SysReg::CNTP_CTL_EL0, 7);
  EXPECT_EQ(read(SysReg::CNTP_CTL_EL0), 3u);
}

TEST_F(Timers, EnablingADueTimerRaisesItsInterrupt) {
  at_tick(1000);
  write(SysReg::CNTV_CVAL_EL0, 900);
  EXPECT_FALSE(gic.ppi[0][27]);
  EXPECT_EQ(write(SysReg::CNTV_CTL_EL0, 1), Outcome::sync);
  EXPECT_TRUE(gic.ppi[0][27]);
  write(SysReg::CNTV_TVAL_EL0, 100);
  EXPECT_FALSE(gic.ppi[0][27]);
}

// ---- roots of translation tables

class Roots : public SysregFixture {
 protected:
  bool is_table(std::uint64_t pa) { return (memory.frame_flags({pa}) & kFrameTable) != 0; }
};

TEST_F(Roots, TheTableATtbrNamesBecomesATableFrame) {
  enter(El::el1);
  write(SysReg::TCR_EL1, Tcr{}.with(tcr::T0SZ, 16).with(tcr_el1::T1SZ, 16).value);
  write(SysReg::TTBR0_EL1, kTables);
  EXPECT_TRUE(is_table(kTables));
  EXPECT_FALSE(is_table(kTables + kFrameBytes));
  write(SysReg::TTBR1_EL1, kTables + 2 * kFrameBytes);
  EXPECT_TRUE(is_table(kTables + 2 * kFrameBytes));
}

TEST_F(Roots, ConcatenatedStage2TablesAreAllTableFrames) {
  enter(El::el2);
  write(SysReg::VTCR_EL2, VtcrEl2{}.with(vtcr_el2::T0SZ, 24).with(vtcr_el2::SL0, 1).value);
  write(SysReg::VTTBR_EL2, VttbrEl2{kTables}.with(vttbr_el2::VMID, 3).value);
  EXPECT_TRUE(is_table(kTables));
  EXPECT_TRUE(is_table(kTables + kFrameBytes));
  EXPECT_FALSE(is_table(kTables + 2 * kFrameBytes));
  const auto& roles = tables->frames().at(kTables / kFrameBytes);
  ASSERT_EQ(roles.size(), 1u);
  EXPECT_EQ(roles[0].stage, Stage::stage2);
  EXPECT_EQ(roles[0].level, 1);
  EXPECT_EQ(roles[0].vmid.value, 3u);
}

// It is an IPA, and which frame that is only a walk can tell.
TEST_F(Roots, AGuestsRootIsNotTakenForAPhysicalAddress) {
  enter(El::el2);
  write(SysReg::TCR_EL1, Tcr{}.with(tcr::T0SZ, 16).value);
  write(SysReg::TTBR0_EL1, kTables);
  EXPECT_FALSE(is_table(kTables));
  sys(SysReg::HCR_EL2) = HcrEl2{sys(SysReg::HCR_EL2)}.with(hcr_el2::VM, 1).value;
  enter(El::el1);
  write(SysReg::TTBR0_EL1, kTables + kFrameBytes);
  EXPECT_FALSE(is_table(kTables + kFrameBytes));
}

}  // namespace
}  // namespace armature::cpu::testing
