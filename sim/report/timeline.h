// What every core did over time and how often things happened, in a fixed number of buckets: the
// width of a bucket doubles whenever the run outgrows them, so that any run has one picture.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/event/bus.h"
#include "sim/trace/activity.h"

namespace armature {

class Timeline {
 public:
  static constexpr std::size_t kBuckets = 1024;
  static constexpr std::size_t kActivities = 24;  // distinct names; further ones share the last
  static constexpr std::array<EventKind, 6> kCounted{
      EventKind::tlb_fill,    EventKind::tlb_drop, EventKind::walk_begin,
      EventKind::table_write, EventKind::tlbi,     EventKind::exception_entry};
  static std::uint64_t kinds();

  Timeline(unsigned cores, bool firmware);

  void on_event(const Event& event);
  // Ends what every core is doing at the time of the last event.
  void finish();

  using Shares = std::array<std::uint64_t, kActivities>;  // cycles by activity
  std::uint64_t bucket_cycles() const { return width_; }
  std::size_t used_buckets() const { return static_cast<std::size_t>(end_ / width_) + 1; }
  std::uint64_t end() const { return end_; }  // cycle of the last event
  const std::vector<std::string>& activities() const { return names_; }
  const Shares& shares(unsigned core, std::size_t bucket) const { return cores_[core][bucket]; }
  std::uint64_t count(std::size_t counted, std::size_t bucket) const {
    return counts_[counted][bucket];
  }

 private:
  std::size_t bucket_of(std::uint64_t cycle);
  void widen();
  void spread(unsigned core, std::uint64_t from, std::uint64_t to);
  std::size_t name_id(const std::string& name);

  ActivityTracker tracker_;
  std::uint64_t width_ = 1;  // cycles
  std::uint64_t end_ = 0;
  std::vector<std::string> names_;
  std::vector<std::vector<Shares>> cores_;  // by core, bucket
  std::array<std::vector<std::uint64_t>, kCounted.size()> counts_;
  struct Since {
    std::uint64_t cycle = 0;
    Activity activity{};
    bool known = false;
  };
  std::vector<Since> since_;  // by core: what it does now and since when
};

}  // namespace armature
