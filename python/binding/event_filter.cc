#include "python/binding/event_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "sim/base/bits.h"
#include "sim/base/user_error.h"
#include "sim/trace/kinds.h"

namespace armature::python {
namespace {

std::uint64_t value_of(const Event& event, const EventField& field) {
  const std::uint64_t words[] = {event.a, event.b, event.c, event.d};
  return bits(words[field.word], field.hi, field.lo);
}

template <typename T>
bool is_in(const std::vector<T>& allowed, std::uint64_t value) {
  return std::find(allowed.begin(), allowed.end(), value) != allowed.end();
}

bool is_in(const EventSelection::Ranges& ranges, std::uint64_t address) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const auto& range) {
    return range.first <= address && address <= range.second;
  });
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What the alphabet calls addresses of either kind. A walk's input is a VA or an IPA.
bool holds_va(std::string_view field) { return is_one_of(field, {"va", "input", "far"}); }
bool holds_pa(std::string_view field) {
  return is_one_of(field, {"pa", "output", "address", "page", "word", "descriptor_address"});
}

}  // namespace

EventFilter::EventFilter(const EventSelection& selection)
    : selection_(selection), kinds_(parse_event_kinds(selection.kinds)) {
  if (kinds_ == 0) throw UserError("events: no kind is given; allowed: see armature info events");
  std::vector<std::string_view> names;
  for (const EventDescription& description : event_alphabet()) {
    if ((kinds_ & event_bit(description.kind)) == 0) continue;
    KindTests& tests = tests_[static_cast<unsigned>(description.kind)];
    for (const EventField& field : description.fields) {
      if (field.name.empty()) break;
      names.push_back(field.name);
      if (holds_va(field.name)) tests.va.push_back(&field);
      if (holds_pa(field.name)) tests.pa.push_back(&field);
      for (const auto& [name, values] : selection.fields) {
        if (name == field.name) tests.fields.push_back({&field, values});
      }
    }
  }
  for (const auto& [name, values] : selection.fields) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const auto nearest = nearest_match(name, names);
    throw UserError(
        fmt::format("events: no field '{}' in {}{}", name, selection.kinds,
                    nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest)));
  }
}

bool EventFilter::matches(const Event& event) const {
  const EventSelection& s = selection_;
  if (!s.cores.empty() && !is_in(s.cores, event.core)) return false;
  if (!s.els.empty() && !is_in(s.els, event.el)) return false;
  if (!s.vmids.empty() && !is_in(s.vmids, event.vmid)) return false;
  if (!s.asids.empty() && !is_in(s.asids, event.asid)) return false;
  if (!s.pc.empty() && !is_in(s.pc, event.pc)) return false;
  if (s.va.empty() && s.pa.empty() && s.fields.empty()) return true;
  const KindTests& tests = tests_[static_cast<unsigned>(event.kind)];
  const auto any = [&](const auto& fields, const EventSelection::Ranges& ranges) {
    return std::any_of(fields.begin(), fields.end(), [&](const EventField* field) {
      return is_in(ranges, value_of(event, *field));
    });
  };
  if (!s.va.empty() && !any(tests.va, s.va)) return false;
  if (!s.pa.empty() && !any(tests.pa, s.pa)) return false;
  return tests.fields.size() == s.fields.size() &&
         std::all_of(tests.fields.begin(), tests.fields.end(), [&](const FieldTest& test) {
           return is_in(test.values, value_of(event, *test.field));
         });
}

}  // namespace armature::python
