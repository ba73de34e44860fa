// AArch64.TakeException, its routing and the synchronous exceptions that are not aborts.
#include "cpu/exception.h"

#include "cpu/exception_routing.h"
#include "sim/arch/registers/control.h"
#include "sim/arch/registers/debug.h"
#include "sim/arch/registers/exception.h"
#include "tests/cpu/core_fixture.h"

namespace armature::cpu::testing {
namespace {

std::uint64_t hcr(std::initializer_list<unsigned> bits_set) {
  std::uint64_t value = 1ull << 31;
  for (const unsigned n : bits_set) value |= 1ull << n;
  return value;
}
constexpr unsigned kTge = 27, kHcd = 29, kTsc = 19;

struct ExceptionEntry : CoreFixture {
  ExceptionEntry() {
    state().pc = 0x4000'0100;
    state().nzcv = 0xa000'0000;
    state().ps.daif = 0b0110;
  }
  void take(El target, VectorKind kind = VectorKind::synchronous) {
    ExceptionRecord record;
    record.exception_class = ExceptionClass::svc;
    record.iss = 0x1234;
    record.vector = kind;
    record.preferred_return = state().pc;
    take_exception(core(), target, record);
  }
  Outcome undefined_here() {
    return execute([](Core& c, const Insn&) { return undefined(c); });
  }
  std::uint64_t ec(SysReg esr) { return Esr{sys(esr)}[esr::EC]; }
};

TEST_F(ExceptionEntry, SavesTheFlagsMasksAndModeInSpsr) {
  take(El::el1);
  EXPECT_EQ(sys(SysReg::SPSR_EL1), 0xa000'0000u | 0b0110 << 6 | 0b0101);
}

TEST_F(ExceptionEntry, SavesStepAndIllegalStateBitsInSpsrAndClearsThem) {
  state().ps.ss = true;
  state().ps.il = true;
  take(El::el1);
  EXPECT_EQ(sys(SysReg::SPSR_EL1) >> 20 & 3, 3u);
  EXPECT_FALSE(state().ps.ss);
  EXPECT_FALSE(state().ps.il);
}

TEST_F(ExceptionEntry, MasksDebugSErrorIrqAndFiq) {
  take(El::el1);
  EXPECT_EQ(state().ps.daif, 0xf);
}

TEST_F(ExceptionEntry, KeepsTheConditionFlags) {
  take(El::el1);
  EXPECT_EQ(state().nzcv, 0xa000'0000u);
}

TEST_F(ExceptionEntry, SelectsTheStackPointerOfTheTargetLevel) {
  state().x[kSp] = 0x1111;  // SP_EL1
  sys(SysReg::SP_EL2) = 0x2222;
  take(El::el2);
  EXPECT_EQ(state().ps.el, El::el2);
  EXPECT_EQ(state().ps.sp_sel, 1);
  EXPECT_EQ(state().x[kSp], 0x2222u);
  EXPECT_EQ(sys(SysReg::SP_EL1), 0x1111u);
}

TEST_F(ExceptionEntry, FromTheSameLevelWithSp0UsesTheFirstVectorGroup) {
  enter(El::el1, 0);
  take(El::el1);
  EXPECT_EQ(state().pc, kVectorsEl1 + 0x000);
}

TEST_F(ExceptionEntry, FromTheSameLevelWithSpxUsesTheSecondVectorGroup) {
  take(El::el1, VectorKind::irq);
  EXPECT_EQ(state().pc, kVectorsEl1 + 0x280);
}

TEST_F(ExceptionEntry, FromALowerLevelUsesTheThirdVectorGroupWhateverTheStackPointer) {
  take(El::el2, VectorKind::serror);
  EXPECT_EQ(state().pc, kVectorsEl2 + 0x580);
  enter(El::el0, 0);
  take(El::el1, VectorKind::fiq);
  EXPECT_EQ(state().pc, kVectorsEl1 + 0x500);
}

TEST_F(ExceptionEntry, IgnoresTheResZeroBitsOfVbar) {
  sys(SysReg::VBAR_EL1) = kVectorsEl1 | 0x7ff;
  take(El::el1);
  EXPECT_EQ(state().pc, kVectorsEl1 + 0x200);
}

TEST_F(ExceptionEntry, WritesClassLengthAndIssToEsr) {
  take(El::el1);
  EXPECT_EQ(sys(SysReg::ESR_EL1), 0x15ull << 26 | 1u << 25 | 0x1234);
}

TEST_F(ExceptionEntry, AnInterruptLeavesEsrAlone) {
  sys(SysReg::ESR_EL1) = 0x5555;
  take(El::el1, VectorKind::irq);
  EXPECT_EQ(sys(SysReg::ESR_EL1), 0x5555u);
}

TEST_F(ExceptionEntry, TouchesOnlyTheTargetsBank) {
  sys(SysReg::ELR_EL1) = 0x77;
  sys(SysReg::SPSR_EL1) = 0x88;
  take(El::el2);
  EXPECT_EQ(sys(SysReg::ELR_EL1), 0x77u);
  EXPECT_EQ(sys(SysReg::SPSR_EL1), 0x88u);
  EXPECT_EQ(sys(SysReg::ELR_EL2), 0x4000'0100u);
}

TEST_F(ExceptionEntry, LeavesFarAndHpfarWhenTheyAreNotValid) {
  sys(SysReg::FAR_EL2) = 0x99;
  sys(SysReg::HPFAR_EL2) = 0xaa0;
  take(El::el2);
  EXPECT_EQ(sys(SysReg::FAR_EL2), 0x99u);
  EXPECT_EQ(sys(SysReg::HPFAR_EL2), 0xaa0u);
}

TEST_F(ExceptionEntry, KeepsTheLocalExclusiveMonitor) {
  state().exclusive_valid = true;
  take(El::el1);
  EXPECT_TRUE(state().exclusive_valid);
}

TEST_F(ExceptionEntry, PublishesWhereFromAndWhereToStampedWithTheOldLevel) {
  take(El::el2);
  const Event event = log.last(EventKind::exception_entry);
  EXPECT_EQ(event.a, sys(SysReg::ESR_EL2));
  EXPECT_EQ(event.c, 0x4000'0100u);
  EXPECT_EQ(event.d & 0xffff, 0x400u);
  EXPECT_EQ(event.d >> 16 & 3, 1u);
  EXPECT_EQ(event.d >> 18 & 3, 2u);
  EXPECT_EQ(event.d >> 20, 0x15u);
  EXPECT_EQ(event.el, 1);
  EXPECT_EQ(event.pc, 0x4000'0100u);
}

TEST_F(ExceptionEntry, CostsThePresetsExceptionEntry) {
  const Cycles before = state().cycles;
  take(El::el1);
  EXPECT_EQ(state().cycles - before, Cycles::whole(preset.costs.exception_entry));
}

TEST_F(ExceptionEntry, UndefinedReturnsToTheInstructionItself) {
  EXPECT_EQ(undefined_here(), Outcome::fault);
  EXPECT_EQ(sys(SysReg::ELR_EL1), 0x4000'0100u);
  EXPECT_EQ(sys(SysReg::ESR_EL1), 1u << 25);
}

TEST_F(ExceptionEntry, UndefinedAtEl0GoesToEl2OnlyWithTge) {
  enter(El::el0, 0);
  undefined_here();
  EXPECT_EQ(state().ps.el, El::el1);
  enter(El::el0, 0);
  sys(SysReg::HCR_EL2) = hcr({kTge});
  undefined_here();
  EXPECT_EQ(state().ps.el, El::el2);
}

TEST_F(ExceptionEntry, UndefinedAtEl2StaysAtEl2) {
  enter(El::el2);
  undefined_here();
  EXPECT_EQ(state().ps.el, El::el2);
  EXPECT_EQ(state().pc, kVectorsEl2 + 0x200);
}

TEST_F(ExceptionEntry, AnEl0TrapToEl1GoesToEl2WithTge) {
  enter(El::el0, 0);
  sys(SysReg::HCR_EL2) = hcr({kTge});
  execute([](Core& c, const Insn&) { return trap_system(c, El::el1, ExceptionClass::wfx, 1); });
  EXPECT_EQ(state().ps.el, El::el2);
  EXPECT_EQ(ec(SysReg::ESR_EL2), 0x01u);
}

// ---- FP access

struct FpAccess : ExceptionEntry {
  Outcome trap() {
    return execute([](Core& c, const Insn&) { return trap_fp_access(c); });
  }
};

TEST_F(FpAccess, DisabledByCpacrTrapsToEl1WithAlwaysCondition) {
  trap();
  EXPECT_EQ(state().ps.el, El::el1);
  EXPECT_EQ(sys(SysReg::ESR_EL1), 0x07ull << 26 | 1u << 25 | 1u << 24 | 0xeu << 20);
}

TEST_F(FpAccess, DisabledByCptrTrapsToEl2) {
  sys(SysReg::CPACR_EL1) = 3 << 20;
  sys(SysReg::CPTR_EL2) = 1 << 10;
  trap();
  EXPECT_EQ(state().ps.el, El::el2);
  EXPECT_EQ(ec(SysReg::ESR_EL2), 0x07u);
}

TEST_F(FpAccess, CpacrHasPriorityOverCptr) {
  sys(SysReg::CPTR_EL2) = 1 << 10;
  trap();
  EXPECT_EQ(state().ps.el, El::el1);
}

TEST_F(FpAccess, FpenOneTrapsEl0Only) {
  sys(SysReg::CPACR_EL1) = 1 << 20;
  sys(SysReg::CPTR_EL2) = 1 << 10;
  trap();  // from EL1: only CPTR_EL2 applies
  EXPECT_EQ(state().ps.el, El::el2);
  enter(El::el0, 0);
  trap();
  EXPECT_EQ(state().ps.el, El::el1);
}

TEST_F(FpAccess, AtEl0WithTgeTheCpacrTrapIsAnUnknownExceptionAtEl2) {
  enter(El::el0, 0);
  sys(SysReg::HCR_EL2) = hcr({kTge});
  trap();
  EXPECT_EQ(state().ps.el, El::el2);
  EXPECT_EQ(ec(SysReg::ESR_EL2), 0x00u);
}

// ---- SVC, HVC, SMC, BRK

struct Calls : ExceptionEntry {
  Outcome svc() {
    return execute([](Core& c, const Insn&) { return supervisor_call(c, 0xbeef); });
  }
  Outcome hvc() {
    return execute([](Core& c, const Insn&) { return hypervisor_call(c, 0xbeef); });
  }
  Outcome smc() {
    return execute([](Core& c, const Insn&) { return secure_monitor_call(c, 0xbeef); });
  }
};

TEST_F(Calls, SvcReturnsToTheNextInstruction) {
  EXPECT_EQ(svc(), Outcome::branch);
  EXPECT_EQ(sys(SysReg::ELR_EL1), 0x4000'0104u);
  EXPECT_EQ(sys(SysReg::ESR_EL1), 0x15ull << 26 | 1u << 25 | 0xbeef);
}

TEST_F(Calls, SvcAtEl0GoesToEl2WithTge) {
  enter(El::el0, 0);
  sys(SysReg::HCR_EL2) = hcr({kTge});
  svc();
  EXPECT_EQ(state().ps.el, El::el2);
  EXPECT_EQ(ec(SysReg::ESR_EL2), 0x15u);
}

TEST_F(Calls, SvcAtEl2StaysAtEl2) {
  enter(El::el2);
  svc();
  EXPECT_EQ(state().ps.el, El::el2);
}

TEST_F(Calls, HvcGoesToEl2AndReturnsToTheNextInstruction) {
  EXPECT_EQ(hvc(), Outcome::branch);
  EXPECT_EQ(state().ps.el, El::el2);
  EXPECT_EQ(sys(SysReg::ESR_EL2), 0x16ull << 26 | 1u << 25 | 0xbeef);
  EXPECT_EQ(sys(SysReg::ELR_EL2), 0x4000'0104u);
}

TEST_F(Calls, HvcAtEl2GoesToEl2) {
  enter(El::el2);
  hvc();
  EXPECT_EQ(state().pc, kVectorsEl2 + 0x200);
}

TEST_F(Calls, HvcIsUndefinedAtEl0) {
  enter(El::el0, 0);
  EXPECT_EQ(hvc(), Outcome::fault);
  EXPECT_EQ(ec(SysReg::ESR_EL1), 0x00u);
  EXPECT_EQ(log.count(EventKind::hypercall), 0u);
}

TEST_F(Calls, HvcIsUndefinedAtEl1AndEl2WithHcd) {
  sys(SysReg::HCR_EL2) = hcr({kHcd});
  hvc();
  EXPECT_EQ(state().ps.el, El::el1);
  EXPECT_EQ(ec(SysReg::ESR_EL1), 0x00u);
  enter(El::el2);
  hvc();
  EXPECT_EQ(ec(SysReg::ESR_EL2), 0x00u);
}

TEST_F(Calls, HvcNeverCallsFirmwareWhenEl2Exists) {
  firmware.used = FirmwarePort::Conduit::hvc;
  hvc();
  EXPECT_EQ(firmware.calls, 0u);
}

TEST_F(Calls, SmcIsUndefinedAtEl0) {
  enter(El::el0, 0);
  smc();
  EXPECT_EQ(ec(SysReg::ESR_EL1), 0x00u);
  EXPECT_EQ(firmware.calls, 0u);
}

TEST_F(Calls, SmcCallsFirmwareAndContinuesAfterIt) {
  EXPECT_EQ(smc(), Outcome::branch);
  EXPECT_EQ(firmware.calls, 1u);
  EXPECT_EQ(state().x[0], 0x1234u);
  EXPECT_EQ(state().pc, 0x4000'0104u);
  EXPECT_EQ(state().ps.el, El::el1);
}

TEST_F(Calls, SmcAtEl1WithTscTrapsToEl2AtItself) {
  sys(SysReg::HCR_EL2) = hcr({kTsc});
  EXPECT_EQ(smc(), Outcome::fault);
  EXPECT_EQ(firmware.calls, 0u);
  EXPECT_EQ(sys(SysReg::ESR_EL2), 0x17ull << 26 | 1u << 25 | 0xbeef);
  EXPECT_EQ(sys(SysReg::ELR_EL2), 0x4000'0100u);
}

TEST_F(Calls, SmcAtEl2IsNotTrappedByTsc) {
  enter(El::el2);
  sys(SysReg::HCR_EL2) = hcr({kTsc});
  smc();
  EXPECT_EQ(firmware.calls, 1u);
}

TEST_F(Calls, SmcIsUndefinedWhenItIsNotTheConduitEvenWithTsc) {
  firmware.used = FirmwarePort::Conduit::hvc;
  sys(SysReg::HCR_EL2) = hcr({kTsc});
  smc();
  EXPECT_EQ(state().ps.el, El::el1);
  EXPECT_EQ(ec(SysReg::ESR_EL1), 0x00u);
}

TEST_F(Calls, PublishTheirArguments) {
  state().x[0] = 0x8400'0000;
  state().x[1] = 7;
  hvc();
  const Event event = log.last(EventKind::hypercall);
  EXPECT_EQ(event.a, 0x8400'0000u);
  EXPECT_EQ(event.b, 7u);
  EXPECT_EQ(event.d & 0xffff, 0xbeefu);
  EXPECT_EQ(event.el, 1);
}

TEST(CallsWithoutEl2, HvcAtEl1IsTheFirmwareConduit) {
  TestMachine m{{.has_el2 = false}};
  m.firmware.used = FirmwarePort::Conduit::hvc;
  EXPECT_EQ(m.execute([](Core& c, const Insn&) { return hypervisor_call(c, 0); }), Outcome::branch);
  EXPECT_EQ(m.firmware.calls, 1u);
  EXPECT_EQ(m.state().pc, kCode + 4);
}

TEST(CallsWithoutEl2, HvcIsUndefinedWhenFirmwareUsesSmc) {
  TestMachine m{{.has_el2 = false}};
  m.execute([](Core& c, const Insn&) { return hypervisor_call(c, 0); });
  EXPECT_EQ(m.firmware.calls, 0u);
  EXPECT_EQ(m.sys(SysReg::ESR_EL1), 1u << 25);
}

TEST(CallsWithoutEl2, LeftoverHypervisorControlsRouteNothing) {
  TestMachine m{{.has_el2 = false}};
  m.sys(SysReg::HCR_EL2) = hcr({kTge});
  m.enter(El::el0, 0);
  m.execute([](Core& c, const Insn&) { return supervisor_call(c, 0); });
  EXPECT_EQ(m.state().ps.el, El::el1);
}

TEST_F(Calls, FirmwareMayTurnTheCallerOff) {
  firmware.turns_off = true;
  state().pc = kCode;
  run({word::smc(0), word::movz(5, 1)});
  EXPECT_EQ(state().sleep, Sleep::off);
  EXPECT_NE(state().x[5], 1u);
}

TEST_F(Calls, BrkReturnsToItselfAndIsNeverDisabled) {
  sys(SysReg::MDSCR_EL1) = 0;
  EXPECT_EQ(execute([](Core& c, const Insn&) { return software_breakpoint(c, 0x800); }),
            Outcome::fault);
  EXPECT_EQ(sys(SysReg::ESR_EL1), 0x3cull << 26 | 1u << 25 | 0x800);
  EXPECT_EQ(sys(SysReg::ELR_EL1), 0x4000'0100u);
}

TEST_F(Calls, BrkGoesToEl2WithTde) {
  sys(SysReg::MDCR_EL2) = MdcrEl2{}.with(mdcr_el2::TDE, 1).value;
  execute([](Core& c, const Insn&) { return software_breakpoint(c, 1); });
  EXPECT_EQ(state().ps.el, El::el2);
}

// ---- HLT

struct FakeHost final : SemihostingPort {
  bool answers_at_el0() const override { return at_el0; }
  bool call(Core& caller) override {
    ++calls;
    if (ready) caller.state.x[0] = 0x77;
    if (!ready) caller.state.sleep = Sleep::wfi;
    return ready;
  }
  bool at_el0 = false, ready = true;
  unsigned calls = 0;
};

constexpr std::uint32_t hlt(std::uint32_t imm) { return 0xd440'0000 | imm << 5; }

struct Halting : ExceptionEntry {
  Halting() { state().pc = kCode; }
  FakeHost host;
};

TEST_F(Halting, HltIsUndefinedWithoutAHost) {
  run({hlt(0xf000)});
  EXPECT_EQ(ec(SysReg::ESR_EL1), 0u);
  EXPECT_EQ(sys(SysReg::ELR_EL1), kCode);
}

TEST_F(Halting, OnlyTheImmediateOfSemihostingCallsTheHost) {
  machine->semihosting = &host;
  run({hlt(0xf001)});
  EXPECT_EQ(host.calls, 0u);
  EXPECT_EQ(sys(SysReg::ELR_EL1), kCode);
}

TEST_F(Halting, TheHostsAnswerReturnsBehindTheInstruction) {
  machine->semihosting = &host;
  run({hlt(0xf000), word::movz(5, 1)});
  EXPECT_EQ(state().x[0], 0x77u);
  EXPECT_EQ(state().x[5], 1u);
}

TEST_F(Halting, AtEl0TheHostMustAnswerThereToo) {
  machine->semihosting = &host;
  enter(El::el0, 0);
  state().pc = kCode;
  run({hlt(0xf000)});
  EXPECT_EQ(host.calls, 0u);
  host.at_el0 = true;
  enter(El::el0, 0);
  state().pc = kCode;
  run({hlt(0xf000)});
  EXPECT_EQ(host.calls, 1u);
}

TEST_F(Halting, ACallThatCannotBeAnsweredYetExecutesAgain) {
  machine->semihosting = &host;
  host.ready = false;
  run({hlt(0xf000), word::movz(5, 1)});
  EXPECT_EQ(state().sleep, Sleep::wfi);
  EXPECT_EQ(state().pc, kCode);
  EXPECT_EQ(host.calls, 1u);
  host.ready = true;
  state().sleep = Sleep::running;
  step(2);
  EXPECT_EQ(host.calls, 2u);
  EXPECT_EQ(state().x[5], 1u);
}

// ---- what the engine finds before an instruction

TEST_F(ExceptionEntry, AMisalignedPcFaultsWithItsAddressInFar) {
  state().pc = kCode + 2;
  step(1);
  EXPECT_EQ(ec(SysReg::ESR_EL1), 0x22u);
  EXPECT_EQ(sys(SysReg::FAR_EL1), kCode + 2);
  EXPECT_EQ(sys(SysReg::ELR_EL1), kCode + 2);
}

TEST_F(ExceptionEntry, IllegalStateFaultsBeforeTheInstruction) {
  state().pc = kCode;
  state().ps.il = true;
  run({word::movz(1, 5)});
  EXPECT_EQ(ec(SysReg::ESR_EL1), 0x0eu);
  EXPECT_EQ(sys(SysReg::ELR_EL1), kCode);
  EXPECT_NE(state().x[1], 5u);
}

TEST_F(ExceptionEntry, AMisalignedStackPointerFaultsWhenChecked) {
  state().pc = kCode;
  sys(SysReg::SCTLR_EL1) |= 1 << 3;  // SA
  core().context_changed();
  state().x[kSp] = kData + 8;
  run({word::ldr(1, 31)});
  EXPECT_EQ(ec(SysReg::ESR_EL1), 0x26u);
  EXPECT_EQ(sys(SysReg::ELR_EL1), kCode);
}

}  // namespace
}  // namespace armature::cpu::testing
