// Comparing the two sides and narrowing a difference to the instruction that made it.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "batch.h"

namespace armature::isa {

// Lines "what: ours / theirs", empty when equal. SP, flags, vectors, memory and faults included.
std::vector<std::string> differences(const IsaResult& ours, const IsaResult& theirs);

using Side = std::function<std::vector<IsaResult>(std::span<const IsaCase>)>;

struct Culprit {
  unsigned index = 0;  // of the word
  std::uint32_t word = 0;
  IsaState before{};  // our state before it (equal on both sides)
  std::vector<std::string> differences{};
};

// Runs every prefix of the case on both sides. The words after the prefix become NOP, so branches
// keep their targets.
Culprit find_culprit(const IsaCase& failing, const Side& ours, const Side& theirs);

// The culprit for a reader: the sequence, the instruction, its operands before, the difference.
std::string describe(const IsaCase& failing, const Culprit& culprit);

}  // namespace armature::isa
