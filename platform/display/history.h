// What the window remembers between two pictures: who ran when, and the last shootdowns. Simulated
// time only, so that the same run draws the same picture.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "platform/display/principal.h"
#include "sim/event/bus.h"

namespace armature::platform::display {

// One column of a core's lane: who was on it at the end of that slice of time.
struct LaneSample {
  Principal principal = Principal::asleep;
  bool operator==(const LaneSample&) const = default;
};

// One TLBI from issue to completion.
struct Shootdown {
  struct Receipt {
    unsigned core = 0;
    std::uint64_t cycle = 0;  // 1/16 cycles, the issuer's when it was applied
    unsigned dropped = 0;     // entries
  };
  Event issue;
  std::vector<Receipt> receipts;
  bool is_complete = false;
  Event completion;  // of the DSB
};

class History final : public EventListener {
 public:
  static constexpr std::size_t kColumnsMax = 640;
  static constexpr std::size_t kShootdownsMax = 24;
  static constexpr std::size_t kViolationsMax = 200;
  static constexpr std::uint64_t kColumnCyclesMin = 2048;

  explicit History(unsigned cores) : lanes_(cores) {}

  // The events it wants: TLB invalidations and violations, all of them on slow paths.
  static std::uint64_t kinds();
  void on_event(const Event& event) override;

  // Between windows: fills the columns up to now. When the lanes are full, two columns become one.
  void sample(Machine& machine);

  const std::vector<std::deque<LaneSample>>& lanes() const { return lanes_; }
  std::uint64_t column_cycles() const { return column_cycles_; }
  const std::deque<Shootdown>& shootdowns() const { return shootdowns_; }
  const std::deque<Event>& violations() const { return violations_; }
  std::uint64_t count(EventKind kind) const { return counts_[static_cast<unsigned>(kind)]; }

 private:
  void halve();
  Shootdown* find(std::uint64_t tlbi);

  std::vector<std::deque<LaneSample>> lanes_;
  std::uint64_t column_cycles_ = kColumnCyclesMin;
  std::deque<Shootdown> shootdowns_;
  std::deque<Event> violations_;
  std::array<std::uint64_t, kEventKinds> counts_{};
};

}  // namespace armature::platform::display
