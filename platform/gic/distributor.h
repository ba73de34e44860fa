// GICD: the memory-mapped registers of the distributor, 64 KB.
#pragma once

#include "platform/devices/device.h"
#include "platform/gic/state.h"

namespace armature::platform {

class Gic;

class Distributor final : public Device {
 public:
  explicit Distributor(Gic& gic) : gic_(gic) {}

  std::string_view name() const override { return "gicd"; }
  std::uint64_t size() const override { return 0x10000; }
  BusResponse read(std::uint64_t offset, unsigned size, std::uint64_t& value) override;
  BusResponse write(std::uint64_t offset, unsigned size, std::uint64_t value) override;
  std::vector<RegisterInfo> registers() const override;
  // The state belongs to the Gic, which saves it.
  void save(std::vector<std::uint8_t>&) const override {}
  void load(std::span<const std::uint8_t>&) override {}

 private:
  friend struct DistributorRegisters;
  InterruptWord* word(unsigned index);

  std::uint64_t read_ctlr(unsigned);
  void write_ctlr(unsigned, std::uint64_t value);
  std::uint64_t read_typer(unsigned);
  std::uint64_t read_iidr(unsigned);
  std::uint64_t read_group(unsigned index);
  void write_group(unsigned index, std::uint64_t value);
  std::uint64_t read_enable(unsigned index);
  void write_isenabler(unsigned index, std::uint64_t value);
  void write_icenabler(unsigned index, std::uint64_t value);
  std::uint64_t read_pending(unsigned index);
  void write_ispendr(unsigned index, std::uint64_t value);
  void write_icpendr(unsigned index, std::uint64_t value);
  std::uint64_t read_active(unsigned index);
  void write_isactiver(unsigned index, std::uint64_t value);
  void write_icactiver(unsigned index, std::uint64_t value);
  std::uint64_t read_priority(unsigned index);
  void write_priority(unsigned index, std::uint64_t value);
  std::uint64_t read_icfgr(unsigned index);
  void write_icfgr(unsigned index, std::uint64_t value);
  std::uint64_t read_router(unsigned index);
  void write_router(unsigned index, std::uint64_t value);
  std::uint64_t read_id(unsigned index);

  Gic& gic_;
};

}  // namespace armature::platform
