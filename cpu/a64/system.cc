// Hints, barriers, and access to system registers and system operations.
#include "cpu/decode.h"
#include "cpu/operands.h"
#include "cpu/sysreg_access.h"
#include "cpu/system_ops.h"

namespace armature::cpu {

namespace {

using u32 = std::uint32_t;

constexpr WordField<11, 8> kCrm;
constexpr WordField<7, 5> kOp2;

Outcome no_operation(Core&, const Insn&) { return Outcome::next; }

// Hints that Armv8.0 does not allocate (ESB, CSDB, the pointer authentication and branch target
// hints among them) behave as NOP.
bool decode_hint(u32 word, Insn& insn) {
  constexpr WordField<11, 5> hint;
  enum : unsigned { yield = 1, wfe, wfi, sev, sevl };
  switch (hint(word)) {
    case yield:
      insn.handler = execute_yield;
      break;
    case wfe:
      insn.handler = execute_wfe;
      insn.flags = kEndsGroup;
      break;
    case wfi:
      insn.handler = execute_wfi;
      insn.flags = kEndsGroup;
      break;
    case sev:
      insn.handler = execute_sev;
      insn.flags = kEndsGroup;
      break;
    case sevl:
      insn.handler = execute_sevl;
      break;
    default:
      insn.handler = no_operation;
      break;
  }
  return true;
}

template <BarrierType type>
bool decode_barrier(u32 word, Insn& insn) {
  insn.imm = barrier_operand(type, kCrm(word));
  insn.handler = execute_barrier;
  return true;
}

bool decode_msr_immediate(u32 word, Insn& insn) {
  constexpr WordField<18, 16> op1;
  insn.imm = op1(word) << 7 | kCrm(word) << 3 | kOp2(word);
  insn.handler = execute_msr_immediate;
  return true;
}

// SYS, SYSL, MSR, MRS: the encoding is op0:op1:CRn:CRm:op2, bits 20..5.
template <Handler meaning, bool reads_register>
bool decode_system(u32 word, Insn& insn) {
  constexpr WordField<20, 5> encoding;
  insn.imm = encoding(word);
  insn.rd = reads_register ? read_zr(field::rt(word)) : write_zr(field::rt(word));
  insn.handler = meaning;
  return true;
}

constexpr Row kRows[] = {
    {.pattern = "11010101000000110010mmmmooo11111",
     .name = "HINT",
     .group = "hint",
     .decode = decode_hint,
     .dependency = Dependency::none},
    {.pattern = "11010101000000110011mmmm01011111",
     .name = "CLREX",
     .group = "barrier",
     .decode = decode_barrier<BarrierType::clrex>,
     .dependency = Dependency::none},
    {.pattern = "11010101000000110011mmmm10011111",
     .name = "DSB",
     .group = "barrier",
     .decode = decode_barrier<BarrierType::dsb>,
     .cost = CostClass::barrier,
     .dependency = Dependency::none,
     .ends_group = true},
    {.pattern = "11010101000000110011mmmm10111111",
     .name = "DMB",
     .group = "barrier",
     .decode = decode_barrier<BarrierType::dmb>,
     .cost = CostClass::barrier,
     .dependency = Dependency::none},
    {.pattern = "11010101000000110011mmmm11011111",
     .name = "ISB",
     .group = "barrier",
     .decode = decode_barrier<BarrierType::isb>,
     .cost = CostClass::barrier,
     .dependency = Dependency::none,
     .ends_group = true},
    {.pattern = "1101010100000ppp0100mmmmooo11111",
     .name = "MSR_imm",
     .group = "pstate",
     .decode = decode_msr_immediate,
     .cost = CostClass::system,
     .dependency = Dependency::none,
     .writes = "SYS",
     .ends_group = true},
    {.pattern = "1101010100001pppnnnnmmmmooottttt",
     .name = "SYS",
     .group = "system",
     .decode = decode_system<execute_sys, true>,
     .cost = CostClass::system,
     .dependency = Dependency::address,
     .reads = "t",
     .ends_group = true},
    {.pattern = "1101010100101pppnnnnmmmmooottttt",
     .name = "SYSL",
     .group = "system",
     .decode = decode_system<execute_sysl, false>,
     .cost = CostClass::system,
     .writes = "t",
     .ends_group = true},
    {.pattern = "110101010001qpppnnnnmmmmooottttt",
     .name = "MSR",
     .group = "system_register",
     .decode = decode_system<execute_msr, true>,
     .cost = CostClass::system,
     .reads = "t",
     .writes = "SYS",
     .ends_group = true},
    {.pattern = "110101010011qpppnnnnmmmmooottttt",
     .name = "MRS",
     .group = "system_register",
     .decode = decode_system<execute_mrs, false>,
     .cost = CostClass::system,
     .reads = "SYS",
     .writes = "t"},
};

}  // namespace

std::span<const Row> rows_system() { return kRows; }

}  // namespace armature::cpu
