// KCore's page array, read from its memory.
#pragma once

#include <optional>
#include <vector>

#include "sim/check/checker.h"

namespace armature::hyp {

struct PageOwner {
  check::Principal owner = check::kNobody;
  std::uint32_t count = 0;  // of a VM's page: grants to KServ
  std::uint64_t gfn = 0;
  bool is_exported = false;
  bool is_granted() const { return owner >= check::kFirstVm && count != 0 && !is_exported; }
};

class PageArray {
 public:
  explicit PageArray(const check::Scene& scene) : scene_(scene) {}
  // Nothing for a page that is no RAM of KCore's, and before KCore has made the array.
  std::optional<PageOwner> find(std::uint64_t page) const;
  // The RAM it covers; empty before KCore has made the array.
  struct Range {
    std::uint64_t base = 0, pages = 0;
  };
  std::vector<Range> ranges() const;
  // The page whose entry a write event has changed: its owner, its count or its frame.
  std::optional<std::uint64_t> written(const Event& write) const;

 private:
  const check::Scene& scene_;
};

}  // namespace armature::hyp
