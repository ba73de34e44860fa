// Instructions as text, by Capstone; what it does not know (newer than Armv8.0) is shown as a word.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sim/base/types.h"

namespace armature::platform {

class Disassembler {
 public:
  Disassembler();
  ~Disassembler();
  Disassembler(const Disassembler&) = delete;
  Disassembler& operator=(const Disassembler&) = delete;

  std::string text(std::uint32_t word, VirtualAddress pc) const;

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace armature::platform
