// Which addresses the code of an ELF file takes, so that breakpoints in it count only at the
// Exception level it runs at.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace armature::platform::gdb {

struct CodeRange {
  std::uint64_t from = 0, to = 0;  // virtual addresses as linked
};

// The executable segments of `path`. Throws UserError when it is no ELF file.
std::vector<CodeRange> code_ranges(const std::string& path);

}  // namespace armature::platform::gdb
