#include "platform/boot/firmware.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>

#include "sim/base/user_error.h"

namespace armature::platform {
namespace {

namespace fs = std::filesystem;

fs::path own_folder() {
  Dl_info info{};
  std::error_code error;
  if (dladdr(reinterpret_cast<const void*>(&with_firmware), &info) != 0) {
    // A program that was found through PATH names itself without a folder.
    const fs::path name(info.dli_fname);
    const fs::path file = name.has_parent_path() ? fs::canonical(name, error)
                                                 : fs::read_symlink("/proc/self/exe", error);
    if (!error) return file.parent_path();
  }
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

std::string find(const char* name, const char* key) {
  const fs::path folder = own_folder();
  // Beside the program or the Python package; one and two up in build trees.
  const fs::path up = folder.parent_path();
  for (const fs::path& place : {folder / "hyp", up / "hyp", up.parent_path() / "hyp"}) {
    std::error_code error;
    if (fs::is_regular_file(place / name, error)) return (place / name).string();
  }
  throw UserError(fmt::format("vm: no {} in {} (is it built?); give --{} FILE", name,
                              (folder / "hyp").string(), key));
}

}  // namespace

RunConfig with_firmware(RunConfig config) {
  if (config.vms.empty()) return config;
  if (config.firmware.empty()) config.firmware = find("kcore.elf", "firmware");
  if (config.kernel.empty()) config.kernel = find("kserv.img", "kernel");
  return config;
}

}  // namespace armature::platform
