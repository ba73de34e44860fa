// Sets of event kinds as users write them: "tlb,table_write".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace armature {

// A comma-separated list of kinds and groups as a set of event_bit()s. Groups: all, canonical,
// core, translation, memory, exception, walk, tlb, tlbi_tree, cache, watch, manifest. Empty list:
// empty set. Throws UserError that names the word and the nearest match.
std::uint64_t parse_event_kinds(std::string_view list);

// All kinds and groups by name: what a list may consist of.
std::vector<std::string_view> event_kind_words();

// The groups and what is in them, one a line, for help texts.
std::string describe_event_kinds();

}  // namespace armature
