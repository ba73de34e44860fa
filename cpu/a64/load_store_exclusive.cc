// Load and store exclusive, load-acquire and store-release.
// Rs and Rt2 are (1)(1)(1)(1)(1) where the manual has no operand. CHOICE: other values are ignored.
#include "cpu/a64/load_store.h"
#include "cpu/operands.h"

namespace armature::cpu {

namespace {

using u32 = std::uint32_t;
using u64 = std::uint64_t;

constexpr WordField<15> kO0;  // acquire or release

bool base_aligned(Core& core, const Insn& insn) { return insn.rn != kSp || stack_aligned(core); }

// rd = Rt, ra = Rt2 (the sink unless count is 2), aux = bytes of one element.
template <unsigned count, bool acquire>
Outcome load_exclusive(Core& core, const Insn& insn) {
  if (!base_aligned(core, insn)) return Outcome::fault;
  u64 values[2] = {0, 0};
  if (!core.load_exclusive(core.state.x[insn.rn], insn.aux, count, values, acquire)) {
    return Outcome::fault;
  }
  core.state.x[insn.rd] = values[0];
  // CONSTRAINED UNPREDICTABLE: LDXP with Rt == Rt2. CHOICE: Rt2 is written last.
  if constexpr (count == 2) core.state.x[insn.ra] = values[1];
  return Outcome::next;
}

// rm = Rs, the status. CONSTRAINED UNPREDICTABLE: Rs one of Rt, Rt2, Rn. CHOICE: the old value is
// stored or used as the address, then the status is written.
template <unsigned count, bool release>
Outcome store_exclusive(Core& core, const Insn& insn) {
  if (!base_aligned(core, insn)) return Outcome::fault;
  const u64 values[2] = {core.state.x[insn.rd], core.state.x[insn.ra]};
  bool success = false;
  if (!core.store_exclusive(core.state.x[insn.rn], insn.aux, count, values, release, success)) {
    return Outcome::fault;
  }
  core.state.x[insn.rm] = success ? 0 : 1;
  return Outcome::next;
}

template <unsigned count>
bool decode_load_exclusive(u32 word, Insn& insn) {
  insn.rd = write_zr(field::rt(word));
  insn.ra = count == 2 ? write_zr(field::rt2(word)) : kSink;
  insn.rn = or_sp(field::rn(word));
  insn.aux = static_cast<std::uint8_t>(1u << field::size(word));
  insn.handler = kO0(word) != 0 ? load_exclusive<count, true> : load_exclusive<count, false>;
  return true;
}

template <unsigned count>
bool decode_store_exclusive(u32 word, Insn& insn) {
  insn.rd = read_zr(field::rt(word));
  insn.ra = count == 2 ? read_zr(field::rt2(word)) : kZero;
  insn.rm = write_zr(field::rs(word));
  insn.rn = or_sp(field::rn(word));
  insn.aux = static_cast<std::uint8_t>(1u << field::size(word));
  insn.handler = kO0(word) != 0 ? store_exclusive<count, true> : store_exclusive<count, false>;
  return true;
}

template <typename Transfer>
constexpr Handler ordered_handler(bool stack) {
  using Mode = Immediate<Addressing::offset>;
  return stack ? transfer<Transfer, Mode, true, MemoryOrder::ordered>
               : transfer<Transfer, Mode, false, MemoryOrder::ordered>;
}

bool decode_load_acquire(u32 word, Insn& insn) {
  insn.rd = write_zr(field::rt(word));
  insn.rn = or_sp(field::rn(word));
  const bool stack = insn.rn == kSp;
  switch (field::size(word)) {
    case 0:
      insn.handler = ordered_handler<LoadTransfer<std::uint8_t, u32>>(stack);
      break;
    case 1:
      insn.handler = ordered_handler<LoadTransfer<std::uint16_t, u32>>(stack);
      break;
    case 2:
      insn.handler = ordered_handler<LoadTransfer<u32, u32>>(stack);
      break;
    default:
      insn.handler = ordered_handler<LoadTransfer<u64, u64>>(stack);
      break;
  }
  return true;
}

bool decode_store_release(u32 word, Insn& insn) {
  insn.rd = read_zr(field::rt(word));
  insn.rn = or_sp(field::rn(word));
  const bool stack = insn.rn == kSp;
  switch (field::size(word)) {
    case 0:
      insn.handler = ordered_handler<StoreTransfer<std::uint8_t>>(stack);
      break;
    case 1:
      insn.handler = ordered_handler<StoreTransfer<std::uint16_t>>(stack);
      break;
    case 2:
      insn.handler = ordered_handler<StoreTransfer<u32>>(stack);
      break;
    default:
      insn.handler = ordered_handler<StoreTransfer<u64>>(stack);
      break;
  }
  return true;
}

// LDLAR, STLLR (o2 = 1, o0 = 0), CAS and CASP are later extensions: no rows.
constexpr Row kRows[] = {
    {.pattern = "zz001000000sssssouuuuunnnnnttttt",
     .name = "STXR_STLXR",
     .group = "exclusive",
     .decode = decode_store_exclusive<1>,
     .cost = CostClass::store,
     .access = Access::store,
     .reads = "t n|SP",
     .writes = "s"},
    {.pattern = "zz001000010sssssouuuuunnnnnttttt",
     .name = "LDXR_LDAXR",
     .group = "exclusive",
     .decode = decode_load_exclusive<1>,
     .cost = CostClass::load,
     .access = Access::load,
     .dependency = Dependency::address,
     .reads = "n|SP",
     .writes = "t"},
    {.pattern = "1z001000001sssssouuuuunnnnnttttt",
     .name = "STXP_STLXP",
     .group = "exclusive",
     .decode = decode_store_exclusive<2>,
     .cost = CostClass::store,
     .access = Access::store,
     .reads = "t u n|SP",
     .writes = "s"},
    {.pattern = "1z001000011sssssouuuuunnnnnttttt",
     .name = "LDXP_LDAXP",
     .group = "exclusive",
     .decode = decode_load_exclusive<2>,
     .cost = CostClass::load,
     .access = Access::load,
     .dependency = Dependency::address,
     .reads = "n|SP",
     .writes = "t u"},
    {.pattern = "zz001000100sssss1uuuuunnnnnttttt",
     .name = "STLR",
     .group = "ordered",
     .decode = decode_store_release,
     .cost = CostClass::store,
     .access = Access::store,
     .reads = "t n|SP"},
    {.pattern = "zz001000110sssss1uuuuunnnnnttttt",
     .name = "LDAR",
     .group = "ordered",
     .decode = decode_load_acquire,
     .cost = CostClass::load,
     .access = Access::load,
     .dependency = Dependency::address,
     .reads = "n|SP",
     .writes = "t"},
};

}  // namespace

std::span<const Row> rows_load_store_exclusive() { return kRows; }

}  // namespace armature::cpu
