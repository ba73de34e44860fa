#include <fmt/format.h>

#include <cstring>
#include <deque>

#include "sim/diff/diff.h"
#include "sim/trace/replay.h"

namespace armature {
namespace {

// The events of a log that are compared, one after the other.
class Events {
 public:
  Events(const std::string& path, std::uint64_t kinds) : log_(path), kinds_(kinds) {}
  bool next(Event& event) {
    while (log_.next(event)) {
      if ((kinds_ & event_bit(event.kind)) != 0) return true;
    }
    return false;
  }

 private:
  LogCursor log_;
  std::uint64_t kinds_;
};

std::string differing_fields(const Event& a, const Event& b, const LogAlphabet& alphabet) {
  std::string names;
  const auto add = [&](bool differs, std::string_view name) {
    if (differs) names += (names.empty() ? "" : ", ") + std::string(name);
  };
  add(a.sequence != b.sequence || a.sub != b.sub, "number");
  add(a.cycle != b.cycle, "cycle");
  add(a.core != b.core, "core");
  add(a.el != b.el, "EL");
  add(a.pc != b.pc, "pc");
  add(a.vmid != b.vmid, "vmid");
  add(a.asid != b.asid, "asid");
  if (a.kind != b.kind) {
    add(true, "kind");
    return names;
  }
  for (const LogField& field : alphabet[static_cast<std::size_t>(a.kind)].fields) {
    add(event_field(a, field) != event_field(b, field), field.name);
  }
  return names;
}

// The event, if there is one, and up to `more` that follow it.
std::string lines_from(char mark, bool has, Event event, Events& events, unsigned more,
                       const LogAlphabet& alphabet, const EventNames& names) {
  if (!has) return fmt::format("{} (the log ends)\n", mark);
  std::string text;
  for (unsigned n = 0; n <= more; ++n) {
    text += fmt::format("{} {}\n", mark, event_line(event, alphabet, names));
    if (!events.next(event)) return text + fmt::format("{} (the log ends)\n", mark);
  }
  return text;
}

}  // namespace

EventDifference diff_logs(const std::string& a, const std::string& b, std::uint64_t kinds,
                          unsigned context, const EventNames& names) {
  Events left(a, kinds), right(b, kinds);
  const LogAlphabet alphabet = current_alphabet();
  std::deque<Event> before;
  EventDifference result;
  for (;;) {
    Event of_a, of_b;
    const bool has_a = left.next(of_a);
    const bool has_b = right.next(of_b);
    if (!has_a && !has_b) return result;
    if (has_a && has_b && std::memcmp(&of_a, &of_b, sizeof of_a) == 0) {
      ++result.compared;
      before.push_back(of_a);
      if (before.size() > context) before.pop_front();
      continue;
    }
    result.same = false;
    for (const Event& event : before) {
      result.text += "  " + event_line(event, alphabet, names) + "\n";
    }
    result.text += lines_from('<', has_a, of_a, left, context, alphabet, names);
    result.text += lines_from('>', has_b, of_b, right, context, alphabet, names);
    if (has_a && has_b) {
      result.text += fmt::format("different: {}\n", differing_fields(of_a, of_b, alphabet));
    }
    return result;
  }
}

}  // namespace armature
