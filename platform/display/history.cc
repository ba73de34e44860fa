#include "platform/display/history.h"

#include "platform/machine/machine.h"
#include "sim/base/bits.h"

namespace armature::platform::display {

std::uint64_t History::kinds() {
  return event_bit(EventKind::tlbi) | event_bit(EventKind::tlbi_receive) |
         event_bit(EventKind::tlbi_complete) | event_bit(EventKind::violation);
}

Shootdown* History::find(std::uint64_t tlbi) {
  for (auto it = shootdowns_.rbegin(); it != shootdowns_.rend(); ++it) {
    if (it->issue.sequence == tlbi) return &*it;
  }
  return nullptr;
}

void History::on_event(const Event& event) {
  ++counts_[static_cast<unsigned>(event.kind)];
  switch (event.kind) {
    case EventKind::tlbi:
      if (shootdowns_.size() == kShootdownsMax) shootdowns_.pop_front();
      shootdowns_.push_back({event, {}, false, {}});
      break;
    case EventKind::
        tlbi_receive:  // b: the tlbi; c: entries dropped; d[15:8]: the core that applied it
      if (Shootdown* shootdown = find(event.b)) {
        shootdown->receipts.push_back({static_cast<unsigned>(bits(event.d, 15, 8)), event.cycle,
                                       static_cast<unsigned>(event.c)});
      }
      break;
    case EventKind::tlbi_complete:  // a, b: first and last tlbi that the DSB completed
      for (Shootdown& shootdown : shootdowns_) {
        const std::uint64_t number = shootdown.issue.sequence;
        if (shootdown.is_complete || number < event.a || number > event.b ||
            shootdown.issue.core != event.core) {
          continue;
        }
        shootdown.is_complete = true;
        shootdown.completion = event;
      }
      break;
    case EventKind::violation:
      if (violations_.size() == kViolationsMax) violations_.pop_front();
      violations_.push_back(event);
      break;
    default:
      break;
  }
}

void History::halve() {
  for (auto& lane : lanes_) {
    std::deque<LaneSample> half;
    for (std::size_t n = 1; n < lane.size(); n += 2) half.push_back(lane[n]);
    lane.swap(half);
  }
  column_cycles_ *= 2;
}

void History::sample(Machine& machine) {
  const std::uint64_t columns = machine.now().whole() / column_cycles_;
  if (columns <= lanes_[0].size()) return;
  while (machine.now().whole() / column_cycles_ > kColumnsMax) halve();
  const std::uint64_t wanted = machine.now().whole() / column_cycles_;
  for (unsigned core = 0; core < lanes_.size(); ++core) {
    const LaneSample now{running_on(machine, core)};
    while (lanes_[core].size() < wanted) lanes_[core].push_back(now);
  }
}

}  // namespace armature::platform::display
