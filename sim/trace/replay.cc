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

Replay::Replay(const std::string& path) : reader_(path) {
  const LogAlphabet ours = current_alphabet();
  for (const LogKind& kind : reader_.alphabet()) kinds_.push_back(kind_here(path, kind, ours));
}

Replay::Result Replay::run() {
  Result result;
  for (Event event; reader_.next(event);) {
    event.kind = kinds_[static_cast<std::size_t>(event.kind)];
    if (event.kind == EventKind::count) continue;
    ++result.events;
    result.kinds |= event_bit(event.kind);
    for (const Target& target : targets_) {
      if ((target.kinds & event_bit(event.kind)) != 0) target.listener->on_event(event);
    }
  }
  result.complete = reader_.complete();
  return result;
}

}  // namespace armature
