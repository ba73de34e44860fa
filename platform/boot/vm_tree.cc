#include "platform/boot/vm_tree.h"

#include <fmt/format.h>

#include "hyp/abi/calls.h"
#include "platform/boot/tree_writer.h"

namespace armature::platform {
namespace {

constexpr std::uint32_t kPhandleGic = 1, kPhandleClock = 2;
constexpr std::uint32_t kSpi = 0, kPpi = 1, kLevelHigh = 4;
// Where QEMU's virt board has them.
constexpr std::uint64_t kDistributor = 0x0800'0000, kRedistributors = 0x080a'0000,
                        kRedistributorBytes = 0x20000, kUart = 0x0900'0000;

void chosen(TreeWriter& w, const VmTreeConfig& config) {
  w.begin("chosen");
  w.text("stdout-path", fmt::format("/pl011@{:x}", kUart));
  if (!config.bootargs.empty()) w.text("bootargs", config.bootargs);
  if (config.initrd) {
    w.address("linux,initrd-start", config.initrd->first);
    w.address("linux,initrd-end", config.initrd->second);
  }
  w.end();
}

void processors(TreeWriter& w, unsigned count) {
  w.begin("psci");
  w.texts("compatible", {"arm,psci-1.0", "arm,psci-0.2"});
  w.text("method", "hvc");
  w.end();
  w.begin("cpus");
  w.cells("#address-cells", {1});
  w.cells("#size-cells", {0});
  for (unsigned n = 0; n < count; ++n) {
    w.begin(fmt::format("cpu@{:x}", n));
    w.text("device_type", "cpu");
    w.text("compatible", "arm,armv8");
    w.cells("reg", {n});
    w.text("enable-method", "psci");
    w.end();
  }
  w.end();
  w.begin("timer");
  w.text("compatible", "arm,armv8-timer");
  w.empty("always-on");
  w.cells("interrupts",
          {kPpi, 13, kLevelHigh, kPpi, 14, kLevelHigh, kPpi, 11, kLevelHigh, kPpi, 10, kLevelHigh});
  w.end();
}

void devices(TreeWriter& w, unsigned vcpus) {
  w.begin(fmt::format("intc@{:x}", kDistributor));
  w.text("compatible", "arm,gic-v3");
  w.empty("interrupt-controller");
  w.cells("#interrupt-cells", {3});
  w.cells("phandle", {kPhandleGic});
  w.reg({{kDistributor, 0x10000}, {kRedistributors, kRedistributorBytes * vcpus}});
  w.end();
  w.begin("apb-pclk");
  w.text("compatible", "fixed-clock");
  w.cells("#clock-cells", {0});
  w.cells("clock-frequency", {24'000'000});
  w.cells("phandle", {kPhandleClock});
  w.end();
  w.begin(fmt::format("pl011@{:x}", kUart));
  w.texts("compatible", {"arm,pl011", "arm,primecell"});
  w.reg({{kUart, 0x1000}});
  w.cells("interrupts", {kSpi, 1, kLevelHigh});
  w.cells("clocks", {kPhandleClock, kPhandleClock});
  w.texts("clock-names", {"uartclk", "apb_pclk"});
  w.end();
}

}  // namespace

std::vector<std::uint8_t> make_vm_tree(const VmTreeConfig& config) {
  TreeWriter w;
  w.begin("");
  w.text("compatible", "linux,dummy-virt");
  w.text("model", "armature VM");
  w.cells("#address-cells", {2});
  w.cells("#size-cells", {2});
  w.cells("interrupt-parent", {kPhandleGic});
  chosen(w, config);
  w.begin(fmt::format("memory@{:x}", abi::kVmMemoryBase));
  w.text("device_type", "memory");
  w.reg({{abi::kVmMemoryBase, config.memory}});
  w.end();
  processors(w, config.vcpus);
  devices(w, config.vcpus);
  w.end();
  return w.finish();
}

}  // namespace armature::platform
