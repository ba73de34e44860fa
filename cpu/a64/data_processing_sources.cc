// Data processing (1 source), (2 source), (3 source): bit reversal and counting, division, variable
// shifts, CRC32, multiplication.
#include "cpu/a64/data_processing_sources.h"

#include <array>
#include <bit>
#include <limits>

#include "cpu/a64/arithmetic.h"
#include "cpu/operands.h"

namespace armature::cpu {

namespace {

using u32 = std::uint32_t;
using u64 = std::uint64_t;

constexpr WordField<15, 10> kOpcode;

// ---- 1 source

// Swaps neighbouring groups of `by` bits under the mask of the lower groups.
constexpr u64 swap_groups(u64 value, unsigned by, u64 lower) {
  return (value >> by & lower) | (value & lower) << by;
}

// REV16, REV32, REV: reverses the bytes of each container.
constexpr u64 reverse_bytes_16(u64 value) { return swap_groups(value, 8, 0x00ff00ff00ff00ffull); }

struct Rbit {
  template <typename T>
  static T of(T value) {
    u64 x = value;
    x = swap_groups(x, 1, 0x5555555555555555ull);
    x = swap_groups(x, 2, 0x3333333333333333ull);
    x = swap_groups(x, 4, 0x0f0f0f0f0f0f0f0full);
    return sizeof(T) == 8 ? static_cast<T>(__builtin_bswap64(x))
                          : static_cast<T>(__builtin_bswap32(static_cast<u32>(x)));
  }
};
struct Rev16 {
  template <typename T>
  static T of(T value) {
    return static_cast<T>(reverse_bytes_16(value));
  }
};
struct Rev32 {
  template <typename T>
  static T of(T value) {
    const u64 low = __builtin_bswap32(static_cast<u32>(value));
    if constexpr (sizeof(T) == 4) return static_cast<T>(low);
    return static_cast<T>(
        static_cast<u64>(__builtin_bswap32(static_cast<u32>(value >> 31 >> 1))) << 32 | low);
  }
};
struct Rev64 {
  template <typename T>
  static T of(T value) {
    return static_cast<T>(__builtin_bswap64(value));
  }
};
struct Clz {
  template <typename T>
  static T of(T value) {
    return static_cast<T>(std::countl_zero(value));
  }
};
struct Cls {  // CountLeadingSignBits: the sign bit itself does not count
  template <typename T>
  static T of(T value) {
    using Signed = std::make_signed_t<T>;
    const T sign = static_cast<T>(static_cast<Signed>(value) >> (kWidth<T> - 1));
    return static_cast<T>(std::countl_zero(static_cast<T>(value ^ sign)) - 1);
  }
};

template <typename T, typename Operation>
Outcome one_source(Core& core, const Insn& insn) {
  set_x(core, insn.rd, Operation::template of<T>(get_x<T>(core, insn.rn)));
  return go_on(core, insn);
}

bool decode_one_source(u32 word, Insn& insn) {
  constexpr Handler handlers[2][6] = {
      {one_source<u32, Rbit>, one_source<u32, Rev16>, one_source<u32, Rev32>, nullptr,
       one_source<u32, Clz>, one_source<u32, Cls>},
      {one_source<u64, Rbit>, one_source<u64, Rev16>, one_source<u64, Rev32>,
       one_source<u64, Rev64>, one_source<u64, Clz>, one_source<u64, Cls>}};
  insn.rd = write_zr(field::rd(word));
  insn.rn = read_zr(field::rn(word));
  insn.handler = handlers[field::sf(word)][kOpcode(word)];
  return true;
}

// ---- 2 source

void decode_three_registers(u32 word, Insn& insn) {
  insn.rd = write_zr(field::rd(word));
  insn.rn = read_zr(field::rn(word));
  insn.rm = read_zr(field::rm(word));
}

// Division by zero gives zero; the most negative number by -1 gives itself.
template <typename T, bool is_signed>
Outcome divide(Core& core, const Insn& insn) {
  using Signed = std::make_signed_t<T>;
  const T a = get_x<T>(core, insn.rn), b = get_x<T>(core, insn.rm);
  T result = 0;
  if constexpr (is_signed) {
    const auto divisor = static_cast<Signed>(b);
    if (divisor == -1) {
      result = static_cast<T>(0 - a);
    } else if (divisor != 0) {
      result = static_cast<T>(static_cast<Signed>(a) / divisor);
    }
  } else if (b != 0) {
    result = a / b;
  }
  set_x(core, insn.rd, result);
  return go_on(core, insn);
}

bool decode_divide(u32 word, Insn& insn) {
  constexpr WordField<10> is_signed;
  constexpr Handler handlers[2][2] = {{divide<u32, false>, divide<u32, true>},
                                      {divide<u64, false>, divide<u64, true>}};
  decode_three_registers(word, insn);
  insn.handler = handlers[field::sf(word)][is_signed(word)];
  return true;
}

template <typename T, ShiftType type>
Outcome shift_variable(Core& core, const Insn& insn) {
  const auto amount = static_cast<unsigned>(core.state.x[insn.rm] % kWidth<T>);
  set_x(core, insn.rd, shift<T, type>(get_x<T>(core, insn.rn), amount));
  return go_on(core, insn);
}

bool decode_shift_variable(u32 word, Insn& insn) {
  constexpr WordField<11, 10> type;
  constexpr Handler handlers[2][4] = {
      {shift_variable<u32, ShiftType::lsl>, shift_variable<u32, ShiftType::lsr>,
       shift_variable<u32, ShiftType::asr>, shift_variable<u32, ShiftType::ror>},
      {shift_variable<u64, ShiftType::lsl>, shift_variable<u64, ShiftType::lsr>,
       shift_variable<u64, ShiftType::asr>, shift_variable<u64, ShiftType::ror>}};
  decode_three_registers(word, insn);
  insn.handler = handlers[field::sf(word)][type(word)];
  return true;
}

// CRC32 and CRC32C: the polynomials bit-reversed, as the instructions reflect data and result.
inline constexpr u32 kCrc32 = 0xedb88320, kCrc32c = 0x82f63b78;

template <u32 polynomial>
constexpr std::array<u32, 256> crc_table() {
  std::array<u32, 256> table{};
  for (u32 byte = 0; byte < table.size(); ++byte) {
    u32 crc = byte;
    for (unsigned n = 0; n < 8; ++n) crc = crc >> 1 ^ ((crc & 1) != 0 ? polynomial : 0);
    table[byte] = crc;
  }
  return table;
}
template <u32 polynomial>
inline constexpr std::array<u32, 256> kCrcTable = crc_table<polynomial>();

template <u32 polynomial, unsigned bytes>
Outcome crc(Core& core, const Insn& insn) {
  u32 accumulator = get_x<u32>(core, insn.rn);
  u64 data = core.state.x[insn.rm];
  for (unsigned n = 0; n < bytes; ++n, data >>= 8) {
    accumulator = accumulator >> 8 ^ kCrcTable<polynomial>[(accumulator ^ data) & 0xff];
  }
  set_x(core, insn.rd, accumulator);
  return go_on(core, insn);
}

bool decode_crc(u32 word, Insn& insn) {
  constexpr WordField<12> castagnoli;
  constexpr WordField<11, 10> size;
  constexpr unsigned doubleword = 3;
  constexpr Handler handlers[2][4] = {
      {crc<kCrc32, 1>, crc<kCrc32, 2>, crc<kCrc32, 4>, crc<kCrc32, 8>},
      {crc<kCrc32c, 1>, crc<kCrc32c, 2>, crc<kCrc32c, 4>, crc<kCrc32c, 8>}};
  if ((field::sf(word) != 0) != (size(word) == doubleword)) return false;
  decode_three_registers(word, insn);
  insn.handler = handlers[castagnoli(word)][size(word)];
  return true;
}

// ---- 3 source

template <typename T, bool subtract>
Outcome multiply_add(Core& core, const Insn& insn) {
  const T product = static_cast<T>(get_x<T>(core, insn.rn) * get_x<T>(core, insn.rm));
  set_x(core, insn.rd, add<T, subtract>(get_x<T>(core, insn.ra), product));
  return go_on(core, insn);
}

bool decode_multiply_add(u32 word, Insn& insn) {
  constexpr WordField<15> subtract;
  constexpr Handler handlers[2][2] = {{multiply_add<u32, false>, multiply_add<u32, true>},
                                      {multiply_add<u64, false>, multiply_add<u64, true>}};
  decode_three_registers(word, insn);
  insn.ra = read_zr(field::ra(word));
  insn.handler = handlers[field::sf(word)][subtract(word)];
  return true;
}

// SMADDL, SMSUBL, UMADDL, UMSUBL. T: std::int32_t or std::uint32_t.
template <typename T, bool subtract>
Outcome multiply_add_long(Core& core, const Insn& insn) {
  using Wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, u64>;
  const auto product = static_cast<u64>(static_cast<Wide>(static_cast<T>(core.state.x[insn.rn])) *
                                        static_cast<T>(core.state.x[insn.rm]));
  set_x(core, insn.rd, add<u64, subtract>(core.state.x[insn.ra], product));
  return go_on(core, insn);
}

bool decode_multiply_add_long(u32 word, Insn& insn) {
  constexpr WordField<23> is_unsigned;
  constexpr WordField<15> subtract;
  constexpr Handler handlers[2][2] = {
      {multiply_add_long<std::int32_t, false>, multiply_add_long<std::int32_t, true>},
      {multiply_add_long<u32, false>, multiply_add_long<u32, true>}};
  decode_three_registers(word, insn);
  insn.ra = read_zr(field::ra(word));
  insn.handler = handlers[is_unsigned(word)][subtract(word)];
  return true;
}

// SMULH, UMULH. T: a 64-bit type, Wide: its 128-bit one.
template <typename T, typename Wide>
Outcome multiply_high(Core& core, const Insn& insn) {
  const Wide product = static_cast<Wide>(static_cast<T>(core.state.x[insn.rn])) *
                       static_cast<T>(core.state.x[insn.rm]);
  set_x(core, insn.rd, static_cast<u64>(product >> 64));
  return go_on(core, insn);
}

bool decode_multiply_high(u32 word, Insn& insn) {
  constexpr WordField<23> is_unsigned;
  decode_three_registers(word, insn);
  insn.handler = is_unsigned(word) != 0 ? multiply_high<u64, unsigned __int128>
                                        : multiply_high<std::int64_t, __int128>;
  return true;
}

constexpr Row kRows[] = {
    {.pattern = "f101101011000000000000nnnnnddddd",
     .name = "RBIT",
     .group = "one_source",
     .decode = decode_one_source,
     .reads = "n",
     .writes = "d"},
    {.pattern = "f101101011000000000001nnnnnddddd",
     .name = "REV16",
     .group = "one_source",
     .decode = decode_one_source,
     .reads = "n",
     .writes = "d"},
    {.pattern = "f101101011000000000010nnnnnddddd",
     .name = "REV32_REV_w",
     .group = "one_source",
     .decode = decode_one_source,
     .reads = "n",
     .writes = "d"},
    {.pattern = "1101101011000000000011nnnnnddddd",
     .name = "REV_x",
     .group = "one_source",
     .decode = decode_one_source,
     .reads = "n",
     .writes = "d"},
    {.pattern = "f101101011000000000100nnnnnddddd",
     .name = "CLZ",
     .group = "one_source",
     .decode = decode_one_source,
     .reads = "n",
     .writes = "d"},
    {.pattern = "f101101011000000000101nnnnnddddd",
     .name = "CLS",
     .group = "one_source",
     .decode = decode_one_source,
     .reads = "n",
     .writes = "d"},
    {.pattern = "f0011010110mmmmm00001snnnnnddddd",
     .name = "UDIV_SDIV",
     .group = "two_source",
     .decode = decode_divide,
     .cost = CostClass::divide,
     .reads = "n m",
     .writes = "d"},
    {.pattern = "f0011010110mmmmm0010hhnnnnnddddd",
     .name = "LSLV_LSRV_ASRV_RORV",
     .group = "two_source",
     .decode = decode_shift_variable,
     .reads = "n m",
     .writes = "d"},
    {.pattern = "f0011010110mmmmm010czznnnnnddddd",
     .name = "CRC32",
     .group = "two_source",
     .decode = decode_crc,
     .cost = CostClass::multiply,
     .reads = "n m",
     .writes = "d"},
    {.pattern = "f0011011000mmmmmoaaaaannnnnddddd",
     .name = "MADD_MSUB",
     .group = "three_source",
     .decode = decode_multiply_add,
     .cost = CostClass::multiply,
     .reads = "n m a",
     .writes = "d"},
    {.pattern = "10011011u01mmmmmoaaaaannnnnddddd",
     .name = "MADDL_MSUBL",
     .group = "three_source",
     .decode = decode_multiply_add_long,
     .cost = CostClass::multiply,
     .reads = "n m a",
     .writes = "d"},
    {.pattern = "10011011u10mmmmm0aaaaannnnnddddd",
     .name = "SMULH_UMULH",
     .group = "three_source",
     .decode = decode_multiply_high,
     .cost = CostClass::multiply,
     .reads = "n m",
     .writes = "d"},
};

}  // namespace

std::span<const Row> rows_data_processing_sources() { return kRows; }

}  // namespace armature::cpu
