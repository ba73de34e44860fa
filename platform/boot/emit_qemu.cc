#include "platform/boot/emit_qemu.h"

#include <fmt/format.h>
#include <libfdt.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <span>

#include "platform/machine/memory_layout.h"
#include "sim/base/assert.h"
#include "sim/base/user_error.h"

namespace armature::platform {
namespace {

namespace fs = std::filesystem;

void write_file(const fs::path& path, std::span<const char> bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw UserError(fmt::format("{}: cannot be written", path.string()));
}

// Without the devices that QEMU's board has not.
std::vector<std::uint8_t> qemu_tree(std::vector<std::uint8_t> blob) {
  for (const PhysicalAddress uart : {layout::kUart1, layout::kUart2, layout::kUart3}) {
    const int node = fdt_path_offset(blob.data(), fmt::format("/pl011@{:x}", uart.value).c_str());
    if (node >= 0) ARMATURE_ASSERT(fdt_del_node(blob.data(), node) == 0);
  }
  for (const char* alias : {"serial1", "serial2", "serial3"}) {
    const int node = fdt_path_offset(blob.data(), "/aliases");
    if (node >= 0) fdt_delprop(blob.data(), node, alias);  // a user's tree may not have it
  }
  ARMATURE_ASSERT(fdt_pack(blob.data()) == 0);
  blob.resize(fdt_totalsize(blob.data()));
  return blob;
}

// One word of the shell, whatever is in it.
std::string quoted(const std::string& word) {
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string absolute(const std::string& file) {
  return fs::absolute(file).lexically_normal().string();
}

// In QEMU's comma-separated options a comma of a file name is doubled.
std::string option_value(const std::string& file) {
  std::string out;
  for (const char c : absolute(file)) out += c == ',' ? std::string(",,") : std::string(1, c);
  return out;
}

class Command {
 public:
  Command(const RunConfig& config, const BootPlan& plan) : config_(config), plan_(plan) {}

  std::string text() {
    machine();
    images();
    devices();
    return "#!/bin/sh\n# The machine of `armature run --emit-qemu`, on QEMU. Arguments go to "
           "QEMU.\n"
           "here=$(cd \"$(dirname \"$0\")\" && pwd)\n" +
           line_ + " \\\n  -dtb \"$here\"/machine.dtb \"$@\"\n";
  }

 private:
  void add(const std::string& option, const std::string& value) {
    line_ += " \\\n  " + option + (value.empty() ? "" : " " + quoted(value));
  }

  void machine() {
    line_ = "exec qemu-system-aarch64";
    add("-M",
        fmt::format("virt{},gic-version=3,its=off", config_.el == 2 ? ",virtualization=on" : ""));
    add("-cpu", config_.cpu == "seattle" || config_.cpu == "m400" ? "cortex-a57" : config_.cpu);
    add("-smp", fmt::format("{}", config_.smp));
    add("-m", fmt::format("{}M", config_.memory >> 20));
    add("-nographic -nodefaults", "");
    add("-serial", "mon:stdio");
  }

  void images() {
    for (const LoaderConfig& loader : config_.loaders) add("-device", loader_option(loader));
    if (!config_.bios.empty()) add("-bios", absolute(config_.bios));
    if (!plan_.boots_kernel) {
      // Firmware in flash takes these from fw_cfg, or there are none.
      if (!config_.kernel.empty()) add("-kernel", absolute(config_.kernel));
      if (!config_.initrd.empty()) add("-initrd", absolute(config_.initrd));
      if (!config_.append.empty()) add("-append", config_.append);
    } else if (!config_.firmware.empty()) {
      // QEMU loads the ELF where it says and the tree to the RAM base; the payloads lie where the
      // tree says.
      add("-kernel", absolute(config_.firmware));
      for (const std::string& file : {config_.kernel, config_.initrd}) {
        if (!file.empty()) load(file);
      }
      for (const VmModule& module : plan_.vm_modules) {
        const std::string where = fmt::format("addr={:#x},force-raw=on", module.address.value);
        if (module.file.empty()) {
          // Beside this script, whose folder may have moved.
          line_ += fmt::format(" \\\n  -device loader,file=\"$here\"/{},{}", module.name, where);
        } else {
          add("-device", fmt::format("loader,file={},{}", option_value(module.file), where));
        }
      }
    } else {
      add("-kernel", absolute(config_.kernel));
      if (!config_.initrd.empty()) add("-initrd", absolute(config_.initrd));
    }
  }

  void load(const std::string& file) {
    const auto piece = std::find_if(plan_.pieces.begin(), plan_.pieces.end(),
                                    [&](const LoadedPiece& p) { return p.what == file; });
    ARMATURE_ASSERT(piece != plan_.pieces.end());
    add("-device", fmt::format("loader,file={},addr={:#x},force-raw=on", option_value(file),
                               piece->address.value));
  }

  // The tree names the payloads of guest-loader already.
  static std::string loader_option(LoaderConfig loader) {
    if (!loader.file.empty()) loader.file = absolute(loader.file);
    if (loader.payload != LoaderConfig::Payload::none) {
      loader.payload = LoaderConfig::Payload::none;
      loader.raw = true;
    }
    return dump_loader(loader);
  }

  void devices() {
    if (!config_.drives.empty() || config_.net_user || config_.rng) {
      add("-global", "virtio-mmio.force-legacy=false");
    }
    for (std::size_t n = 0; n < config_.drives.size(); ++n) {
      const DriveConfig& drive = config_.drives[n];
      if (drive.bank) {
        add("-drive", fmt::format("if=pflash,unit={},format=raw,file={}{}{}", *drive.bank,
                                  option_value(drive.file), drive.read_only ? ",readonly=on" : "",
                                  drive.snapshot ? ",snapshot=on" : ""));
        continue;
      }
      add("-drive",
          fmt::format("if=none,id=d{},format=raw,file={}{}{}", n, option_value(drive.file),
                      drive.read_only ? ",readonly=on" : "", drive.snapshot ? ",snapshot=on" : ""));
      add("-device", fmt::format("virtio-blk-device,drive=d{}", n));
    }
    if (config_.net_user) {
      add("-netdev", "user,id=n0");
      add("-device", "virtio-net-device,netdev=n0");
    }
    if (config_.rng) add("-device", "virtio-rng-device");
  }

  const RunConfig& config_;
  const BootPlan& plan_;
  std::string line_;
};

}  // namespace

void emit_qemu(const RunConfig& config, const BootPlan& plan, const std::string& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) throw UserError(fmt::format("{}: cannot be made: {}", directory, error.message()));
  const auto tree = qemu_tree(plan.device_tree);
  write_file(fs::path(directory) / "machine.dtb",
             {reinterpret_cast<const char*>(tree.data()), tree.size()});
  for (const VmModule& module : plan.vm_modules) {
    if (!module.file.empty()) continue;
    write_file(fs::path(directory) / module.name,
               {reinterpret_cast<const char*>(module.bytes.data()), module.bytes.size()});
  }
  const std::string command = Command(config, plan).text();
  const fs::path script = fs::path(directory) / "run.sh";
  write_file(script, {command.data(), command.size()});
  fs::permissions(script, fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec,
                  fs::perm_options::add, error);
  if (error) throw UserError(fmt::format("{}: {}", script.string(), error.message()));
}

}  // namespace armature::platform
