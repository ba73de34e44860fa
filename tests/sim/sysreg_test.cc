#include "sim/arch/sysreg.h"

#include <gtest/gtest.h>

#include <set>

namespace armature {
namespace {

TEST(SystemRegisters, EveryEncodingNamesOneRegister) {
  std::set<std::uint16_t> encodings;
  std::set<std::string_view> names;
  for (const SysRegInfo& info : sysreg_table()) {
    EXPECT_TRUE(encodings.insert(info.encoding).second) << info.name;
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_EQ(find_sysreg(info.encoding), info.reg) << info.name;
    EXPECT_EQ(find_sysreg(info.name), info.reg) << info.name;
  }
}

TEST(SystemRegisters, TheTableIsInTheOrderOfTheEnumeration) {
  unsigned n = 0;
  for (const SysRegInfo& info : sysreg_table()) EXPECT_EQ(static_cast<unsigned>(info.reg), n++);
  EXPECT_EQ(n, kSysRegs);
}

TEST(SystemRegisters, AnUnallocatedEncodingNamesNone) {
  EXPECT_FALSE(find_sysreg(sysreg_encoding(3, 0, 1, 2, 0)));  // ZCR_EL1
  EXPECT_FALSE(find_sysreg("ZCR_EL1"));
}

// op1 tells the lowest Exception level of a register: 0..2 EL1, 3 EL0, 4 EL2, 6 EL3. Writing some
// needs more.
TEST(SystemRegisters, TheSpaceOfARegisterBoundsItsAccessLevel) {
  for (const SysRegInfo& info : sysreg_table()) {
    const unsigned op1 = info.encoding >> 11 & 7;
    const unsigned lowest = op1 == 3 ? 0 : op1 == 4 ? 2 : op1 == 6 ? 3 : 1;
    if (info.access != SysRegAccess::WO) {
      EXPECT_EQ(info.read_el, lowest) << info.name;
    }
    if (info.access != SysRegAccess::RO) {
      EXPECT_GE(info.write_el, lowest) << info.name;
    }
  }
}

TEST(SystemRegisters, OnlyTheDirectionsOfItsAccessHaveALevel) {
  for (const SysRegInfo& info : sysreg_table()) {
    EXPECT_EQ(info.read_el == kNoElMayAccess, info.access == SysRegAccess::WO) << info.name;
    EXPECT_EQ(info.write_el == kNoElMayAccess, info.access == SysRegAccess::RO) << info.name;
    if (info.access == SysRegAccess::RO) {
      EXPECT_EQ(info.writable, 0u) << info.name;
    }
  }
}

TEST(SystemRegisters, EveryTrapGroupHasAName) {
  for (unsigned n = 1; n <= static_cast<unsigned>(TrapGroup::absent); ++n) {
    EXPECT_FALSE(trap_group_name(static_cast<TrapGroup>(n)).empty()) << n;
  }
}

}  // namespace
}  // namespace armature
