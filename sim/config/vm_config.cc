#include "sim/config/vm_config.h"

#include <fmt/format.h>

#include <vector>

#include "sim/base/user_error.h"
#include "sim/config/value.h"

namespace armature {
namespace {

using V = VmConfig;

#define TEXT(key, help)                                                                            \
  {                                                                                                \
#key, help,                                                                                    \
        [](V & vm, std::string_view v) { vm.key = v; }, [](const V& vm) { return quoted(vm.key); } \
  }
#define NUMBER(key, low, high, help)                                           \
  {                                                                            \
#key, help,                                                                  \
        [](V& vm, std::string_view v) {                                          \
          vm.key = static_cast<unsigned>(parse_number("vm: " #key, v, low, high)); \
        },                                                                       \
        [](const V& vm) { return fmt::format("{}", vm.key); } \
  }

const std::vector<VmKey>& table() {
  static const std::vector<VmKey> keys{
      TEXT(guest, "flat image for 0x40200000, entered at its first byte with x0 = vCPUs"),
      TEXT(kernel, "Linux arm64 Image"),
      TEXT(initrd, "initial RAM disk of the kernel"),
      TEXT(append, "command line of the kernel"),
      NUMBER(vcpus, 1, kVmVcpusMax, "1..8 (default 1); there may be more than cores"),
      {"memory", "RAM of the VM, 4M..8G in steps of 2M (default 64M)",
       [](V& vm, std::string_view v) {
         vm.memory = parse_size("vm: memory", v, {4ull << 20, 8ull << 30, "4M", "8G"});
       },
       [](const V& vm) { return quoted(fmt::format("{}M", vm.memory >> 20)); }},
      TEXT(name, "for messages, at most 31 characters (default: the file's name)"),
      NUMBER(runs, 1, kVmRunsMax, "how often it is made again after power-off (default 1: once)"),
      TEXT(manifest, "signed manifest of `armature sign`, instead of one made and signed now"),
      TEXT(key, "private key that signs (default: the test key, the only one that KCore trusts)"),
      {"unsigned", "on: no signature; KCore will refuse the VM",
       [](V& vm, std::string_view v) { vm.is_unsigned = parse_flag("vm: unsigned", v); },
       [](const V& vm) { return std::string(vm.is_unsigned ? "true" : "false"); }},
  };
  return keys;
}

}  // namespace

std::span<const VmKey> vm_keys() { return table(); }

void set_vm_key(VmConfig& vm, std::string_view key, std::string_view value) {
  std::vector<std::string_view> names;
  std::string list;
  for (const VmKey& known : table()) {
    if (known.name == key) return known.set(vm, value);
    names.push_back(known.name);
    list += (list.empty() ? "" : ", ") + std::string(known.name);
  }
  const auto nearest = nearest_match(key, names);
  throw UserError(fmt::format("vm: no key '{}'{}; allowed: {}", key,
                              nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest),
                              list));
}

VmConfig parse_vm(std::string_view text) {
  VmConfig vm;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string pair = take_pair(rest);
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) {
      throw UserError(
          fmt::format("vm: '{}' is not KEY=VALUE (a comma inside a value is doubled)", pair));
    }
    set_vm_key(vm, std::string_view(pair).substr(0, equals),
               std::string_view(pair).substr(equals + 1));
  }
  validate(vm);
  return vm;
}

void validate(const VmConfig& vm) {
  if (vm.guest.empty() == vm.kernel.empty()) {
    throw UserError(vm.guest.empty() ? "vm: give guest=FILE or kernel=FILE"
                                     : "vm: guest and kernel exclude each other");
  }
  if (vm.kernel.empty() && !(vm.initrd.empty() && vm.append.empty())) {
    throw UserError("vm: initrd and append need kernel=FILE");
  }
  if (vm.name.size() > 31) {
    throw UserError(fmt::format("vm: name: '{}' is not allowed; allowed: 31 characters", vm.name));
  }
  if (!vm.manifest.empty() && (!vm.key.empty() || vm.is_unsigned)) {
    throw UserError("vm: manifest excludes key and unsigned");
  }
  if (!vm.key.empty() && vm.is_unsigned) throw UserError("vm: key and unsigned exclude each other");
}

std::string dump_toml(const VmConfig& vm) {
  std::string out = "[[vm]]\n";
  for (const VmKey& key : table()) out += fmt::format("{} = {}\n", key.name, key.get(vm));
  return out;
}

}  // namespace armature
