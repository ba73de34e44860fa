#include "platform/boot/boot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>

#include "hyp/abi/boot.h"
#include "hyp/abi/image.h"
#include "platform/boot/device_tree.h"
#include "platform/boot/framebuffer.h"
#include "platform/boot/image.h"
#include "platform/boot/manifest.h"
#include "platform/boot/vm_package.h"
#include "platform/machine/memory_layout.h"
#include "sim/base/user_error.h"

namespace armature::platform {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kKernelAlignment = 2 * kMiB;
// With firmware: room for KCore between the tree and the kernel.
constexpr std::uint64_t kFirmwareKernelOffset = 0x0200'0000;

constexpr std::uint64_t kPage = 4096;

std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

class Loader {
 public:
  Loader(const RunConfig& config, MemoryMap& memory, LoadTime time)
      : config_(config), memory_(memory), time_(time) {}

  BootPlan run() {
    load_flash();
    for (const LoaderConfig& loader : config_.loaders) load_device(loader);
    if (!config_.bios.empty() || has_flash_firmware()) {
      load_bios();
    } else if (!config_.firmware.empty()) {
      load_firmware();
    } else if (!config_.kernel.empty()) {
      load_kernel();
    } else if (start_) {
      place_device_tree(layout::kRam, tree_config());
    } else {
      throw UserError("nothing to run: give -kernel, -bios or --firmware");
    }
    if (start_) plan_.entry = *start_;
    return std::move(plan_);
  }

 private:
  void place(const std::string& what, PhysicalAddress address, std::span<const std::uint8_t> bytes,
             std::uint64_t memory_bytes = 0) {
    const std::uint64_t extent = std::max<std::uint64_t>(bytes.size(), memory_bytes);
    MemoryRegion* region = memory_.find(address);
    if (region == nullptr || address - region->base + extent > region->size) {
      throw UserError(
          fmt::format("{}: {:#x} bytes at {:#x} do not fit into memory ({} MiB of RAM at "
                      "{:#x}; see -m)",
                      what, extent, address.value, config_.memory / kMiB, layout::kRam.value));
    }
    for (const LoadedPiece& piece : plan_.pieces) {
      if (address.value < piece.address.value + piece.bytes &&
          piece.address.value < address.value + extent) {
        throw UserError(fmt::format("{} at {:#x}..{:#x} overlaps {} at {:#x}..{:#x}", what,
                                    address.value, address.value + extent - 1, piece.what,
                                    piece.address.value, piece.address.value + piece.bytes - 1));
      }
    }
    std::uint8_t* const host = region->host + (address - region->base);
    if (time_ == LoadTime::first || region->is_ram) std::copy(bytes.begin(), bytes.end(), host);
    if (time_ == LoadTime::again && region->is_ram) {
      std::fill(host + bytes.size(), host + extent, std::uint8_t{0});
    }
    plan_.pieces.push_back({what, address, extent});
  }

  DeviceTreeConfig tree_config() const {
    DeviceTreeConfig tree;
    tree.cores = config_.smp;
    tree.memory = config_.memory;
    tree.cpu = config_.cpu == "seattle" || config_.cpu == "m400" ? "cortex-a57" : config_.cpu;
    tree.has_el2 = config_.el == 2;
    tree.psci_by_smc = config_.el == 2;
    tree.bootargs = config_.append;
    tree.seed = config_.seed;
    tree.payloads = payloads_;
    tree.framebuffer = framebuffer_of(config_);
    return tree;
  }

  void make_tree(const DeviceTreeConfig& tree) {
    plan_.device_tree = config_.dtb.empty()
                            ? make_device_tree(tree)
                            : edit_device_tree(read_file(config_.dtb), config_.dtb, tree);
  }

  void place_device_tree(PhysicalAddress address, const DeviceTreeConfig& tree) {
    make_tree(tree);
    plan_.device_tree_address = address;
    place("device tree", address, plan_.device_tree, kMiB);
  }

  // At the RAM base when an ELF file leaves room there, else nowhere, as on QEMU.
  void place_device_tree_below(const ElfImage& elf, const DeviceTreeConfig& tree) {
    make_tree(tree);
    std::uint64_t room = kMiB;
    for (const auto& segment : elf.segments) {
      const std::uint64_t begin = segment.address.value;
      if (begin + segment.memory_bytes <= layout::kRam.value) continue;
      room = std::min(room, begin - std::min(begin, layout::kRam.value));
    }
    if (room < plan_.device_tree.size()) return;
    plan_.device_tree_address = layout::kRam;
    place("device tree", layout::kRam, plan_.device_tree, room);
  }

  // QEMU: half of RAM, at most 128 MiB, above the RAM base; never inside the kernel.
  PhysicalAddress initrd_address(std::uint64_t kernel_end) const {
    const std::uint64_t offset = std::min(config_.memory / 2, 128 * kMiB);
    return {std::max(layout::kRam.value + offset, kernel_end)};
  }

  BootModule place_initrd(std::uint64_t kernel_end) {
    const auto bytes = read_file(config_.initrd);
    const BootModule module{"initrd", initrd_address(kernel_end), bytes.size()};
    place(config_.initrd, module.address, bytes);
    return module;
  }

  void place_segments(const ElfImage& elf, const std::string& path) {
    for (const auto& segment : elf.segments) {
      place(path, segment.address, segment.bytes, segment.memory_bytes);
    }
  }

  void load_elf(const ElfImage& elf, const std::string& path) {
    place_segments(elf, path);
    plan_.entry = {elf.entry};
    plan_.manifest = parse_manifest(elf.note, path);
  }

  bool has_flash_firmware() const {
    return std::any_of(config_.drives.begin(), config_.drives.end(),
                       [](const DriveConfig& drive) { return drive.bank == 0u; });
  }

  // Firmware in flash takes a kernel and an initial RAM disk from fw_cfg.
  void load_bios() {
    if (!config_.bios.empty()) place_in_flash(config_.bios, 0);
    place_device_tree(layout::kRam, tree_config());
    plan_.entry = {layout::kFlash.value};
    if (!config_.kernel.empty()) plan_.kernel = read_unpacked(config_.kernel);
    if (!config_.initrd.empty()) plan_.initrd = read_file(config_.initrd);
  }

  void place_in_flash(const std::string& file, unsigned bank) {
    const auto bytes = read_file(file);
    if (bytes.size() > layout::kFlashBytes) {
      throw UserError(fmt::format("{}: {} bytes are more than the flash holds ({})", file,
                                  bytes.size(), layout::kFlashBytes));
    }
    place(file, layout::kFlash + bank * layout::kFlashBytes, bytes);
  }

  void load_flash() {
    for (const DriveConfig& drive : config_.drives) {
      if (drive.bank) place_in_flash(drive.file, *drive.bank);
    }
  }

  // -device loader and guest-loader.
  void load_device(const LoaderConfig& loader) {
    if (loader.core.value_or(0) >= config_.smp) {
      throw UserError(fmt::format("device: loader: cpu-num: {} is not allowed; allowed: 0..{}",
                                  *loader.core, config_.smp - 1));
    }
    PhysicalAddress start = {loader.address.value_or(0)};
    if (loader.data) {
      place("loader data", start, data_bytes(loader));
    } else if (!loader.file.empty()) {
      start = load_device_file(loader, start);
    }
    // The other cores wait for PSCI, which names their entry point.
    if (loader.core == 0u) start_ = VirtualAddress{start.value};
  }

  static std::vector<std::uint8_t> data_bytes(const LoaderConfig& loader) {
    std::vector<std::uint8_t> bytes;
    for (unsigned n = 0; n < loader.data_bytes; ++n) {
      const unsigned byte = loader.big_endian ? loader.data_bytes - 1 - n : n;
      bytes.push_back(static_cast<std::uint8_t>(*loader.data >> (8 * byte)));
    }
    return bytes;
  }

  // Returns where a program of it starts.
  PhysicalAddress load_device_file(const LoaderConfig& loader, PhysicalAddress address) {
    const auto bytes = read_file(loader.file);
    if (loader.payload != LoaderConfig::Payload::none) {
      payloads_.push_back({address, bytes.size(), loader.payload == LoaderConfig::Payload::kernel,
                           loader.bootargs});
    } else if (is_elf(bytes) && !loader.raw) {
      const ElfImage elf = parse_elf(bytes, loader.file);
      place_segments(elf, loader.file);
      return {elf.entry};
    } else if (!loader.address) {
      throw UserError(fmt::format("{}: not an ELF file: give the loader an addr", loader.file));
    }
    place(loader.file, address, bytes);
    return address;
  }

  void load_firmware() {
    plan_.boots_kernel = true;
    if (config_.el != 2) throw UserError("--firmware needs --el 2");
    const auto bytes = read_file(config_.firmware);
    if (!is_elf(bytes)) throw UserError(fmt::format("{}: not an ELF file", config_.firmware));
    load_elf(parse_elf(bytes, config_.firmware), config_.firmware);
    DeviceTreeConfig tree = tree_config();
    std::uint64_t kernel_end = 0;
    if (!config_.kernel.empty()) {
      const auto kernel = read_file(config_.kernel);
      if (!is_linux_image(kernel)) {
        throw UserError(
            fmt::format("{}: with --firmware the kernel must be an arm64 Image", config_.kernel));
      }
      const auto header = parse_linux_image(kernel);
      const PhysicalAddress at = layout::kRam + kFirmwareKernelOffset + header.text_offset;
      const std::uint64_t size = std::max<std::uint64_t>(header.image_size, kernel.size());
      place(config_.kernel, at, kernel, size);
      kernel_end = at.value + size;
      tree.modules.push_back({abi::kKindKernel, at, size});
    }
    if (!config_.initrd.empty()) {
      tree.initrd = place_initrd(kernel_end);
      tree.modules.push_back(*tree.initrd);
    }
    if (!config_.vms.empty()) place_vms(tree);
    place_device_tree(layout::kRam, tree);
  }

  // The VMs' modules lie behind everything else.
  void place_vms(DeviceTreeConfig& tree) {
    std::uint64_t at = 0;
    for (const LoadedPiece& piece : plan_.pieces)
      at = std::max(at, (piece.address + piece.bytes).value);
    at = round_up(at, kKernelAlignment);
    std::vector<VmPackage> packages;
    std::uint64_t end = at;
    for (const VmConfig& vm : config_.vms) {
      packages.push_back(make_vm_package(vm));
      end += kPage;
      for (const VmImage& image : packages.back().images)
        end += round_up(image.bytes.size(), kPage);
    }
    check_memory(end);
    for (unsigned n = 0; n < packages.size(); ++n) place_vm(n, packages[n], at, tree);
  }

  // What KServ will find: RAM behind KCore, itself and the modules.
  void check_memory(std::uint64_t modules_end) const {
    std::uint64_t needed = 0;
    std::string list;
    for (unsigned n = 0; n < config_.vms.size(); ++n) {
      needed += config_.vms[n].memory;
      list += fmt::format("{}vm{} {}", n == 0 ? "" : ", ", n, config_.vms[n].memory / kMiB);
    }
    const std::uint64_t ram_end = layout::kRam.value + config_.memory;
    const std::uint64_t left = ram_end - std::min(ram_end, modules_end);
    if (needed > left) {
      throw UserError(
          fmt::format("vm: the VMs need {} MiB ({}) and {} of {} MiB are left for them; "
                      "see -m",
                      needed / kMiB, list, left / kMiB, config_.memory / kMiB));
    }
  }

  void place_vm(unsigned number, VmPackage& package, std::uint64_t& at, DeviceTreeConfig& tree) {
    const auto add = [&](const char* kind, std::string name, std::string file,
                         std::vector<std::uint8_t> bytes,
                         std::vector<std::pair<const char*, std::uint32_t>> cells) {
      place(name, {at}, bytes);
      cells.emplace_back(ARMATURE_MODULE_VM, number);
      tree.modules.push_back({kind, {at}, bytes.size(), std::move(cells)});
      const std::uint64_t size = bytes.size();
      if (!file.empty()) bytes.clear();
      plan_.vm_modules.push_back({std::move(name), {at}, std::move(file), std::move(bytes)});
      at = round_up(at + size, kPage);
    };
    const auto* manifest = reinterpret_cast<const std::uint8_t*>(&package.manifest);
    add(abi::kKindVmManifest, fmt::format("vm{}.manifest", number), "",
        {manifest, manifest + sizeof(package.manifest)},
        {{ARMATURE_MODULE_RUNS, config_.vms[number].runs}});
    for (unsigned n = 0; n < package.images.size(); ++n) {
      VmImage& image = package.images[n];
      add(abi::kKindVmImage, fmt::format("vm{}.image{}", number, n), image.file,
          std::move(image.bytes), {{ARMATURE_MODULE_IMAGE, n}});
    }
  }

  void load_kernel() {
    plan_.boots_kernel = true;
    const auto kernel = read_unpacked(config_.kernel);
    DeviceTreeConfig tree = tree_config();
    if (is_elf(kernel)) {
      const ElfImage elf = parse_elf(kernel, config_.kernel);
      load_elf(elf, config_.kernel);
      if (!config_.initrd.empty()) tree.initrd = place_initrd(0);
      place_device_tree_below(elf, tree);
      return;
    }
    // A Linux Image goes where its header says; anything else is a raw image at offset 0x80000.
    PhysicalAddress at = layout::kRam + 0x8'0000;
    std::uint64_t size = kernel.size();
    if (is_linux_image(kernel)) {
      const auto header = parse_linux_image(kernel);
      // The boot stub lives in the first page: text_offset 0 images move up by 2 MiB.
      const std::uint64_t offset =
          header.text_offset < 0x1000 ? header.text_offset + kKernelAlignment : header.text_offset;
      at = layout::kRam + offset;
      size = std::max<std::uint64_t>(header.image_size, size);
    }
    place(config_.kernel, at, kernel, size);
    const std::uint64_t kernel_end = at.value + size;
    std::uint64_t tree_at = initrd_address(kernel_end).value;
    if (!config_.initrd.empty()) {
      tree.initrd = place_initrd(kernel_end);
      tree_at = tree.initrd->address.value + tree.initrd->bytes;
    }
    tree_at = (tree_at + kKernelAlignment - 1) & ~(kKernelAlignment - 1);
    place_device_tree({tree_at}, tree);
    place_stub(at, {tree_at});
  }

  // QEMU's boot stub: x0 = device tree, x1..x3 = 0, then the kernel.
  void place_stub(PhysicalAddress kernel, PhysicalAddress tree) {
    const std::array<std::uint32_t, 10> stub{0x580000c0,  // ldr x0, .+24
                                             0xaa1f03e1,  // mov x1, xzr
                                             0xaa1f03e2,  // mov x2, xzr
                                             0xaa1f03e3,  // mov x3, xzr
                                             0x58000084,  // ldr x4, .+16
                                             0xd61f0080,  // br x4
                                             static_cast<std::uint32_t>(tree.value),
                                             static_cast<std::uint32_t>(tree.value >> 32),
                                             static_cast<std::uint32_t>(kernel.value),
                                             static_cast<std::uint32_t>(kernel.value >> 32)};
    place("boot stub", layout::kRam,
          {reinterpret_cast<const std::uint8_t*>(stub.data()), sizeof(stub)});
    plan_.entry = {layout::kRam.value};
  }

  const RunConfig& config_;
  MemoryMap& memory_;
  const LoadTime time_;
  BootPlan plan_;
  std::vector<Payload> payloads_;
  std::optional<VirtualAddress> start_;  // of core 0, from -device loader
};

}  // namespace

BootPlan load_images(const RunConfig& config, MemoryMap& memory, LoadTime time) {
  return Loader(config, memory, time).run();
}

}  // namespace armature::platform
