// Events as readable lines. The alphabet is a value, so that a log is read with the alphabet it was
// written with.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/event/event.h"

namespace armature {

struct LogField {
  std::string name;
  std::uint8_t word = 0, hi = 63, lo = 0;
  bool decimal = false;
  bool operator==(const LogField&) const = default;
};
struct LogKind {
  std::string name;
  std::string meaning;
  bool canonical = true;
  std::vector<LogField> fields;
};
using LogAlphabet = std::vector<LogKind>;  // by kind number

// The alphabet of this build.
LogAlphabet current_alphabet();

// bits hi..lo of the payload word the field names.
std::uint64_t event_field(const Event& event, const LogField& field);

// Numbers that only higher layers can name. Unset members leave the number.
struct EventNames {
  std::function<std::string(unsigned op)> tlbi;         // tlbi.op, tlbi_receive.op
  std::function<std::string(unsigned op)> maintenance;  // cache_maintenance.op
};

// One line without a newline: number, cycle, core, EL, pc, VMID, ASID, kind, then the kind's fields
// as name=value.
std::string event_line(const Event& event, const LogAlphabet& alphabet,
                       const EventNames& names = {});

}  // namespace armature
