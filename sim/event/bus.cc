#include "sim/event/bus.h"

#include <algorithm>

namespace armature {

void EventBus::add(EventListener& listener, std::uint64_t kinds) {
  subscriptions_.push_back({&listener, kinds});
  wanted_ |= kinds;
}

void EventBus::remove(EventListener& listener) {
  std::erase_if(subscriptions_, [&](const Subscription& s) { return s.listener == &listener; });
  wanted_ = 0;
  for (const auto& subscription : subscriptions_) wanted_ |= subscription.kinds;
}

void EventBus::deliver(EventKind kind, std::uint64_t a, std::uint64_t b, std::uint64_t c,
                       std::uint32_t d) {
  Event event;
  event.sequence = sequence_;
  event.kind = kind;
  event.core = kMasterDevice;
  event.a = a;
  event.b = b;
  event.c = c;
  event.d = d;
  if (!is_canonical(kind)) {
    if (last_sub_sequence_ != sequence_) sub_ = 0;
    last_sub_sequence_ = sequence_;
    event.sub = ++sub_;
  }
  if (Place{event.sequence, event.sub} <= heard_) return;
  if (position_ != nullptr) position_->stamp(event);
  for (const auto& subscription : subscriptions_) {
    if ((subscription.kinds & event_bit(kind)) != 0) subscription.listener->on_event(event);
  }
}

}  // namespace armature
