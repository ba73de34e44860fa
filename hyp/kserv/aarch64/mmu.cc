// Stage 1 of KServ: the identity, 4 KB granule, 39-bit addresses. RAM is Normal memory, written never
// executed, but for the image's code; devices are Device-nGnRE. Memory that the tree reserves with
// no-map (KCore) is not mapped. Built once, with the MMU off; never changed afterwards.
#include "hyp/kserv/aarch64/core.h"

extern "C" std::uint8_t kserv_user_code[], kserv_image_start[], kserv_rodata_start[],
    kserv_data_start[], kserv_image_end[];

namespace armature::kserv::aarch64 {
namespace {

constexpr std::uint64_t kPage = 4096, kBlock = 2 << 20;
constexpr unsigned kEntries = 512, kTables = 96;

// Descriptors (Arm ARM, VMSAv8-64 translation table format descriptors).
constexpr std::uint64_t kTable = 0b11, kPageLeaf = 0b11, kBlockLeaf = 0b01;
constexpr std::uint64_t kAccessFlag = 1 << 10, kInnerShareable = 3 << 8, kReadOnly = 1 << 7;
constexpr std::uint64_t kAttribute0 = 0 << 2, kAttribute1 = 1 << 2;  // entry.S: Normal, Device
constexpr std::uint64_t kNeverExecute = std::uint64_t{3} << 53;      // PXN, UXN
constexpr std::uint64_t kUser = 1 << 6, kKernelNever = std::uint64_t{1} << 53;
constexpr std::uint64_t kUserNever = std::uint64_t{1} << 54;
constexpr std::uint64_t kNormal = kAccessFlag | kInnerShareable | kAttribute0;
constexpr std::uint64_t kData = kNormal | kNeverExecute, kConstant = kData | kReadOnly,
                        kCode = kNormal | kReadOnly | kUserNever,
                        kUserCode = kNormal | kReadOnly | kUser | kKernelNever,
                        kDevice = kAccessFlag | kAttribute1 | kNeverExecute;

struct alignas(4096) Table {
  std::uint64_t entries[kEntries];
};
Table g_tables[kTables];
unsigned g_tables_used = 0;

}  // namespace

extern "C" {
Table kserv_level1_table;
}

namespace {

std::uint64_t* next_level(std::uint64_t& entry) {
  if (entry == 0) {
    if (g_tables_used == kTables) return nullptr;
    entry = reinterpret_cast<std::uint64_t>(&g_tables[g_tables_used++]) | kTable;
  }
  return reinterpret_cast<std::uint64_t*>(entry & 0xffff'ffff'f000);
}

// KCore's image and its tables, and some to spare. What is mapped by mistake faults, and KServ stops.
struct Holes {
  std::array<Range, 4> ranges{};
  unsigned count = 0;
  bool contain(const Range& range) const {
    for (unsigned n = 0; n < count; ++n) {
      if (ranges[n].base <= range.base && range.end() <= ranges[n].end()) return true;
    }
    return false;
  }
  bool overlap(const Range& range) const {
    for (unsigned n = 0; n < count; ++n) {
      if (ranges[n].overlaps(range)) return true;
    }
    return false;
  }
};

// What is mapped already stays as it is: the more special ranges come first.
void map(std::uint64_t from, std::uint64_t end, std::uint64_t attributes, const Holes& holes) {
  for (std::uint64_t at = from; at < end;) {
    if (at % kBlock == 0 && holes.contain({at, kBlock})) {  // needs no table
      at += kBlock;
      continue;
    }
    std::uint64_t* level2 = next_level(kserv_level1_table.entries[at >> 30 & (kEntries - 1)]);
    if (level2 == nullptr) return;
    std::uint64_t& entry = level2[at >> 21 & (kEntries - 1)];
    const bool hits_hole = holes.overlap({at & ~(kBlock - 1), kBlock});
    if (at % kBlock == 0 && end - at >= kBlock && entry == 0 && !hits_hole) {
      entry = at | attributes | kBlockLeaf;
      at += kBlock;
      continue;
    }
    if (entry != 0 && (entry & kTable) != kTable) {  // a block
      at = (at & ~(kBlock - 1)) + kBlock;
      continue;
    }
    std::uint64_t* level3 = next_level(entry);
    if (level3 == nullptr) return;
    std::uint64_t& leaf = level3[at >> 12 & (kEntries - 1)];
    if (leaf == 0 && !holes.overlap({at, kPage})) leaf = at | attributes | kPageLeaf;
    at += kPage;
  }
}

void map_device(const Range& range) {
  map(range.base & ~(kPage - 1), (range.end() + kPage - 1) & ~(kPage - 1), kDevice, {});
}

std::uint64_t address(const std::uint8_t* symbol) {
  return reinterpret_cast<std::uint64_t>(symbol);
}

}  // namespace

void build_tables(const DeviceTree& tree) {
  Holes holes;
  const auto root = tree.root();
  const auto reserved = root ? tree.child(*root, "reserved-memory") : root;
  for (auto node = reserved ? tree.first_child(*reserved) : reserved; node;
       node = tree.next_sibling(*node)) {
    const auto reg = tree.property(*node, "no-map") ? tree.reg(*node, 0) : std::nullopt;
    if (reg && holes.count != holes.ranges.size()) holes.ranges[holes.count++] = *reg;
  }
  map(address(kserv_image_start), address(kserv_rodata_start), kCode, {});
  map(address(kserv_rodata_start), address(kserv_data_start), kConstant, {});
  map(address(kserv_data_start), address(kserv_image_end), kData, {});
  map(g_board.ram.base, g_board.ram.end(), kData, holes);
  map_device({g_board.distributor, 0x10000});
  map_device(g_board.redistributors);
  for (unsigned n = 0; n < g_board.uart_count; ++n) map_device({g_board.uarts[n].base, kPage});
}

}  // namespace armature::kserv::aarch64

extern "C" void kserv_build_tables(std::uint64_t tree_address) {
  using namespace armature::kserv;
  const DeviceTree tree(reinterpret_cast<const std::uint8_t*>(tree_address), 1 << 20);
  aarch64::read_board(tree);
  aarch64::build_tables(tree);
}
