// Load and store pair, with the non-temporal forms (whose hint has no effect here).
#include "cpu/a64/load_store.h"
#include "cpu/operands.h"

namespace armature::cpu {

namespace {

using u32 = std::uint32_t;
using u64 = std::uint64_t;

// Memory and Register as for LoadTransfer; rd = Rt, ra = Rt2.
template <typename Memory, typename Register>
struct LoadPair {
  // CONSTRAINED UNPREDICTABLE: Rt == Rt2. CHOICE: Rt is written last, the first word stays.
  static bool quick(Core& core, const Insn& insn, u64 va) {
    const std::uint8_t* const host = core.readable_pair<Memory>(va);
    if (host == nullptr) [[unlikely]]
      return false;
    Memory values[2];
    std::memcpy(values, host, sizeof values);
    core.statistics.fast_reads += 2;
    core.state.x[insn.ra] = static_cast<Register>(values[1]);
    core.state.x[insn.rd] = static_cast<Register>(values[0]);
    return true;
  }
  template <MemoryOrder>
  static bool perform(Core& core, const Insn& insn, u64 va) {
    Memory first, second;
    if (!core.load_slow(va, &first, sizeof first, MemoryOrder::plain) ||
        !core.load(va + sizeof(Memory), second)) {
      return false;
    }
    core.state.x[insn.ra] = static_cast<Register>(second);
    core.state.x[insn.rd] = static_cast<Register>(first);
    return true;
  }
};

template <typename Memory>
struct StorePair {
  static bool quick(Core& core, const Insn& insn, u64 va) {
    std::uint8_t* const host = core.writable_pair<Memory>(va);
    if (host == nullptr) [[unlikely]]
      return false;
    const Memory values[2] = {static_cast<Memory>(core.state.x[insn.rd]),
                              static_cast<Memory>(core.state.x[insn.ra])};
    std::memcpy(host, values, sizeof values);
    core.statistics.fast_writes += 2;
    return true;
  }
  template <MemoryOrder>
  static bool perform(Core& core, const Insn& insn, u64 va) {
    const auto first = static_cast<Memory>(core.state.x[insn.rd]);
    return core.store_slow(va, &first, sizeof first, MemoryOrder::plain) &&
           core.store(va + sizeof(Memory), static_cast<Memory>(core.state.x[insn.ra]));
  }
};

// CONSTRAINED UNPREDICTABLE: write-back with Rn one of the pair. CHOICE: as for single registers,
// the base register is written last; stores store the old value.
template <typename Pair, Addressing mode>
constexpr Handler pair_handler(bool stack) {
  return stack ? transfer<Pair, Immediate<mode>, true> : transfer<Pair, Immediate<mode>, false>;
}

template <Addressing mode>
bool decode_pair(u32 word, Insn& insn) {
  constexpr WordField<31, 30> opc;
  constexpr WordField<22> load;
  enum : unsigned { words = 0, signed_words = 1, doublewords = 2 };
  const bool loads = load(word) != 0, wide = opc(word) == doublewords;
  insn.rd = loads ? write_zr(field::rt(word)) : read_zr(field::rt(word));
  insn.ra = loads ? write_zr(field::rt2(word)) : read_zr(field::rt2(word));
  insn.rn = or_sp(field::rn(word));
  insn.imm = static_cast<u64>(field::imm7.sign_extended(word)) << (wide ? 3 : 2);
  const bool stack = insn.rn == kSp;
  switch (opc(word)) {
    case words:
      insn.handler = loads ? pair_handler<LoadPair<u32, u32>, mode>(stack)
                           : pair_handler<StorePair<u32>, mode>(stack);
      return true;
    case signed_words:
      if (!loads) return false;
      insn.handler = pair_handler<LoadPair<std::int32_t, u64>, mode>(stack);
      return true;
    case doublewords:
      insn.handler = loads ? pair_handler<LoadPair<u64, u64>, mode>(stack)
                           : pair_handler<StorePair<u64>, mode>(stack);
      return true;
    default:
      return false;
  }
}

constexpr Row store_row(std::string_view pattern, std::string_view name, DecodeFunction function,
                        std::string_view writes = {}) {
  return {.pattern = pattern,
          .name = name,
          .group = "pair",
          .decode = function,
          .cost = CostClass::store,
          .access = Access::store,
          .reads = "t u n|SP",
          .writes = writes};
}
constexpr Row load_row(std::string_view pattern, std::string_view name, DecodeFunction function,
                       std::string_view writes = "t u") {
  return {.pattern = pattern,
          .name = name,
          .group = "pair",
          .decode = function,
          .cost = CostClass::load,
          .access = Access::load,
          .dependency = Dependency::address,
          .reads = "n|SP",
          .writes = writes};
}

constexpr auto offset = decode_pair<Addressing::offset>;
constexpr auto post_index = decode_pair<Addressing::post_index>;
constexpr auto pre_index = decode_pair<Addressing::pre_index>;

constexpr Row kRows[] = {
    store_row("f010100000iiiiiiiuuuuunnnnnttttt", "STNP", offset),
    load_row("f010100001iiiiiiiuuuuunnnnnttttt", "LDNP", offset),
    store_row("f010100010iiiiiiiuuuuunnnnnttttt", "STP_post", post_index, "n|SP"),
    load_row("f010100011iiiiiiiuuuuunnnnnttttt", "LDP_post", post_index, "t u n|SP"),
    store_row("f010100100iiiiiiiuuuuunnnnnttttt", "STP", offset),
    load_row("f010100101iiiiiiiuuuuunnnnnttttt", "LDP", offset),
    store_row("f010100110iiiiiiiuuuuunnnnnttttt", "STP_pre", pre_index, "n|SP"),
    load_row("f010100111iiiiiiiuuuuunnnnnttttt", "LDP_pre", pre_index, "t u n|SP"),
    load_row("0110100011iiiiiiiuuuuunnnnnttttt", "LDPSW_post", post_index, "t u n|SP"),
    load_row("0110100101iiiiiiiuuuuunnnnnttttt", "LDPSW", offset),
    load_row("0110100111iiiiiiiuuuuunnnnnttttt", "LDPSW_pre", pre_index, "t u n|SP"),
};

}  // namespace

std::span<const Row> rows_load_store_pair() { return kRows; }

}  // namespace armature::cpu
