// One core at EL1 for tests of base instructions; words are given with their assembly in a comment.
#pragma once

#include "sim/base/bits.h"
#include "tests/cpu/core_fixture.h"

namespace armature::cpu {

class Integer : public testing::CoreFixture {
 protected:
  Integer() { enter(El::el1); }

  std::uint64_t& x(unsigned n) { return state().x[n]; }
  std::uint64_t& sp() { return state().x[kSp]; }
  std::uint32_t flags() { return state().nzcv >> 28; }
  void set_flags(std::uint32_t nzcv) { state().nzcv = nzcv << 28; }

  // Runs one instruction at kCode.
  void one(std::uint32_t word) {
    state().pc = testing::kCode;
    state().fetch.valid = false;
    run({word});
  }
  // x0 after `word` with x1 and x2 as given.
  std::uint64_t of(std::uint32_t word, std::uint64_t x1, std::uint64_t x2 = 0) {
    x(1) = x1;
    x(2) = x2;
    one(word);
    return x(0);
  }
  // Whether the last instruction took a synchronous exception to EL1, and which class. It did not
  // retire: the one that did is the NOP that the fixture puts at the vector.
  bool took_exception() { return state().pc == testing::kVectorsEl1 + 0x200 + 4; }
  unsigned exception_class() { return static_cast<unsigned>(bits(sys(SysReg::ESR_EL1), 31, 26)); }
};

}  // namespace armature::cpu
