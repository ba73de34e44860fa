// Data processing, register: logical, add and subtract, carry, conditional, and the sources files
// data_processing_sources.cc (one, two and three sources) joined in here.
#include <iterator>
#include <vector>

#include "cpu/a64/arithmetic.h"
#include "cpu/a64/data_processing_sources.h"
#include "cpu/decode.h"
#include "cpu/operands.h"

namespace armature::cpu {

namespace {

using u32 = std::uint32_t;
using u64 = std::uint64_t;

void decode_three_registers(u32 word, Insn& insn) {
  insn.rd = write_zr(field::rd(word));
  insn.rn = read_zr(field::rn(word));
  insn.rm = read_zr(field::rm(word));
}

constexpr unsigned shift_bits(unsigned sf) { return sf != 0 ? 6 : 5; }

// ---- Logical (shifted register)

enum class Logical : std::uint8_t { and_, bic, orr, orn, eor, eon, ands, bics };

template <typename T, Logical op, ShiftType type>
Outcome logical_shifted(Core& core, const Insn& insn) {
  constexpr bool inverts = (static_cast<unsigned>(op) & 1) != 0;
  const T a = get_x<T>(core, insn.rn);
  T b = shift<T, type>(get_x<T>(core, insn.rm), insn.aux);
  if constexpr (inverts) b = static_cast<T>(~b);
  T result = a & b;
  if constexpr (op == Logical::orr || op == Logical::orn) result = a | b;
  if constexpr (op == Logical::eor || op == Logical::eon) result = a ^ b;
  if constexpr (op == Logical::ands || op == Logical::bics) {
    core.state.nzcv = negative_and_zero(result);
  }
  set_x(core, insn.rd, result);
  return go_on(core, insn);
}

// MOV (register) is ORR with XZR and no shift; it deserves its own handler.
template <typename T>
Outcome move_register(Core& core, const Insn& insn) {
  set_x(core, insn.rd, get_x<T>(core, insn.rm));
  return go_on(core, insn);
}

template <typename T, Logical op>
constexpr Handler logical_handler(ShiftType type) {
  constexpr Handler handlers[4] = {
      logical_shifted<T, op, ShiftType::lsl>, logical_shifted<T, op, ShiftType::lsr>,
      logical_shifted<T, op, ShiftType::asr>, logical_shifted<T, op, ShiftType::ror>};
  return handlers[static_cast<unsigned>(type)];
}

template <typename T>
Handler logical_handler_of(Logical op, ShiftType type) {
  switch (op) {
    case Logical::and_:
      return logical_handler<T, Logical::and_>(type);
    case Logical::bic:
      return logical_handler<T, Logical::bic>(type);
    case Logical::orr:
      return logical_handler<T, Logical::orr>(type);
    case Logical::orn:
      return logical_handler<T, Logical::orn>(type);
    case Logical::eor:
      return logical_handler<T, Logical::eor>(type);
    case Logical::eon:
      return logical_handler<T, Logical::eon>(type);
    case Logical::ands:
      return logical_handler<T, Logical::ands>(type);
    case Logical::bics:
      return logical_handler<T, Logical::bics>(type);
  }
  return nullptr;
}

bool decode_logical_shifted(u32 word, Insn& insn) {
  constexpr WordField<30, 29> opc;
  constexpr WordField<21> invert;
  const bool wide = field::sf(word) != 0;
  const unsigned amount = field::imm6(word);
  if (amount >> shift_bits(wide) != 0) return false;
  decode_three_registers(word, insn);
  insn.aux = static_cast<std::uint8_t>(amount);
  const auto op = static_cast<Logical>(opc(word) << 1 | invert(word));
  const auto type = static_cast<ShiftType>(field::shift(word));
  insn.handler = wide ? logical_handler_of<u64>(op, type) : logical_handler_of<u32>(op, type);
  if (op == Logical::orr && insn.rn == kZero && amount == 0) {
    insn.handler = wide ? move_register<u64> : move_register<u32>;
  }
  return true;
}

// ---- Add/subtract (shifted register)

template <typename T, bool subtract, bool set_flags, ShiftType type>
Outcome add_shifted(Core& core, const Insn& insn) {
  const T a = get_x<T>(core, insn.rn);
  const T b = shift<T, type>(get_x<T>(core, insn.rm), insn.aux);
  if constexpr (set_flags) {
    set_x(core, insn.rd, add_with_flags<T, subtract>(a, b, core.state.nzcv));
  } else {
    set_x(core, insn.rd, add<T, subtract>(a, b));
  }
  return go_on(core, insn);
}

// Indexed by op:S and shift type.
template <typename T>
inline constexpr Handler kAddShifted[4][3] = {
    {add_shifted<T, false, false, ShiftType::lsl>, add_shifted<T, false, false, ShiftType::lsr>,
     add_shifted<T, false, false, ShiftType::asr>},
    {add_shifted<T, false, true, ShiftType::lsl>, add_shifted<T, false, true, ShiftType::lsr>,
     add_shifted<T, false, true, ShiftType::asr>},
    {add_shifted<T, true, false, ShiftType::lsl>, add_shifted<T, true, false, ShiftType::lsr>,
     add_shifted<T, true, false, ShiftType::asr>},
    {add_shifted<T, true, true, ShiftType::lsl>, add_shifted<T, true, true, ShiftType::lsr>,
     add_shifted<T, true, true, ShiftType::asr>}};

bool decode_add_shifted(u32 word, Insn& insn) {
  constexpr WordField<30, 29> op_s;
  constexpr unsigned reserved_shift = 3;
  const bool wide = field::sf(word) != 0;
  const unsigned amount = field::imm6(word), type = field::shift(word);
  if (type == reserved_shift || amount >> shift_bits(wide) != 0) return false;
  decode_three_registers(word, insn);
  insn.aux = static_cast<std::uint8_t>(amount);
  insn.handler = wide ? kAddShifted<u64>[op_s(word)][type] : kAddShifted<u32>[op_s(word)][type];
  return true;
}

// ---- Add/subtract (extended register)

template <typename T, bool subtract, bool set_flags, unsigned option>
Outcome add_extended(Core& core, const Insn& insn) {
  const T a = get_x<T>(core, insn.rn);
  const T b = static_cast<T>(extend<option>(core.state.x[insn.rm]) << insn.aux);
  if constexpr (set_flags) {
    set_x(core, insn.rd, add_with_flags<T, subtract>(a, b, core.state.nzcv));
  } else {
    set_x(core, insn.rd, add<T, subtract>(a, b));
  }
  return go_on(core, insn);
}

template <typename T, bool subtract, bool set_flags>
constexpr Handler add_extended_handler(unsigned option) {
  constexpr Handler handlers[8] = {
      add_extended<T, subtract, set_flags, 0>, add_extended<T, subtract, set_flags, 1>,
      add_extended<T, subtract, set_flags, 2>, add_extended<T, subtract, set_flags, 3>,
      add_extended<T, subtract, set_flags, 4>, add_extended<T, subtract, set_flags, 5>,
      add_extended<T, subtract, set_flags, 6>, add_extended<T, subtract, set_flags, 7>};
  return handlers[option];
}

template <typename T>
Handler add_extended_handler_of(unsigned op_s, unsigned option) {
  switch (op_s) {
    case 0:
      return add_extended_handler<T, false, false>(option);
    case 1:
      return add_extended_handler<T, false, true>(option);
    case 2:
      return add_extended_handler<T, true, false>(option);
    default:
      return add_extended_handler<T, true, true>(option);
  }
}

bool decode_add_extended(u32 word, Insn& insn) {
  constexpr WordField<30, 29> op_s;
  constexpr WordField<29> s;
  constexpr unsigned amount_max = 4;
  if (field::imm3(word) > amount_max) return false;
  insn.rd = s(word) != 0 ? write_zr(field::rd(word)) : or_sp(field::rd(word));
  insn.rn = or_sp(field::rn(word));
  insn.rm = read_zr(field::rm(word));
  insn.aux = static_cast<std::uint8_t>(field::imm3(word));
  insn.handler = field::sf(word) != 0
                     ? add_extended_handler_of<u64>(op_s(word), field::option(word))
                     : add_extended_handler_of<u32>(op_s(word), field::option(word));
  return true;
}

// ---- Add/subtract (with carry)

template <typename T, bool subtract, bool set_flags>
Outcome add_carry(Core& core, const Insn& insn) {
  const T a = get_x<T>(core, insn.rn);
  T b = get_x<T>(core, insn.rm);
  if constexpr (subtract) b = static_cast<T>(~b);
  std::uint32_t nzcv = 0;
  const bool carry = (core.state.nzcv & kFlagC) != 0;
  set_x(core, insn.rd, add_with_carry<T>(a, b, carry, nzcv));
  if constexpr (set_flags) core.state.nzcv = nzcv;
  return go_on(core, insn);
}

// Indexed by sf:op:S.
constexpr Handler kAddCarry[8] = {add_carry<u32, false, false>, add_carry<u32, false, true>,
                                  add_carry<u32, true, false>,  add_carry<u32, true, true>,
                                  add_carry<u64, false, false>, add_carry<u64, false, true>,
                                  add_carry<u64, true, false>,  add_carry<u64, true, true>};

bool decode_add_carry(u32 word, Insn& insn) {
  constexpr WordField<31, 29> sf_op_s;
  decode_three_registers(word, insn);
  insn.handler = kAddCarry[sf_op_s(word)];
  return true;
}

// ---- Conditional compare; aux = condition, aux2 = nzcv if it does not hold

template <typename T, bool subtract, bool immediate>
Outcome conditional_compare(Core& core, const Insn& insn) {
  if (condition_holds(core, insn.aux)) {
    const T b = immediate ? static_cast<T>(insn.imm) : get_x<T>(core, insn.rm);
    add_with_flags<T, subtract>(get_x<T>(core, insn.rn), b, core.state.nzcv);
  } else {
    core.state.nzcv = static_cast<u32>(insn.aux2) << kFlagsShift;
  }
  return go_on(core, insn);
}

// Indexed by sf:op and immediate.
constexpr Handler kConditionalCompare[4][2] = {
    {conditional_compare<u32, false, false>, conditional_compare<u32, false, true>},
    {conditional_compare<u32, true, false>, conditional_compare<u32, true, true>},
    {conditional_compare<u64, false, false>, conditional_compare<u64, false, true>},
    {conditional_compare<u64, true, false>, conditional_compare<u64, true, true>}};

bool decode_conditional_compare(u32 word, Insn& insn) {
  constexpr WordField<31, 30> sf_op;
  constexpr WordField<11> immediate;
  constexpr WordField<3, 0> nzcv;
  insn.rn = read_zr(field::rn(word));
  insn.rm = read_zr(field::rm(word));
  insn.imm = field::rm(word);
  insn.aux = static_cast<std::uint8_t>(field::cond(word));
  insn.aux2 = static_cast<std::uint8_t>(nzcv(word));
  insn.handler = kConditionalCompare[sf_op(word)][immediate(word)];
  return true;
}

// ---- Conditional select

enum class Select : std::uint8_t { csel, csinc, csinv, csneg };

template <typename T, Select op>
Outcome conditional_select(Core& core, const Insn& insn) {
  const T a = get_x<T>(core, insn.rn);
  T b = get_x<T>(core, insn.rm);
  if constexpr (op == Select::csinc) b = static_cast<T>(b + 1);
  if constexpr (op == Select::csinv) b = static_cast<T>(~b);
  if constexpr (op == Select::csneg) b = static_cast<T>(0 - b);
  set_x(core, insn.rd, condition_holds(core, insn.aux) ? a : b);
  return go_on(core, insn);
}

// Indexed by sf:op:o2.
constexpr Handler kConditionalSelect[8] = {
    conditional_select<u32, Select::csel>,  conditional_select<u32, Select::csinc>,
    conditional_select<u32, Select::csinv>, conditional_select<u32, Select::csneg>,
    conditional_select<u64, Select::csel>,  conditional_select<u64, Select::csinc>,
    conditional_select<u64, Select::csinv>, conditional_select<u64, Select::csneg>};

bool decode_conditional_select(u32 word, Insn& insn) {
  constexpr WordField<31, 30> sf_op;
  constexpr WordField<10> o2;
  decode_three_registers(word, insn);
  insn.aux = static_cast<std::uint8_t>(field::cond(word));
  insn.handler = kConditionalSelect[sf_op(word) << 1 | o2(word)];
  return true;
}

constexpr Row kRows[] = {
    {.pattern = "f0001010hhimmmmmaaaaaannnnnddddd",
     .name = "AND_BIC_shift",
     .group = "logical_shift",
     .decode = decode_logical_shifted,
     .reads = "n m",
     .writes = "d"},
    {.pattern = "f0101010hhimmmmmaaaaaannnnnddddd",
     .name = "ORR_ORN_shift",
     .group = "logical_shift",
     .decode = decode_logical_shifted,
     .reads = "n m",
     .writes = "d"},
    {.pattern = "f1001010hhimmmmmaaaaaannnnnddddd",
     .name = "EOR_EON_shift",
     .group = "logical_shift",
     .decode = decode_logical_shifted,
     .reads = "n m",
     .writes = "d"},
    {.pattern = "f1101010hhimmmmmaaaaaannnnnddddd",
     .name = "ANDS_BICS_shift",
     .group = "logical_shift",
     .decode = decode_logical_shifted,
     .reads = "n m",
     .writes = "d C"},
    {.pattern = "fo001011hh0mmmmmaaaaaannnnnddddd",
     .name = "ADD_SUB_shift",
     .group = "add_sub_shift",
     .decode = decode_add_shifted,
     .reads = "n m",
     .writes = "d"},
    {.pattern = "fo101011hh0mmmmmaaaaaannnnnddddd",
     .name = "ADDS_SUBS_shift",
     .group = "add_sub_shift",
     .decode = decode_add_shifted,
     .reads = "n m",
     .writes = "d C"},
    {.pattern = "fo001011001mmmmmxxxiiinnnnnddddd",
     .name = "ADD_SUB_ext",
     .group = "add_sub_ext",
     .decode = decode_add_extended,
     .reads = "n|SP m",
     .writes = "d|SP"},
    {.pattern = "fo101011001mmmmmxxxiiinnnnnddddd",
     .name = "ADDS_SUBS_ext",
     .group = "add_sub_ext",
     .decode = decode_add_extended,
     .reads = "n|SP m",
     .writes = "d C"},
    {.pattern = "fo011010000mmmmm000000nnnnnddddd",
     .name = "ADC_SBC",
     .group = "add_sub_carry",
     .decode = decode_add_carry,
     .reads = "n m C",
     .writes = "d"},
    {.pattern = "fo111010000mmmmm000000nnnnnddddd",
     .name = "ADCS_SBCS",
     .group = "add_sub_carry",
     .decode = decode_add_carry,
     .reads = "n m C",
     .writes = "d C"},
    {.pattern = "fo111010010mmmmmcccc00nnnnn0vvvv",
     .name = "CCMN_CCMP_reg",
     .group = "cond_compare",
     .decode = decode_conditional_compare,
     .reads = "n m C",
     .writes = "C"},
    {.pattern = "fo111010010iiiiicccc10nnnnn0vvvv",
     .name = "CCMN_CCMP_imm",
     .group = "cond_compare",
     .decode = decode_conditional_compare,
     .reads = "n C",
     .writes = "C"},
    {.pattern = "fo011010100mmmmmcccc0onnnnnddddd",
     .name = "CSEL_CSINC_CSINV_CSNEG",
     .group = "cond_select",
     .decode = decode_conditional_select,
     .reads = "n m C",
     .writes = "d"},
};

}  // namespace

std::span<const Row> rows_data_processing_register() {
  static const std::vector<Row> rows = [] {
    std::vector<Row> joined(std::begin(kRows), std::end(kRows));
    const std::span<const Row> sources = rows_data_processing_sources();
    joined.insert(joined.end(), sources.begin(), sources.end());
    return joined;
  }();
  return rows;
}

}  // namespace armature::cpu
