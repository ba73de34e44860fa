// Which of the locks are held that guard the page array and the stage 2 tables.
#pragma once

#include <algorithm>
#include <set>

#include "sim/check/checker.h"

namespace armature::hyp {

class HeldLocks {
 public:
  explicit HeldLocks(const check::Scene& scene) : locks_(scene.manifest.locks) {}

  // lock_acquire and lock_release. True: it is one of those.
  bool on(const Event& event) {
    const check::Manifest::Lock& lock = locks_[event.d];
    if (!lock.guards_owners && !lock.guards_tables) return false;
    if (event.kind == EventKind::lock_acquire) held_.insert(event.d);
    if (event.kind == EventKind::lock_release) held_.erase(event.d);
    return true;
  }
  bool has_page_array() const {
    return std::ranges::any_of(held_, [&](unsigned n) { return locks_[n].guards_owners; });
  }
  bool has_tables_of(check::Principal principal) const {
    return std::ranges::any_of(held_, [&](unsigned n) {
      return locks_[n].guards_tables && locks_[n].principal == principal;
    });
  }

 private:
  const std::vector<check::Manifest::Lock>& locks_;
  std::set<unsigned> held_;
};

}  // namespace armature::hyp
