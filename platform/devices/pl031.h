// PL031 real time clock (ARM DDI 0224): seconds, an offset and an alarm. The time of day is the
// configured start plus simulated time, never the host's.
#pragma once

#include <type_traits>

#include "platform/devices/clock.h"
#include "platform/devices/device.h"
#include "platform/devices/interrupt_sink.h"

namespace armature::platform {

struct Pl031State {
  std::uint64_t alarm = kNever.sixteenths;  // simulated time of the next match
  std::uint32_t offset = 0;                 // counter value at simulated time 0
  std::uint32_t match = 0;                  // RTCMR
  std::uint32_t load = 0;                   // RTCLR
  std::uint32_t mask = 0;                   // RTCIMSC
  std::uint32_t raw = 0;                    // RTCRIS
  std::uint32_t reserved = 0;

  bool operator==(const Pl031State&) const = default;
};
static_assert(std::has_unique_object_representations_v<Pl031State>);

class Pl031 final : public Device, public Timed {
 public:
  // start_seconds: seconds since 1970 at simulated time 0.
  Pl031(const Clock& clock, std::uint32_t start_seconds, InterruptLine interrupt);

  Cycles deadline() const override { return {state_.alarm}; }
  void advance(Cycles now) override;
  const Pl031State& state() const { return state_; }

  std::string_view name() const override { return "pl031"; }
  std::uint64_t size() const override { return 0x1000; }
  BusResponse read(std::uint64_t offset, unsigned size, std::uint64_t& value) override;
  BusResponse write(std::uint64_t offset, unsigned size, std::uint64_t value) override;
  std::vector<RegisterInfo> registers() const override;
  void save(std::vector<std::uint8_t>& out) const override;
  void load(std::span<const std::uint8_t>& in) override;

 private:
  friend struct Pl031Registers;
  std::uint32_t counter() const;
  void set_alarm();
  void update() const;

  std::uint64_t read_dr(unsigned);
  std::uint64_t read_mr(unsigned);
  void write_mr(unsigned, std::uint64_t value);
  std::uint64_t read_lr(unsigned);
  void write_lr(unsigned, std::uint64_t value);
  std::uint64_t read_cr(unsigned);
  std::uint64_t read_imsc(unsigned);
  void write_imsc(unsigned, std::uint64_t value);
  std::uint64_t read_ris(unsigned);
  std::uint64_t read_mis(unsigned);
  void write_icr(unsigned, std::uint64_t value);
  std::uint64_t read_id(unsigned index);

  const Clock& clock_;
  InterruptLine interrupt_;
  Pl031State state_;
};

}  // namespace armature::platform
