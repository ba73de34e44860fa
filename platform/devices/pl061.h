// PL061 general purpose I/O (ARM DDI 0190): eight pins. On the board pin 3 is the power key.
#pragma once

#include <type_traits>

#include "platform/devices/device.h"
#include "platform/devices/interrupt_sink.h"

namespace armature::platform {

inline constexpr unsigned kPl061Pins = 8;
inline constexpr unsigned kPowerKeyPin = 3;

struct Pl061State {
  std::uint8_t input = 0;    // level the board drives on each pin
  std::uint8_t output = 0;   // data of output pins
  std::uint8_t dir = 0;      // GPIODIR, 1: output
  std::uint8_t is = 0;       // GPIOIS, 1: level-sensitive
  std::uint8_t ibe = 0;      // GPIOIBE, 1: both edges
  std::uint8_t iev = 0;      // GPIOIEV, 1: rising edge or high level
  std::uint8_t ie = 0;       // GPIOIE
  std::uint8_t edges = 0;    // latched edge interrupts
  std::uint8_t afsel = 0;    // GPIOAFSEL

  bool operator==(const Pl061State&) const = default;
};
static_assert(std::has_unique_object_representations_v<Pl061State>);

class Pl061 final : public Device {
 public:
  explicit Pl061(InterruptLine interrupt) : interrupt_(interrupt) {}

  // The board drives a pin, 0..7; seen only while the pin is an input.
  void set_input(unsigned pin, bool level);
  const Pl061State& state() const { return state_; }

  std::string_view name() const override { return "pl061"; }
  std::uint64_t size() const override { return 0x1000; }
  BusResponse read(std::uint64_t offset, unsigned size, std::uint64_t& value) override;
  BusResponse write(std::uint64_t offset, unsigned size, std::uint64_t value) override;
  void reset() override;
  std::vector<RegisterInfo> registers() const override;
  void save(std::vector<std::uint8_t>& out) const override;
  void load(std::span<const std::uint8_t>& in) override;

 private:
  friend struct Pl061Registers;
  std::uint8_t pins() const;
  std::uint8_t raw_status() const;
  void latch_edges(std::uint8_t before);
  void update() const;

  std::uint64_t read_data(unsigned index);
  void write_data(unsigned index, std::uint64_t value);
  std::uint64_t read_control(unsigned index);
  void write_control(unsigned index, std::uint64_t value);
  std::uint64_t read_ris(unsigned);
  std::uint64_t read_mis(unsigned);
  void write_ic(unsigned, std::uint64_t value);
  std::uint64_t read_afsel(unsigned);
  void write_afsel(unsigned, std::uint64_t value);
  std::uint64_t read_id(unsigned index);
  std::uint8_t& control(unsigned index);

  InterruptLine interrupt_;
  Pl061State state_;
};

}  // namespace armature::platform
