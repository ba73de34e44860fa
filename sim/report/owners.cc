#include "sim/report/owners.h"

#include "sim/base/types.h"
#include "sim/check/manifest.h"

namespace armature {

void PageOwners::on_event(const Event& event) {
  if (event.kind != EventKind::owner_change) return;
  Page& page = pages_[event.a / kFrameBytes];
  page.owner = event.c;
  if (event.b >= check::kFirstVm) page.former_vm = event.b;
  ++moves_[{event.b, event.c}];
  ++changes_;
}

std::vector<PageOwners::Run> PageOwners::runs() const {
  std::vector<Run> runs;
  for (const auto& [number, page] : pages_) {
    if (!runs.empty()) {
      Run& last = runs.back();
      if (last.page + last.pages == number && Page{last.owner, last.former_vm} == page) {
        ++last.pages;
        continue;
      }
    }
    runs.push_back({number, 1, page.owner, page.former_vm});
  }
  return runs;
}

}  // namespace armature
