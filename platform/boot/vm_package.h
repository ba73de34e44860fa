// What a VM comes as: its images, where they go, and the manifest that names them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hyp/abi/image.h"
#include "sim/config/vm_config.h"

namespace armature::platform {

struct VmImage {
  abi::ImageKind kind{};
  std::uint64_t load_gpa = 0;
  std::string file;  // whose bytes these are; empty for those made here
  std::vector<std::uint8_t> bytes;
};

struct VmPackage {
  std::vector<VmImage> images;
  abi::SignedManifest manifest{};
};

// Reads the files and signs as `vm` says. Throws UserError: files, images that do not fit into the
// VM's memory, a manifest of another VM. A manifest whose digests are not those of the images is
// left to KCore.
VmPackage make_vm_package(const VmConfig& vm);

// Throws UserError when the file is not a signed manifest.
abi::SignedManifest read_manifest(const std::string& file);
// Several lines for the user: name, memory, images with their digests.
std::string describe_manifest(const abi::VmManifest& manifest);

}  // namespace armature::platform
