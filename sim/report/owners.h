// Who owns which page, from owner_change events.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "sim/event/bus.h"

namespace armature {

class PageOwners {
 public:
  static std::uint64_t kinds() { return event_bit(EventKind::owner_change); }
  void on_event(const Event& event);

  struct Run {  // pages in a row with one owner, and the VM that had them last before (0: none)
    std::uint64_t page = 0, pages = 0, owner = 0, former_vm = 0;
  };
  // The map at the end, by address; pages that never changed are not in it.
  std::vector<Run> runs() const;
  std::uint64_t changes() const { return changes_; }
  // How often pages went from one owner to another.
  const std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t>& moves() const {
    return moves_;
  }

 private:
  struct Page {
    std::uint64_t owner = 0, former_vm = 0;
    bool operator==(const Page&) const = default;
  };
  std::map<std::uint64_t, Page> pages_;  // by page frame number
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> moves_;
  std::uint64_t changes_ = 0;
};

}  // namespace armature
