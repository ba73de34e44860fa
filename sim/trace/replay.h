// A binary log fed to listeners as if its run happened again: statistics, checkers, converters.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/event/bus.h"
#include "sim/trace/log.h"

namespace armature {

// The events of a log one after the other, with this program's numbers of kinds.
class LogCursor {
 public:
  // Opens the log. Throws UserError as LogReader does, and when a kind of the log has other fields
  // than the same kind has here. Kinds this program does not know are skipped.
  explicit LogCursor(const std::string& path);
  bool next(Event& event);  // as LogReader::next
  const LogReader& reader() const { return reader_; }

 private:
  LogReader reader_;
  std::vector<EventKind> kinds_;  // by the log's own number; count = not known here
};

class Replay {
 public:
  // Throws UserError as LogCursor does.
  explicit Replay(const std::string& path) : log_(path) {}

  const RunMetadata& run_metadata() const { return log_.reader().run(); }
  void add(EventListener& listener, std::uint64_t kinds) { targets_.push_back({&listener, kinds}); }

  struct Result {
    std::uint64_t events = 0;
    std::uint64_t kinds = 0;  // event_bit()s of those seen
    bool complete = false;    // false: the log ends early, its writer did not finish
  };
  // Delivers every event to the listeners that want its kind, in the order they were added.
  Result run();

 private:
  struct Target {
    EventListener* listener;
    std::uint64_t kinds;
  };
  LogCursor log_;
  std::vector<Target> targets_;
};

}  // namespace armature
