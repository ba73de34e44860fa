// Who may access which system register, and who takes the exception of an access that may not be.
#include "cpu/sysreg_traps.h"

#include <algorithm>
#include <vector>

#include "cpu/unimplemented.h"
#include "sim/arch/registers/control.h"
#include "sim/arch/registers/debug.h"
#include "sim/arch/registers/pmu.h"
#include "sim/arch/registers/timer.h"
#include "tests/cpu/sysreg_bench.h"

namespace armature::cpu::testing {
namespace {

using Traps = SysregFixture;

class TrapsWithoutEl2 : public SysregFixture {
 protected:
  TrapsWithoutEl2() : SysregFixture({.has_el2 = false}) {}
};

constexpr std::uint64_t one(auto field) {
  return
      []<typename Tag, unsigned Hi, unsigned Lo>(Field<Tag, Hi, Lo>) { return 1ull << Lo; }(field);
}

TEST_F(Traps, El0CannotReadIdentificationRegisters) {
  enter(El::el0, 0);
  expect_undefined(mrs(SysReg::MIDR_EL1));
}

TEST_F(Traps, El1CannotAccessEl2Registers) {
  expect_undefined(mrs(SysReg::HCR_EL2));
  enter(El::el1);
  expect_undefined(msr(SysReg::VTTBR_EL2));
  enter(El::el1);
  expect_undefined(mrs(SysReg::SP_EL1));
}

TEST_F(Traps, NobodyAccessesEl3Registers) {
  enter(El::el2);
  expect_undefined(mrs(SysReg::SP_EL2), El::el2);
  enter(El::el2);
  expect_undefined(mrs(sysreg_encoding(3, 6, 1, 1, 0)), El::el2);  // SCR_EL3
}

TEST_F(TrapsWithoutEl2, El2RegistersDoNotExist) {
  expect_undefined(mrs(SysReg::HCR_EL2));
  enter(El::el1);
  expect_undefined(msr(SysReg::CNTVOFF_EL2));
}

TEST_F(TrapsWithoutEl2, ControlsOfEl2HaveNoEffect) {
  sys(SysReg::HCR_EL2) = ~0ull;
  sys(SysReg::MDCR_EL2) = ~0ull;
  sys(SysReg::CPTR_EL2) = ~0ull;
  sys(SysReg::CPACR_EL1) = 3ull << 20;
  for (const SysReg reg :
       {SysReg::SCTLR_EL1, SysReg::ID_AA64PFR0_EL1, SysReg::ACTLR_EL1, SysReg::PMCR_EL0,
        SysReg::MDSCR_EL1, SysReg::FPCR, SysReg::CNTPCT_EL0, SysReg::CPACR_EL1}) {
    EXPECT_EQ(mrs(reg), Outcome::next) << sysreg_info(reg).name;
  }
}

TEST_F(Traps, ReadOnlyRegistersCannotBeWrittenAnywhere) {
  enter(El::el2);
  expect_undefined(msr(SysReg::MIDR_EL1), El::el2);
  enter(El::el2);
  expect_undefined(mrs(SysReg::OSLAR_EL1), El::el2);
}

TEST_F(Traps, TheSyndromeNamesDirectionRegisterAndRt) {
  sys(SysReg::HCR_EL2) |= one(hcr_el2::TVM);
  expect_trapped(msr(sysreg_info(SysReg::TTBR1_EL1).encoding, 7), El::el2);
  const IssSystem iss{syndrome(El::el2)[esr::ISS]};
  EXPECT_EQ(iss[iss_system::Direction], 0u);
  EXPECT_EQ(iss[iss_system::Rt], 7u);
  EXPECT_EQ(iss[iss_system::Op0], 3u);
  EXPECT_EQ(iss[iss_system::Op1], 0u);
  EXPECT_EQ(iss[iss_system::CRn], 2u);
  EXPECT_EQ(iss[iss_system::CRm], 0u);
  EXPECT_EQ(iss[iss_system::Op2], 1u);
  EXPECT_EQ(sys(SysReg::ELR_EL2), kCode);
}

TEST_F(Traps, AReadToTheZeroRegisterIsReportedAsRt31) {
  sys(SysReg::HCR_EL2) |= one(hcr_el2::TID3);
  expect_trapped(mrs(sysreg_info(SysReg::ID_AA64PFR0_EL1).encoding, 31), El::el2);
  const IssSystem iss{syndrome(El::el2)[esr::ISS]};
  EXPECT_EQ(iss[iss_system::Direction], 1u);
  EXPECT_EQ(iss[iss_system::Rt], 31u);
}

TEST_F(Traps, ATrappedWriteHasNoEffect) {
  sys(SysReg::HCR_EL2) |= one(hcr_el2::TVM);
  const std::uint64_t before = sys(SysReg::TCR_EL1);
  state().x[0] = ~before;
  const unsigned writes = log.count(EventKind::sysreg_write);
  expect_trapped(msr(SysReg::TCR_EL1), El::el2);
  EXPECT_EQ(sys(SysReg::TCR_EL1), before);
  EXPECT_EQ(log.count(EventKind::sysreg_write), writes);
}

// Each control of HCR_EL2 traps exactly its registers, from EL1.
struct HcrTrap {
  std::uint64_t control;
  bool read, write;
  std::vector<SysReg> registers;
};

TEST_F(Traps, EachControlOfHcrTrapsItsRegistersAndNoOther) {
  const std::vector<SysReg> virtual_memory{
      SysReg::SCTLR_EL1, SysReg::TTBR0_EL1, SysReg::TTBR1_EL1,     SysReg::TCR_EL1,
      SysReg::ESR_EL1,   SysReg::FAR_EL1,   SysReg::AFSR0_EL1,     SysReg::AFSR1_EL1,
      SysReg::MAIR_EL1,  SysReg::AMAIR_EL1, SysReg::CONTEXTIDR_EL1};
  const std::vector<HcrTrap> traps{
      {one(hcr_el2::TVM), false, true, virtual_memory},
      {one(hcr_el2::TRVM), true, false, virtual_memory},
      {one(hcr_el2::TID1), true, true, {SysReg::REVIDR_EL1, SysReg::AIDR_EL1}},
      {one(hcr_el2::TID2),
       true,
       true,
       {SysReg::CTR_EL0, SysReg::CCSIDR_EL1, SysReg::CLIDR_EL1, SysReg::CSSELR_EL1}},
      {one(hcr_el2::TACR), true, true, {SysReg::ACTLR_EL1}},
      {one(hcr_el2::TID0), false, false, {}},  // AArch32 only
  };
  for (const HcrTrap& trap : traps) {
    sys(SysReg::HCR_EL2) = 1ull << 31 | trap.control;
    for (const SysRegInfo& info : sysreg_table()) {
      if (info.name.starts_with("ICC")) continue;
      const bool listed =
          std::find(trap.registers.begin(), trap.registers.end(), info.reg) != trap.registers.end();
      for (const Direction direction : {Direction::read, Direction::write}) {
        const bool read = direction == Direction::read;
        const bool exists = (read ? info.read_el : info.write_el) < 2;
        const bool trapped =
            decide_access(core(), info.reg, direction).kind == AccessDecision::Kind::trapped;
        EXPECT_EQ(trapped, exists && listed && (read ? trap.read : trap.write))
            << info.name << (read ? " read " : " write ") << std::hex << trap.control;
      }
    }
  }
}

TEST_F(Traps, Tid3TrapsReservedIdentificationRegistersToo) {
  const std::uint16_t reserved = sysreg_encoding(3, 0, 0, 7, 7);
  state().x[0] = 1;
  EXPECT_EQ(mrs(reserved), Outcome::next);
  EXPECT_EQ(state().x[0], 0u);
  sys(SysReg::HCR_EL2) |= one(hcr_el2::TID3);
  expect_trapped(mrs(reserved), El::el2);
  enter(El::el2);
  EXPECT_EQ(mrs(SysReg::ID_AA64PFR0_EL1), Outcome::next);
}

TEST_F(Traps, TidcpTrapsTheImplementationDefinedSpaceOfEl1) {
  const std::uint16_t implementation_defined = sysreg_encoding(3, 1, 15, 9, 1);
  expect_undefined(mrs(implementation_defined));
  sys(SysReg::HCR_EL2) |= one(hcr_el2::TIDCP);
  enter(El::el1);
  expect_trapped(msr(implementation_defined), El::el2);
  enter(El::el0, 0);
  expect_undefined(msr(implementation_defined));
}

TEST_F(Traps, TgeSendsWhatEl0TrapsToEl2) {
  enter(El::el0, 0);
  expect_trapped(mrs(SysReg::CTR_EL0), El::el1);
  sys(SysReg::HCR_EL2) |= one(hcr_el2::TGE);
  enter(El::el0, 0);
  expect_trapped(mrs(SysReg::CTR_EL0), El::el2);
  enter(El::el0, 0);
  expect_undefined(mrs(SysReg::MIDR_EL1), El::el2);
}

TEST_F(Traps, TheTrapOfEl1ComesBeforeTheOneOfEl2) {
  sys(SysReg::HCR_EL2) |= one(hcr_el2::TID2);
  sys(SysReg::SCTLR_EL1) &= ~one(sctlr_el1::UCT);
  enter(El::el0, 0);
  expect_trapped(mrs(SysReg::CTR_EL0), El::el1);
  sys(SysReg::SCTLR_EL1) |= one(sctlr_el1::UCT);
  enter(El::el0, 0);
  expect_trapped(mrs(SysReg::CTR_EL0), El::el2);
}

TEST_F(Traps, TcpacTrapsCpacrFromEl1Only) {
  sys(SysReg::CPTR_EL2) |= one(cptr_el2::TCPAC);
  expect_trapped(mrs(SysReg::CPACR_EL1), El::el2);
  enter(El::el2);
  EXPECT_EQ(mrs(SysReg::CPACR_EL1), Outcome::next);
}

TEST_F(Traps, FpenTrapsFpcrAndFpsrWithTheSyndromeOfFpAccess) {
  constexpr std::uint64_t kFpAccess = 0x07;
  sys(SysReg::CPACR_EL1) = CpacrEl1{}.with(cpacr_el1::FPEN, 0b01).value;
  EXPECT_EQ(mrs(SysReg::FPCR), Outcome::next);
  enter(El::el0, 0);
  EXPECT_EQ(mrs(SysReg::FPCR), Outcome::fault);
  EXPECT_EQ(syndrome(El::el1)[esr::EC], kFpAccess);
  for (const std::uint64_t fpen : {0b00, 0b10}) {
    sys(SysReg::CPACR_EL1) = CpacrEl1{}.with(cpacr_el1::FPEN, fpen).value;
    enter(El::el1);
    EXPECT_EQ(msr(SysReg::FPSR), Outcome::fault);
    EXPECT_EQ(syndrome(El::el1)[esr::EC], kFpAccess);
    enter(El::el2);
    EXPECT_EQ(mrs(SysReg::FPSR), Outcome::next);
  }
}

TEST_F(Traps, TfpTrapsFpcrToEl2FromEl2Too) {
  sys(SysReg::CPACR_EL1) = CpacrEl1{}.with(cpacr_el1::FPEN, 0b11).value;
  sys(SysReg::CPTR_EL2) |= one(cptr_el2::TFP);
  for (const El el : {El::el0, El::el1, El::el2}) {
    enter(el, el == El::el0 ? 0 : 1);
    EXPECT_EQ(mrs(SysReg::FPCR), Outcome::fault);
    EXPECT_EQ(syndrome(El::el2)[esr::EC], 0x07u);
  }
}

TEST_F(Traps, UmaLetsEl0ChangeTheInterruptMasks) {
  enter(El::el0, 0);
  expect_trapped(mrs(SysReg::DAIF), El::el1);
  enter(El::el0, 0);
  expect_trapped(msr_immediate(3, 2, 6), El::el1);
  sys(SysReg::SCTLR_EL1) |= one(sctlr_el1::UMA);
  enter(El::el0, 0);
  EXPECT_EQ(msr_immediate(3, 2, 6), Outcome::sync);
  EXPECT_EQ(mrs(SysReg::DAIF), Outcome::next);
}

TEST_F(Traps, TheSelectedStackPointerHasNoNameOfItsOwn) {
  enter(El::el1, 0);
  expect_undefined(mrs(SysReg::SP_EL0));
  enter(El::el1, 1);
  EXPECT_EQ(mrs(SysReg::SP_EL0), Outcome::next);
}

// ---- Generic Timer

TEST_F(Traps, CntkctlDecidesForEl0) {
  struct Case {
    std::uint64_t control;
    SysReg reg;
  };
  for (const Case& c : {Case{one(cntkctl_el1::EL0PCTEN), SysReg::CNTPCT_EL0},
                        Case{one(cntkctl_el1::EL0VCTEN), SysReg::CNTVCT_EL0},
                        Case{one(cntkctl_el1::EL0PTEN), SysReg::CNTP_CTL_EL0},
                        Case{one(cntkctl_el1::EL0VTEN), SysReg::CNTV_CVAL_EL0}}) {
    sys(SysReg::CNTKCTL_EL1) = 0x3ff & ~c.control;
    enter(El::el0, 0);
    expect_trapped(mrs(c.reg), El::el1);
    sys(SysReg::CNTKCTL_EL1) = c.control;
    enter(El::el0, 0);
    EXPECT_EQ(mrs(c.reg), Outcome::next) << sysreg_info(c.reg).name;
  }
}

TEST_F(Traps, TheFrequencyIsReadableWithEitherCounter) {
  enter(El::el0, 0);
  sys(SysReg::CNTKCTL_EL1) = 0;
  expect_trapped(mrs(SysReg::CNTFRQ_EL0), El::el1);
  for (const auto control : {one(cntkctl_el1::EL0PCTEN), one(cntkctl_el1::EL0VCTEN)}) {
    sys(SysReg::CNTKCTL_EL1) = control;
    enter(El::el0, 0);
    EXPECT_EQ(mrs(SysReg::CNTFRQ_EL0), Outcome::next);
  }
}

TEST_F(Traps, TheFrequencyIsWrittenAtTheHighestExceptionLevelOnly) {
  expect_undefined(msr(SysReg::CNTFRQ_EL0));
  enter(El::el2);
  EXPECT_NE(msr(SysReg::CNTFRQ_EL0), Outcome::fault);
}

TEST_F(TrapsWithoutEl2, TheFrequencyIsWrittenAtEl1) {
  EXPECT_NE(msr(SysReg::CNTFRQ_EL0), Outcome::fault);
}

TEST_F(Traps, CnthctlTrapsThePhysicalCounterAndTimerOnly) {
  sys(SysReg::CNTHCTL_EL2) = one(cnthctl_el2::EL1PCEN);
  expect_trapped(mrs(SysReg::CNTPCT_EL0), El::el2);
  enter(El::el1);
  EXPECT_EQ(mrs(SysReg::CNTP_CTL_EL0), Outcome::next);
  sys(SysReg::CNTHCTL_EL2) = one(cnthctl_el2::EL1PCTEN);
  EXPECT_EQ(mrs(SysReg::CNTPCT_EL0), Outcome::next);
  expect_trapped(msr(SysReg::CNTP_TVAL_EL0), El::el2);
  sys(SysReg::CNTHCTL_EL2) = 0;
  enter(El::el1);
  EXPECT_EQ(mrs(SysReg::CNTVCT_EL0), Outcome::next);
  EXPECT_EQ(mrs(SysReg::CNTV_CTL_EL0), Outcome::next);
}

// ---- Performance Monitors

TEST_F(Traps, PmuserenrDecidesForEl0) {
  const auto allowed = [&](std::uint64_t user, SysReg reg, Direction direction) {
    enter(El::el0, 0);
    sys(SysReg::PMUSERENR_EL0) = user;
    return decide_access(core(), reg, direction).kind == AccessDecision::Kind::allowed;
  };
  const std::uint64_t en = one(pmuserenr::EN), sw = one(pmuserenr::SW), cr = one(pmuserenr::CR),
                      er = one(pmuserenr::ER);
  EXPECT_FALSE(allowed(0, SysReg::PMCCNTR_EL0, Direction::read));
  EXPECT_TRUE(allowed(en, SysReg::PMCCNTR_EL0, Direction::write));
  EXPECT_TRUE(allowed(cr, SysReg::PMCCNTR_EL0, Direction::read));
  EXPECT_FALSE(allowed(cr, SysReg::PMCCNTR_EL0, Direction::write));
  EXPECT_TRUE(allowed(er, SysReg::PMEVCNTR3_EL0, Direction::read));
  EXPECT_FALSE(allowed(er, SysReg::PMEVCNTR3_EL0, Direction::write));
  EXPECT_TRUE(allowed(er, SysReg::PMSELR_EL0, Direction::write));
  EXPECT_FALSE(allowed(er, SysReg::PMEVTYPER3_EL0, Direction::read));
  EXPECT_TRUE(allowed(sw, SysReg::PMSWINC_EL0, Direction::write));
  EXPECT_FALSE(allowed(cr | er, SysReg::PMSWINC_EL0, Direction::write));
  EXPECT_TRUE(allowed(0, SysReg::PMUSERENR_EL0, Direction::read));
  EXPECT_FALSE(allowed(en, SysReg::PMUSERENR_EL0, Direction::write));
  EXPECT_FALSE(allowed(en, SysReg::PMINTENSET_EL1, Direction::read));
}

TEST_F(Traps, TpmTrapsTheWholePmuAndTpmcrItsControl) {
  sys(SysReg::PMUSERENR_EL0) = 0xf;
  sys(SysReg::MDCR_EL2) |= one(mdcr_el2::TPMCR);
  expect_trapped(mrs(SysReg::PMCR_EL0), El::el2);
  enter(El::el1);
  EXPECT_EQ(mrs(SysReg::PMCNTENSET_EL0), Outcome::next);
  sys(SysReg::MDCR_EL2) = one(mdcr_el2::TPM);
  for (const El el : {El::el0, El::el1}) {
    enter(el, el == El::el0 ? 0 : 1);
    expect_trapped(mrs(SysReg::PMCCNTR_EL0), El::el2);
    enter(el, el == El::el0 ? 0 : 1);
    expect_trapped(mrs(SysReg::PMUSERENR_EL0), El::el2);
  }
  enter(El::el2);
  EXPECT_EQ(mrs(SysReg::PMCCNTR_EL0), Outcome::next);
}

// ---- debug

TEST_F(Traps, EachDebugControlTrapsItsRegisters) {
  struct Case {
    std::uint64_t control;
    bool debug, os_lock, rom;
  };
  for (const Case& c : {Case{one(mdcr_el2::TDA), true, false, false},
                        Case{one(mdcr_el2::TDOSA), false, true, false},
                        Case{one(mdcr_el2::TDRA), false, false, true},
                        Case{one(mdcr_el2::TDE), true, true, true}}) {
    sys(SysReg::MDCR_EL2) = c.control;
    const auto trapped = [&](SysReg reg, Direction direction) {
      return decide_access(core(), reg, direction).kind == AccessDecision::Kind::trapped;
    };
    EXPECT_EQ(trapped(SysReg::MDSCR_EL1, Direction::read), c.debug);
    EXPECT_EQ(trapped(SysReg::DBGBCR2_EL1, Direction::write), c.debug);
    EXPECT_EQ(trapped(SysReg::OSLAR_EL1, Direction::write), c.os_lock);
    EXPECT_EQ(trapped(SysReg::OSLSR_EL1, Direction::read), c.os_lock);
    EXPECT_EQ(trapped(SysReg::MDRAR_EL1, Direction::read), c.rom);
  }
}

TEST_F(Traps, TdccTrapsTheDebugChannelFromEl0) {
  enter(El::el0, 0);
  EXPECT_EQ(mrs(SysReg::MDCCSR_EL0), Outcome::next);
  sys(SysReg::MDSCR_EL1) = one(mdscr_el1::TDCC);
  expect_trapped(mrs(SysReg::MDCCSR_EL0), El::el1);
  enter(El::el1);
  EXPECT_EQ(mrs(SysReg::MDCCSR_EL0), Outcome::next);
}

// ---- GIC CPU interface

TEST_F(Traps, SgiRegistersTrapWhenInterruptsAreVirtual) {
  for (const std::uint64_t control : {one(hcr_el2::IMO), one(hcr_el2::FMO)}) {
    sys(SysReg::HCR_EL2) = 1ull << 31 | control;
    enter(El::el1);
    expect_trapped(msr(SysReg::ICC_SGI1R_EL1), El::el2);
  }
  enter(El::el2);
  EXPECT_EQ(msr(SysReg::ICC_SGI1R_EL1), Outcome::sync);
}

TEST_F(Traps, ImoAndFmoRedirectTheirGroupToTheVirtualInterface) {
  const auto is_virtual = [&](std::uint64_t hcr, SysReg reg) {
    sys(SysReg::HCR_EL2) = 1ull << 31 | hcr;
    enter(El::el1);
    EXPECT_NE(mrs(reg), Outcome::fault);
    return gic.log.back().virtual_access;
  };
  const std::uint64_t imo = one(hcr_el2::IMO), fmo = one(hcr_el2::FMO);
  EXPECT_FALSE(is_virtual(0, SysReg::ICC_IAR1_EL1));
  EXPECT_TRUE(is_virtual(imo, SysReg::ICC_IAR1_EL1));
  EXPECT_FALSE(is_virtual(fmo, SysReg::ICC_IAR1_EL1));
  EXPECT_TRUE(is_virtual(fmo, SysReg::ICC_BPR0_EL1));
  EXPECT_FALSE(is_virtual(imo, SysReg::ICC_BPR0_EL1));
  EXPECT_TRUE(is_virtual(imo, SysReg::ICC_PMR_EL1));
  EXPECT_TRUE(is_virtual(fmo, SysReg::ICC_CTLR_EL1));
  enter(El::el2);
  EXPECT_NE(mrs(SysReg::ICC_IAR1_EL1), Outcome::fault);
  EXPECT_FALSE(gic.log.back().virtual_access);
}

TEST_F(Traps, TheHypervisorControlsOfTheGicTrapFromEl1Only) {
  gic.trapped = {SysReg::ICC_IAR1_EL1};
  expect_trapped(mrs(SysReg::ICC_IAR1_EL1), El::el2);
  enter(El::el2);
  EXPECT_EQ(mrs(SysReg::ICC_IAR1_EL1), Outcome::next);
}

TEST_F(Traps, OnlyTheListRegistersThatExistAreDefined) {
  enter(El::el2);
  EXPECT_EQ(mrs(SysReg::ICH_LR3_EL2), Outcome::next);
  expect_undefined(mrs(SysReg::ICH_LR4_EL2), El::el2);
}

// ---- unallocated encodings

TEST_F(Traps, UnallocatedEncodingsAreUndefinedAndNotedOnce) {
  UnimplementedLog unimplemented;
  machine->unimplemented = &unimplemented;
  const std::uint16_t zcr = sysreg_encoding(3, 0, 1, 2, 0);
  for (unsigned n = 0; n < 3; ++n) {
    enter(El::el1);
    expect_undefined(mrs(zcr));
  }
  enter(El::el1);
  expect_undefined(msr(zcr));
  ASSERT_EQ(unimplemented.unimplemented_sysregs.size(), 2u);
  EXPECT_EQ(unimplemented.unimplemented_sysregs[0], (UndefinedAccess{zcr, false, kCode}));
  EXPECT_EQ(unimplemented.unimplemented_sysregs[1], (UndefinedAccess{zcr, true, kCode}));
}

TEST_F(Traps, ARefusedAccessToAKnownRegisterIsNotNoted) {
  UnimplementedLog unimplemented;
  machine->unimplemented = &unimplemented;
  enter(El::el0, 0);
  expect_undefined(mrs(SysReg::MIDR_EL1));
  EXPECT_TRUE(unimplemented.unimplemented_sysregs.empty());
}

TEST_F(Traps, ImplementationDefinedRegistersTrapByTidcpFromEl1Only) {
  enter(El::el1);
  EXPECT_EQ(mrs(SysReg::CPUECTLR_EL1), Outcome::next);
  sys(SysReg::HCR_EL2) |= 1 << 20;
  enter(El::el2);
  EXPECT_EQ(msr(SysReg::CPUECTLR_EL1), Outcome::next);
  enter(El::el1);
  EXPECT_EQ(msr(SysReg::CPUECTLR_EL1), Outcome::fault);
  EXPECT_EQ(state().ps.el, El::el2);
  EXPECT_EQ(Esr{sys(SysReg::ESR_EL2)}[esr::EC], 0x18u);
}

TEST_F(Traps, PstateFieldsOfLaterVersionsAreUndefined) {
  expect_undefined(msr_immediate(0, 1, 4));  // PAN
  enter(El::el1);
  expect_undefined(msr_immediate(0, 1, 3));  // UAO
  enter(El::el1);
  expect_undefined(msr_immediate(3, 1, 1));  // SSBS
}

}  // namespace
}  // namespace armature::cpu::testing
