// A stage 2 translation of one principal: KServ's identity, or a VM's. 4 KB granule; three levels of
// 40-bit addresses with two concatenated tables at level 1, or four levels of 44-bit addresses.
//
// Table entries are written once, from invalid to table; tables are never freed. Leaves go from
// invalid to valid, and back only by unmap_range() and close(), which complete the TLB maintenance
// before they return. So no walk ever sees a mix of old and new (VRM: Transactional-Page-Table), and
// whoever has called them may hand the pages on.
#pragma once

#include <cstdint>

#include "hyp/abi/calls.h"
#include "hyp/kcore/descriptor.h"
#include "hyp/kcore/page_pool.h"
#include "hyp/kcore/ticket_lock.h"
#include "hyp/kcore/types.h"

namespace armature::kcore {

enum class Levels : std::uint8_t { three, four };

struct Geometry {
  unsigned start_level, ipa_bits, root_pages;
};
constexpr Geometry geometry(Levels levels) {
  // Arm ARM, VTCR_EL2.{T0SZ, SL0}: a walk from level 0 needs more than 40 bits, and 44 implemented.
  return levels == Levels::three ? Geometry{1, 40, 2} : Geometry{0, 44, 1};
}

inline constexpr std::uint64_t kBlockPages = 512;
inline constexpr std::uint64_t kBlockBytes = kBlockPages * kPageBytes;

// What KServ will hear of a mapping: ok, bad_argument (out of range), already_mapped, exhausted (no table
// left), wrong_state (closed).
using abi::Result;

class Stage2Table {
 public:
  // `pages` are zeroed here; the first are the root, aligned to its size.
  void open(Levels levels, std::uint16_t vmid, TablePage* pages, std::size_t count);

  // Whether map_range() with the same arguments will do it. Nothing may change in between: callers
  // hold the lock s2page over both.
  Result check_range(IntermediateAddress from, PhysicalAddress to, std::uint64_t pages,
                        descriptor::Memory memory);
  // Normal memory is mapped by 2 MB blocks where both addresses are aligned and the range is long
  // enough, unless `blocks` forbids it; devices by pages.
  enum class Blocks : std::uint8_t { where_possible, never };
  Result map_range(IntermediateAddress from, PhysicalAddress to, std::uint64_t pages,
                      descriptor::Memory memory, Blocks blocks = Blocks::where_possible);

  // Takes the pages away that are mapped by page, and waits until no core uses them any more.
  void unmap_range(IntermediateAddress from, std::uint64_t pages);
  // Takes everything away, for good, and waits as above.
  void close();
  // For a machine that stops: like close() but without the lock, whose holder may never let go, and
  // without the wait.
  void revoke_everything();

  struct Leaf {
    bool is_mapped = false;
    PhysicalAddress page{};  // of 4 KiB
  };
  Leaf look_up(IntermediateAddress address);

  std::uint64_t vttbr() const { return vttbr_; }
  constexpr const TicketLock& lock() const { return lock_; }
  std::size_t tables_used() const { return pool_.used(); }

  // For the manifest.
  constexpr const void* vttbr_cell() const { return &vttbr_; }
  constexpr const void* pool_cells() const { return pool_.cells(); }

 private:
  Result map_locked(IntermediateAddress from, PhysicalAddress to, std::uint64_t pages,
                       descriptor::Memory memory, Blocks blocks);
  std::uint64_t* entry_at(IntermediateAddress address, unsigned level);
  std::uint64_t* make_entry_at(IntermediateAddress address, unsigned level);
  Result check_leaves(IntermediateAddress from, PhysicalAddress to, std::uint64_t pages,
                         bool blocks, unsigned& missing);

  TicketLock lock_;
  std::uint64_t vttbr_ = 0;
  TablePage* root_ = nullptr;
  PagePool pool_{nullptr, 0};
  Geometry geometry_{};
  bool open_ = false;
};

}  // namespace armature::kcore
