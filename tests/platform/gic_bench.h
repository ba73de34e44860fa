// A GIC of two cores with short names for its registers, for the tests.
#pragma once

#include <gtest/gtest.h>

#include "platform/gic/gic.h"

namespace armature::platform {

class GicBench : public testing::Test {
 protected:
  static constexpr std::uint64_t kRd = 0x00000, kSgi = 0x10000;

  GicBench() { start(); }

  // Everything enabled, both groups, cores awake, priority mask open.
  void start() {
    gicd(0x0, 3);
    for (std::uint8_t n = 0; n < 2; ++n) {
      gicr(n, kRd + 0x14, 0);
      icc(n, SysReg::ICC_PMR_EL1, 0xff);
      icc(n, SysReg::ICC_IGRPEN0_EL1, 1);
      icc(n, SysReg::ICC_IGRPEN1_EL1, 1);
      gicr(n, kSgi + 0x80, 0xffffffff);
      gicr(n, kSgi + 0x100, 0xffffffff);
    }
    for (unsigned w = 1; w < 8; ++w) gicd(0x80 + 4 * w, 0xffffffff);
  }

  std::uint64_t gicd(std::uint64_t offset) { return device(gic.distributor(), offset, 4); }
  void gicd(std::uint64_t offset, std::uint64_t value, unsigned size = 4) {
    gic.distributor().write(offset, size, value);
  }
  std::uint64_t gicr(unsigned core, std::uint64_t offset) {
    return device(gic.redistributors(), core * 0x20000ull + offset, 4);
  }
  void gicr(unsigned core, std::uint64_t offset, std::uint64_t value, unsigned size = 4) {
    gic.redistributors().write(core * 0x20000ull + offset, size, value);
  }
  static std::uint64_t device(Device& dev, std::uint64_t offset, unsigned size) {
    std::uint64_t value = ~0ull;
    EXPECT_EQ(dev.read(offset, size, value), BusResponse::okay);
    return value;
  }
  std::uint64_t icc(unsigned core, SysReg reg) { return gic.read(id(core), reg, false); }
  void icc(unsigned core, SysReg reg, std::uint64_t value) {
    gic.write(id(core), reg, value, false);
  }
  std::uint64_t icv(unsigned core, SysReg reg) { return gic.read(id(core), reg, true); }
  void icv(unsigned core, SysReg reg, std::uint64_t value) {
    gic.write(id(core), reg, value, true);
  }
  static CoreId id(unsigned core) { return {static_cast<std::uint8_t>(core)}; }
  bool irq(unsigned core) { return gic.lines(id(core)).irq; }
  bool fiq(unsigned core) { return gic.lines(id(core)).fiq; }
  bool virq(unsigned core) { return gic.lines(id(core)).virq; }
  bool vfiq(unsigned core) { return gic.lines(id(core)).vfiq; }

  void enable_spi(unsigned intid) { gicd(0x100 + 4 * (intid / 32), 1u << (intid % 32)); }
  void make_edge(unsigned intid) {
    const std::uint64_t at = 0xc00 + 4 * (intid / 16);
    gicd(at, gicd(at) | (2u << (2 * (intid % 16))));
  }
  void set_priority(unsigned intid, unsigned priority) { gicd(0x400 + intid, priority, 1); }
  bool is_pending(unsigned intid) { return bit(gicd(0x200 + 4 * (intid / 32)), intid % 32); }
  bool is_active(unsigned intid) { return bit(gicd(0x300 + 4 * (intid / 32)), intid % 32); }

  Gic gic{2, 5, 4};
};

}  // namespace armature::platform
