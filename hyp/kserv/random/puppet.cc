#include "hyp/kserv/random/puppet.h"

#include <cstring>

namespace armature::kserv::random {
namespace {
const Vm* g_original = nullptr;
}

void set_puppet(const Vm& original) { g_original = &original; }

const abi::ImageRecord& puppet_image() { return g_original->manifest.body.images[0]; }

std::uint64_t puppet_pages() { return (puppet_image().bytes + kPageBytes - 1) / kPageBytes; }

void write_image_page(std::uint64_t page, std::uint64_t number) {
  const std::uint64_t done = number * kPageBytes, left = puppet_image().bytes - done;
  std::memset(reinterpret_cast<void*>(page), 0, kPageBytes);
  std::memcpy(reinterpret_cast<void*>(page), reinterpret_cast<const void*>(g_original->images[0].base + done),
              left < kPageBytes ? left : kPageBytes);
}

void write_manifest(std::uint64_t page) {
  std::memset(reinterpret_cast<void*>(page), 0, kPageBytes);
  std::memcpy(reinterpret_cast<void*>(page), &g_original->manifest, sizeof(abi::SignedManifest));
}

void release_page(std::uint64_t page) { g_kserv.pages.release_page(page); }

void release_memory(std::uint64_t address, std::uint64_t bytes) {
  bytes == kBlockBytes ? g_kserv.pages.release_block(address) : g_kserv.pages.release_page(address);
}

}  // namespace armature::kserv::random
