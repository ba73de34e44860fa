// The end: a message, then nothing on this machine runs any more.
#pragma once

#include <string_view>

#include "hyp/abi/line.h"

namespace armature::kcore {

using abi::Hex;

// Prints `what` after "kcore: panic: " and stops every core. Only the first panic prints.
[[noreturn]] void panic(std::string_view what);
template <typename... Parts>
[[noreturn]] void panic(const char* first, Parts... parts) {
  panic(abi::Line(first, parts...).text());
}

// Whether some core has panicked. A core must ask before it goes back to EL1.
bool machine_is_halted();

// One line on the console, whole even when cores print at once.
void print(std::string_view line);
template <typename... Parts>
void print(const char* first, Parts... parts) {
  print(abi::Line(first, parts...).text());
}

}  // namespace armature::kcore
