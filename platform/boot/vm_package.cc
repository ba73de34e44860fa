#include "platform/boot/vm_package.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "hyp/abi/calls.h"
#include "platform/boot/image.h"
#include "platform/boot/manifest_key.h"
#include "platform/boot/vm_tree.h"
#include "sim/base/user_error.h"

namespace armature::platform {
namespace {

static_assert(kVmVcpusMax == abi::kMaxVcpus);

constexpr std::uint64_t kBlock = 2 << 20;
// Where the guests of hyp/guests are linked.
constexpr std::uint64_t kGuestLoad = abi::kVmMemoryBase + kBlock;

std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

std::string name_of(const VmConfig& vm) {
  if (!vm.name.empty()) return vm.name;
  const auto& file = vm.kernel.empty() ? vm.guest : vm.kernel;
  return std::filesystem::path(file).stem().string().substr(0, sizeof(abi::VmManifest::name) - 1);
}

class Packer {
 public:
  explicit Packer(const VmConfig& vm) : vm_(vm) {
    abi::VmManifest& body = package_.manifest.body;
    std::memcpy(body.domain, abi::kManifestDomain, sizeof(body.domain));
    const std::string name = name_of(vm);
    std::memcpy(body.name, name.data(), name.size());
    body.memory_bytes = vm.memory;
    body.vcpus = vm.vcpus;
  }

  VmPackage run() {
    if (vm_.kernel.empty()) {
      add_guest();
    } else {
      add_linux();
    }
    add_records();
    if (!vm_.manifest.empty()) {
      take_manifest();
    } else if (!vm_.is_unsigned) {
      sign(package_.manifest, vm_.key.empty() ? test_key() : read_key(vm_.key));
    }
    return std::move(package_);
  }

 private:
  void add(abi::ImageKind kind, std::uint64_t gpa, const std::string& file,
           std::vector<std::uint8_t> bytes, std::uint64_t extent) {
    const std::uint64_t end = gpa + std::max<std::uint64_t>(bytes.size(), extent);
    if (end > abi::kVmMemoryBase + vm_.memory) {
      throw UserError(fmt::format(
          "vm: {}: {} ends at {} MiB of a memory of {} MiB; give memory={}M", name_of(vm_),
          file.empty() ? "the device tree" : file, (end - abi::kVmMemoryBase) >> 20,
          vm_.memory >> 20, round_up(end - abi::kVmMemoryBase, kBlock) >> 20));
    }
    package_.images.push_back({kind, gpa, file, std::move(bytes)});
  }

  void add_guest() {
    add(abi::ImageKind::data, kGuestLoad, vm_.guest, read_file(vm_.guest), 0);
    package_.manifest.body.entry = kGuestLoad;
    package_.manifest.body.argument = vm_.vcpus;
  }

  void add_linux() {
    auto kernel = read_file(vm_.kernel);
    if (!is_linux_image(kernel)) {
      throw UserError(fmt::format("vm: {}: not a Linux arm64 Image", vm_.kernel));
    }
    const LinuxImageHeader header = parse_linux_image(kernel);
    const std::uint64_t load = abi::kVmMemoryBase + kBlock + header.text_offset;
    const std::uint64_t end = load + std::max<std::uint64_t>(header.image_size, kernel.size());
    add(abi::ImageKind::kernel, load, vm_.kernel, std::move(kernel), header.image_size);
    VmTreeConfig tree{vm_.vcpus, vm_.memory, vm_.append, {}};
    if (!vm_.initrd.empty()) {
      auto initrd = read_file(vm_.initrd);
      const std::uint64_t at = round_up(end, kBlock);
      tree.initrd = {at, at + initrd.size()};
      add(abi::ImageKind::initrd, at, vm_.initrd, std::move(initrd), 0);
    }
    add(abi::ImageKind::device_tree, abi::kVmMemoryBase, "", make_vm_tree(tree), 0);
    package_.manifest.body.entry = load;
    package_.manifest.body.argument = abi::kVmMemoryBase;
  }

  void add_records() {
    abi::VmManifest& body = package_.manifest.body;
    for (const VmImage& image : package_.images) {
      abi::ImageRecord& record = body.images[body.image_count++];
      record.kind = image.kind;
      record.load_gpa = image.load_gpa;
      record.bytes = image.bytes.size();
      const Digest digest = image_digest(image.bytes);
      std::memcpy(record.digest, digest.data(), digest.size());
    }
  }

  void take_manifest() {
    const abi::SignedManifest given = read_manifest(vm_.manifest);
    const abi::VmManifest& own = package_.manifest.body;
    if (given.body.vcpus != own.vcpus || given.body.memory_bytes != own.memory_bytes ||
        given.body.image_count != own.image_count) {
      throw UserError(fmt::format(
          "vm: {}: signed for {} vCPUs, {} MiB and {} images; this VM has {} vCPUs, {} MiB and {} "
          "images",
          vm_.manifest, given.body.vcpus, given.body.memory_bytes >> 20, given.body.image_count,
          own.vcpus, own.memory_bytes >> 20, own.image_count));
    }
    package_.manifest = given;
  }

  const VmConfig& vm_;
  VmPackage package_;
};

const char* kind_name(abi::ImageKind kind) {
  switch (kind) {
    case abi::ImageKind::kernel:
      return "kernel";
    case abi::ImageKind::initrd:
      return "initrd";
    case abi::ImageKind::device_tree:
      return "device tree";
    case abi::ImageKind::data:
      return "data";
  }
  return "unknown";
}

}  // namespace

VmPackage make_vm_package(const VmConfig& vm) { return Packer(vm).run(); }

abi::SignedManifest read_manifest(const std::string& file) {
  const auto bytes = read_file(file);
  abi::SignedManifest manifest;
  if (bytes.size() == sizeof(manifest)) {
    std::memcpy(&manifest, bytes.data(), sizeof(manifest));
    if (std::memcmp(manifest.body.domain, abi::kManifestDomain, sizeof(abi::kManifestDomain)) ==
            0 &&
        manifest.body.image_count <= abi::kMaxImages) {
      manifest.body.name[sizeof(manifest.body.name) - 1] = '\0';
      return manifest;
    }
  }
  throw UserError(fmt::format("{}: not a signed manifest ({} bytes that begin with '{}')", file,
                              sizeof(manifest), abi::kManifestDomain));
}

std::string describe_manifest(const abi::VmManifest& manifest) {
  std::string out = fmt::format("{}: {} vCPUs, {} MiB, entry {:#x}\n", manifest.name,
                                manifest.vcpus, manifest.memory_bytes >> 20, manifest.entry);
  for (unsigned n = 0; n < manifest.image_count; ++n) {
    const abi::ImageRecord& image = manifest.images[n];
    out += fmt::format("  {} at {:#x}, {} bytes, BLAKE2b ", kind_name(image.kind), image.load_gpa,
                       image.bytes);
    for (const unsigned char byte : image.digest) out += fmt::format("{:02x}", byte);
    out += "\n";
  }
  return out;
}

}  // namespace armature::platform
