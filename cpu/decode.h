// The A64 instruction set as one table: one row an encoding, the 32 bits as the manual prints them.
// The same table serves decoding, the coverage list and the fuzz generator. No two rows overlap.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "cpu/insn.h"
#include "sim/config/preset.h"

namespace armature::cpu {

// What decoding depends on besides the word; part of a block's key.
struct DecodeContext {
  const Costs* costs = nullptr;
  bool fp_trapped = false;  // FP/SIMD instructions trap now: their handler becomes the trap's
};

enum class Access : std::uint8_t { none, load, store, load_store, prefetch };
// How later accesses may depend on the result (for the relaxed memory engine).
enum class Dependency : std::uint8_t { none, data, address, control };
enum class CostClass : std::uint8_t {
  integer, multiply, divide, branch, load, store, fp, fp_divide, simd, system, barrier
};

// Fills the operands and the handler of `insn` (word, index, costs are set by the caller).
// Returns false when the encoding is unallocated (UNDEFINED) in this row.
using DecodeFunction = bool (*)(std::uint32_t word, Insn& insn);

struct Row {
  std::string_view pattern;  // 32 characters: 0, 1, or a letter naming a field
  std::string_view name;     // e.g. "ADD_SUB_imm"; group of the manual in lower case in `group`
  std::string_view group;
  DecodeFunction decode;
  CostClass cost = CostClass::integer;
  Access access = Access::none;
  Dependency dependency = Dependency::data;
  // Registers by field letter, upper-case for what is not a field: "n m C" = Xn, Xm, NZCV read.
  // Vx = vector register of field x; SP = the selected stack pointer; X30.
  std::string_view reads;
  std::string_view writes;
  bool fp = false;           // subject to CPACR/CPTR FP traps
  bool ends_group = false;
};

// The classes, each in its own file; decode.cc joins them.
std::span<const Row> rows_data_processing_immediate();
std::span<const Row> rows_data_processing_register();
std::span<const Row> rows_branches();
std::span<const Row> rows_system();
std::span<const Row> rows_load_store();
std::span<const Row> rows_load_store_simd();   // scalar/vector registers and LD1..LD4/ST1..ST4
std::span<const Row> rows_fp_scalar();
std::span<const Row> rows_simd_integer();      // Advanced SIMD, integer and permute, scalar forms too
std::span<const Row> rows_simd_fp();           // Advanced SIMD, floating-point, scalar forms too
std::span<const Row> rows_crypto();

std::span<const Row* const> all_rows();        // every row, in a fixed order
const Row* find_row(std::uint32_t word);       // nullptr: unallocated

// Complete decode: always yields a runnable instruction; unallocated encodings get the handler that
// takes the UNDEFINED exception. Sets cost, flags and word; not index and block_cost.
void decode(std::uint32_t word, const DecodeContext& context, Insn& insn);

}  // namespace armature::cpu
