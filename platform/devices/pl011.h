// PL011 UART (ARM DDI 0183), with the behaviour of QEMU's model where the two differ: transmission
// is instant, and the receive interrupt is asserted as soon as the FIFO is not empty.
#pragma once

#include <array>
#include <string>
#include <type_traits>

#include "platform/devices/character_sink.h"
#include "platform/devices/device.h"
#include "platform/devices/interrupt_sink.h"

namespace armature::platform {

inline constexpr unsigned kPl011FifoDepth = 16;

struct Pl011State {
  std::uint32_t rsr = 0;
  std::uint32_t ilpr = 0;
  std::uint32_t ibrd = 0;
  std::uint32_t fbrd = 0;
  std::uint32_t lcr_h = 0;
  std::uint32_t cr = 0x300;   // TXE, RXE
  std::uint32_t ifls = 0x12;
  std::uint32_t imsc = 0;
  std::uint32_t ris = 0;
  std::uint32_t dmacr = 0;
  std::array<std::uint8_t, kPl011FifoDepth> fifo{};
  std::uint32_t first = 0;    // index of the oldest byte
  std::uint32_t count = 0;

  bool operator==(const Pl011State&) const = default;
};
static_assert(std::has_unique_object_representations_v<Pl011State>);

class Pl011 final : public Device {
 public:
  Pl011(std::string name, CharacterSink& sink, InterruptLine interrupt)
      : name_(std::move(name)), sink_(sink), interrupt_(interrupt) {}

  // A byte from the line. False, and nothing taken, when the receive FIFO (or, with FIFOs off, the
  // holding register) is full.
  bool push(std::uint8_t byte);
  bool can_accept() const;
  bool is_enabled() const;  // UARTCR.UARTEN

  const Pl011State& state() const { return state_; }

  std::string_view name() const override { return name_; }
  std::uint64_t size() const override { return 0x1000; }
  BusResponse read(std::uint64_t offset, unsigned size, std::uint64_t& value) override;
  BusResponse write(std::uint64_t offset, unsigned size, std::uint64_t value) override;
  void reset() override;
  std::vector<RegisterInfo> registers() const override;
  void save(std::vector<std::uint8_t>& out) const override;
  void load(std::span<const std::uint8_t>& in) override;

 private:
  friend struct Pl011Registers;
  void update() const;
  bool fifos_enabled() const;

  std::uint64_t read_dr(unsigned);
  void write_dr(unsigned, std::uint64_t value);
  std::uint64_t read_rsr(unsigned);
  void write_ecr(unsigned, std::uint64_t value);
  std::uint64_t read_fr(unsigned);
  std::uint64_t read_ilpr(unsigned);
  void write_ilpr(unsigned, std::uint64_t value);
  std::uint64_t read_ibrd(unsigned);
  void write_ibrd(unsigned, std::uint64_t value);
  std::uint64_t read_fbrd(unsigned);
  void write_fbrd(unsigned, std::uint64_t value);
  std::uint64_t read_lcr_h(unsigned);
  void write_lcr_h(unsigned, std::uint64_t value);
  std::uint64_t read_cr(unsigned);
  void write_cr(unsigned, std::uint64_t value);
  std::uint64_t read_ifls(unsigned);
  void write_ifls(unsigned, std::uint64_t value);
  std::uint64_t read_imsc(unsigned);
  void write_imsc(unsigned, std::uint64_t value);
  std::uint64_t read_ris(unsigned);
  std::uint64_t read_mis(unsigned);
  void write_icr(unsigned, std::uint64_t value);
  std::uint64_t read_dmacr(unsigned);
  void write_dmacr(unsigned, std::uint64_t value);
  std::uint64_t read_id(unsigned index);

  std::string name_;
  CharacterSink& sink_;
  InterruptLine interrupt_;
  Pl011State state_;
};

}  // namespace armature::platform
