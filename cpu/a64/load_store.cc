// Loads and stores of one general register: literal, immediate offset, pre- and post-indexed,
// unprivileged, register offset; prefetch. Joins the rows of the three load_store files.
#include "cpu/a64/load_store.h"

#include <vector>

#include "cpu/a64/arithmetic.h"
#include "cpu/decode.h"
#include "cpu/operands.h"

namespace armature::cpu {

namespace {

using u32 = std::uint32_t;
using u64 = std::uint64_t;

constexpr WordField<23, 22> kOpc;
constexpr unsigned kOpcStore = 0;

// What size:opc names, in a table of handlers: `Choice<Transfer>::handler` for each transfer.
template <template <typename> typename Choice>
constexpr Handler handler_of(unsigned size, unsigned opc) {
  constexpr Handler handlers[4][4] = {
      {Choice<StoreTransfer<std::uint8_t>>::handler,
       Choice<LoadTransfer<std::uint8_t, u32>>::handler,
       Choice<LoadTransfer<std::int8_t, u64>>::handler,
       Choice<LoadTransfer<std::int8_t, u32>>::handler},
      {Choice<StoreTransfer<std::uint16_t>>::handler,
       Choice<LoadTransfer<std::uint16_t, u32>>::handler,
       Choice<LoadTransfer<std::int16_t, u64>>::handler,
       Choice<LoadTransfer<std::int16_t, u32>>::handler},
      {Choice<StoreTransfer<u32>>::handler, Choice<LoadTransfer<u32, u32>>::handler,
       Choice<LoadTransfer<std::int32_t, u64>>::handler, nullptr},
      {Choice<StoreTransfer<u64>>::handler, Choice<LoadTransfer<u64, u64>>::handler, nullptr,
       nullptr}};
  return handlers[size][opc];
}

void decode_registers(u32 word, Insn& insn) {
  const bool store = kOpc(word) == kOpcStore;
  insn.rd = store ? read_zr(field::rt(word)) : write_zr(field::rt(word));
  insn.rn = or_sp(field::rn(word));
}

// ---- Immediate forms

template <typename Mode, bool stack, MemoryOrder order = MemoryOrder::plain>
struct With {
  template <typename Transfer>
  struct Choice {
    static constexpr Handler handler = transfer<Transfer, Mode, stack, order>;
  };
};

template <Addressing mode, MemoryOrder order>
bool finish_immediate(u32 word, Insn& insn) {
  decode_registers(word, insn);
  const unsigned size = field::size(word), opc = kOpc(word);
  insn.handler = insn.rn == kSp
                     ? handler_of<With<Immediate<mode>, true, order>::template Choice>(size, opc)
                     : handler_of<With<Immediate<mode>, false, order>::template Choice>(size, opc);
  return insn.handler != nullptr;
}

bool decode_unsigned_offset(u32 word, Insn& insn) {
  insn.imm = static_cast<u64>(field::imm12(word)) << field::size(word);
  return finish_immediate<Addressing::offset, MemoryOrder::plain>(word, insn);
}

template <Addressing mode, MemoryOrder order = MemoryOrder::plain>
bool decode_imm9(u32 word, Insn& insn) {
  insn.imm = static_cast<u64>(field::imm9.sign_extended(word));
  return finish_immediate<mode, order>(word, insn);
}

// ---- Register offset

template <unsigned option>
Handler register_handler(u32 word, bool stack) {
  const unsigned size = field::size(word), opc = kOpc(word);
  using Mode = RegisterOffset<option>;
  return stack ? handler_of<With<Mode, true>::template Choice>(size, opc)
               : handler_of<With<Mode, false>::template Choice>(size, opc);
}

bool decode_register_offset(u32 word, Insn& insn) {
  constexpr WordField<12> s;
  enum : unsigned { uxtw = 2, lsl = 3, sxtw = 6, sxtx = 7 };
  decode_registers(word, insn);
  insn.rm = read_zr(field::rm(word));
  insn.aux = static_cast<std::uint8_t>(s(word) != 0 ? field::size(word) : 0);
  const bool stack = insn.rn == kSp;
  switch (field::option(word)) {
    case uxtw:
      insn.handler = register_handler<uxtw>(word, stack);
      break;
    case sxtw:
      insn.handler = register_handler<sxtw>(word, stack);
      break;
    case lsl:
    case sxtx:
      insn.handler = register_handler<lsl>(word, stack);
      break;
    default:
      return false;
  }
  return insn.handler != nullptr;
}

// ---- Literal

bool decode_literal(u32 word, Insn& insn) {
  constexpr WordField<31, 30> opc;
  constexpr Handler handlers[3] = {transfer<LoadTransfer<u32, u32>, Literal, false>,
                                   transfer<LoadTransfer<u64, u64>, Literal, false>,
                                   transfer<LoadTransfer<std::int32_t, u64>, Literal, false>};
  insn.rd = write_zr(field::rt(word));
  insn.imm = static_cast<u64>(field::imm19.sign_extended(word) * 4);
  insn.handler = handlers[opc(word)];
  return true;
}

// CHOICE: a prefetch has no effect; PRFM never faults, not even for a misaligned SP.
Outcome prefetch(Core& core, const Insn& insn) { return go_on(core, insn); }
bool decode_prefetch(u32, Insn& insn) {
  insn.handler = prefetch;
  return true;
}

constexpr auto unscaled = decode_imm9<Addressing::offset>;
constexpr auto post_index = decode_imm9<Addressing::post_index>;
constexpr auto pre_index = decode_imm9<Addressing::pre_index>;
constexpr auto unprivileged = decode_imm9<Addressing::offset, MemoryOrder::unprivileged>;

constexpr Row store_row(std::string_view pattern, std::string_view name, std::string_view group,
                        DecodeFunction function, std::string_view reads,
                        std::string_view writes = {}) {
  return {.pattern = pattern,
          .name = name,
          .group = group,
          .decode = function,
          .cost = CostClass::store,
          .access = Access::store,
          .reads = reads,
          .writes = writes};
}
constexpr Row load_row(std::string_view pattern, std::string_view name, std::string_view group,
                       DecodeFunction function, std::string_view reads, std::string_view writes) {
  return {.pattern = pattern,
          .name = name,
          .group = group,
          .decode = function,
          .cost = CostClass::load,
          .access = Access::load,
          .dependency = Dependency::address,
          .reads = reads,
          .writes = writes};
}
constexpr Row prefetch_row(std::string_view pattern, std::string_view name,
                           std::string_view reads) {
  return {.pattern = pattern,
          .name = name,
          .group = "prefetch",
          .decode = decode_prefetch,
          .access = Access::prefetch,
          .dependency = Dependency::none,
          .reads = reads};
}

constexpr Row kRows[] = {
    load_row("00011000iiiiiiiiiiiiiiiiiiittttt", "LDR_w_literal", "literal", decode_literal, "",
             "t"),
    load_row("01011000iiiiiiiiiiiiiiiiiiittttt", "LDR_x_literal", "literal", decode_literal, "",
             "t"),
    load_row("10011000iiiiiiiiiiiiiiiiiiittttt", "LDRSW_literal", "literal", decode_literal, "",
             "t"),
    prefetch_row("11011000iiiiiiiiiiiiiiiiiiippppp", "PRFM_literal", ""),

    store_row("zz11100100iiiiiiiiiiiinnnnnttttt", "STR_unsigned", "unsigned_offset",
              decode_unsigned_offset, "t n|SP"),
    load_row("zz11100101iiiiiiiiiiiinnnnnttttt", "LDR_unsigned", "unsigned_offset",
             decode_unsigned_offset, "n|SP", "t"),
    load_row("0z1110011oiiiiiiiiiiiinnnnnttttt", "LDRSB_LDRSH_unsigned", "unsigned_offset",
             decode_unsigned_offset, "n|SP", "t"),
    load_row("1011100110iiiiiiiiiiiinnnnnttttt", "LDRSW_unsigned", "unsigned_offset",
             decode_unsigned_offset, "n|SP", "t"),
    prefetch_row("1111100110iiiiiiiiiiiinnnnnppppp", "PRFM_unsigned", "n|SP"),

    store_row("zz111000000iiiiiiiii00nnnnnttttt", "STUR", "unscaled", unscaled, "t n|SP"),
    load_row("zz111000010iiiiiiiii00nnnnnttttt", "LDUR", "unscaled", unscaled, "n|SP", "t"),
    load_row("0z1110001o0iiiiiiiii00nnnnnttttt", "LDURSB_LDURSH", "unscaled", unscaled, "n|SP",
             "t"),
    load_row("10111000100iiiiiiiii00nnnnnttttt", "LDURSW", "unscaled", unscaled, "n|SP", "t"),
    prefetch_row("11111000100iiiiiiiii00nnnnnppppp", "PRFUM", "n|SP"),

    store_row("zz111000000iiiiiiiii01nnnnnttttt", "STR_post", "post_index", post_index, "t n|SP",
              "n|SP"),
    load_row("zz111000010iiiiiiiii01nnnnnttttt", "LDR_post", "post_index", post_index, "n|SP",
             "t n|SP"),
    load_row("0z1110001o0iiiiiiiii01nnnnnttttt", "LDRSB_LDRSH_post", "post_index", post_index,
             "n|SP", "t n|SP"),
    load_row("10111000100iiiiiiiii01nnnnnttttt", "LDRSW_post", "post_index", post_index, "n|SP",
             "t n|SP"),

    store_row("zz111000000iiiiiiiii10nnnnnttttt", "STTR", "unprivileged", unprivileged, "t n|SP"),
    load_row("zz111000010iiiiiiiii10nnnnnttttt", "LDTR", "unprivileged", unprivileged, "n|SP", "t"),
    load_row("0z1110001o0iiiiiiiii10nnnnnttttt", "LDTRSB_LDTRSH", "unprivileged", unprivileged,
             "n|SP", "t"),
    load_row("10111000100iiiiiiiii10nnnnnttttt", "LDTRSW", "unprivileged", unprivileged, "n|SP",
             "t"),

    store_row("zz111000000iiiiiiiii11nnnnnttttt", "STR_pre", "pre_index", pre_index, "t n|SP",
              "n|SP"),
    load_row("zz111000010iiiiiiiii11nnnnnttttt", "LDR_pre", "pre_index", pre_index, "n|SP",
             "t n|SP"),
    load_row("0z1110001o0iiiiiiiii11nnnnnttttt", "LDRSB_LDRSH_pre", "pre_index", pre_index, "n|SP",
             "t n|SP"),
    load_row("10111000100iiiiiiiii11nnnnnttttt", "LDRSW_pre", "pre_index", pre_index, "n|SP",
             "t n|SP"),

    store_row("zz111000001mmmmmx1xs10nnnnnttttt", "STR_reg", "register_offset",
              decode_register_offset, "t n|SP m"),
    load_row("zz111000011mmmmmx1xs10nnnnnttttt", "LDR_reg", "register_offset",
             decode_register_offset, "n|SP m", "t"),
    load_row("0z1110001o1mmmmmx1xs10nnnnnttttt", "LDRSB_LDRSH_reg", "register_offset",
             decode_register_offset, "n|SP m", "t"),
    load_row("10111000101mmmmmx1xs10nnnnnttttt", "LDRSW_reg", "register_offset",
             decode_register_offset, "n|SP m", "t"),
    prefetch_row("11111000101mmmmmx1xs10nnnnnppppp", "PRFM_reg", "n|SP m"),
};

}  // namespace

std::span<const Row> rows_load_store_single() { return kRows; }

std::span<const Row> rows_load_store() {
  static const std::vector<Row> rows = [] {
    std::vector<Row> joined;
    for (const auto part :
         {rows_load_store_single(), rows_load_store_pair(), rows_load_store_exclusive()}) {
      joined.insert(joined.end(), part.begin(), part.end());
    }
    return joined;
  }();
  return rows;
}

}  // namespace armature::cpu
