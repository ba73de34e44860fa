// One VM for KServ: `--vm KEY=VALUE,...` on the command line, a table `[[vm]]` in TOML, the same
// keys in Python.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace armature {

struct VmConfig {
  std::string name;    // default: the file's
  std::string guest;   // a flat image of hyp/guests, or
  std::string kernel;  // a Linux arm64 Image with
  std::string initrd, append;
  unsigned vcpus = 1;
  std::uint64_t memory = 64ull << 20;  // bytes
  unsigned runs = 1;                   // how often it is made; each ends with its power-off
  // Who vouches for it: a manifest that `armature sign` made before, or one made now, signed with
  // `key` (empty: the test key) or not at all.
  std::string manifest, key;
  bool is_unsigned = false;
};

inline constexpr unsigned kVmsMax = 16, kVmVcpusMax = 8, kVmRunsMax = 1000;

struct VmKey {
  std::string_view name;
  std::string_view help;
  void (*set)(VmConfig& vm, std::string_view value);  // throws UserError
  std::string (*get)(const VmConfig& vm);             // as TOML
};
std::span<const VmKey> vm_keys();

// Throws UserError; an unknown key names the nearest.
void set_vm_key(VmConfig& vm, std::string_view key, std::string_view value);
// "guest=hello.guest,vcpus=2": a comma inside a value is doubled.
VmConfig parse_vm(std::string_view text);
// Keys that need or exclude each other.
void validate(const VmConfig& vm);

std::string dump_toml(const VmConfig& vm);  // a [[vm]] table

}  // namespace armature
