// Advanced SIMD load and store of structures: LD1..LD4, ST1..ST4 of whole registers (multiple) and
// of one lane (single), LD1R..LD4R, each also post-indexed. In every form the elements lie in
// memory in the order in which they are accessed, one by one.
#include <algorithm>
#include <array>
#include <cstring>

#include "cpu/a64/load_store.h"
#include "cpu/a64/load_store_simd.h"
#include "cpu/a64/simd_handlers.h"
#include "cpu/operands.h"

namespace armature::cpu {

namespace {

using simd::kCount;
using simd::Lanes;
using simd::lanes;
using simd::Shape;
using simd::vreg;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

// How many of the next elements one filter entry grants: they lie in its line, so each of them
// alone would hit it, and copying them at once is what the accesses one by one amount to. The
// filter holds neither devices nor big-endian data nor watched memory; alignment is the same for
// all.
template <typename T>
unsigned granted(const Core& core, const L0Entry& entry, u64 va, unsigned count) {
  if ((va & ~(kLineBytes - 1)) != entry.tag) return 0;
  if ((va & core.align_mask & (sizeof(T) - 1)) != 0) return 0;
  return std::min(count, static_cast<unsigned>((kLineBytes - va % kLineBytes) / sizeof(T)));
}

template <typename T>
[[nodiscard]] bool load_piecewise(Core& core, u64 va, T* elements, unsigned count) {
  while (count != 0) {
    const L0Entry& entry = core.l0[l0_index(va)];
    unsigned done = granted<T>(core, entry, va, count);
    if (done != 0) {
      std::memcpy(elements, reinterpret_cast<const void*>(va + entry.addend), done * sizeof(T));
      core.statistics.fast_reads += done;
    } else {
      if (!core.load(va, *elements)) return false;
      done = 1;
    }
    va += done * sizeof(T);
    elements += done;
    count -= done;
  }
  return true;
}

template <typename T>
[[nodiscard]] bool store_piecewise(Core& core, u64 va, const T* elements, unsigned count) {
  while (count != 0) {
    const L0Entry& entry = core.l0[kL0Writes + l0_index(va)];
    unsigned done = granted<T>(core, entry, va, count);
    if (done != 0) {
      std::memcpy(reinterpret_cast<void*>(va + entry.addend), elements, done * sizeof(T));
      core.statistics.fast_writes += done;
    } else {
      if (!core.store(va, *elements)) return false;
      done = 1;
    }
    va += done * sizeof(T);
    elements += done;
    count -= done;
  }
  return true;
}

// All elements at once when one line holds them: the copy then has a size the compiler knows.
template <typename T, std::size_t count>
[[nodiscard]] bool load_elements(Core& core, u64 va, std::array<T, count>& elements) {
  const L0Entry& entry = core.l0[l0_index(va)];
  if (granted<T>(core, entry, va, count) == count) [[likely]] {
    std::memcpy(elements.data(), reinterpret_cast<const void*>(va + entry.addend), sizeof elements);
    core.statistics.fast_reads += count;
    return true;
  }
  return load_piecewise(core, va, elements.data(), count);
}

template <typename T, std::size_t count>
[[nodiscard]] bool store_elements(Core& core, u64 va, const std::array<T, count>& elements) {
  const L0Entry& entry = core.l0[kL0Writes + l0_index(va)];
  if (granted<T>(core, entry, va, count) == count) [[likely]] {
    std::memcpy(reinterpret_cast<void*>(va + entry.addend), elements.data(), sizeof elements);
    core.statistics.fast_writes += count;
    return true;
  }
  return store_piecewise(core, va, elements.data(), count);
}

// Post-index: rd = Vt, rn = base, ra = base or sink, the offset is imm + X[rm] (one of them zero).
bool base_usable(Core& core, const Insn& insn) { return insn.rn != kSp || stack_aligned(core); }
void write_back(Core& core, const Insn& insn) {
  core.state.x[insn.ra] = core.state.x[insn.rn] + insn.imm + core.state.x[insn.rm];
}
unsigned vector_after(const Insn& insn, unsigned offset) { return (insn.rd + offset) % 32; }

// ---- Multiple structures. Interleaved: element e of register r is element r of structure e (LD2..
// LD4); otherwise the registers follow each other (LD1).
enum class Layout : bool { consecutive, interleaved };

template <Layout layout, unsigned registers, unsigned count>
constexpr unsigned position(unsigned r, unsigned e) {
  return layout == Layout::interleaved ? e * registers + r : r * count + e;
}

template <typename T, Shape shape, unsigned registers, Layout layout>
Outcome load_multiple(Core& core, const Insn& insn) {
  constexpr unsigned count = kCount<T, shape>;
  if (!base_usable(core, insn)) return Outcome::fault;
  std::array<T, registers * count> elements;
  if (!load_elements(core, core.state.x[insn.rn], elements)) {
    return Outcome::fault;
  }
  for (unsigned r = 0; r < registers; ++r) {
    Lanes<T> t{};
    for (unsigned e = 0; e < count; ++e) t[e] = elements[position<layout, registers, count>(r, e)];
    core.state.v[vector_after(insn, r)] = vreg(t);
  }
  write_back(core, insn);
  return Outcome::next;
}

template <typename T, Shape shape, unsigned registers, Layout layout>
Outcome store_multiple(Core& core, const Insn& insn) {
  constexpr unsigned count = kCount<T, shape>;
  if (!base_usable(core, insn)) return Outcome::fault;
  std::array<T, registers * count> elements;
  for (unsigned r = 0; r < registers; ++r) {
    const Lanes<T> t = lanes<T>(core.state.v[vector_after(insn, r)]);
    for (unsigned e = 0; e < count; ++e) elements[position<layout, registers, count>(r, e)] = t[e];
  }
  if (!store_elements(core, core.state.x[insn.rn], elements)) {
    return Outcome::fault;
  }
  write_back(core, insn);
  return Outcome::next;
}

// ---- Single structures: lane aux of each register; replicating: every lane.
template <typename T, unsigned registers>
Outcome load_single(Core& core, const Insn& insn) {
  if (!base_usable(core, insn)) return Outcome::fault;
  std::array<T, registers> elements;
  if (!load_elements(core, core.state.x[insn.rn], elements)) {
    return Outcome::fault;
  }
  for (unsigned r = 0; r < registers; ++r) {
    simd::set_lane(core.state.v[vector_after(insn, r)], insn.aux, elements[r]);
  }
  write_back(core, insn);
  return Outcome::next;
}

template <typename T, unsigned registers>
Outcome store_single(Core& core, const Insn& insn) {
  if (!base_usable(core, insn)) return Outcome::fault;
  std::array<T, registers> elements;
  for (unsigned r = 0; r < registers; ++r) {
    elements[r] = simd::lane<T>(core.state.v[vector_after(insn, r)], insn.aux);
  }
  if (!store_elements(core, core.state.x[insn.rn], elements)) {
    return Outcome::fault;
  }
  write_back(core, insn);
  return Outcome::next;
}

template <typename T, Shape shape, unsigned registers>
Outcome load_replicate(Core& core, const Insn& insn) {
  if (!base_usable(core, insn)) return Outcome::fault;
  std::array<T, registers> elements;
  if (!load_elements(core, core.state.x[insn.rn], elements)) {
    return Outcome::fault;
  }
  for (unsigned r = 0; r < registers; ++r) {
    Lanes<T> t{};
    std::fill_n(t.begin(), kCount<T, shape>, elements[r]);
    core.state.v[vector_after(insn, r)] = vreg(t);
  }
  write_back(core, insn);
  return Outcome::next;
}

// ---- Decoding.
constexpr WordField<11, 10> kSize;
constexpr WordField<12> kS;
constexpr WordField<23> kPostIndex;
constexpr unsigned kImmediateOffset = 31;  // Rm of the post-index forms by the bytes transferred

void decode_address(u32 word, Insn& insn, unsigned bytes) {
  insn.rd = static_cast<std::uint8_t>(field::rt(word));
  insn.rn = or_sp(field::rn(word));
  const bool writes_back = kPostIndex(word) != 0;
  insn.ra = writes_back ? insn.rn : kSink;
  insn.rm = writes_back ? read_zr(field::rm(word)) : kZero;
  insn.imm = writes_back && field::rm(word) == kImmediateOffset ? bytes : 0;
}

enum class Way : bool { store, load };

template <Way way, typename T, Shape shape, unsigned registers, Layout layout>
constexpr Handler multiple_handler() {
  if constexpr (way == Way::load) {
    return load_multiple<T, shape, registers, layout>;
  } else {
    return store_multiple<T, shape, registers, layout>;
  }
}

// 1D registers exist only where nothing is interleaved.
template <Way way, unsigned registers, Layout layout>
bool decode_multiple(u32 word, Insn& insn) {
  const bool q = field::q(word) != 0;
  decode_address(word, insn, (q ? 16 : 8) * registers);
  if (kSize(word) == 3 && !q && layout == Layout::interleaved) return false;
  return simd::set_handler(
      insn, simd::for_size<simd::kUnsigned, simd::kBHSD>(kSize(word), [&]<typename T>() -> Handler {
        return q ? multiple_handler<way, T, Shape::full, registers, layout>()
                 : multiple_handler<way, T, Shape::half, registers, layout>();
      }));
}

// The lane is Q:S:size without the bits that an element of T has no use for.
template <Way way, unsigned registers, typename T>
bool decode_single(u32 word, Insn& insn) {
  decode_address(word, insn, sizeof(T) * registers);
  const unsigned q_s_size = field::q(word) << 3 | kS(word) << 2 | kSize(word);
  insn.aux = static_cast<std::uint8_t>(q_s_size / sizeof(T));
  insn.handler = way == Way::load ? load_single<T, registers> : store_single<T, registers>;
  return true;
}

template <unsigned registers>
bool decode_replicate(u32 word, Insn& insn) {
  const unsigned size = kSize(word);
  decode_address(word, insn, (1u << size) * registers);
  return simd::set_handler(
      insn, simd::for_size<simd::kUnsigned, simd::kBHSD>(size, [&]<typename T>() -> Handler {
        return field::q(word) != 0 ? load_replicate<T, Shape::full, registers>
                                   : load_replicate<T, Shape::half, registers>;
      }));
}

using B = std::uint8_t;
using H = std::uint16_t;
using S = std::uint32_t;
using D = std::uint64_t;
constexpr Way kLoad = Way::load, kStore = Way::store;
constexpr Layout kConsecutive = Layout::consecutive, kInterleaved = Layout::interleaved;

constexpr Row rows[] = {
    simd_store_row("0q001100000000000111ssnnnnnttttt", "ST1_asisdlse_1v", "asisdlse",
                   decode_multiple<kStore, 1, kConsecutive>, "Vt n|SP"),
    simd_load_row("0q001100010000000111ssnnnnnttttt", "LD1_asisdlse_1v", "asisdlse",
                  decode_multiple<kLoad, 1, kConsecutive>, "n|SP", "Vt"),
    simd_store_row("0q001100000000001010ssnnnnnttttt", "ST1_asisdlse_2v", "asisdlse",
                   decode_multiple<kStore, 2, kConsecutive>, "Vt+1 n|SP"),
    simd_load_row("0q001100010000001010ssnnnnnttttt", "LD1_asisdlse_2v", "asisdlse",
                  decode_multiple<kLoad, 2, kConsecutive>, "n|SP", "Vt+1"),
    simd_store_row("0q001100000000000110ssnnnnnttttt", "ST1_asisdlse_3v", "asisdlse",
                   decode_multiple<kStore, 3, kConsecutive>, "Vt+2 n|SP"),
    simd_load_row("0q001100010000000110ssnnnnnttttt", "LD1_asisdlse_3v", "asisdlse",
                  decode_multiple<kLoad, 3, kConsecutive>, "n|SP", "Vt+2"),
    simd_store_row("0q001100000000000010ssnnnnnttttt", "ST1_asisdlse_4v", "asisdlse",
                   decode_multiple<kStore, 4, kConsecutive>, "Vt+3 n|SP"),
    simd_load_row("0q001100010000000010ssnnnnnttttt", "LD1_asisdlse_4v", "asisdlse",
                  decode_multiple<kLoad, 4, kConsecutive>, "n|SP", "Vt+3"),
    simd_store_row("0q001100000000001000ssnnnnnttttt", "ST2_asisdlse", "asisdlse",
                   decode_multiple<kStore, 2, kInterleaved>, "Vt+1 n|SP"),
    simd_load_row("0q001100010000001000ssnnnnnttttt", "LD2_asisdlse", "asisdlse",
                  decode_multiple<kLoad, 2, kInterleaved>, "n|SP", "Vt+1"),
    simd_store_row("0q001100000000000100ssnnnnnttttt", "ST3_asisdlse", "asisdlse",
                   decode_multiple<kStore, 3, kInterleaved>, "Vt+2 n|SP"),
    simd_load_row("0q001100010000000100ssnnnnnttttt", "LD3_asisdlse", "asisdlse",
                  decode_multiple<kLoad, 3, kInterleaved>, "n|SP", "Vt+2"),
    simd_store_row("0q001100000000000000ssnnnnnttttt", "ST4_asisdlse", "asisdlse",
                   decode_multiple<kStore, 4, kInterleaved>, "Vt+3 n|SP"),
    simd_load_row("0q001100010000000000ssnnnnnttttt", "LD4_asisdlse", "asisdlse",
                  decode_multiple<kLoad, 4, kInterleaved>, "n|SP", "Vt+3"),
    simd_store_row("0q001100100mmmmm0111ssnnnnnttttt", "ST1_asisdlsep_1v", "asisdlsep",
                   decode_multiple<kStore, 1, kConsecutive>, "Vt n|SP m", "n|SP"),
    simd_load_row("0q001100110mmmmm0111ssnnnnnttttt", "LD1_asisdlsep_1v", "asisdlsep",
                  decode_multiple<kLoad, 1, kConsecutive>, "n|SP m", "Vt n|SP"),
    simd_store_row("0q001100100mmmmm1010ssnnnnnttttt", "ST1_asisdlsep_2v", "asisdlsep",
                   decode_multiple<kStore, 2, kConsecutive>, "Vt+1 n|SP m", "n|SP"),
    simd_load_row("0q001100110mmmmm1010ssnnnnnttttt", "LD1_asisdlsep_2v", "asisdlsep",
                  decode_multiple<kLoad, 2, kConsecutive>, "n|SP m", "Vt+1 n|SP"),
    simd_store_row("0q001100100mmmmm0110ssnnnnnttttt", "ST1_asisdlsep_3v", "asisdlsep",
                   decode_multiple<kStore, 3, kConsecutive>, "Vt+2 n|SP m", "n|SP"),
    simd_load_row("0q001100110mmmmm0110ssnnnnnttttt", "LD1_asisdlsep_3v", "asisdlsep",
                  decode_multiple<kLoad, 3, kConsecutive>, "n|SP m", "Vt+2 n|SP"),
    simd_store_row("0q001100100mmmmm0010ssnnnnnttttt", "ST1_asisdlsep_4v", "asisdlsep",
                   decode_multiple<kStore, 4, kConsecutive>, "Vt+3 n|SP m", "n|SP"),
    simd_load_row("0q001100110mmmmm0010ssnnnnnttttt", "LD1_asisdlsep_4v", "asisdlsep",
                  decode_multiple<kLoad, 4, kConsecutive>, "n|SP m", "Vt+3 n|SP"),
    simd_store_row("0q001100100mmmmm1000ssnnnnnttttt", "ST2_asisdlsep", "asisdlsep",
                   decode_multiple<kStore, 2, kInterleaved>, "Vt+1 n|SP m", "n|SP"),
    simd_load_row("0q001100110mmmmm1000ssnnnnnttttt", "LD2_asisdlsep", "asisdlsep",
                  decode_multiple<kLoad, 2, kInterleaved>, "n|SP m", "Vt+1 n|SP"),
    simd_store_row("0q001100100mmmmm0100ssnnnnnttttt", "ST3_asisdlsep", "asisdlsep",
                   decode_multiple<kStore, 3, kInterleaved>, "Vt+2 n|SP m", "n|SP"),
    simd_load_row("0q001100110mmmmm0100ssnnnnnttttt", "LD3_asisdlsep", "asisdlsep",
                  decode_multiple<kLoad, 3, kInterleaved>, "n|SP m", "Vt+2 n|SP"),
    simd_store_row("0q001100100mmmmm0000ssnnnnnttttt", "ST4_asisdlsep", "asisdlsep",
                   decode_multiple<kStore, 4, kInterleaved>, "Vt+3 n|SP m", "n|SP"),
    simd_load_row("0q001100110mmmmm0000ssnnnnnttttt", "LD4_asisdlsep", "asisdlsep",
                  decode_multiple<kLoad, 4, kInterleaved>, "n|SP m", "Vt+3 n|SP"),
    simd_store_row("0q00110100000000000iiinnnnnttttt", "ST1_asisdlso_B", "asisdlso",
                   decode_single<kStore, 1, B>, "Vt n|SP"),
    simd_store_row("0q00110100000000010ii0nnnnnttttt", "ST1_asisdlso_H", "asisdlso",
                   decode_single<kStore, 1, H>, "Vt n|SP"),
    simd_store_row("0q00110100000000100i00nnnnnttttt", "ST1_asisdlso_S", "asisdlso",
                   decode_single<kStore, 1, S>, "Vt n|SP"),
    simd_store_row("0q00110100000000100001nnnnnttttt", "ST1_asisdlso_D", "asisdlso",
                   decode_single<kStore, 1, D>, "Vt n|SP"),
    simd_load_row("0q00110101000000000iiinnnnnttttt", "LD1_asisdlso_B", "asisdlso",
                  decode_single<kLoad, 1, B>, "Vt n|SP", "Vt"),
    simd_load_row("0q00110101000000010ii0nnnnnttttt", "LD1_asisdlso_H", "asisdlso",
                  decode_single<kLoad, 1, H>, "Vt n|SP", "Vt"),
    simd_load_row("0q00110101000000100i00nnnnnttttt", "LD1_asisdlso_S", "asisdlso",
                  decode_single<kLoad, 1, S>, "Vt n|SP", "Vt"),
    simd_load_row("0q00110101000000100001nnnnnttttt", "LD1_asisdlso_D", "asisdlso",
                  decode_single<kLoad, 1, D>, "Vt n|SP", "Vt"),
    simd_load_row("0q001101010000001100ssnnnnnttttt", "LD1R_asisdlso", "asisdlso",
                  decode_replicate<1>, "n|SP", "Vt"),
    simd_store_row("0q00110100100000000iiinnnnnttttt", "ST2_asisdlso_B", "asisdlso",
                   decode_single<kStore, 2, B>, "Vt+1 n|SP"),
    simd_store_row("0q00110100100000010ii0nnnnnttttt", "ST2_asisdlso_H", "asisdlso",
                   decode_single<kStore, 2, H>, "Vt+1 n|SP"),
    simd_store_row("0q00110100100000100i00nnnnnttttt", "ST2_asisdlso_S", "asisdlso",
                   decode_single<kStore, 2, S>, "Vt+1 n|SP"),
    simd_store_row("0q00110100100000100001nnnnnttttt", "ST2_asisdlso_D", "asisdlso",
                   decode_single<kStore, 2, D>, "Vt+1 n|SP"),
    simd_load_row("0q00110101100000000iiinnnnnttttt", "LD2_asisdlso_B", "asisdlso",
                  decode_single<kLoad, 2, B>, "Vt+1 n|SP", "Vt+1"),
    simd_load_row("0q00110101100000010ii0nnnnnttttt", "LD2_asisdlso_H", "asisdlso",
                  decode_single<kLoad, 2, H>, "Vt+1 n|SP", "Vt+1"),
    simd_load_row("0q00110101100000100i00nnnnnttttt", "LD2_asisdlso_S", "asisdlso",
                  decode_single<kLoad, 2, S>, "Vt+1 n|SP", "Vt+1"),
    simd_load_row("0q00110101100000100001nnnnnttttt", "LD2_asisdlso_D", "asisdlso",
                  decode_single<kLoad, 2, D>, "Vt+1 n|SP", "Vt+1"),
    simd_load_row("0q001101011000001100ssnnnnnttttt", "LD2R_asisdlso", "asisdlso",
                  decode_replicate<2>, "n|SP", "Vt+1"),
    simd_store_row("0q00110100000000001iiinnnnnttttt", "ST3_asisdlso_B", "asisdlso",
                   decode_single<kStore, 3, B>, "Vt+2 n|SP"),
    simd_store_row("0q00110100000000011ii0nnnnnttttt", "ST3_asisdlso_H", "asisdlso",
                   decode_single<kStore, 3, H>, "Vt+2 n|SP"),
    simd_store_row("0q00110100000000101i00nnnnnttttt", "ST3_asisdlso_S", "asisdlso",
                   decode_single<kStore, 3, S>, "Vt+2 n|SP"),
    simd_store_row("0q00110100000000101001nnnnnttttt", "ST3_asisdlso_D", "asisdlso",
                   decode_single<kStore, 3, D>, "Vt+2 n|SP"),
    simd_load_row("0q00110101000000001iiinnnnnttttt", "LD3_asisdlso_B", "asisdlso",
                  decode_single<kLoad, 3, B>, "Vt+2 n|SP", "Vt+2"),
    simd_load_row("0q00110101000000011ii0nnnnnttttt", "LD3_asisdlso_H", "asisdlso",
                  decode_single<kLoad, 3, H>, "Vt+2 n|SP", "Vt+2"),
    simd_load_row("0q00110101000000101i00nnnnnttttt", "LD3_asisdlso_S", "asisdlso",
                  decode_single<kLoad, 3, S>, "Vt+2 n|SP", "Vt+2"),
    simd_load_row("0q00110101000000101001nnnnnttttt", "LD3_asisdlso_D", "asisdlso",
                  decode_single<kLoad, 3, D>, "Vt+2 n|SP", "Vt+2"),
    simd_load_row("0q001101010000001110ssnnnnnttttt", "LD3R_asisdlso", "asisdlso",
                  decode_replicate<3>, "n|SP", "Vt+2"),
    simd_store_row("0q00110100100000001iiinnnnnttttt", "ST4_asisdlso_B", "asisdlso",
                   decode_single<kStore, 4, B>, "Vt+3 n|SP"),
    simd_store_row("0q00110100100000011ii0nnnnnttttt", "ST4_asisdlso_H", "asisdlso",
                   decode_single<kStore, 4, H>, "Vt+3 n|SP"),
    simd_store_row("0q00110100100000101i00nnnnnttttt", "ST4_asisdlso_S", "asisdlso",
                   decode_single<kStore, 4, S>, "Vt+3 n|SP"),
    simd_store_row("0q00110100100000101001nnnnnttttt", "ST4_asisdlso_D", "asisdlso",
                   decode_single<kStore, 4, D>, "Vt+3 n|SP"),
    simd_load_row("0q00110101100000001iiinnnnnttttt", "LD4_asisdlso_B", "asisdlso",
                  decode_single<kLoad, 4, B>, "Vt+3 n|SP", "Vt+3"),
    simd_load_row("0q00110101100000011ii0nnnnnttttt", "LD4_asisdlso_H", "asisdlso",
                  decode_single<kLoad, 4, H>, "Vt+3 n|SP", "Vt+3"),
    simd_load_row("0q00110101100000101i00nnnnnttttt", "LD4_asisdlso_S", "asisdlso",
                  decode_single<kLoad, 4, S>, "Vt+3 n|SP", "Vt+3"),
    simd_load_row("0q00110101100000101001nnnnnttttt", "LD4_asisdlso_D", "asisdlso",
                  decode_single<kLoad, 4, D>, "Vt+3 n|SP", "Vt+3"),
    simd_load_row("0q001101011000001110ssnnnnnttttt", "LD4R_asisdlso", "asisdlso",
                  decode_replicate<4>, "n|SP", "Vt+3"),
    simd_store_row("0q001101100mmmmm000iiinnnnnttttt", "ST1_asisdlsop_B", "asisdlsop",
                   decode_single<kStore, 1, B>, "Vt n|SP m", "n|SP"),
    simd_store_row("0q001101100mmmmm010ii0nnnnnttttt", "ST1_asisdlsop_H", "asisdlsop",
                   decode_single<kStore, 1, H>, "Vt n|SP m", "n|SP"),
    simd_store_row("0q001101100mmmmm100i00nnnnnttttt", "ST1_asisdlsop_S", "asisdlsop",
                   decode_single<kStore, 1, S>, "Vt n|SP m", "n|SP"),
    simd_store_row("0q001101100mmmmm100001nnnnnttttt", "ST1_asisdlsop_D", "asisdlsop",
                   decode_single<kStore, 1, D>, "Vt n|SP m", "n|SP"),
    simd_load_row("0q001101110mmmmm000iiinnnnnttttt", "LD1_asisdlsop_B", "asisdlsop",
                  decode_single<kLoad, 1, B>, "Vt n|SP m", "Vt n|SP"),
    simd_load_row("0q001101110mmmmm010ii0nnnnnttttt", "LD1_asisdlsop_H", "asisdlsop",
                  decode_single<kLoad, 1, H>, "Vt n|SP m", "Vt n|SP"),
    simd_load_row("0q001101110mmmmm100i00nnnnnttttt", "LD1_asisdlsop_S", "asisdlsop",
                  decode_single<kLoad, 1, S>, "Vt n|SP m", "Vt n|SP"),
    simd_load_row("0q001101110mmmmm100001nnnnnttttt", "LD1_asisdlsop_D", "asisdlsop",
                  decode_single<kLoad, 1, D>, "Vt n|SP m", "Vt n|SP"),
    simd_load_row("0q001101110mmmmm1100ssnnnnnttttt", "LD1R_asisdlsop", "asisdlsop",
                  decode_replicate<1>, "n|SP m", "Vt n|SP"),
    simd_store_row("0q001101101mmmmm000iiinnnnnttttt", "ST2_asisdlsop_B", "asisdlsop",
                   decode_single<kStore, 2, B>, "Vt+1 n|SP m", "n|SP"),
    simd_store_row("0q001101101mmmmm010ii0nnnnnttttt", "ST2_asisdlsop_H", "asisdlsop",
                   decode_single<kStore, 2, H>, "Vt+1 n|SP m", "n|SP"),
    simd_store_row("0q001101101mmmmm100i00nnnnnttttt", "ST2_asisdlsop_S", "asisdlsop",
                   decode_single<kStore, 2, S>, "Vt+1 n|SP m", "n|SP"),
    simd_store_row("0q001101101mmmmm100001nnnnnttttt", "ST2_asisdlsop_D", "asisdlsop",
                   decode_single<kStore, 2, D>, "Vt+1 n|SP m", "n|SP"),
    simd_load_row("0q001101111mmmmm000iiinnnnnttttt", "LD2_asisdlsop_B", "asisdlsop",
                  decode_single<kLoad, 2, B>, "Vt+1 n|SP m", "Vt+1 n|SP"),
    simd_load_row("0q001101111mmmmm010ii0nnnnnttttt", "LD2_asisdlsop_H", "asisdlsop",
                  decode_single<kLoad, 2, H>, "Vt+1 n|SP m", "Vt+1 n|SP"),
    simd_load_row("0q001101111mmmmm100i00nnnnnttttt", "LD2_asisdlsop_S", "asisdlsop",
                  decode_single<kLoad, 2, S>, "Vt+1 n|SP m", "Vt+1 n|SP"),
    simd_load_row("0q001101111mmmmm100001nnnnnttttt", "LD2_asisdlsop_D", "asisdlsop",
                  decode_single<kLoad, 2, D>, "Vt+1 n|SP m", "Vt+1 n|SP"),
    simd_load_row("0q001101111mmmmm1100ssnnnnnttttt", "LD2R_asisdlsop", "asisdlsop",
                  decode_replicate<2>, "n|SP m", "Vt+1 n|SP"),
    simd_store_row("0q001101100mmmmm001iiinnnnnttttt", "ST3_asisdlsop_B", "asisdlsop",
                   decode_single<kStore, 3, B>, "Vt+2 n|SP m", "n|SP"),
    simd_store_row("0q001101100mmmmm011ii0nnnnnttttt", "ST3_asisdlsop_H", "asisdlsop",
                   decode_single<kStore, 3, H>, "Vt+2 n|SP m", "n|SP"),
    simd_store_row("0q001101100mmmmm101i00nnnnnttttt", "ST3_asisdlsop_S", "asisdlsop",
                   decode_single<kStore, 3, S>, "Vt+2 n|SP m", "n|SP"),
    simd_store_row("0q001101100mmmmm101001nnnnnttttt", "ST3_asisdlsop_D", "asisdlsop",
                   decode_single<kStore, 3, D>, "Vt+2 n|SP m", "n|SP"),
    simd_load_row("0q001101110mmmmm001iiinnnnnttttt", "LD3_asisdlsop_B", "asisdlsop",
                  decode_single<kLoad, 3, B>, "Vt+2 n|SP m", "Vt+2 n|SP"),
    simd_load_row("0q001101110mmmmm011ii0nnnnnttttt", "LD3_asisdlsop_H", "asisdlsop",
                  decode_single<kLoad, 3, H>, "Vt+2 n|SP m", "Vt+2 n|SP"),
    simd_load_row("0q001101110mmmmm101i00nnnnnttttt", "LD3_asisdlsop_S", "asisdlsop",
                  decode_single<kLoad, 3, S>, "Vt+2 n|SP m", "Vt+2 n|SP"),
    simd_load_row("0q001101110mmmmm101001nnnnnttttt", "LD3_asisdlsop_D", "asisdlsop",
                  decode_single<kLoad, 3, D>, "Vt+2 n|SP m", "Vt+2 n|SP"),
    simd_load_row("0q001101110mmmmm1110ssnnnnnttttt", "LD3R_asisdlsop", "asisdlsop",
                  decode_replicate<3>, "n|SP m", "Vt+2 n|SP"),
    simd_store_row("0q001101101mmmmm001iiinnnnnttttt", "ST4_asisdlsop_B", "asisdlsop",
                   decode_single<kStore, 4, B>, "Vt+3 n|SP m", "n|SP"),
    simd_store_row("0q001101101mmmmm011ii0nnnnnttttt", "ST4_asisdlsop_H", "asisdlsop",
                   decode_single<kStore, 4, H>, "Vt+3 n|SP m", "n|SP"),
    simd_store_row("0q001101101mmmmm101i00nnnnnttttt", "ST4_asisdlsop_S", "asisdlsop",
                   decode_single<kStore, 4, S>, "Vt+3 n|SP m", "n|SP"),
    simd_store_row("0q001101101mmmmm101001nnnnnttttt", "ST4_asisdlsop_D", "asisdlsop",
                   decode_single<kStore, 4, D>, "Vt+3 n|SP m", "n|SP"),
    simd_load_row("0q001101111mmmmm001iiinnnnnttttt", "LD4_asisdlsop_B", "asisdlsop",
                  decode_single<kLoad, 4, B>, "Vt+3 n|SP m", "Vt+3 n|SP"),
    simd_load_row("0q001101111mmmmm011ii0nnnnnttttt", "LD4_asisdlsop_H", "asisdlsop",
                  decode_single<kLoad, 4, H>, "Vt+3 n|SP m", "Vt+3 n|SP"),
    simd_load_row("0q001101111mmmmm101i00nnnnnttttt", "LD4_asisdlsop_S", "asisdlsop",
                  decode_single<kLoad, 4, S>, "Vt+3 n|SP m", "Vt+3 n|SP"),
    simd_load_row("0q001101111mmmmm101001nnnnnttttt", "LD4_asisdlsop_D", "asisdlsop",
                  decode_single<kLoad, 4, D>, "Vt+3 n|SP m", "Vt+3 n|SP"),
    simd_load_row("0q001101111mmmmm1110ssnnnnnttttt", "LD4R_asisdlsop", "asisdlsop",
                  decode_replicate<4>, "n|SP m", "Vt+3 n|SP"),
};

}  // namespace

std::span<const Row> rows_load_store_simd_structures() { return rows; }

}  // namespace armature::cpu
