// KServ's own lines: log("vm", 1, " is gone"), each complete and with the prefix "kserv| ".
#pragma once

#include <string_view>

#include "hyp/abi/line.h"

namespace armature::kserv {

using abi::Hex;
using abi::Line;

void write_log_line(std::string_view text);
// Says why and powers the machine off: KServ cannot go on.
[[noreturn]] void fail_with(std::string_view text);

template <typename... Parts>
void log(Parts... parts) {
  write_log_line(Line(parts...).text());
}
template <typename... Parts>
[[noreturn]] void fail(Parts... parts) {
  fail_with(Line(parts...).text());
}

}  // namespace armature::kserv
