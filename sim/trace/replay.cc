#include "sim/trace/replay.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/user_error.h"

namespace armature {
namespace {

// The kind of this program that a kind of the log is.
EventKind kind_here(const std::string& path, const LogKind& logged, const LogAlphabet& ours) {
  const auto found = std::find_if(ours.begin(), ours.end(),
                                  [&](const LogKind& kind) { return kind.name == logged.name; });
  if (found == ours.end()) return EventKind::count;
  if (found->fields != logged.fields) {
    throw UserError(fmt::format(
        "trace: '{}' was written by another version: its '{}' has other fields; record it again",
        path, logged.name));
  }
  return static_cast<EventKind>(found - ours.begin());
}

}  // namespace

LogCursor::LogCursor(const std::string& path) : reader_(path) {
  const LogAlphabet ours = current_alphabet();
  for (const LogKind& kind : reader_.alphabet()) kinds_.push_back(kind_here(path, kind, ours));
}

bool LogCursor::next(Event& event) {
  while (reader_.next(event)) {
    event.kind = kinds_[static_cast<std::size_t>(event.kind)];
    if (event.kind != EventKind::count) return true;
  }
  return false;
}

Replay::Result Replay::run() {
  Result result;
  for (Event event; log_.next(event);) {
    ++result.events;
    result.kinds |= event_bit(event.kind);
    for (const Target& target : targets_) {
      if ((target.kinds & event_bit(event.kind)) != 0) target.listener->on_event(event);
    }
  }
  result.complete = log_.reader().complete();
  return result;
}

}  // namespace armature
