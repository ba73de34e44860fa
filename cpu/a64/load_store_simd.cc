// Loads and stores of one or two SIMD&FP registers of 8 to 128 bits: literal, immediate offset,
// pre- and post-indexed, register offset, pairs, non-temporal pairs (whose hint has no effect
// here).
#include "cpu/a64/load_store_simd.h"

#include <vector>

#include "cpu/a64/arithmetic.h"
#include "cpu/a64/load_store.h"
#include "cpu/operands.h"

namespace armature::cpu {

namespace {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

// Writing a register narrower than 128 bits clears the bits above it.
template <typename T>
VReg as_vector(T value) {
  if constexpr (sizeof(T) == 16) {
    return {{static_cast<u64>(value), static_cast<u64>(value >> 64)}};
  } else {
    return {{value, 0}};
  }
}
template <typename T>
T from_vector(const VReg& v) {
  if constexpr (sizeof(T) == 16) {
    return static_cast<T>(v.d[1]) << 64 | v.d[0];
  } else {
    return static_cast<T>(v.d[0]);
  }
}

template <typename T>
struct VectorLoad {
  static bool quick(Core& core, const Insn& insn, u64 va) {
    const u8* const host = core.readable<T>(va);
    if (host == nullptr) [[unlikely]]
      return false;
    T value;
    std::memcpy(&value, host, sizeof value);
    ++core.statistics.fast_reads;
    core.state.v[insn.rd] = as_vector(value);
    return true;
  }
  template <MemoryOrder order>
  static bool perform(Core& core, const Insn& insn, u64 va) {
    T value;
    if (!core.load(va, value, order)) return false;
    core.state.v[insn.rd] = as_vector(value);
    return true;
  }
};

template <typename T>
struct VectorStore {
  static bool quick(Core& core, const Insn& insn, u64 va) {
    u8* const host = core.writable<T>(va);
    if (host == nullptr) [[unlikely]]
      return false;
    const T value = from_vector<T>(core.state.v[insn.rd]);
    std::memcpy(host, &value, sizeof value);
    ++core.statistics.fast_writes;
    return true;
  }
  template <MemoryOrder order>
  static bool perform(Core& core, const Insn& insn, u64 va) {
    return core.store(va, from_vector<T>(core.state.v[insn.rd]), order);
  }
};

// rd = Vt, ra = Vt2.
template <typename T>
struct VectorLoadPair {
  static bool quick(Core& core, const Insn& insn, u64 va) {
    const u8* const host = core.readable_pair<T>(va);
    if (host == nullptr) [[unlikely]]
      return false;
    T values[2];
    std::memcpy(values, host, sizeof values);
    core.statistics.fast_reads += 2;
    core.state.v[insn.rd] = as_vector(values[0]);
    core.state.v[insn.ra] = as_vector(values[1]);
    return true;
  }
  // CONSTRAINED UNPREDICTABLE: Vt == Vt2. CHOICE: Vt2 is written last, the second datum stays.
  template <MemoryOrder order>
  static bool perform(Core& core, const Insn& insn, u64 va) {
    T first, second;
    if (!core.load(va, first, order) || !core.load(va + sizeof(T), second, order)) return false;
    core.state.v[insn.rd] = as_vector(first);
    core.state.v[insn.ra] = as_vector(second);
    return true;
  }
};

template <typename T>
struct VectorStorePair {
  static bool quick(Core& core, const Insn& insn, u64 va) {
    u8* const host = core.writable_pair<T>(va);
    if (host == nullptr) [[unlikely]]
      return false;
    const T values[2] = {from_vector<T>(core.state.v[insn.rd]),
                         from_vector<T>(core.state.v[insn.ra])};
    std::memcpy(host, values, sizeof values);
    core.statistics.fast_writes += 2;
    return true;
  }
  template <MemoryOrder order>
  static bool perform(Core& core, const Insn& insn, u64 va) {
    return core.store(va, from_vector<T>(core.state.v[insn.rd]), order) &&
           core.store(va + sizeof(T), from_vector<T>(core.state.v[insn.ra]), order);
  }
};

void decode_registers(u32 word, Insn& insn) {
  insn.rd = static_cast<u8>(field::rt(word));
  insn.rn = or_sp(field::rn(word));
}

// ---- Immediate forms
template <typename Transfer, Addressing mode>
void set_immediate_handler(Insn& insn) {
  insn.handler = insn.rn == kSp ? transfer<Transfer, Immediate<mode>, true>
                                : transfer<Transfer, Immediate<mode>, false>;
}

template <template <typename> typename Transfer, typename T>
bool decode_unsigned_offset(u32 word, Insn& insn) {
  decode_registers(word, insn);
  insn.imm = static_cast<u64>(field::imm12(word)) * sizeof(T);
  set_immediate_handler<Transfer<T>, Addressing::offset>(insn);
  return true;
}

template <template <typename> typename Transfer, typename T, Addressing mode>
bool decode_imm9(u32 word, Insn& insn) {
  decode_registers(word, insn);
  insn.imm = static_cast<u64>(field::imm9.sign_extended(word));
  set_immediate_handler<Transfer<T>, mode>(insn);
  return true;
}

template <template <typename> typename Transfer, typename T, Addressing mode>
bool decode_pair(u32 word, Insn& insn) {
  decode_registers(word, insn);
  insn.ra = static_cast<u8>(field::rt2(word));
  insn.imm = static_cast<u64>(field::imm7.sign_extended(word)) * sizeof(T);
  set_immediate_handler<Transfer<T>, mode>(insn);
  return true;
}

// ---- Register offset
template <typename Transfer, unsigned option>
bool set_register_handler(Insn& insn) {
  insn.handler = insn.rn == kSp ? transfer<Transfer, RegisterOffset<option>, true>
                                : transfer<Transfer, RegisterOffset<option>, false>;
  return true;
}

template <template <typename> typename Transfer, typename T>
bool decode_register_offset(u32 word, Insn& insn) {
  constexpr WordField<12> s;
  constexpr unsigned log2_bytes = std::countr_zero(sizeof(T));
  enum : unsigned { uxtw = 2, lsl = 3, sxtw = 6, sxtx = 7 };
  decode_registers(word, insn);
  insn.rm = read_zr(field::rm(word));
  insn.aux = static_cast<u8>(s(word) != 0 ? log2_bytes : 0);
  switch (field::option(word)) {
    case uxtw:
      return set_register_handler<Transfer<T>, uxtw>(insn);
    case sxtw:
      return set_register_handler<Transfer<T>, sxtw>(insn);
    case lsl:
    case sxtx:
      return set_register_handler<Transfer<T>, lsl>(insn);
    default:
      return false;
  }
}

// ---- Literal
template <typename T>
bool decode_literal(u32 word, Insn& insn) {
  insn.rd = static_cast<u8>(field::rt(word));
  insn.imm = static_cast<u64>(field::imm19.sign_extended(word) * 4);
  insn.handler = transfer<VectorLoad<T>, Literal, false>;
  return true;
}

constexpr Addressing kOffset = Addressing::offset;
constexpr Addressing kPre = Addressing::pre_index;
constexpr Addressing kPost = Addressing::post_index;

constexpr Row rows[] = {
    simd_load_row("00011100iiiiiiiiiiiiiiiiiiittttt", "LDR_S_literal", "loadlit",
                  decode_literal<u32>, "", "Vt"),
    simd_load_row("01011100iiiiiiiiiiiiiiiiiiittttt", "LDR_D_literal", "loadlit",
                  decode_literal<u64>, "", "Vt"),
    simd_load_row("10011100iiiiiiiiiiiiiiiiiiittttt", "LDR_Q_literal", "loadlit",
                  decode_literal<u128>, "", "Vt"),

    simd_store_row("0011110100iiiiiiiiiiiinnnnnttttt", "STR_B_unsigned", "ldst_pos",
                   decode_unsigned_offset<VectorStore, u8>, "Vt n|SP"),
    simd_load_row("0011110101iiiiiiiiiiiinnnnnttttt", "LDR_B_unsigned", "ldst_pos",
                  decode_unsigned_offset<VectorLoad, u8>, "n|SP", "Vt"),
    simd_store_row("0111110100iiiiiiiiiiiinnnnnttttt", "STR_H_unsigned", "ldst_pos",
                   decode_unsigned_offset<VectorStore, u16>, "Vt n|SP"),
    simd_load_row("0111110101iiiiiiiiiiiinnnnnttttt", "LDR_H_unsigned", "ldst_pos",
                  decode_unsigned_offset<VectorLoad, u16>, "n|SP", "Vt"),
    simd_store_row("1011110100iiiiiiiiiiiinnnnnttttt", "STR_S_unsigned", "ldst_pos",
                   decode_unsigned_offset<VectorStore, u32>, "Vt n|SP"),
    simd_load_row("1011110101iiiiiiiiiiiinnnnnttttt", "LDR_S_unsigned", "ldst_pos",
                  decode_unsigned_offset<VectorLoad, u32>, "n|SP", "Vt"),
    simd_store_row("1111110100iiiiiiiiiiiinnnnnttttt", "STR_D_unsigned", "ldst_pos",
                   decode_unsigned_offset<VectorStore, u64>, "Vt n|SP"),
    simd_load_row("1111110101iiiiiiiiiiiinnnnnttttt", "LDR_D_unsigned", "ldst_pos",
                  decode_unsigned_offset<VectorLoad, u64>, "n|SP", "Vt"),
    simd_store_row("0011110110iiiiiiiiiiiinnnnnttttt", "STR_Q_unsigned", "ldst_pos",
                   decode_unsigned_offset<VectorStore, u128>, "Vt n|SP"),
    simd_load_row("0011110111iiiiiiiiiiiinnnnnttttt", "LDR_Q_unsigned", "ldst_pos",
                  decode_unsigned_offset<VectorLoad, u128>, "n|SP", "Vt"),

    simd_store_row("00111100000iiiiiiiii00nnnnnttttt", "STUR_B_unscaled", "ldst_unscaled",
                   decode_imm9<VectorStore, u8, kOffset>, "Vt n|SP"),
    simd_load_row("00111100010iiiiiiiii00nnnnnttttt", "LDUR_B_unscaled", "ldst_unscaled",
                  decode_imm9<VectorLoad, u8, kOffset>, "n|SP", "Vt"),
    simd_store_row("01111100000iiiiiiiii00nnnnnttttt", "STUR_H_unscaled", "ldst_unscaled",
                   decode_imm9<VectorStore, u16, kOffset>, "Vt n|SP"),
    simd_load_row("01111100010iiiiiiiii00nnnnnttttt", "LDUR_H_unscaled", "ldst_unscaled",
                  decode_imm9<VectorLoad, u16, kOffset>, "n|SP", "Vt"),
    simd_store_row("10111100000iiiiiiiii00nnnnnttttt", "STUR_S_unscaled", "ldst_unscaled",
                   decode_imm9<VectorStore, u32, kOffset>, "Vt n|SP"),
    simd_load_row("10111100010iiiiiiiii00nnnnnttttt", "LDUR_S_unscaled", "ldst_unscaled",
                  decode_imm9<VectorLoad, u32, kOffset>, "n|SP", "Vt"),
    simd_store_row("11111100000iiiiiiiii00nnnnnttttt", "STUR_D_unscaled", "ldst_unscaled",
                   decode_imm9<VectorStore, u64, kOffset>, "Vt n|SP"),
    simd_load_row("11111100010iiiiiiiii00nnnnnttttt", "LDUR_D_unscaled", "ldst_unscaled",
                  decode_imm9<VectorLoad, u64, kOffset>, "n|SP", "Vt"),
    simd_store_row("00111100100iiiiiiiii00nnnnnttttt", "STUR_Q_unscaled", "ldst_unscaled",
                   decode_imm9<VectorStore, u128, kOffset>, "Vt n|SP"),
    simd_load_row("00111100110iiiiiiiii00nnnnnttttt", "LDUR_Q_unscaled", "ldst_unscaled",
                  decode_imm9<VectorLoad, u128, kOffset>, "n|SP", "Vt"),

    simd_store_row("00111100000iiiiiiiii01nnnnnttttt", "STR_B_post", "ldst_immpost",
                   decode_imm9<VectorStore, u8, kPost>, "Vt n|SP", "n|SP"),
    simd_load_row("00111100010iiiiiiiii01nnnnnttttt", "LDR_B_post", "ldst_immpost",
                  decode_imm9<VectorLoad, u8, kPost>, "n|SP", "Vt n|SP"),
    simd_store_row("01111100000iiiiiiiii01nnnnnttttt", "STR_H_post", "ldst_immpost",
                   decode_imm9<VectorStore, u16, kPost>, "Vt n|SP", "n|SP"),
    simd_load_row("01111100010iiiiiiiii01nnnnnttttt", "LDR_H_post", "ldst_immpost",
                  decode_imm9<VectorLoad, u16, kPost>, "n|SP", "Vt n|SP"),
    simd_store_row("10111100000iiiiiiiii01nnnnnttttt", "STR_S_post", "ldst_immpost",
                   decode_imm9<VectorStore, u32, kPost>, "Vt n|SP", "n|SP"),
    simd_load_row("10111100010iiiiiiiii01nnnnnttttt", "LDR_S_post", "ldst_immpost",
                  decode_imm9<VectorLoad, u32, kPost>, "n|SP", "Vt n|SP"),
    simd_store_row("11111100000iiiiiiiii01nnnnnttttt", "STR_D_post", "ldst_immpost",
                   decode_imm9<VectorStore, u64, kPost>, "Vt n|SP", "n|SP"),
    simd_load_row("11111100010iiiiiiiii01nnnnnttttt", "LDR_D_post", "ldst_immpost",
                  decode_imm9<VectorLoad, u64, kPost>, "n|SP", "Vt n|SP"),
    simd_store_row("00111100100iiiiiiiii01nnnnnttttt", "STR_Q_post", "ldst_immpost",
                   decode_imm9<VectorStore, u128, kPost>, "Vt n|SP", "n|SP"),
    simd_load_row("00111100110iiiiiiiii01nnnnnttttt", "LDR_Q_post", "ldst_immpost",
                  decode_imm9<VectorLoad, u128, kPost>, "n|SP", "Vt n|SP"),

    simd_store_row("00111100000iiiiiiiii11nnnnnttttt", "STR_B_pre", "ldst_immpre",
                   decode_imm9<VectorStore, u8, kPre>, "Vt n|SP", "n|SP"),
    simd_load_row("00111100010iiiiiiiii11nnnnnttttt", "LDR_B_pre", "ldst_immpre",
                  decode_imm9<VectorLoad, u8, kPre>, "n|SP", "Vt n|SP"),
    simd_store_row("01111100000iiiiiiiii11nnnnnttttt", "STR_H_pre", "ldst_immpre",
                   decode_imm9<VectorStore, u16, kPre>, "Vt n|SP", "n|SP"),
    simd_load_row("01111100010iiiiiiiii11nnnnnttttt", "LDR_H_pre", "ldst_immpre",
                  decode_imm9<VectorLoad, u16, kPre>, "n|SP", "Vt n|SP"),
    simd_store_row("10111100000iiiiiiiii11nnnnnttttt", "STR_S_pre", "ldst_immpre",
                   decode_imm9<VectorStore, u32, kPre>, "Vt n|SP", "n|SP"),
    simd_load_row("10111100010iiiiiiiii11nnnnnttttt", "LDR_S_pre", "ldst_immpre",
                  decode_imm9<VectorLoad, u32, kPre>, "n|SP", "Vt n|SP"),
    simd_store_row("11111100000iiiiiiiii11nnnnnttttt", "STR_D_pre", "ldst_immpre",
                   decode_imm9<VectorStore, u64, kPre>, "Vt n|SP", "n|SP"),
    simd_load_row("11111100010iiiiiiiii11nnnnnttttt", "LDR_D_pre", "ldst_immpre",
                  decode_imm9<VectorLoad, u64, kPre>, "n|SP", "Vt n|SP"),
    simd_store_row("00111100100iiiiiiiii11nnnnnttttt", "STR_Q_pre", "ldst_immpre",
                   decode_imm9<VectorStore, u128, kPre>, "Vt n|SP", "n|SP"),
    simd_load_row("00111100110iiiiiiiii11nnnnnttttt", "LDR_Q_pre", "ldst_immpre",
                  decode_imm9<VectorLoad, u128, kPre>, "n|SP", "Vt n|SP"),

    simd_store_row("00111100001mmmmmx1xs10nnnnnttttt", "STR_B_reg", "ldst_regoff",
                   decode_register_offset<VectorStore, u8>, "Vt n|SP m"),
    simd_load_row("00111100011mmmmmx1xs10nnnnnttttt", "LDR_B_reg", "ldst_regoff",
                  decode_register_offset<VectorLoad, u8>, "n|SP m", "Vt"),
    simd_store_row("01111100001mmmmmx1xs10nnnnnttttt", "STR_H_reg", "ldst_regoff",
                   decode_register_offset<VectorStore, u16>, "Vt n|SP m"),
    simd_load_row("01111100011mmmmmx1xs10nnnnnttttt", "LDR_H_reg", "ldst_regoff",
                  decode_register_offset<VectorLoad, u16>, "n|SP m", "Vt"),
    simd_store_row("10111100001mmmmmx1xs10nnnnnttttt", "STR_S_reg", "ldst_regoff",
                   decode_register_offset<VectorStore, u32>, "Vt n|SP m"),
    simd_load_row("10111100011mmmmmx1xs10nnnnnttttt", "LDR_S_reg", "ldst_regoff",
                  decode_register_offset<VectorLoad, u32>, "n|SP m", "Vt"),
    simd_store_row("11111100001mmmmmx1xs10nnnnnttttt", "STR_D_reg", "ldst_regoff",
                   decode_register_offset<VectorStore, u64>, "Vt n|SP m"),
    simd_load_row("11111100011mmmmmx1xs10nnnnnttttt", "LDR_D_reg", "ldst_regoff",
                  decode_register_offset<VectorLoad, u64>, "n|SP m", "Vt"),
    simd_store_row("00111100101mmmmmx1xs10nnnnnttttt", "STR_Q_reg", "ldst_regoff",
                   decode_register_offset<VectorStore, u128>, "Vt n|SP m"),
    simd_load_row("00111100111mmmmmx1xs10nnnnnttttt", "LDR_Q_reg", "ldst_regoff",
                  decode_register_offset<VectorLoad, u128>, "n|SP m", "Vt"),

    simd_store_row("0010110000iiiiiiiuuuuunnnnnttttt", "STNP_S", "ldstnapair_offs",
                   decode_pair<VectorStorePair, u32, kOffset>, "Vt Vu n|SP"),
    simd_load_row("0010110001iiiiiiiuuuuunnnnnttttt", "LDNP_S", "ldstnapair_offs",
                  decode_pair<VectorLoadPair, u32, kOffset>, "n|SP", "Vt Vu"),
    simd_store_row("0110110000iiiiiiiuuuuunnnnnttttt", "STNP_D", "ldstnapair_offs",
                   decode_pair<VectorStorePair, u64, kOffset>, "Vt Vu n|SP"),
    simd_load_row("0110110001iiiiiiiuuuuunnnnnttttt", "LDNP_D", "ldstnapair_offs",
                  decode_pair<VectorLoadPair, u64, kOffset>, "n|SP", "Vt Vu"),
    simd_store_row("1010110000iiiiiiiuuuuunnnnnttttt", "STNP_Q", "ldstnapair_offs",
                   decode_pair<VectorStorePair, u128, kOffset>, "Vt Vu n|SP"),
    simd_load_row("1010110001iiiiiiiuuuuunnnnnttttt", "LDNP_Q", "ldstnapair_offs",
                  decode_pair<VectorLoadPair, u128, kOffset>, "n|SP", "Vt Vu"),

    simd_store_row("0010110010iiiiiiiuuuuunnnnnttttt", "STP_S_post", "ldstpair_post",
                   decode_pair<VectorStorePair, u32, kPost>, "Vt Vu n|SP", "n|SP"),
    simd_load_row("0010110011iiiiiiiuuuuunnnnnttttt", "LDP_S_post", "ldstpair_post",
                  decode_pair<VectorLoadPair, u32, kPost>, "n|SP", "Vt Vu n|SP"),
    simd_store_row("0110110010iiiiiiiuuuuunnnnnttttt", "STP_D_post", "ldstpair_post",
                   decode_pair<VectorStorePair, u64, kPost>, "Vt Vu n|SP", "n|SP"),
    simd_load_row("0110110011iiiiiiiuuuuunnnnnttttt", "LDP_D_post", "ldstpair_post",
                  decode_pair<VectorLoadPair, u64, kPost>, "n|SP", "Vt Vu n|SP"),
    simd_store_row("1010110010iiiiiiiuuuuunnnnnttttt", "STP_Q_post", "ldstpair_post",
                   decode_pair<VectorStorePair, u128, kPost>, "Vt Vu n|SP", "n|SP"),
    simd_load_row("1010110011iiiiiiiuuuuunnnnnttttt", "LDP_Q_post", "ldstpair_post",
                  decode_pair<VectorLoadPair, u128, kPost>, "n|SP", "Vt Vu n|SP"),

    simd_store_row("0010110100iiiiiiiuuuuunnnnnttttt", "STP_S", "ldstpair_off",
                   decode_pair<VectorStorePair, u32, kOffset>, "Vt Vu n|SP"),
    simd_load_row("0010110101iiiiiiiuuuuunnnnnttttt", "LDP_S", "ldstpair_off",
                  decode_pair<VectorLoadPair, u32, kOffset>, "n|SP", "Vt Vu"),
    simd_store_row("0110110100iiiiiiiuuuuunnnnnttttt", "STP_D", "ldstpair_off",
                   decode_pair<VectorStorePair, u64, kOffset>, "Vt Vu n|SP"),
    simd_load_row("0110110101iiiiiiiuuuuunnnnnttttt", "LDP_D", "ldstpair_off",
                  decode_pair<VectorLoadPair, u64, kOffset>, "n|SP", "Vt Vu"),
    simd_store_row("1010110100iiiiiiiuuuuunnnnnttttt", "STP_Q", "ldstpair_off",
                   decode_pair<VectorStorePair, u128, kOffset>, "Vt Vu n|SP"),
    simd_load_row("1010110101iiiiiiiuuuuunnnnnttttt", "LDP_Q", "ldstpair_off",
                  decode_pair<VectorLoadPair, u128, kOffset>, "n|SP", "Vt Vu"),

    simd_store_row("0010110110iiiiiiiuuuuunnnnnttttt", "STP_S_pre", "ldstpair_pre",
                   decode_pair<VectorStorePair, u32, kPre>, "Vt Vu n|SP", "n|SP"),
    simd_load_row("0010110111iiiiiiiuuuuunnnnnttttt", "LDP_S_pre", "ldstpair_pre",
                  decode_pair<VectorLoadPair, u32, kPre>, "n|SP", "Vt Vu n|SP"),
    simd_store_row("0110110110iiiiiiiuuuuunnnnnttttt", "STP_D_pre", "ldstpair_pre",
                   decode_pair<VectorStorePair, u64, kPre>, "Vt Vu n|SP", "n|SP"),
    simd_load_row("0110110111iiiiiiiuuuuunnnnnttttt", "LDP_D_pre", "ldstpair_pre",
                  decode_pair<VectorLoadPair, u64, kPre>, "n|SP", "Vt Vu n|SP"),
    simd_store_row("1010110110iiiiiiiuuuuunnnnnttttt", "STP_Q_pre", "ldstpair_pre",
                   decode_pair<VectorStorePair, u128, kPre>, "Vt Vu n|SP", "n|SP"),
    simd_load_row("1010110111iiiiiiiuuuuunnnnnttttt", "LDP_Q_pre", "ldstpair_pre",
                  decode_pair<VectorLoadPair, u128, kPre>, "n|SP", "Vt Vu n|SP"),
};

}  // namespace

std::span<const Row> rows_load_store_simd_registers() { return rows; }

std::span<const Row> rows_load_store_simd() {
  static const std::vector<Row> joined = [] {
    std::vector<Row> all;
    for (const auto part : {rows_load_store_simd_registers(), rows_load_store_simd_structures()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return joined;
}

}  // namespace armature::cpu
