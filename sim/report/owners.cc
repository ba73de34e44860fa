#include "sim/report/owners.h"

#include "sim/base/types.h"

namespace armature {

void PageOwners::on_event(const Event& event) {
  if (event.kind != EventKind::owner_change) return;
  owners_[event.a / kFrameBytes] = event.c;
  ++moves_[{event.b, event.c}];
  ++changes_;
}

std::vector<PageOwners::Run> PageOwners::runs() const {
  std::vector<Run> runs;
  for (const auto& [page, owner] : owners_) {
    if (!runs.empty() && runs.back().page + runs.back().pages == page &&
        runs.back().owner == owner) {
      ++runs.back().pages;
    } else {
      runs.push_back({page, 1, owner});
    }
  }
  return runs;
}

}  // namespace armature
