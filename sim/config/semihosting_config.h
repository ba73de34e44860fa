// What a program that calls its host (HLT #0xF000) may ask for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace armature {

struct SemihostingConfig {
  enum class Files : std::uint8_t { none, read, write };
  bool enabled = false;
  bool at_el0 = false;        // userspace=on
  Files files = Files::read;  // of the host: what SYS_OPEN may do with them
  std::string arguments;      // for SYS_GET_CMDLINE; empty: the kernel's name and -append
};

// "enable=on[,userspace=on][,files=none|read|write][,arg=TEXT,arg=TEXT...]", QEMU's keys but `files`;
// a comma of a value is doubled. Throws UserError.
SemihostingConfig parse_semihosting(std::string_view text);
std::string dump_semihosting(const SemihostingConfig& semihosting);

}  // namespace armature
