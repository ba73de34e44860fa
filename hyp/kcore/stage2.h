// A stage 2 translation of 40-bit addresses in three levels: two concatenated tables at level 1,
// then levels 2 and 3. It only grows: entries change once, from invalid to valid, and leaves are
// pages. So no change ever needs a TLB invalidation, because an invalid entry is never cached.
#pragma once

#include <cstdint>

#include "hyp/kcore/descriptor.h"
#include "hyp/kcore/page_pool.h"
#include "hyp/kcore/ticket_lock.h"
#include "hyp/kcore/types.h"

namespace armature::kcore {

inline constexpr unsigned kIntermediateAddressBits = 40;
inline constexpr unsigned kRootPages = 2;

class Stage2 {
 public:
  struct alignas(kRootPages * kPageBytes) Root {
    TablePage pages[kRootPages];
  };

  // `root` is zero. The pools may be shared with nobody: this object's lock guards them.
  constexpr Stage2(Root& root, PagePool level2, PagePool level3)
      : root_(&root), level2_(level2), level3_(level3) {}

  enum class Result : std::uint8_t { mapped, was_mapped, out_of_tables, out_of_range };
  // Maps one page. A page that is mapped already stays as it is.
  Result map_page(IntermediateAddress from, PhysicalAddress to, descriptor::Memory memory);

  // Takes the whole translation away, for a machine that stops: every core at EL1 or EL0 faults to
  // EL2 at its next instruction. Takes no lock, because whoever holds it may never let go.
  void revoke_everything();

  constexpr const TicketLock& lock() const { return lock_; }
  std::size_t tables_used() const { return level2_.used() + level3_.used(); }

 private:
  std::uint64_t* next_level(std::uint64_t* entry, PagePool& pool);

  Root* root_;
  PagePool level2_, level3_;
  TicketLock lock_;
};

}  // namespace armature::kcore
