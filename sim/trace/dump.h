// A binary log as text.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

#include "sim/trace/text.h"

namespace armature {

struct DumpResult {
  std::uint64_t events = 0;  // printed
  bool complete = false;     // false: the log ends early, its writer did not finish
};

// Prints the events of the kinds in `list` (as parse_event_kinds; empty: all), one a line.
// Throws UserError when the log or the list is no good.
DumpResult dump_log(const std::string& path, std::string_view list, const EventNames& names,
                    std::ostream& out);

}  // namespace armature
