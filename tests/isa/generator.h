// Random instruction sequences from the decode table. Everything is a function of the seed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "batch.h"
#include "cpu/decode.h"

namespace armature::isa {

// xoshiro256** seeded by splitmix64: the same numbers on every host.
class Random {
 public:
  explicit Random(std::uint64_t seed);
  std::uint64_t next();
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_[4];
};

struct GeneratorOptions {
  std::vector<std::string> groups{};  // substrings of a row's group or name; empty: every row
  unsigned length = 12;               // instructions under test in one case
};

class Generator {
 public:
  explicit Generator(GeneratorOptions options);

  // Case number `index` of the run `seed`; `instructions` is how many rows went into it.
  IsaCase make(std::uint64_t seed, std::uint64_t index, unsigned& instructions) const;

  // A case whose last word is an instruction of `row`, after what sets up its operands. Nothing for
  // rows that cannot be tested so.
  std::optional<IsaCase> make_single(const cpu::Row& row, Random& random) const;

  // One word near the allocated space: a row with random fields and up to three flipped bits, or a
  // random word. Never one that would leave the case, enter the kernel or wait.
  std::uint32_t make_word(Random& random) const;

  const std::vector<const cpu::Row*>& rows() const { return rows_; }

 private:
  GeneratorOptions options_;
  std::vector<const cpu::Row*> rows_{};       // for sequences
  std::vector<const cpu::Row*> word_rows_{};  // for words, exceptions and MSR (immediate) too
};

// A value of the kinds that arithmetic treats specially, or a random one.
std::uint64_t interesting_integer(Random& random);
std::uint64_t interesting_vector_half(Random& random);

// The word as an assembler would write it.
std::string disassemble(std::uint32_t word, std::uint64_t address);

}  // namespace armature::isa
