// Page observers on a running machine: observers.h fed from the events.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "hyp/check/observers.h"
#include "hyp/check/page_array.h"
#include "hyp/check/stage2_maps.h"
#include "sim/check/checker.h"

namespace armature::hyp {

class PageObserversChecker final : public check::Checker {
 public:
  explicit PageObserversChecker(const check::Scene& scene);
  std::string_view name() const override { return "page-observers"; }
  std::uint64_t kinds() const override;
  void on(const Event& event) override;

  struct Page {
    explicit Page(unsigned cores) : observers(cores) {}
    PageObservers observers;
    std::vector<Event> story;  // steps since both sides agreed
  };
  // Every page that some table of a principal has mapped so far, by address.
  const std::unordered_map<std::uint64_t, Page>& pages() const { return pages_; }

 private:
  Page& page_of(std::uint64_t page);
  void step(std::uint64_t page, Page& state, bool agrees, const Event& event);
  void complete(const Event& event);
  void judge(const Event& event);

  const check::Scene& scene_;
  Stage2Maps maps_;
  PageArray array_;
  std::unordered_map<std::uint64_t, Page> pages_;
  std::set<std::uint64_t> waiting_;        // pages that some TLB may still hold
  std::map<std::uint64_t, Event> issued_;  // TLBIs, not yet complete
  // Owner or count has changed since the lock was taken; nobody can before the firmware has booted.
  std::map<std::uint64_t, Event> changed_;
  bool has_booted_ = false;
};

}  // namespace armature::hyp
