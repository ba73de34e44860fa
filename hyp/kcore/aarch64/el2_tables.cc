#include "hyp/kcore/aarch64/el2_tables.h"

#include "hyp/abi/boot.h"
#include "hyp/kcore/aarch64/layout.h"
#include "hyp/kcore/aarch64/system_register.h"
#include "hyp/kcore/descriptor.h"

namespace armature::kcore::aarch64 {
namespace {

// Where stages 1 and 2 agree.
using descriptor::kAccessFlag, descriptor::kExecuteNever, descriptor::kInnerShareable,
    descriptor::kPage, descriptor::kTable, descriptor::kValid;
// Stage 1 descriptors of the EL2 regime (Arm ARM, VMSAv8-64 descriptor formats). Attribute indexes
// are those of MAIR_EL2 in entry.S.
constexpr std::uint64_t kBlock = 0b01, kBlockBytes = 2 << 20;
constexpr std::uint64_t kNormal = 0ull << 2, kDevice = 1ull << 2;
constexpr std::uint64_t kRes1 = 1ull << 6;      // AP[1] in a regime with one Exception level
constexpr std::uint64_t kReadOnly = 1ull << 7;  // AP[2]

constexpr unsigned kAddressBits = 39;  // TCR_EL2.T0SZ = 25 in entry.S: the walk starts at level 1

constexpr std::uint64_t attributes(Mapping mapping) {
  constexpr std::uint64_t common = kAccessFlag | kRes1;
  switch (mapping) {
    case Mapping::code:
      return common | kNormal | kInnerShareable | kReadOnly;
    case Mapping::constants:
      return common | kNormal | kInnerShareable | kReadOnly | kExecuteNever;
    case Mapping::data:
      return common | kNormal | kInnerShareable | kExecuteNever;
    case Mapping::device:
      return common | kDevice | kExecuteNever;
  }
  return 0;
}

PhysicalRange between(const std::uint8_t* begin, const std::uint8_t* end) {
  return {physical(begin), static_cast<std::uint64_t>(end - begin)};
}

}  // namespace

constinit El2Tables g_el2_tables{};

std::uint64_t* El2Tables::next_level(std::uint64_t* entry) {
  if ((*entry & kValid) == 0) {
    if (used_ == kPages) return nullptr;
    TablePage* table = &pages_[used_++];  // zero since KCore was loaded
    *static_cast<volatile std::uint64_t*>(entry) = physical(table).value | kTable;
  }
  return pointer_to<TablePage>(descriptor::output(*entry))->entries;
}

bool El2Tables::map(const PhysicalRange& range, Mapping mapping) {
  const std::uint64_t end = range.base.value + range.bytes;
  if (sealed_ || end > 1ull << kAddressBits) return false;
  for (std::uint64_t at = page_of(range.base).value; at < end;) {
    std::uint64_t* level2 = next_level(&pages_[0].entries[at >> 30 & 511]);
    if (level2 == nullptr) return false;
    std::uint64_t* leaf = &level2[at >> 21 & 511];
    const bool as_block = at % kBlockBytes == 0 && end - at >= kBlockBytes;
    if (!as_block) {
      std::uint64_t* level3 = next_level(leaf);
      if (level3 == nullptr) return false;
      leaf = &level3[at >> 12 & 511];
    }
    if ((*leaf & kValid) != 0) return false;
    *static_cast<volatile std::uint64_t*>(leaf) =
        at | attributes(mapping) | (as_block ? kBlock : kPage);
    at += as_block ? kBlockBytes : kPageBytes;
  }
  // The new entries must reach this core's walker, and its pipeline, before the first use. No TLBI:
  // they were invalid. Other cores have not started yet.
  asm volatile("dsb ishst\n isb" ::: "memory");
  return true;
}

void El2Tables::build() {
  used_ = 1;
  map(between(kcore_text_start, kcore_text_end), Mapping::code);
  map(between(kcore_rodata_start, kcore_rodata_end), Mapping::constants);
  map(between(kcore_data_start, kcore_stacks_start), Mapping::data);
  // The lowest page of each stack stays unmapped, so that an overflow faults.
  for (const std::uint8_t* stack = kcore_stacks_start; stack < kcore_stacks_end;
       stack += kStackBytes) {
    map(between(stack + kPageBytes, stack + kStackBytes), Mapping::data);
  }
  map({{abi::kDeviceTreeBase}, abi::kDeviceTreeBytes}, Mapping::data);
  // The tables were written past the caches, which may hold older lines of them: throw those away
  // before a walker or a cached read looks. The DSB makes it complete before the MMU goes on.
  const std::uint64_t line_bytes = data_line_bytes();
  for (auto at = physical(this).value; at < physical(this + 1).value; at += line_bytes) {
    asm volatile("dc ivac, %0" ::"r"(at) : "memory");
  }
  asm volatile("dsb sy" ::: "memory");
}

void El2Tables::change_for_a_planted_bug() {
  for (auto& entry : pages_[used_ - 1].entries) {
    if ((entry & kValid) == 0) continue;
    // A software bit, so that KCore itself goes on.
    static_cast<volatile std::uint64_t&>(entry) = entry ^ 1ull << 55;
    return;
  }
}

}  // namespace armature::kcore::aarch64
