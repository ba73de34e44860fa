// GICR: the memory-mapped registers of the redistributors, two 64 KB frames (RD_base, SGI_base) a
// core, one core after the other.
#pragma once

#include "platform/devices/device.h"
#include "platform/gic/state.h"

namespace armature::platform {

class Gic;

// The two frames of one core.
class Redistributor {
 public:
  static constexpr std::uint64_t kBytes = 0x20000;

  Redistributor(Gic& gic, CoreId core) : gic_(gic), core_(core) {}
  std::uint64_t read(std::uint64_t offset, unsigned size);
  void write(std::uint64_t offset, unsigned size, std::uint64_t value);

 private:
  friend struct RedistributorRegisters;
  RedistributorState& state();

  std::uint64_t read_iidr(unsigned);
  std::uint64_t read_typer(unsigned);
  std::uint64_t read_waker(unsigned);
  void write_waker(unsigned, std::uint64_t value);
  std::uint64_t read_id(unsigned index);
  std::uint64_t read_group(unsigned);
  void write_group(unsigned, std::uint64_t value);
  std::uint64_t read_enable(unsigned);
  void write_isenabler(unsigned, std::uint64_t value);
  void write_icenabler(unsigned, std::uint64_t value);
  std::uint64_t read_pending(unsigned);
  void write_ispendr(unsigned, std::uint64_t value);
  void write_icpendr(unsigned, std::uint64_t value);
  std::uint64_t read_active(unsigned);
  void write_isactiver(unsigned, std::uint64_t value);
  void write_icactiver(unsigned, std::uint64_t value);
  std::uint64_t read_priority(unsigned index);
  void write_priority(unsigned index, std::uint64_t value);
  std::uint64_t read_icfgr(unsigned index);
  void write_icfgr(unsigned index, std::uint64_t value);

  Gic& gic_;
  CoreId core_;
};

class Redistributors final : public Device {
 public:
  explicit Redistributors(Gic& gic) : gic_(gic) {}

  std::string_view name() const override { return "gicr"; }
  std::uint64_t size() const override;
  BusResponse read(std::uint64_t offset, unsigned size, std::uint64_t& value) override;
  BusResponse write(std::uint64_t offset, unsigned size, std::uint64_t value) override;
  std::vector<RegisterInfo> registers() const override;
  // The state belongs to the Gic, which saves it.
  void save(std::vector<std::uint8_t>&) const override {}
  void load(std::span<const std::uint8_t>&) override {}

 private:
  Gic& gic_;
};

}  // namespace armature::platform
