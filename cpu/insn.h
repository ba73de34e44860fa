// A predecoded instruction: the handler that means it and its operands.
#pragma once

#include <cstdint>

namespace armature::cpu {

class Core;
struct Insn;

// What an instruction did to the flow of control.
enum class Outcome : std::uint8_t {
  next,    // retired; the following instruction of the fetch group is next
  branch,  // retired; the handler set state.pc (branches, ERET, and the exceptions that SVC, HVC,
           // SMC generate: their preferred return address is the next instruction)
  sync,    // retired; pc + 4, but fetch anew: context, masks or sleep state changed
  fault,   // not retired; an exception was taken and state.pc is the vector
};

// A handler runs its instruction and, when that only touched registers or the usual memory, goes on
// with the next one by itself: go_on() in core.h.
using Handler = Outcome (*)(Core& core, const Insn& insn);

// Register file indices of CoreState::x: 0..30 as encoded. Decoding replaces 31 by kZero (reads),
// kSink (writes of XZR) or kSp, so handlers have no special cases.
inline constexpr std::uint8_t kZero = 31;
inline constexpr std::uint8_t kSp = 32;
inline constexpr std::uint8_t kSink = 33;

constexpr std::uint8_t read_zr(unsigned field) { return static_cast<std::uint8_t>(field); }
constexpr std::uint8_t write_zr(unsigned field) {
  return static_cast<std::uint8_t>(field == 31 ? kSink : field);
}
constexpr std::uint8_t or_sp(unsigned field) {
  return static_cast<std::uint8_t>(field == 31 ? kSp : field);
}

struct Insn {
  Handler handler = nullptr;
  std::uint64_t imm = 0;    // sign-extended immediate, PC-relative offset or decoded mask
  std::uint8_t rd = kSink;  // also Rt
  std::uint8_t rn = kZero;
  std::uint8_t rm = kZero;  // also Rt2 of stores/loads where convenient
  std::uint8_t ra = kZero;  // also Rs / Rt2
  std::uint8_t aux = 0;     // free for the decode function: shift amount, condition, element index
  std::uint8_t aux2 = 0;
  std::uint8_t index = 0;        // position in its line: pc = group pc + 4 * index
  std::uint8_t flags = 0;        // InsnFlag
  std::uint32_t word = 0;        // the encoding
  std::uint16_t cost = 0;        // base cost, 1/16 cycles
  std::uint16_t block_cost = 0;  // its cost and those of the block's later instructions
};
static_assert(sizeof(Insn) == 32);

enum InsnFlag : std::uint8_t {
  kEndsGroup = 1,       // branch, context-changing or exception-generating: last of its fetch group
  kMayFallThrough = 2,  // a conditional branch: not taken, the next group begins right behind it
  kLastOfBlock = 4,     // nothing of its line runs behind it without a look at what comes next
  kBranchesByImmediate = 8,  // imm is the distance to its target
  kStaysInLine = 16,    // which lies in its own decoded line
};

}  // namespace armature::cpu
