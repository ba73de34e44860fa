// Physical memory as a byte string: only frames that hold anything.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/memory/memory_map.h"

namespace armature {

// Appends every region's contents and frame flags.
void save_memory(MemoryMap& memory, std::vector<std::uint8_t>& out);

// Makes memory equal to what was saved; frames not in the byte string become zero. Throws UserError
// when the regions differ from those saved.
void load_memory(MemoryMap& memory, std::span<const std::uint8_t>& in);

}  // namespace armature
