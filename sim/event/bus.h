// Where events are numbered and handed to listeners. Semantics call publish() at the architectural
// effect and never print, trace or count; recorders, statistics, checkers and Python listen.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "sim/event/event.h"

namespace armature {

class EventListener {
 public:
  virtual ~EventListener() = default;
  virtual void on_event(const Event& event) = 0;
};

// Who is executing: fills cycle, pc, core, el, vmid and asid. Asked only when somebody listens.
class EventPosition {
 public:
  virtual ~EventPosition() = default;
  virtual void stamp(Event& event) const = 0;
  // Only pc and cycle: asked at every TLB fill, listened to or not.
  struct Where {
    std::uint64_t pc = 0, cycle = 0;
  };
  virtual Where where() const {
    Event event;
    stamp(event);
    return {event.pc, event.cycle};
  }
};

class EventBus {
 public:
  // Numbers the event (canonical kinds) whether or not anybody listens.
  void publish(EventKind kind, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
               std::uint32_t d = 0) {
    if (is_canonical(kind)) ++sequence_;
    if ((wanted_ & event_bit(kind)) != 0) [[unlikely]]
      deliver(kind, a, b, c, d);
  }
  // The same with the words made by make() -> Words, only when somebody listens: for the paths that are
  // hot without listeners.
  struct Words {
    std::uint64_t a = 0, b = 0, c = 0;
    std::uint32_t d = 0;
  };
  template <typename Make>
  void publish_made(EventKind kind, Make&& make) {
    if (is_canonical(kind)) ++sequence_;
    if ((wanted_ & event_bit(kind)) != 0) [[unlikely]] {
      const Words words = make();
      deliver(kind, words.a, words.b, words.c, words.d);
    }
  }
  bool wanted(EventKind kind) const { return wanted_any(event_bit(kind)); }
  bool wanted_any(std::uint64_t kinds) const { return (wanted_ & kinds) != 0; }

  // `kinds` is a set of event_bit()s. Listeners are called in the order they were added.
  void add(EventListener& listener, std::uint64_t kinds);
  void remove(EventListener& listener);

  // The number of the last canonical event: part of the machine's saved state.
  std::uint64_t sequence() const { return sequence_; }
  void restore_sequence(std::uint64_t sequence) { sequence_ = sequence; }

  // Where delivery is: the last canonical number and the sub-index of what followed it.
  struct Place {
    std::uint64_t sequence = 0;
    std::uint32_t sub = 0;
    auto operator<=>(const Place&) const = default;
  };
  Place place() const { return {sequence_, last_sub_sequence_ == sequence_ ? sub_ : 0}; }
  void restore_place(Place place) {
    sequence_ = last_sub_sequence_ = place.sequence;
    sub_ = place.sub;
  }
  // Listeners have heard everything up to `place`: a repetition of it is numbered, not delivered.
  void mute_until(Place place) { heard_ = place; }

  void set_position(const EventPosition* position) { position_ = position; }
  const EventPosition* position() const { return position_; }

 private:
  struct Subscription {
    EventListener* listener;
    std::uint64_t kinds;
  };
  void deliver(EventKind kind, std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint32_t d);

  std::uint64_t sequence_ = 0;
  std::uint64_t wanted_ = 0;
  std::uint64_t last_sub_sequence_ = 0;
  std::uint32_t sub_ = 0;
  Place heard_{};
  const EventPosition* position_ = nullptr;
  std::vector<Subscription> subscriptions_;
};

}  // namespace armature
