// The raw material of every VM that is made here: the modules of a VM that runs the guest `puppet`.
#pragma once

#include <cstdint>

#include "hyp/abi/image.h"
#include "hyp/kserv/vm.h"

namespace armature::kserv::random {

// Of its stage 2: a pair of roots, and six below them.
inline constexpr std::uint64_t kPuppetTables = 8;

void set_puppet(const Vm& original);
const abi::ImageRecord& puppet_image();
std::uint64_t puppet_pages();
// Page `number` of the image, zeroes behind its end, into a page of KServ's.
void write_image_page(std::uint64_t page, std::uint64_t number);
// The owner's manifest.
void write_manifest(std::uint64_t page);

void release_page(std::uint64_t page);
void release_memory(std::uint64_t address, std::uint64_t bytes);  // a page or a block
// The first word of a page.
inline volatile std::uint32_t& word(std::uint64_t page) {
  return *reinterpret_cast<volatile std::uint32_t*>(page);
}

}  // namespace armature::kserv::random
