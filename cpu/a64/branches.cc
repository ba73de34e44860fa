// Branches, exception generation and exception return.
#include <array>
#include <utility>

#include "cpu/a64/arithmetic.h"
#include "cpu/chain.h"
#include "cpu/decode.h"
#include "cpu/exception.h"
#include "cpu/operands.h"

namespace armature::cpu {

namespace {

using u32 = std::uint32_t;
using u64 = std::uint64_t;

// CHOICE: the end of a loop, a conditional branch backwards that is not taken, is mispredicted; all other
// branches are predicted right. The TRMs do not say how these cores predict; loop exits are what learning
// predictors keep getting wrong. aux2 is the price in cycles, 0 for a branch forwards.
[[gnu::noinline]] Outcome end_of_loop(Core& core, const Insn& insn) {
  core.charge(Cycles::whole(insn.aux2));
  if (core.group_end == &insn + 1) return Outcome::next;
  return go_on_in_next_group(core, insn);
}

Outcome branch_if(Core& core, const Insn& insn, bool taken) {
  if (taken) return branch_by_immediate(core, insn);
  return insn.aux2 != 0 ? end_of_loop(core, insn) : go_on_in_next_group(core, insn);
}

// ---- Immediate

Outcome branch(Core& core, const Insn& insn) { return branch_by_immediate(core, insn); }
Outcome branch_with_link(Core& core, const Insn& insn) {
  core.state.x[30] = core.pc_of(insn) + 4;
  return branch_by_immediate(core, insn);
}

bool decode_branch(u32 word, Insn& insn) {
  constexpr WordField<31> link;
  insn.imm = static_cast<u64>(field::imm26.sign_extended(word) * 4);
  insn.flags = kBranchesByImmediate;
  insn.handler = link(word) != 0 ? branch_with_link : branch;
  return true;
}

template <unsigned cond>
Outcome branch_conditional(Core& core, const Insn& insn) {
  return branch_if(core, insn, condition_holds<cond>(core));
}
template <std::size_t... conds>
constexpr std::array<Handler, 16> conditional_handlers(std::index_sequence<conds...>) {
  return {branch_conditional<conds>...};
}
constexpr auto kBranchConditional = conditional_handlers(std::make_index_sequence<16>{});

bool decode_branch_conditional(u32 word, Insn& insn) {
  constexpr WordField<3, 0> cond;
  insn.imm = static_cast<u64>(field::imm19.sign_extended(word) * 4);
  insn.flags = kMayFallThrough | kBranchesByImmediate;
  insn.handler = kBranchConditional[cond(word)];
  return true;
}

template <typename T, bool if_zero>
Outcome compare_and_branch(Core& core, const Insn& insn) {
  return branch_if(core, insn, (get_x<T>(core, insn.rn) == 0) == if_zero);
}

bool decode_compare_and_branch(u32 word, Insn& insn) {
  constexpr WordField<24> if_not_zero;
  constexpr Handler handlers[2][2] = {
      {compare_and_branch<u32, true>, compare_and_branch<u32, false>},
      {compare_and_branch<u64, true>, compare_and_branch<u64, false>}};
  insn.imm = static_cast<u64>(field::imm19.sign_extended(word) * 4);
  insn.rn = read_zr(field::rt(word));
  insn.flags = kMayFallThrough | kBranchesByImmediate;
  insn.handler = handlers[field::sf(word)][if_not_zero(word)];
  return true;
}

template <bool if_set>
Outcome test_and_branch(Core& core, const Insn& insn) {
  return branch_if(core, insn, bit(core.state.x[insn.rn], insn.aux) == if_set);
}

bool decode_test_and_branch(u32 word, Insn& insn) {
  constexpr WordField<24> if_set;
  constexpr WordField<31> b5;
  constexpr WordField<23, 19> b40;
  insn.imm = static_cast<u64>(field::imm14.sign_extended(word) * 4);
  insn.rn = read_zr(field::rt(word));
  insn.aux = static_cast<std::uint8_t>(b5(word) << 5 | b40(word));
  insn.flags = kMayFallThrough | kBranchesByImmediate;
  insn.handler = if_set(word) != 0 ? test_and_branch<true> : test_and_branch<false>;
  return true;
}

// ---- Register

Outcome branch_register(Core& core, const Insn& insn) {
  return branch_to(core, insn, core.state.x[insn.rn]);
}
Outcome branch_register_with_link(Core& core, const Insn& insn) {
  const u64 target = core.state.x[insn.rn];  // before the link: BLR X30
  core.state.x[30] = core.pc_of(insn) + 4;
  return branch_to(core, insn, target);
}

bool decode_branch_register(u32 word, Insn& insn) {
  constexpr WordField<21> link;
  insn.rn = read_zr(field::rn(word));
  insn.handler = link(word) != 0 ? branch_register_with_link : branch_register;
  return true;
}

// ---- Exceptions

Outcome svc(Core& core, const Insn& insn) {
  return supervisor_call(core, static_cast<std::uint16_t>(insn.imm));
}
Outcome hvc(Core& core, const Insn& insn) {
  return hypervisor_call(core, static_cast<std::uint16_t>(insn.imm));
}
Outcome smc(Core& core, const Insn& insn) {
  return secure_monitor_call(core, static_cast<std::uint16_t>(insn.imm));
}
Outcome brk(Core& core, const Insn& insn) {
  return software_breakpoint(core, static_cast<std::uint16_t>(insn.imm));
}
Outcome hlt(Core& core, const Insn& insn) {
  return halting_breakpoint(core, static_cast<std::uint16_t>(insn.imm));
}
Outcome eret(Core& core, const Insn&) { return exception_return(core); }

template <Outcome (*meaning)(Core&, const Insn&)>
bool decode_exception(u32 word, Insn& insn) {
  insn.imm = field::imm16(word);
  insn.handler = meaning;
  return true;
}

bool decode_eret(u32, Insn& insn) {
  insn.handler = eret;
  return true;
}

// DCPS1..3 have no rows: halting is never allowed (no external debug), so they are UNDEFINED. DRPS
// is UNDEFINED in Non-debug state.
constexpr Row kRows[] = {
    {.pattern = "000101iiiiiiiiiiiiiiiiiiiiiiiiii",
     .name = "B",
     .group = "branch_imm",
     .decode = decode_branch,
     .cost = CostClass::branch,
     .dependency = Dependency::none,
     .ends_group = true},
    {.pattern = "100101iiiiiiiiiiiiiiiiiiiiiiiiii",
     .name = "BL",
     .group = "branch_imm",
     .decode = decode_branch,
     .cost = CostClass::branch,
     .dependency = Dependency::none,
     .writes = "X30",
     .ends_group = true},
    {.pattern = "01010100iiiiiiiiiiiiiiiiiii0cccc",
     .name = "B_cond",
     .group = "branch_cond",
     .decode = decode_branch_conditional,
     .cost = CostClass::branch,
     .dependency = Dependency::control,
     .reads = "C",
     .ends_group = true},
    {.pattern = "f011010oiiiiiiiiiiiiiiiiiiittttt",
     .name = "CBZ_CBNZ",
     .group = "branch_cond",
     .decode = decode_compare_and_branch,
     .cost = CostClass::branch,
     .dependency = Dependency::control,
     .reads = "t",
     .ends_group = true},
    {.pattern = "b011011obbbbbiiiiiiiiiiiiiittttt",
     .name = "TBZ_TBNZ",
     .group = "branch_cond",
     .decode = decode_test_and_branch,
     .cost = CostClass::branch,
     .dependency = Dependency::control,
     .reads = "t",
     .ends_group = true},
    {.pattern = "1101011000011111000000nnnnn00000",
     .name = "BR",
     .group = "branch_reg",
     .decode = decode_branch_register,
     .cost = CostClass::branch,
     .dependency = Dependency::control,
     .reads = "n",
     .ends_group = true},
    {.pattern = "1101011000111111000000nnnnn00000",
     .name = "BLR",
     .group = "branch_reg",
     .decode = decode_branch_register,
     .cost = CostClass::branch,
     .dependency = Dependency::control,
     .reads = "n",
     .writes = "X30",
     .ends_group = true},
    {.pattern = "1101011001011111000000nnnnn00000",
     .name = "RET",
     .group = "branch_reg",
     .decode = decode_branch_register,
     .cost = CostClass::branch,
     .dependency = Dependency::control,
     .reads = "n",
     .ends_group = true},
    {.pattern = "11010110100111110000001111100000",
     .name = "ERET",
     .group = "exception_return",
     .decode = decode_eret,
     .cost = CostClass::system,
     .dependency = Dependency::none,
     .reads = "SYS",
     .writes = "SYS",
     .ends_group = true},
    {.pattern = "11010100000iiiiiiiiiiiiiiii00001",
     .name = "SVC",
     .group = "exception",
     .decode = decode_exception<svc>,
     .cost = CostClass::system,
     .dependency = Dependency::none,
     .ends_group = true},
    {.pattern = "11010100000iiiiiiiiiiiiiiii00010",
     .name = "HVC",
     .group = "exception",
     .decode = decode_exception<hvc>,
     .cost = CostClass::system,
     .dependency = Dependency::none,
     .ends_group = true},
    {.pattern = "11010100000iiiiiiiiiiiiiiii00011",
     .name = "SMC",
     .group = "exception",
     .decode = decode_exception<smc>,
     .cost = CostClass::system,
     .dependency = Dependency::none,
     .ends_group = true},
    {.pattern = "11010100001iiiiiiiiiiiiiiii00000",
     .name = "BRK",
     .group = "exception",
     .decode = decode_exception<brk>,
     .cost = CostClass::system,
     .dependency = Dependency::none,
     .ends_group = true},
    {.pattern = "11010100010iiiiiiiiiiiiiiii00000",
     .name = "HLT",
     .group = "exception",
     .decode = decode_exception<hlt>,
     .cost = CostClass::system,
     .dependency = Dependency::none,
     .ends_group = true},
};

}  // namespace

std::span<const Row> rows_branches() { return kRows; }

}  // namespace armature::cpu
