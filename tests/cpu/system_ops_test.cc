// Barriers, waiting and signalling.
#include "cpu/system_ops.h"

#include "sim/arch/registers/control.h"
#include "sim/arch/registers/exception.h"
#include "tests/cpu/core_fixture.h"

namespace armature::cpu::testing {
namespace {

constexpr unsigned kSy = 15, kIsh = 11, kIshst = 10, kIshld = 9, kNsh = 7, kOsh = 3, kSt = 14;

struct Barriers : CoreFixture {
  Barriers() : CoreFixture({.cores = 3}) {}
  Outcome barrier(BarrierType type, unsigned crm) {
    Insn insn;
    insn.imm = barrier_operand(type, crm);
    return execute(execute_barrier, insn);
  }
  void dsb(unsigned crm) { barrier(BarrierType::dsb, crm); }
  void issue(bool broadcast) {
    shootdown->issue({.op = tlb::TlbiOp::vmalle1, .broadcast = broadcast, .issuer = {0}});
  }
  bool completed() { return log.count(EventKind::tlbi_complete) != 0; }
};

TEST_F(Barriers, PublishTypeAndOption) {
  EXPECT_EQ(barrier(BarrierType::dmb, kIshst), Outcome::next);
  EXPECT_EQ(log.last(EventKind::barrier).d, 1u << 4 | kIshst);
}

TEST_F(Barriers, IsbSynchronizesTheContext) {
  EXPECT_EQ(barrier(BarrierType::isb, kSy), Outcome::sync);
}

TEST_F(Barriers, ClrexClearsTheMonitorAndIsNoBarrier) {
  state().exclusive_valid = true;
  EXPECT_EQ(barrier(BarrierType::clrex, kSy), Outcome::next);
  EXPECT_FALSE(state().exclusive_valid);
  EXPECT_EQ(log.count(EventKind::barrier), 0u);
}

TEST_F(Barriers, DsbIshOshAndSyCompleteABroadcastTlbi) {
  for (const unsigned crm : {kIsh, kOsh, kSy}) {
    log.events.clear();
    issue(true);
    dsb(crm);
    EXPECT_TRUE(completed()) << crm;
  }
}

TEST_F(Barriers, DsbNshDoesNotCompleteABroadcastTlbi) {
  issue(true);
  dsb(kNsh);
  EXPECT_FALSE(completed());
}

TEST_F(Barriers, DsbNshCompletesALocalTlbi) {
  issue(false);
  dsb(kNsh);
  EXPECT_TRUE(completed());
}

TEST_F(Barriers, BsuRaisesDsbNshBelowEl2Only) {
  sys(SysReg::HCR_EL2) = HcrEl2{}.with(hcr_el2::BSU, 1).value;
  issue(true);
  enter(El::el2);
  dsb(kNsh);
  EXPECT_FALSE(completed());
  enter(El::el1);
  dsb(kNsh);
  EXPECT_TRUE(completed());
}

TEST_F(Barriers, DsbOfLoadsOrStoresOnlyCompletesNoTlbi) {
  issue(true);
  for (const unsigned crm : {kIshst, kIshld, kSt}) dsb(crm);
  EXPECT_FALSE(completed());
}

TEST_F(Barriers, NeitherDmbNorIsbCompletesATlbi) {
  issue(true);
  barrier(BarrierType::dmb, kSy);
  barrier(BarrierType::isb, kSy);
  EXPECT_FALSE(completed());
}

TEST_F(Barriers, AnotherCoresDsbCompletesNothing) {
  issue(true);
  Insn insn;
  insn.imm = barrier_operand(BarrierType::dsb, kIsh);
  execute(execute_barrier, insn, 1);
  EXPECT_FALSE(completed());
}

TEST_F(Barriers, ADsbThatCompletesABroadcastCostsByTargets) {
  issue(true);
  const Cycles before = state().cycles;
  dsb(kIsh);
  EXPECT_EQ(state().cycles - before,
            Cycles::whole(preset.costs.dsb_broadcast + 2 * preset.costs.dsb_per_core));
}

TEST_F(Barriers, ADsbWithNothingToCompleteCostsNoBroadcast) {
  issue(false);
  const Cycles before = state().cycles;
  dsb(kIsh);
  EXPECT_EQ(state().cycles, before);
}

// ---- WFI, WFE, SEV

struct Waiting : CoreFixture {
  Waiting() : CoreFixture({.cores = 2}) {
    state().event_register = false;
    state(1).event_register = false;
    sys(SysReg::SCTLR_EL1) |= 1u << 18 | 1u << 16;  // nTWE, nTWI
    core().context_changed();
  }
  Outcome wfi() { return execute(execute_wfi); }
  Outcome wfe() { return execute(execute_wfe); }
  void set_hcr(HcrEl2 hcr) { sys(SysReg::HCR_EL2) = hcr.value; }
  std::uint64_t iss(SysReg esr) { return Esr{sys(esr)}[esr::ISS]; }
  std::uint64_t ec(SysReg esr) { return Esr{sys(esr)}[esr::EC]; }
};
constexpr std::uint64_t kCvAlways = 1u << 24 | 0xeu << 20;

TEST_F(Waiting, WfiSleepsAndPublishes) {
  EXPECT_EQ(wfi(), Outcome::sync);
  EXPECT_EQ(state().sleep, Sleep::wfi);
  EXPECT_EQ(state().pc, kCode + 4);
  EXPECT_EQ(log.last(EventKind::wait).d, 1u);
}

TEST_F(Waiting, WfiDoesNotSleepWithAnInterruptPendingEvenMasked) {
  gic.line[0].irq = true;
  state().ps.daif = 0xf;
  EXPECT_EQ(wfi(), Outcome::next);
  EXPECT_EQ(state().sleep, Sleep::running);
}

TEST_F(Waiting, WfeConsumesTheEventRegisterInsteadOfSleeping) {
  state().event_register = true;
  EXPECT_EQ(wfe(), Outcome::next);
  EXPECT_FALSE(state().event_register);
  EXPECT_EQ(state().sleep, Sleep::running);
  wfe();
  EXPECT_EQ(state().sleep, Sleep::wfe);
}

TEST_F(Waiting, SevSetsEveryCoresEventRegisterAndSevlOnlyItsOwn) {
  execute(execute_sevl);
  EXPECT_TRUE(state(0).event_register);
  EXPECT_FALSE(state(1).event_register);
  state(0).event_register = false;
  execute(execute_sev);
  EXPECT_TRUE(state(0).event_register);
  EXPECT_TRUE(state(1).event_register);
}

TEST_F(Waiting, SevWakesAnotherCoreFromWfeButNotFromWfi) {
  write32(kCode + 4, word::movz(1, 7));
  execute(execute_wfe, {}, 1);
  execute(execute_sev);
  step(1, 1);
  EXPECT_EQ(state(1).x[1], 7u);
  enter(El::el1, 1, 1);
  execute(execute_wfi, {}, 1);
  execute(execute_sev);
  step(1, 1);
  EXPECT_EQ(state(1).sleep, Sleep::wfi);
}

TEST_F(Waiting, YieldIsANop) {
  const CoreState before = state();
  EXPECT_EQ(execute(execute_yield), Outcome::next);
  EXPECT_EQ(state().sleep, before.sleep);
  EXPECT_EQ(state().pc, kCode + 4);
}

TEST_F(Waiting, WithTwiAndTweEl1TrapsToEl2AtItself) {
  set_hcr(HcrEl2{}.with(hcr_el2::TWI, 1));
  EXPECT_EQ(wfi(), Outcome::fault);
  EXPECT_EQ(ec(SysReg::ESR_EL2), 0x01u);
  EXPECT_EQ(iss(SysReg::ESR_EL2), kCvAlways | 0);
  EXPECT_EQ(sys(SysReg::ELR_EL2), kCode);
  enter(El::el1);
  set_hcr(HcrEl2{}.with(hcr_el2::TWE, 1));
  EXPECT_EQ(wfe(), Outcome::fault);
  EXPECT_EQ(iss(SysReg::ESR_EL2), kCvAlways | 1);
}

TEST_F(Waiting, EachTrapBitConcernsItsOwnInstruction) {
  set_hcr(HcrEl2{}.with(hcr_el2::TWI, 1));
  EXPECT_EQ(wfe(), Outcome::sync);
  enter(El::el1);
  set_hcr(HcrEl2{}.with(hcr_el2::TWE, 1));
  EXPECT_EQ(wfi(), Outcome::sync);
}

TEST_F(Waiting, AWaitThatWouldNotSleepDoesNotTrap) {
  set_hcr(HcrEl2{}.with(hcr_el2::TWE, 1).with(hcr_el2::TWI, 1));
  state().event_register = true;
  EXPECT_EQ(wfe(), Outcome::next);
  gic.line[0].fiq = true;
  EXPECT_EQ(wfi(), Outcome::next);
}

TEST_F(Waiting, AtEl2NothingTraps) {
  enter(El::el2);
  set_hcr(HcrEl2{}.with(hcr_el2::TWE, 1).with(hcr_el2::TWI, 1));
  EXPECT_EQ(wfi(), Outcome::sync);
}

TEST_F(Waiting, AtEl0TheSctlrTrapComesFirstAndGoesToEl1OrWithTgeToEl2) {
  sys(SysReg::SCTLR_EL1) &= ~(1ull << 18 | 1ull << 16);
  set_hcr(HcrEl2{}.with(hcr_el2::TWI, 1));
  enter(El::el0, 0);
  wfi();
  EXPECT_EQ(state().ps.el, El::el1);
  EXPECT_EQ(ec(SysReg::ESR_EL1), 0x01u);
  enter(El::el0, 0);
  set_hcr(HcrEl2{}.with(hcr_el2::TGE, 1));
  wfe();
  EXPECT_EQ(state().ps.el, El::el2);
  EXPECT_EQ(iss(SysReg::ESR_EL2), kCvAlways | 1);
}

TEST_F(Waiting, AtEl1SctlrDoesNotTrap) {
  sys(SysReg::SCTLR_EL1) &= ~(1ull << 18 | 1ull << 16);
  EXPECT_EQ(wfi(), Outcome::sync);
}

}  // namespace
}  // namespace armature::cpu::testing
