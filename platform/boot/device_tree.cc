#include "platform/boot/device_tree.h"

#include <fmt/format.h>
#include <libfdt.h>

#include <random>

#include "hyp/abi/boot.h"
#include "platform/boot/tree_writer.h"
#include "platform/machine/memory_layout.h"
#include "sim/base/user_error.h"
#include "sim/config/preset.h"

namespace armature::platform {
namespace {

constexpr std::uint32_t kPhandleGic = 0x8001, kPhandleClock = 0x8000, kPhandleGpio = 0x8002,
                        kPhandleCpu = 0x8100;
constexpr std::uint32_t kSpi = 0, kPpi = 1, kEdge = 1, kLevelHigh = 4;

void cpus(TreeWriter& w, const DeviceTreeConfig& config) {
  w.begin("cpus");
  w.cells("#address-cells", {1});
  w.cells("#size-cells", {0});
  w.begin("cpu-map");
  w.begin("socket0");
  w.begin("cluster0");
  for (unsigned n = 0; n < config.cores; ++n) {
    w.begin(fmt::format("core{}", n));
    w.cells("cpu", {kPhandleCpu + n});
    w.end();
  }
  w.end();
  w.end();
  w.end();
  for (unsigned n = 0; n < config.cores; ++n) {
    w.begin(fmt::format("cpu@{:x}", n));
    w.text("device_type", "cpu");
    w.text("compatible", "arm," + config.cpu);
    w.cells("reg", {n});
    w.text("enable-method", "psci");
    w.cells("phandle", {kPhandleCpu + n});
    w.end();
  }
  w.end();
}

void uart(TreeWriter& w, PhysicalAddress base, unsigned spi) {
  w.begin(fmt::format("pl011@{:x}", base.value));
  w.texts("compatible", {"arm,pl011", "arm,primecell"});
  w.reg({{base.value, 0x1000}});
  w.cells("interrupts", {kSpi, spi, kLevelHigh});
  w.cells("clocks", {kPhandleClock, kPhandleClock});
  w.texts("clock-names", {"uartclk", "apb_pclk"});
  w.end();
}

void interrupt_controller(TreeWriter& w, const DeviceTreeConfig& config) {
  w.begin(fmt::format("intc@{:x}", layout::kGicDistributor.value));
  w.text("compatible", "arm,gic-v3");
  w.empty("interrupt-controller");
  w.cells("#interrupt-cells", {3});
  w.cells("#address-cells", {2});
  w.cells("#size-cells", {2});
  w.empty("ranges");
  w.cells("#redistributor-regions", {1});
  w.reg({{layout::kGicDistributor.value, 0x10000},
         {layout::kGicRedistributors.value, layout::kGicRedistributorsBytes}});
  if (config.has_el2) w.cells("interrupts", {kPpi, 9, kLevelHigh});
  w.cells("phandle", {kPhandleGic});
  w.end();
}

void devices(TreeWriter& w) {
  // UEFI takes the last one in the tree for its console, whatever stdout-path says.
  uart(w, layout::kUart3, layout::kSpiUart3);
  uart(w, layout::kUart2, layout::kSpiUart2);
  uart(w, layout::kUart1, layout::kSpiUart1);
  uart(w, layout::kUart0, layout::kSpiUart0);
  w.begin(fmt::format("pl031@{:x}", layout::kRtc.value));
  w.texts("compatible", {"arm,pl031", "arm,primecell"});
  w.reg({{layout::kRtc.value, 0x1000}});
  w.cells("interrupts", {kSpi, layout::kSpiRtc, kLevelHigh});
  w.cells("clocks", {kPhandleClock});
  w.text("clock-names", "apb_pclk");
  w.end();
  w.begin(fmt::format("pl061@{:x}", layout::kGpio.value));
  w.texts("compatible", {"arm,pl061", "arm,primecell"});
  w.reg({{layout::kGpio.value, 0x1000}});
  w.cells("interrupts", {kSpi, layout::kSpiGpio, kLevelHigh});
  w.empty("gpio-controller");
  w.cells("#gpio-cells", {2});
  w.cells("clocks", {kPhandleClock});
  w.text("clock-names", "apb_pclk");
  w.cells("phandle", {kPhandleGpio});
  w.end();
  w.begin("gpio-keys");
  w.text("compatible", "gpio-keys");
  w.begin("poweroff");
  w.text("label", "GPIO Key Poweroff");
  w.cells("linux,code", {0x74});
  w.cells("gpios", {kPhandleGpio, 3, 0});
  w.end();
  w.end();
  w.begin(fmt::format("fw-cfg@{:x}", layout::kFwCfg.value));
  w.text("compatible", "qemu,fw-cfg-mmio");
  w.reg({{layout::kFwCfg.value, 0x18}});
  w.empty("dma-coherent");
  w.end();
  w.begin("flash@0");
  w.text("compatible", "cfi-flash");
  w.reg({{layout::kFlash.value, layout::kFlashBytes},
         {layout::kFlash.value + layout::kFlashBytes, layout::kFlashBytes}});
  w.cells("bank-width", {4});
  w.end();
  for (unsigned n = 0; n < layout::kVirtioSlots; ++n) {
    const std::uint64_t base = layout::kVirtio.value + n * layout::kVirtioStride;
    w.begin(fmt::format("virtio_mmio@{:x}", base));
    w.text("compatible", "virtio,mmio");
    w.reg({{base, layout::kVirtioStride}});
    w.cells("interrupts", {kSpi, layout::kSpiVirtio + n, kEdge});
    w.empty("dma-coherent");
    w.end();
  }
}

std::string module_name(const BootModule& module) {
  return fmt::format(ARMATURE_MODULE_NODE "@{:x}", module.address.value);
}

void payload_node(TreeWriter& w, const Payload& payload) {
  w.begin(fmt::format("module@{:x}", payload.address.value));
  w.texts("compatible",
          {"multiboot,module", payload.is_kernel ? "multiboot,kernel" : "multiboot,ramdisk"});
  w.reg({{payload.address.value, payload.bytes}});
  if (!payload.bootargs.empty()) w.text("bootargs", payload.bootargs);
  w.end();
}

// Linux' simple-framebuffer binding: no-map, since the driver maps it by itself. Of firmware: places for
// what it will keep for itself (hyp/abi/boot.h).
void reserved_memory(TreeWriter& w, const DeviceTreeConfig& config) {
  if (!config.framebuffer && config.modules.empty()) return;
  w.begin("reserved-memory");
  w.cells("#address-cells", {2});
  w.cells("#size-cells", {2});
  w.empty("ranges");
  for (unsigned n = 0; !config.modules.empty() && n < abi::kReservedRanges; ++n) {
    w.begin(fmt::format("firmware-memory-{}", n));
    w.text("compatible", ARMATURE_RESERVED_COMPATIBLE);
    w.reg({{0, 0}});
    w.empty("no-map");
    w.end();
  }
  if (const auto& framebuffer = config.framebuffer) {
    w.begin(fmt::format("framebuffer@{:x}", framebuffer->base.value));
    w.reg({{framebuffer->base.value, framebuffer->bytes()}});
    w.empty("no-map");
    w.end();
  }
  w.end();
}

void simple_framebuffer(TreeWriter& w, const Framebuffer& framebuffer) {
  w.begin(fmt::format("framebuffer@{:x}", framebuffer.base.value));
  w.text("compatible", "simple-framebuffer");
  w.reg({{framebuffer.base.value, framebuffer.bytes()}});
  w.cells("width", {framebuffer.width});
  w.cells("height", {framebuffer.height});
  w.cells("stride", {static_cast<std::uint32_t>(framebuffer.stride())});
  w.text("format", "a8r8g8b8");
  w.end();
}

void chosen(TreeWriter& w, const DeviceTreeConfig& config) {
  w.begin("chosen");
  w.cells("#address-cells", {2});
  w.cells("#size-cells", {2});
  w.empty("ranges");
  w.text("stdout-path", fmt::format("/pl011@{:x}", layout::kUart0.value));
  if (!config.bootargs.empty()) w.text("bootargs", config.bootargs);
  if (config.initrd) {
    w.address("linux,initrd-start", config.initrd->address.value);
    w.address("linux,initrd-end", config.initrd->address.value + config.initrd->bytes);
  }
  // CHOICE: no kaslr-seed, so kernels run at their link address and addresses can be compared.
  std::mt19937 random(static_cast<std::uint32_t>(config.seed));
  w.cells("rng-seed", {static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random()),
                       static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random()),
                       static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random()),
                       static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random())});
  for (const BootModule& module : config.modules) {
    w.begin(module_name(module));
    w.text("compatible", ARMATURE_MODULE_COMPATIBLE);
    w.text(ARMATURE_MODULE_KIND, module.kind);
    for (const auto& [name, value] : module.cells) w.cells(name, {value});
    w.reg({{module.address.value, module.bytes}});
    w.end();
  }
  for (const Payload& payload : config.payloads) payload_node(w, payload);
  if (config.framebuffer) simple_framebuffer(w, *config.framebuffer);
  w.end();
}

}  // namespace

std::vector<std::uint8_t> make_device_tree(const DeviceTreeConfig& config) {
  TreeWriter w;
  w.begin("");
  w.text("compatible", "linux,dummy-virt");
  w.text("model", "linux,dummy-virt");
  w.cells("#address-cells", {2});
  w.cells("#size-cells", {2});
  w.cells("interrupt-parent", {kPhandleGic});
  w.begin("psci");
  w.texts("compatible", {"arm,psci-1.0", "arm,psci-0.2", "arm,psci"});
  w.text("method", config.psci_by_smc ? "smc" : "hvc");
  w.cells("cpu_suspend", {0xc4000001});
  w.cells("cpu_off", {0x84000002});
  w.cells("cpu_on", {0xc4000003});
  w.cells("migrate", {0xc4000005});
  w.end();
  w.begin(fmt::format("memory@{:x}", layout::kRam.value));
  w.text("device_type", "memory");
  w.reg({{layout::kRam.value, config.memory}});
  w.end();
  w.begin("aliases");
  w.text("serial0", fmt::format("/pl011@{:x}", layout::kUart0.value));
  w.text("serial1", fmt::format("/pl011@{:x}", layout::kUart1.value));
  w.text("serial2", fmt::format("/pl011@{:x}", layout::kUart2.value));
  w.text("serial3", fmt::format("/pl011@{:x}", layout::kUart3.value));
  w.end();
  w.begin("apb-pclk");
  w.text("compatible", "fixed-clock");
  w.cells("#clock-cells", {0});
  w.cells("clock-frequency", {24'000'000});
  w.text("clock-output-names", "clk24mhz");
  w.cells("phandle", {kPhandleClock});
  w.end();
  cpus(w, config);
  w.begin("timer");
  w.texts("compatible", {"arm,armv8-timer", "arm,armv7-timer"});
  w.empty("always-on");
  w.cells("interrupts",
          {kPpi, 13, kLevelHigh, kPpi, 14, kLevelHigh, kPpi, 11, kLevelHigh, kPpi, 10, kLevelHigh});
  w.end();
  w.begin("pmu");
  w.text("compatible", "arm,armv8-pmuv3");
  w.cells("interrupts", {kPpi, 7, kLevelHigh});
  w.end();
  interrupt_controller(w, config);
  devices(w);
  reserved_memory(w, config);
  chosen(w, config);
  w.end();
  return w.finish();
}

namespace {

std::size_t payload_bytes(const DeviceTreeConfig& config) {
  std::size_t bytes = 0;
  for (const Payload& payload : config.payloads) bytes += 512 + payload.bootargs.size();
  return bytes;
}

template <typename Check>
void add_payload(void* fdt, const Payload& payload, const Check& check) {
  const std::string name = fmt::format("module@{:x}", payload.address.value);
  const int chosen_node = check(fdt_path_offset(fdt, "/chosen"));
  const int node = check(fdt_add_subnode(fdt, chosen_node, name.c_str()));
  for (const char* word :
       {"multiboot,module", payload.is_kernel ? "multiboot,kernel" : "multiboot,ramdisk"}) {
    check(fdt_appendprop_string(fdt, node, "compatible", word));
  }
  check(fdt_appendprop_u64(fdt, node, "reg", payload.address.value));
  check(fdt_appendprop_u64(fdt, node, "reg", payload.bytes));
  if (!payload.bootargs.empty()) {
    check(fdt_setprop_string(fdt, node, "bootargs", payload.bootargs.c_str()));
  }
}

}  // namespace

std::vector<std::uint8_t> edit_device_tree(std::vector<std::uint8_t> blob, const std::string& file,
                                           const DeviceTreeConfig& config) {
  if (blob.size() < sizeof(fdt_header) || fdt_check_header(blob.data()) != 0 ||
      fdt_totalsize(blob.data()) > blob.size()) {
    throw UserError(
        fmt::format("{}: not a flattened device tree (expected magic d00dfeed and a "
                    "whole blob)",
                    file));
  }
  blob.resize(blob.size() + config.bootargs.size() + 4096 + payload_bytes(config));
  const auto check = [&](int error) {
    if (error < 0) throw UserError(fmt::format("{}: {}", file, fdt_strerror(error)));
    return error;
  };
  void* fdt = blob.data();
  check(fdt_open_into(fdt, fdt, static_cast<int>(blob.size())));
  int node = fdt_path_offset(fdt, "/chosen");
  if (node < 0) node = check(fdt_add_subnode(fdt, 0, "chosen"));
  if (!config.bootargs.empty()) {
    check(fdt_setprop_string(fdt, node, "bootargs", config.bootargs.c_str()));
  }
  if (config.initrd) {
    node = check(fdt_path_offset(fdt, "/chosen"));
    const std::uint64_t start = config.initrd->address.value;
    check(fdt_setprop_u64(fdt, node, "linux,initrd-start", start));
    check(fdt_setprop_u64(fdt, node, "linux,initrd-end", start + config.initrd->bytes));
  }
  for (const Payload& payload : config.payloads) add_payload(fdt, payload, check);
  check(fdt_pack(fdt));
  blob.resize(fdt_totalsize(fdt));
  return blob;
}

}  // namespace armature::platform
