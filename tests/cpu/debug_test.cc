// Self-hosted debug: enables, breakpoints, watchpoints, software step.
#include "cpu/debug.h"

#include "cpu/exception.h"
#include "sim/arch/registers/control.h"
#include "sim/arch/registers/debug.h"
#include "sim/arch/registers/exception.h"
#include "sim/arch/registers/translation.h"
#include "tests/cpu/core_fixture.h"

namespace armature::cpu::testing {
namespace {

constexpr std::uint64_t kMde = 1 << 15, kKde = 1 << 13, kSs = 1;
constexpr unsigned kEl0 = 0b10, kEl1 = 0b01, kBoth = 0b11;  // PMC, PAC
constexpr unsigned kLoads = 1, kStores = 2;

struct Debug : CoreFixture {
  Debug() {
    state().ps.daif = 0;
    sys(SysReg::MDSCR_EL1) = kMde | kKde;
  }
  void breakpoint(unsigned n, std::uint64_t value, Dbgbcr control) {
    sys(static_cast<SysReg>(static_cast<unsigned>(SysReg::DBGBVR0_EL1) + n)) = value;
    sys(static_cast<SysReg>(static_cast<unsigned>(SysReg::DBGBCR0_EL1) + n)) = control.value;
    core().context_changed();
  }
  void watchpoint(std::uint64_t value, Dbgwcr control) {
    sys(SysReg::DBGWVR0_EL1) = value;
    sys(SysReg::DBGWCR0_EL1) = control.value;
    core().context_changed();
  }
  static Dbgbcr enabled(unsigned pmc = kEl1) {
    return Dbgbcr{}.with(dbgbcr::E, 1).with(dbgbcr::BAS, 0xf).with(dbgbcr::PMC, pmc);
  }
  static Dbgwcr watch(unsigned lsc, unsigned bas = 0xff, unsigned pac = kEl1) {
    return Dbgwcr{}
        .with(dbgwcr::E, 1)
        .with(dbgwcr::LSC, lsc)
        .with(dbgwcr::BAS, bas)
        .with(dbgwcr::PAC, pac);
  }
  // Whether an access of the current level would hit; the exception is taken.
  bool access(std::uint64_t va, unsigned bytes, bool write = false, bool privileged = true) {
    return access(va, bytes,
                  AccessDescriptor{.kind = write ? AccessKind::write : AccessKind::read,
                                   .write = write,
                                   .privileged = privileged});
  }
  bool access(std::uint64_t va, unsigned bytes, const AccessDescriptor& descriptor) {
    return execute([&](Core& c, const Insn&) {
             return check_watchpoints(c, va, bytes, descriptor) ? Outcome::fault : Outcome::next;
           }) == Outcome::fault;
  }
  void reenter(El el, std::uint64_t pc = kCode) {
    enter(el, el == El::el0 ? 0 : 1);
    state().ps.daif = 0;
    state().pc = pc;
  }
  std::uint64_t ec() {
    return Esr{sys(state().ps.el == El::el2 ? SysReg::ESR_EL2 : SysReg::ESR_EL1)}[esr::EC];
  }
  std::uint64_t iss() {
    return Esr{sys(state().ps.el == El::el2 ? SysReg::ESR_EL2 : SysReg::ESR_EL1)}[esr::ISS];
  }
};

// ---- enables

TEST_F(Debug, ExceptionsFromTheTargetLevelNeedKdeAndAnUnmaskedD) {
  EXPECT_TRUE(debug_exceptions_enabled(core()));
  state().ps.daif = 0b1000;
  EXPECT_FALSE(debug_exceptions_enabled(core()));
  state().ps.daif = 0b0111;
  EXPECT_TRUE(debug_exceptions_enabled(core()));
  sys(SysReg::MDSCR_EL1) = kMde;
  EXPECT_FALSE(debug_exceptions_enabled(core()));
}

TEST_F(Debug, ExceptionsFromALowerLevelNeedNeither) {
  reenter(El::el0);
  state().ps.daif = 0xf;
  sys(SysReg::MDSCR_EL1) = kMde;
  EXPECT_TRUE(debug_exceptions_enabled(core()));
}

TEST_F(Debug, AboveTheTargetLevelTheyAreDisabled) {
  reenter(El::el2);
  EXPECT_FALSE(debug_exceptions_enabled(core()));
}

TEST_F(Debug, TdeMakesEl2TheTarget) {
  sys(SysReg::MDCR_EL2) = MdcrEl2{}.with(mdcr_el2::TDE, 1).value;
  state().ps.daif = 0xf;
  sys(SysReg::MDSCR_EL1) = kMde;
  EXPECT_TRUE(debug_exceptions_enabled(core()));  // from EL1, a lower level now
  reenter(El::el2);
  EXPECT_FALSE(debug_exceptions_enabled(core()));
  sys(SysReg::MDSCR_EL1) = kMde | kKde;
  EXPECT_TRUE(debug_exceptions_enabled(core()));
}

TEST_F(Debug, TheOsLockDisablesThem) {
  sys(SysReg::OSLSR_EL1) = OslsrEl1{}.with(oslsr_el1::OSLK, 1).value;
  EXPECT_FALSE(debug_exceptions_enabled(core()));
}

TEST_F(Debug, TheDoubleLockDisablesThem) {
  sys(SysReg::DBGPRCR_EL1) = 0;
  sys(SysReg::OSDLR_EL1) = 1;
  EXPECT_FALSE(debug_exceptions_enabled(core()));
  sys(SysReg::DBGPRCR_EL1) = 1;  // CORENPDRQ overrides it
  EXPECT_TRUE(debug_exceptions_enabled(core()));
}

TEST_F(Debug, NothingIsActiveWithoutMde) {
  breakpoint(0, kCode, enabled());
  watchpoint(kData, watch(kLoads));
  EXPECT_TRUE(breakpoints_active(core()));
  EXPECT_TRUE(watchpoints_active(core()));
  sys(SysReg::MDSCR_EL1) = kKde;
  EXPECT_FALSE(breakpoints_active(core()));
  EXPECT_FALSE(watchpoints_active(core()));
  EXPECT_FALSE(check_breakpoints(core()));
}

// ---- breakpoints

TEST_F(Debug, ABreakpointStopsBeforeItsInstruction) {
  breakpoint(0, kCode + 4, enabled());
  run({word::movz(1, 1), word::movz(2, 2)});
  EXPECT_EQ(state().x[1], 1u);
  EXPECT_NE(state().x[2], 2u);
  EXPECT_EQ(ec(), 0x31u);
  EXPECT_EQ(iss(), 0b100010u);
  EXPECT_EQ(sys(SysReg::ELR_EL1), kCode + 4);
}

TEST_F(Debug, ABreakpointFromEl0HasTheLowerLevelClass) {
  breakpoint(0, kCode, enabled(kEl0));
  reenter(El::el0);
  EXPECT_TRUE(check_breakpoints(core()));
  EXPECT_EQ(ec(), 0x30u);
}

TEST_F(Debug, WithTdeABreakpointGoesToEl2) {
  sys(SysReg::MDCR_EL2) = MdcrEl2{}.with(mdcr_el2::TDE, 1).value;
  breakpoint(0, kCode, enabled());
  EXPECT_TRUE(check_breakpoints(core()));
  EXPECT_EQ(state().ps.el, El::el2);
  EXPECT_EQ(ec(), 0x30u);
}

TEST_F(Debug, ABreakpointMatchesOnlyItsAddress) {
  breakpoint(0, kCode + 8, enabled());
  EXPECT_FALSE(check_breakpoints(core()));
  EXPECT_EQ(state().pc, kCode);
}

TEST_F(Debug, PmcSelectsTheLevels) {
  breakpoint(0, kCode, enabled(kEl0));
  EXPECT_FALSE(check_breakpoints(core()));
  breakpoint(0, kCode, enabled(kBoth));
  EXPECT_TRUE(check_breakpoints(core()));
  reenter(El::el0);
  EXPECT_TRUE(check_breakpoints(core()));
}

TEST_F(Debug, HmcIncludesEl2) {
  sys(SysReg::MDCR_EL2) = MdcrEl2{}.with(mdcr_el2::TDE, 1).value;
  reenter(El::el2);
  breakpoint(0, kCode, enabled(kEl1));
  EXPECT_FALSE(check_breakpoints(core()));
  breakpoint(0, kCode, enabled(kEl1).with(dbgbcr::HMC, 1));
  EXPECT_TRUE(check_breakpoints(core()));
  EXPECT_EQ(ec(), 0x31u);
}

TEST_F(Debug, Hmc1Ssc3Pmc0IsEl2Only) {
  breakpoint(0, kCode, enabled(0).with(dbgbcr::HMC, 1).with(dbgbcr::SSC, 3));
  EXPECT_FALSE(check_breakpoints(core()));
  sys(SysReg::MDCR_EL2) = MdcrEl2{}.with(mdcr_el2::TDE, 1).value;
  reenter(El::el2);
  EXPECT_TRUE(check_breakpoints(core()));
}

TEST_F(Debug, ReservedCombinationsDisable) {
  const std::pair<unsigned, unsigned> hmc_ssc[] = {{0, 1}, {0, 2}, {0, 3}, {1, 1}, {1, 2}};
  for (const auto& [hmc, ssc] : hmc_ssc) {
    breakpoint(0, kCode, enabled(kBoth).with(dbgbcr::HMC, hmc).with(dbgbcr::SSC, ssc));
    EXPECT_FALSE(check_breakpoints(core())) << hmc << ssc;
  }
  breakpoint(0, kCode, enabled(0));
  EXPECT_FALSE(check_breakpoints(core()));
}

TEST_F(Debug, ADisabledBreakpointDoesNotMatch) {
  breakpoint(0, kCode, enabled().with(dbgbcr::E, 0));
  EXPECT_FALSE(check_breakpoints(core()));
}

constexpr unsigned kLinkedAddress = 1, kContext = 2, kLinkedContext = 3, kVmid = 8, kLinkedVmid = 9,
                   kVmidContext = 10;

TEST_F(Debug, AContextBreakpointMatchesEveryInstructionOfTheContext) {
  breakpoint(4, 0x1234, enabled().with(dbgbcr::BT, kContext));
  sys(SysReg::CONTEXTIDR_EL1) = 0x1235;
  EXPECT_FALSE(check_breakpoints(core()));
  sys(SysReg::CONTEXTIDR_EL1) = 0x1234;
  EXPECT_TRUE(check_breakpoints(core()));
}

TEST_F(Debug, ABreakpointThatIsNotContextAwareCannotMatchAContext) {
  breakpoint(3, 0x1234, enabled().with(dbgbcr::BT, kContext));
  sys(SysReg::CONTEXTIDR_EL1) = 0x1234;
  EXPECT_FALSE(check_breakpoints(core()));
}

TEST_F(Debug, ALinkedAddressBreakpointNeedsItsContext) {
  breakpoint(0, kCode, enabled().with(dbgbcr::BT, kLinkedAddress).with(dbgbcr::LBN, 5));
  breakpoint(5, 0x77, enabled().with(dbgbcr::BT, kLinkedContext));
  sys(SysReg::CONTEXTIDR_EL1) = 0x78;
  EXPECT_FALSE(check_breakpoints(core()));
  sys(SysReg::CONTEXTIDR_EL1) = 0x77;
  EXPECT_TRUE(check_breakpoints(core()));
}

TEST_F(Debug, ALinkedContextBreakpointAloneMatchesNothing) {
  breakpoint(5, 0x77, enabled().with(dbgbcr::BT, kLinkedContext));
  sys(SysReg::CONTEXTIDR_EL1) = 0x77;
  EXPECT_FALSE(check_breakpoints(core()));
}

TEST_F(Debug, ALinkToABreakpointThatIsNotLinkedMatchesNothing) {
  breakpoint(0, kCode, enabled().with(dbgbcr::BT, kLinkedAddress).with(dbgbcr::LBN, 5));
  breakpoint(5, 0x77, enabled(0).with(dbgbcr::BT, kContext));
  sys(SysReg::CONTEXTIDR_EL1) = 0x77;
  EXPECT_FALSE(check_breakpoints(core()));
}

TEST_F(Debug, AVmidBreakpointMatchesTheCurrentVmid) {
  sys(SysReg::VTTBR_EL2) = 9ull << 48;
  breakpoint(4, 9ull << 32, enabled().with(dbgbcr::BT, kVmid));
  EXPECT_TRUE(check_breakpoints(core()));
  reenter(El::el1);
  sys(SysReg::VTTBR_EL2) = 8ull << 48;
  EXPECT_FALSE(check_breakpoints(core()));
}

TEST_F(Debug, AVmidAndContextBreakpointNeedsBoth) {
  sys(SysReg::VTTBR_EL2) = 9ull << 48;
  sys(SysReg::CONTEXTIDR_EL1) = 0x55;
  breakpoint(4, 9ull << 32 | 0x56, enabled().with(dbgbcr::BT, kVmidContext));
  EXPECT_FALSE(check_breakpoints(core()));
  breakpoint(4, 9ull << 32 | 0x55, enabled().with(dbgbcr::BT, kVmidContext));
  EXPECT_TRUE(check_breakpoints(core()));
}

TEST_F(Debug, MismatchTypesAreDisabled) {
  breakpoint(0, kCode + 4, enabled().with(dbgbcr::BT, 4));
  EXPECT_FALSE(check_breakpoints(core()));
}

// ---- watchpoints

TEST_F(Debug, AWatchpointStopsTheAccessAndReportsItsAddress) {
  watchpoint(kData, watch(kStores));
  state().x[4] = kData;
  state().x[3] = 0xdead;
  run({word::str(3, 4)});
  EXPECT_EQ(ec(), 0x35u);
  EXPECT_EQ(iss(), 1u << 6 | 0b100010u);
  EXPECT_EQ(sys(SysReg::FAR_EL1), kData);
  EXPECT_EQ(sys(SysReg::ELR_EL1), kCode);
  EXPECT_EQ(read64(kData), 0u);
}

TEST_F(Debug, LscSelectsLoadsAndStores) {
  watchpoint(kData, watch(kLoads));
  EXPECT_FALSE(access(kData, 8, true));
  EXPECT_TRUE(access(kData, 8, false));
  reenter(El::el1);
  watchpoint(kData, watch(kStores));
  EXPECT_FALSE(access(kData, 8, false));
  EXPECT_TRUE(access(kData, 8, true));
}

TEST_F(Debug, BasSelectsTheBytesOfADoubleword) {
  watchpoint(kData, watch(kLoads, 0b0011'0000));
  EXPECT_FALSE(access(kData, 4));
  EXPECT_FALSE(access(kData + 6, 2));
  EXPECT_TRUE(access(kData + 2, 4));  // touches byte 5, starting before it
}

TEST_F(Debug, AWordAlignedWatchpointUsesFourBasBits) {
  watchpoint(kData + 4, watch(kLoads, 0b0001));
  EXPECT_FALSE(access(kData, 4));
  EXPECT_FALSE(access(kData + 5, 1));
  EXPECT_TRUE(access(kData + 4, 1));
}

TEST_F(Debug, ABasThatIsNotContiguousMatchesNothing) {
  watchpoint(kData, watch(kLoads, 0b0101));
  EXPECT_FALSE(access(kData, 8));
}

TEST_F(Debug, MaskWidensTheRange) {
  watchpoint(kData, watch(kLoads).with(dbgwcr::MASK, 12));
  EXPECT_FALSE(access(kData + 4096, 8));
  EXPECT_FALSE(access(kData - 8, 8));
  EXPECT_TRUE(access(kData + 4088, 8));
}

TEST_F(Debug, ReservedMasksAndMasksWithPartialBasMatchNothing) {
  watchpoint(kData, watch(kLoads).with(dbgwcr::MASK, 2));
  EXPECT_FALSE(access(kData, 8));
  watchpoint(kData, watch(kLoads, 0xf).with(dbgwcr::MASK, 12));
  EXPECT_FALSE(access(kData, 8));
}

TEST_F(Debug, AnUnprivilegedAccessFromEl1IsAnAccessOfEl0) {
  watchpoint(kData, watch(kLoads, 0xff, kEl1));
  EXPECT_FALSE(access(kData, 8, false, false));
  watchpoint(kData, watch(kLoads, 0xff, kEl0));
  EXPECT_FALSE(access(kData, 8, false, true));
  EXPECT_TRUE(access(kData, 8, false, false));
}

TEST_F(Debug, AWatchpointIgnoresTheTagOfATaggedAddress) {
  watchpoint(kData, watch(kLoads));
  EXPECT_FALSE(access(kData | 0xabull << 56, 8));
  sys(SysReg::TCR_EL1) = Tcr{}.with(tcr_el1::TBI0, 1).value;
  EXPECT_TRUE(access(kData | 0xabull << 56, 8));
}

TEST_F(Debug, ALinkedWatchpointNeedsItsContext) {
  watchpoint(kData, watch(kLoads).with(dbgwcr::WT, 1).with(dbgwcr::LBN, 4));
  breakpoint(4, 9ull << 32, enabled(0).with(dbgbcr::BT, kLinkedVmid));
  sys(SysReg::VTTBR_EL2) = 8ull << 48;
  EXPECT_FALSE(access(kData, 8));
  sys(SysReg::VTTBR_EL2) = 9ull << 48;
  EXPECT_TRUE(access(kData, 8));
}

TEST_F(Debug, OnlyMaintenanceThatWritesIsWatched) {
  watchpoint(kData, watch(kLoads | kStores));
  const AccessDescriptor clean{.kind = AccessKind::cache_maintenance};
  const AccessDescriptor invalidate{.kind = AccessKind::cache_maintenance, .write = true};
  const AccessDescriptor at{.kind = AccessKind::address_translation, .write = true};
  EXPECT_FALSE(access(kData, 1, clean));
  EXPECT_FALSE(access(kData, 1, at));
  EXPECT_TRUE(access(kData, 1, invalidate));
  EXPECT_EQ(iss(), 1u << 8 | 1u << 6 | 0b100010u);
}

// ---- software step

struct Step : Debug {
  Step() { sys(SysReg::MDSCR_EL1) = kSs; }
  // As a debugger at EL1 does it: returns to EL0 with SPSR.SS as given.
  void return_to_el0(bool ss, std::uint64_t pc = kCode) {
    enter(El::el1);
    state().ps.daif = 0xf;
    sys(SysReg::SPSR_EL1) = ss ? 1u << 21 : 0;
    sys(SysReg::ELR_EL1) = pc;
    execute([](Core& c, const Insn&) { return exception_return(c); });
    core().context_changed();
  }
  std::uint64_t esr() { return sys(SysReg::ESR_EL1); }
};
constexpr std::uint64_t kStepLower = 0x32ull << 26 | 1u << 25 | 0b100010;
constexpr std::uint64_t kStepIsv = 1u << 24, kStepEx = 1u << 6;

TEST_F(Step, ExecutesOneInstructionThenTakesTheException) {
  write32(kCode, word::movz(1, 1));
  write32(kCode + 4, word::movz(2, 2));
  return_to_el0(true);
  step(2);  // the stepped one and the NOP at the vector
  EXPECT_EQ(state().x[1], 1u);
  EXPECT_NE(state().x[2], 2u);
  EXPECT_EQ(esr(), kStepLower | kStepIsv);
  EXPECT_EQ(sys(SysReg::ELR_EL1), kCode + 4);
  EXPECT_EQ(sys(SysReg::SPSR_EL1) >> 21 & 1, 0u);
}

TEST_F(Step, WithSsZeroTheExceptionIsTakenAtOnceAndHasNoSyndrome) {
  write32(kCode, word::movz(1, 1));
  return_to_el0(false);
  step(1);
  EXPECT_NE(state().x[1], 1u);
  EXPECT_EQ(esr(), kStepLower);
  EXPECT_EQ(sys(SysReg::ELR_EL1), kCode);
}

TEST_F(Step, ASteppedLoadExclusiveIsReported) {
  write32(kCode, 0xc85f'7c41);  // ldxr x1, [x2]
  state().x[2] = kData;
  return_to_el0(true);
  step(2);
  EXPECT_EQ(esr(), kStepLower | kStepIsv | kStepEx);
}

TEST_F(Step, ASteppedSvcEntersTheHandlerAndStepsAfterTheReturn) {
  write32(kCode, word::svc(0));
  write32(kCode + 4, word::movz(2, 2));
  return_to_el0(true);
  step(1);
  EXPECT_EQ(Esr{esr()}[esr::EC], 0x15u);
  EXPECT_EQ(sys(SysReg::SPSR_EL1) >> 21 & 1, 0u);  // SSAdvance came first
  execute([](Core& c, const Insn&) { return exception_return(c); });
  step(1);
  EXPECT_EQ(esr(), kStepLower);
  EXPECT_EQ(sys(SysReg::ELR_EL1), kCode + 4);
  EXPECT_NE(state().x[2], 2u);
}

TEST_F(Step, AnAbortedInstructionKeepsItsStep) {
  write32(kCode, word::ldr(1, 2));
  state().x[2] = 0x8'0000'0000'0000;  // beyond every address size: a fault
  return_to_el0(true);
  step(1);
  EXPECT_EQ(Esr{esr()}[esr::EC], 0x24u);
  EXPECT_EQ(sys(SysReg::SPSR_EL1) >> 21 & 1, 1u);
}

TEST_F(Step, ABranchIsOneStep) {
  write32(kCode, 0x1400'0004);  // b .+16
  return_to_el0(true);
  step(2);
  EXPECT_EQ(esr(), kStepLower | kStepIsv);
  EXPECT_EQ(sys(SysReg::ELR_EL1), kCode + 16);
}

TEST_F(Step, WithinEl1ItNeedsKdeAndD) {
  sys(SysReg::MDSCR_EL1) = kSs;
  EXPECT_FALSE(software_step_active(core()));
  sys(SysReg::MDSCR_EL1) = kSs | kKde;
  EXPECT_TRUE(software_step_active(core()));
  state().ps.daif = 0b1000;
  EXPECT_FALSE(software_step_active(core()));
}

TEST_F(Step, FromEl1ItHasTheSameLevelClass) {
  sys(SysReg::MDSCR_EL1) = kSs | kKde;
  EXPECT_TRUE(check_software_step(core()));
  EXPECT_EQ(Esr{esr()}[esr::EC], 0x33u);
}

TEST_F(Step, GoesToEl2WithTde) {
  sys(SysReg::MDCR_EL2) = MdcrEl2{}.with(mdcr_el2::TDE, 1).value;
  reenter(El::el0);
  EXPECT_TRUE(check_software_step(core()));
  EXPECT_EQ(state().ps.el, El::el2);
}

}  // namespace
}  // namespace armature::cpu::testing
