// How fast simulated time may go beside the host's while a person looks on. Time of the host comes in as a
// number; the run itself never sees it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace armature::platform::display {

class Pace {
 public:
  void slower() { set(speed_ + 1 < kSpeeds.size() ? speed_ + 1 : speed_); }
  void faster() { set(speed_ != 0 ? speed_ - 1 : 0); }
  std::string_view name() const { return kSpeeds[speed_].name; }

  // Whether the machine, which has come to `cycles`, may go on at `host_seconds`. The first question
  // after a change of speed is where counting starts.
  bool may_go_on(std::uint64_t cycles, double host_seconds) {
    const double rate = kSpeeds[speed_].cycles_per_second;
    if (rate == 0) return true;
    if (!counts_) {
      counts_ = true;
      first_cycle_ = cycles;
      first_second_ = host_seconds;
    }
    return static_cast<double>(cycles - first_cycle_) <= (host_seconds - first_second_) * rate;
  }
  // While it was paused no time went by.
  void begin_anew() { counts_ = false; }

 private:
  struct Speed {
    double cycles_per_second;  // 0: as fast as the host can; a core runs at 1 GHz
    std::string_view name;
  };
  static constexpr std::array<Speed, 6> kSpeeds{{{0, "full speed"},
                                                 {1e7, "10 ms a second"},
                                                 {1e6, "1 ms a second"},
                                                 {1e5, "100 us a second"},
                                                 {1e4, "10 us a second"},
                                                 {1e3, "1 us a second"}}};
  void set(std::size_t speed) {
    speed_ = speed;
    counts_ = false;
  }

  std::size_t speed_ = 0;
  bool counts_ = false;
  std::uint64_t first_cycle_ = 0;
  double first_second_ = 0;
};

}  // namespace armature::platform::display
