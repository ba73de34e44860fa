// Page owners and page observers of a machine, as columns.
#include <pybind11/stl.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "hyp/check/page_array.h"
#include "python/binding/views.h"
#include "sim/check/manifest_watch.h"

namespace armature::python {
namespace py = pybind11;
namespace {

using check::Principal;
using hyp::PrincipalSet;

template <typename T>
py::bytes bytes_of(const std::vector<T>& column) {
  return {reinterpret_cast<const char*>(column.data()), column.size() * sizeof(T)};
}

// Few sets are ever different: each gets a number and is written out once.
class SetTable {
 public:
  std::size_t number_of(const PrincipalSet& set) {
    const auto [place, is_new] = numbers_.try_emplace(set, numbers_.size());
    if (is_new) {
      py::list names;
      for (const Principal principal : set) names.append(check::principal_name(principal));
      sets_.append(py::tuple(names));
    }
    return place->second;
  }
  const py::list& sets() const { return sets_; }

 private:
  std::map<PrincipalSet, std::size_t> numbers_;
  py::list sets_;
};

// Who has an entry of a page in some TLB at this moment, by page; only of `pages`.
std::unordered_map<std::uint64_t, PrincipalSet> residents(const platform::Machine& m,
                                                          const check::Scene& scene,
                                                          const std::vector<std::uint64_t>& pages) {
  std::unordered_map<std::uint64_t, PrincipalSet> found;
  std::map<std::uint64_t, Principal> principals;  // by VTTBR_EL2
  for (const auto& mmu : m.mmus) {
    for (const auto& [structure, slot, e] : mmu->entries()) {
      if (e.table_pointer || e.kind == tlb::EntryKind::stage1_only || e.stage2_root == 0) continue;
      const std::uint64_t vttbr = e.stage2_root | std::uint64_t{e.vmid.value} << 48;
      const auto [place, is_new] = principals.try_emplace(vttbr);
      if (is_new) place->second = check::principal_of_root(scene, vttbr);
      if (place->second == check::kNobody) continue;
      const std::uint64_t end = e.output + (1ull << e.size_log2);
      for (auto page = std::lower_bound(pages.begin(), pages.end(), e.output & ~(kFrameBytes - 1));
           page != pages.end() && *page < end; ++page) {
        found[*page].insert(place->second);
      }
    }
  }
  return found;
}

}  // namespace

py::dict pages_view(const check::Scene& scene) {
  const hyp::PageArray array(scene);
  std::vector<std::uint64_t> page, gfn;
  std::vector<std::uint32_t> owner, count;
  std::vector<std::uint8_t> granted, exported;
  py::dict names;
  for (const auto& range : array.ranges()) {
    for (std::uint64_t n = 0; n < range.pages; ++n) {
      const std::uint64_t at = range.base + n * kFrameBytes;
      const auto found = array.find(at);
      if (!found) continue;
      page.push_back(at);
      owner.push_back(found->owner);
      count.push_back(found->is_exported ? 0 : found->count);
      gfn.push_back(found->gfn);
      granted.push_back(found->is_granted() ? 1 : 0);
      exported.push_back(found->is_exported ? 1 : 0);
    }
  }
  std::vector<std::uint32_t> owners = owner;
  std::sort(owners.begin(), owners.end());
  owners.erase(std::unique(owners.begin(), owners.end()), owners.end());
  for (const Principal principal : owners) {
    names[py::int_(principal)] = check::principal_name(principal);
  }
  py::dict out;
  out["page"] = bytes_of(page);
  out["owner"] = bytes_of(owner);
  out["count"] = bytes_of(count);
  out["gfn"] = bytes_of(gfn);
  out["granted"] = bytes_of(granted);
  out["exported"] = bytes_of(exported);
  out["names"] = names;
  return out;
}

py::dict observers_view(const platform::Machine& m, const check::Scene& scene,
                        const hyp::PageObserversChecker& checker,
                        std::optional<std::uint64_t> page) {
  std::vector<std::uint64_t> pages;
  if (page) {
    pages.push_back(*page & ~(kFrameBytes - 1));
  } else {
    for (const auto& [at, state] : checker.pages()) pages.push_back(at);
    std::sort(pages.begin(), pages.end());
  }
  const auto resident = residents(m, scene, pages);
  SetTable sets;
  py::list by_tables, by_tlbs, in_tlbs, waiting;
  const hyp::PageObservers nobody;
  for (const std::uint64_t at : pages) {
    const auto place = checker.pages().find(at);
    const hyp::PageObservers& state =
        place == checker.pages().end() ? nobody : place->second.observers;
    const auto held = resident.find(at);
    by_tables.append(sets.number_of(state.by_tables()));
    by_tlbs.append(sets.number_of(state.by_tlbs()));
    in_tlbs.append(sets.number_of(held == resident.end() ? PrincipalSet{} : held->second));
    waiting.append(state.is_waiting());
  }
  py::dict out;
  out["page"] = pages;
  out["by_tables"] = by_tables;
  out["by_tlbs"] = by_tlbs;
  out["resident"] = in_tlbs;
  out["waiting"] = waiting;
  out["sets"] = sets.sets();
  return out;
}

}  // namespace armature::python
