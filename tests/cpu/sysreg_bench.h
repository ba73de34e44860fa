// MRS and MSR by name for the tests of the system registers.
#pragma once

#include "cpu/sysreg_access.h"
#include "sim/arch/registers/exception.h"
#include "tests/cpu/core_fixture.h"

namespace armature::cpu::testing {

class SysregFixture : public CoreFixture {
 protected:
  explicit SysregFixture(MachineOptions options = {}) : CoreFixture(options) {}

  static Insn instruction(std::uint16_t encoding, bool read, unsigned rt) {
    Insn insn;
    insn.word = read ? word::mrs(encoding, rt) : word::msr(encoding, rt);
    insn.imm = encoding;
    insn.rd = read ? write_zr(rt) : read_zr(rt);
    return insn;
  }
  Outcome mrs(std::uint16_t encoding, unsigned rt = 0) {
    return execute(mrs_handler(encoding), instruction(encoding, true, rt));
  }
  Outcome msr(std::uint16_t encoding, unsigned rt = 0) {
    return execute(msr_handler(encoding), instruction(encoding, false, rt));
  }
  Outcome mrs(SysReg reg) { return mrs(sysreg_info(reg).encoding); }
  Outcome msr(SysReg reg) { return msr(sysreg_info(reg).encoding); }

  // Read or written where it is allowed; fails the test when it is not.
  std::uint64_t read(SysReg reg) {
    EXPECT_NE(mrs(reg), Outcome::fault) << sysreg_info(reg).name;
    return state().x[0];
  }
  Outcome write(SysReg reg, std::uint64_t value) {
    state().x[0] = value;
    const Outcome outcome = msr(reg);
    EXPECT_NE(outcome, Outcome::fault) << sysreg_info(reg).name;
    return outcome;
  }

  // MSR (immediate) to the field op1:op2.
  Outcome msr_immediate(unsigned op1, unsigned crm, unsigned op2) {
    Insn insn;
    insn.word = 0xd500'401f | op1 << 16 | crm << 8 | op2 << 5;
    insn.imm = op1 << 7 | crm << 3 | op2;
    return execute(execute_msr_immediate, insn);
  }

  // What the last exception was, if it was taken to `el`.
  Esr syndrome(El el) {
    EXPECT_EQ(state().ps.el, el);
    return {sys(el == El::el2 ? SysReg::ESR_EL2 : SysReg::ESR_EL1)};
  }
  void expect_undefined(Outcome outcome, El target = El::el1) {
    EXPECT_EQ(outcome, Outcome::fault);
    EXPECT_EQ(syndrome(target)[esr::EC], 0u);
  }
  void expect_trapped(Outcome outcome, El target) {
    EXPECT_EQ(outcome, Outcome::fault);
    EXPECT_EQ(syndrome(target)[esr::EC], 0x18u);
  }
};

}  // namespace armature::cpu::testing
