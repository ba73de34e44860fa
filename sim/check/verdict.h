// What a checker says when a rule is broken: which rule, who, where, and the events that prove it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/event/event.h"

namespace armature::check {

// A note is bad practice, or a change that nobody could rely on yet; a violation is a change that
// was published while it was unsafe (design: "The hypervisor", severities).
enum class Severity : std::uint8_t { note, violation };
std::string_view severity_name(Severity severity);

// The number is the `rule` field of the violation event.
enum class Rule : std::uint8_t {
  invalidation,       // a descriptor changed without its DSB, TLBI, DSB
  break_before_make,  // valid to valid where the manual wants an invalid one between
  stale_translation,  // an access used a translation that its tables no longer hold
  duplicate_vmid,     // two roots under one VMID
  instruction_side,   // instructions ran that memory no longer holds
  page_lines,         // a page changed its owner with dirty or divergent lines
  write_once,         // an EL2 descriptor changed after it was valid
  lockset,            // shared data or tables touched without their lock
  lock_order,         // a lock taken under one of a higher rank, or twice
  double_fetch,       // untrusted data read twice
  ownership,          // tables and page owners disagree
  vcpu_exclusive,     // one vCPU on two cores at once
  vcpu_migration,     // another vCPU of a VM runs with the TLB entries of the first
  page_observers,     // TLBs and tables show different groups of observers
  count
};
inline constexpr unsigned kRules = static_cast<unsigned>(Rule::count);

struct RuleDescription {
  Rule rule;
  std::string_view name;      // "break-before-make": as in --check and in reports
  std::string_view meaning;   // one line
  std::string_view citation;  // title of the manual's section, or where the rule comes from
  std::string_view severity;  // what breaking it is, and when it is only a note
};
std::span<const RuleDescription> rules();  // in the order of Rule
const RuleDescription& rule_description(Rule rule);

struct Verdict {
  Rule rule = Rule::invalidation;
  Severity severity = Severity::note;
  std::string what;          // one sentence: the object and the missing step
  std::uint64_t object = 0;  // what it is about: address of a descriptor, a page, a lock
  // The event at which it was judged.
  std::uint8_t core = 0;
  std::uint8_t el = 0;
  std::uint64_t pc = 0;
  std::uint64_t cycle = 0;     // in 1/16 cycles, as in Event
  std::uint64_t sequence = 0;  // number of that event
  std::vector<Event> proof;    // in order; the last one is the judged event
  std::string replay;          // command that shows it again; filled by whoever runs the machine

  std::string_view rule_name() const { return rule_description(rule).name; }
  std::string_view citation() const { return rule_description(rule).citation; }
};

}  // namespace armature::check
