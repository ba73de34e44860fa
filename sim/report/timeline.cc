#include "sim/report/timeline.h"

#include <algorithm>

namespace armature {

std::uint64_t Timeline::kinds() {
  std::uint64_t kinds = ActivityTracker::kinds();
  for (const EventKind kind : kCounted) kinds |= event_bit(kind);
  return kinds;
}

Timeline::Timeline(unsigned cores, bool firmware)
    : tracker_(firmware), cores_(cores, std::vector<Shares>(kBuckets)), since_(cores) {
  for (auto& counts : counts_) counts.resize(kBuckets);
}

void Timeline::on_event(const Event& event) {
  const std::uint64_t cycle = event.cycle >> 4;
  end_ = std::max(end_, cycle);
  for (std::size_t n = 0; n < kCounted.size(); ++n) {
    if (kCounted[n] == event.kind) ++counts_[n][bucket_of(cycle)];
  }
  if (event.core >= cores_.size() || !tracker_.on_event(event)) return;
  Since& since = since_[event.core];
  if (since.known) spread(event.core, since.cycle, cycle);
  since = {cycle, tracker_.of(event.core), true};
}

void Timeline::finish() {
  for (unsigned core = 0; core < cores_.size(); ++core) {
    if (since_[core].known) spread(core, since_[core].cycle, end_);
    since_[core].cycle = end_;
  }
}

std::size_t Timeline::bucket_of(std::uint64_t cycle) {
  while (cycle / width_ >= kBuckets) widen();
  return static_cast<std::size_t>(cycle / width_);
}

void Timeline::widen() {
  const auto halve = [](auto& buckets, auto add) {
    for (std::size_t n = 0; n < kBuckets / 2; ++n) {
      buckets[n] = add(buckets[2 * n], buckets[2 * n + 1]);
    }
    std::fill(buckets.begin() + kBuckets / 2, buckets.end(),
              typename std::decay_t<decltype(buckets)>::value_type{});
  };
  for (auto& counts : counts_) halve(counts, [](auto a, auto b) { return a + b; });
  for (auto& core : cores_) {
    halve(core, [](Shares a, const Shares& b) {
      for (std::size_t n = 0; n < kActivities; ++n) a[n] += b[n];
      return a;
    });
  }
  width_ *= 2;
}

// The time of an activity, shared among the buckets it covers.
void Timeline::spread(unsigned core, std::uint64_t from, std::uint64_t to) {
  if (from >= to) return;  // what took no time gets no name: a VM before its vm_enter
  bucket_of(to);
  const std::size_t activity = name_id(tracker_.name(since_[core].activity));
  while (from < to) {
    const std::size_t bucket = bucket_of(from);
    const std::uint64_t until = std::min(to, (bucket + 1) * width_);
    cores_[core][bucket][activity] += until - from;
    from = until;
  }
}

std::size_t Timeline::name_id(const std::string& name) {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found != names_.end()) return static_cast<std::size_t>(found - names_.begin());
  if (names_.size() == kActivities) {
    names_.back() = "others";
    return kActivities - 1;
  }
  names_.push_back(name);
  return names_.size() - 1;
}

}  // namespace armature
