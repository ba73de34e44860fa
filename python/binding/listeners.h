// Who listens to a machine's events for Python: recorders keep them, hooks stop the machine.
#pragma once

#include <cstdint>
#include <vector>

#include "python/binding/event_filter.h"
#include "sim/event/bus.h"

namespace armature::python {

// Events as one block of records, handed to NumPy without a copy.
struct EventBatch {
  std::vector<Event> events;
};

class Recorder final : public EventListener {
 public:
  // Keeps at most `limit` events between two take()s; later ones are only counted.
  Recorder(const EventSelection& selection, std::uint64_t limit)
      : filter_(selection), limit_(limit) {}

  void on_event(const Event& event) override {
    if (!filter_.matches(event)) return;
    if (batch_.size() < limit_) {
      batch_.push_back(event);
    } else {
      ++lost_;
    }
  }

  const EventFilter& filter() const { return filter_; }
  std::uint64_t size() const { return batch_.size(); }
  std::uint64_t lost() const { return lost_; }
  EventBatch take();

 private:
  EventFilter filter_;
  std::uint64_t limit_;
  std::uint64_t lost_ = 0;
  std::vector<Event> batch_;
};

// What a hook saw, until Python is told. Python never runs inside the simulation: its stack there
// is too small, and an exception would leave an instruction half done.
struct HookedEvent {
  std::uint64_t hook = 0;
  Event event{};
};

class Hook final : public EventListener {
 public:
  using Stop = void (*)(void* context);
  // `stop` makes the machine come back after the instruction being executed.
  Hook(const EventSelection& selection, std::uint64_t id, std::vector<HookedEvent>& queue,
       Stop stop, void* context)
      : filter_(selection), id_(id), queue_(queue), stop_(stop), context_(context) {}

  void on_event(const Event& event) override {
    if (!filter_.matches(event)) return;
    queue_.push_back({id_, event});
    stop_(context_);
  }
  const EventFilter& filter() const { return filter_; }
  std::uint64_t id() const { return id_; }

 private:
  EventFilter filter_;
  std::uint64_t id_;
  std::vector<HookedEvent>& queue_;
  Stop stop_;
  void* context_;
};

}  // namespace armature::python
