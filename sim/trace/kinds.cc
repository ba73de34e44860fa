#include "sim/trace/kinds.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "sim/base/user_error.h"
#include "sim/event/alphabet.h"

namespace armature {
namespace {

constexpr std::uint64_t range(EventKind first, EventKind last) {
  return (event_bit(last) << 1) - event_bit(first);
}
template <typename... Kinds>
constexpr std::uint64_t set(Kinds... kinds) {
  return (event_bit(kinds) | ...);
}

struct Group {
  std::string_view name;
  std::uint64_t kinds;
};

using enum EventKind;
constexpr std::array<Group, 12> kGroups{{
    {"all", (1ull << kEventKinds) - 1},
    {"canonical", event_bit(read) - 1},
    {"core", range(exception_entry, hypercall)},
    {"translation", range(walk_begin, table_write)},
    {"memory", range(cache_fill, cache_maintenance)},
    {"exception", set(exception_entry, exception_return, irq, hypercall)},
    {"walk", range(walk_begin, walk_end)},
    {"tlb", range(tlb_fill, tlbi_complete)},
    {"tlbi_tree", set(tlbi, tlbi_receive, tlb_drop, tlbi_complete)},
    {"cache", range(cache_fill, cache_maintenance)},
    {"watch", range(read, fetch)},
    {"manifest", range(vm_enter, oracle_read)},
}};

std::string_view trim(std::string_view word) {
  while (!word.empty() && word.front() == ' ') word.remove_prefix(1);
  while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
  return word;
}

std::uint64_t kinds_of(std::string_view word) {
  for (const auto& description : event_alphabet()) {
    if (description.name == word) return event_bit(description.kind);
  }
  for (const auto& group : kGroups) {
    if (group.name == word) return group.kinds;
  }
  const std::vector<std::string_view> names = event_kind_words();
  std::string message = fmt::format("events: no kind or group '{}'", word);
  if (const auto nearest = nearest_match(word, names); !nearest.empty()) {
    message += fmt::format("; did you mean '{}'?", nearest);
  } else {
    message += fmt::format("; allowed: {}", fmt::join(names, ", "));
  }
  throw UserError(message);
}

}  // namespace

std::uint64_t parse_event_kinds(std::string_view list) {
  std::uint64_t kinds = 0;
  if (trim(list).empty()) return kinds;
  for (;;) {
    const std::size_t comma = list.find(',');
    kinds |= kinds_of(trim(list.substr(0, comma)));
    if (comma == std::string_view::npos) return kinds;
    list.remove_prefix(comma + 1);
  }
}

std::vector<std::string_view> event_kind_words() {
  std::vector<std::string_view> names;
  for (const auto& group : kGroups) names.push_back(group.name);
  for (const auto& description : event_alphabet()) names.push_back(description.name);
  return names;
}

std::string describe_event_kinds() {
  std::string text;
  for (const auto& group : kGroups) {
    std::vector<std::string_view> names;
    for (const auto& description : event_alphabet()) {
      if ((group.kinds & event_bit(description.kind)) != 0) names.push_back(description.name);
    }
    text += fmt::format("{:<12} {}\n", group.name, fmt::join(names, " "));
  }
  return text;
}

}  // namespace armature
