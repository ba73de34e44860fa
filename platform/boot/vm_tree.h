// The device tree of a VM: the board that KServ emulates (hyp/kserv/vm.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace armature::platform {

struct VmTreeConfig {
  unsigned vcpus = 1;
  std::uint64_t memory = 0;  // bytes from abi::kVmMemoryBase
  std::string bootargs;
  std::optional<std::pair<std::uint64_t, std::uint64_t>> initrd;  // first byte and end
};

std::vector<std::uint8_t> make_vm_tree(const VmTreeConfig& config);

}  // namespace armature::platform
