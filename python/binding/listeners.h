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

// Makes the machine come back after the instruction being executed.
struct StopRequest {
  void (*stop)(void* context) = nullptr;
  void* context = nullptr;
};

class Recorder final : public EventListener {
 public:
  // Keeps at most `limit` events between two take()s; later ones are only counted. With `wake` (0:
  // never) the machine comes back once that many are there.
  Recorder(const EventSelection& selection, std::uint64_t limit, std::uint64_t wake = 0,
           StopRequest stop = {})
      : filter_(selection), limit_(limit), wake_(wake), stop_(stop) {}

  void on_event(const Event& event) override {
    if (!filter_.matches(event)) return;
    if (batch_.size() < limit_) {
      batch_.push_back(event);
      if (batch_.size() == wake_) stop_.stop(stop_.context);
    } else {
      ++lost_;
    }
  }

  bool is_full() const { return wake_ != 0 && batch_.size() >= wake_; }

  const EventFilter& filter() const { return filter_; }
  std::uint64_t size() const { return batch_.size(); }
  std::uint64_t lost() const { return lost_; }
  EventBatch take();

 private:
  EventFilter filter_;
  std::uint64_t limit_;
  std::uint64_t wake_;
  StopRequest stop_;
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
  Hook(const EventSelection& selection, std::uint64_t id, std::vector<HookedEvent>& queue,
       StopRequest stop)
      : filter_(selection), id_(id), queue_(queue), stop_(stop) {}

  void on_event(const Event& event) override {
    if (!filter_.matches(event)) return;
    queue_.push_back({id_, event});
    stop_.stop(stop_.context);
  }
  const EventFilter& filter() const { return filter_; }
  std::uint64_t id() const { return id_; }

 private:
  EventFilter filter_;
  std::uint64_t id_;
  std::vector<HookedEvent>& queue_;
  StopRequest stop_;
};

}  // namespace armature::python
