// Random sequences of register accesses, with what QEMU 7.2's `virt` (gic-version=3,
// virtualization=on, cortex-a57, one core) answered to each: an oracle that we did not write.
// A line is `file place size reads|write value`; `icv` is an ICC access at EL1 with HCR_EL2.IMO and
// FMO set, `isr` is ISR_EL1 at EL2 or at such an EL1.
//
// The sequences keep away from where QEMU and the specification differ: the reserved bits of
// ICH_VMCR_EL2.VPMR and ICC_BPR<n>_EL1, VGrp0DIE (QEMU looks at VENG1), and EOIcount when
// EOImode == 1 (QEMU counts the end of interrupt as well as the deactivation).
#include <fstream>
#include <sstream>

#include "tests/platform/gic_bench.h"

namespace armature::platform {
namespace {

constexpr unsigned kIsrIrq = 7, kIsrFiq = 6;  // ISR_EL1.I, ISR_EL1.F

std::uint64_t isr(Gic& gic, bool is_virtual) {
  const auto lines = gic.lines({0});
  const bool irq = is_virtual ? lines.virq : lines.irq;
  const bool fiq = is_virtual ? lines.vfiq : lines.fiq;
  return (std::uint64_t{irq} << kIsrIrq) | (std::uint64_t{fiq} << kIsrFiq);
}

struct Access {
  std::string file, place, action;
  unsigned size = 0;
  std::uint64_t value = 0;
};

std::uint64_t perform(Gic& gic, const Access& access) {
  if (access.file == "isr") return isr(gic, access.place == "virtual");
  const bool is_read = access.action == "reads";
  if (access.file == "icc" || access.file == "icv") {
    const auto reg = find_sysreg(access.place);
    EXPECT_TRUE(reg.has_value()) << access.place;
    if (is_read) return gic.read({0}, *reg, access.file == "icv");
    gic.write({0}, *reg, access.value, access.file == "icv");
    return access.value;
  }
  Device& device = access.file == "gicd" ? gic.distributor() : gic.redistributors();
  const std::uint64_t offset = std::stoull(access.place, nullptr, 16);
  std::uint64_t value = access.value;
  if (is_read) {
    device.read(offset, access.size, value);
  } else {
    device.write(offset, access.size, value);
  }
  return value;
}

void replay(const std::string& name) {
  std::ifstream recording(std::string(ARMATURE_TESTS_DIR "/platform/data/") + name);
  ASSERT_TRUE(recording) << name;
  Gic gic(1, 5, 4);
  std::string line;
  unsigned number = 0;
  while (std::getline(recording, line)) {
    ++number;
    std::istringstream fields(line);
    Access access;
    fields >> access.file >> access.place >> access.size >> access.action >> std::hex >> access.value;
    ASSERT_EQ(perform(gic, access), access.value) << name << ":" << number << ": " << line;
  }
  EXPECT_GT(number, 1000u);
}

TEST(GicAgainstQemu, PhysicalInterfaceAndDistributorAgree) { replay("gic_physical.txt"); }
TEST(GicAgainstQemu, VirtualInterfaceAgrees) { replay("gic_virtual.txt"); }

}  // namespace
}  // namespace armature::platform
