#include "hyp/check/observers.h"

#include <fmt/format.h>

namespace armature::hyp {
namespace {

// Sets may be equal step after step: they are one group.
void append_group(std::vector<PrincipalSet>& groups, const PrincipalSet& set) {
  if (groups.empty() || groups.back() != set) groups.push_back(set);
}

}  // namespace

// Recomputes both sets. The tables' new set goes to the end of what lies ahead of the TLBs; the TLBs'
// new set must be the next one there.
bool PageObservers::update() {
  PrincipalSet tables;
  for (const Way& way : mapped_) tables.insert(way.principal);
  PrincipalSet tlbs = tables;
  for (const auto& [way, waiting] : waiting_) tlbs.insert(way.principal);
  if (tables != tables_) ahead_.push_back(tables);
  tables_ = std::move(tables);
  if (tlbs == tlbs_) {
    // Mapped again before any flush: the TLBs never showed that it was gone.
    return true;
  }
  tlbs_ = std::move(tlbs);
  if (ahead_.empty() || ahead_.front() != tlbs_) {
    ahead_.clear();
    if (tables_ != tlbs_) ahead_.push_back(tables_);
    return false;
  }
  ahead_.pop_front();
  return true;
}

bool PageObservers::map(const Way& way, std::uint64_t) {
  mapped_.insert(way);
  return update();
}

bool PageObservers::unmap(const Way& way, bool by_table, std::uint64_t at) {
  const auto place = mapped_.find(way);
  if (place != mapped_.end()) mapped_.erase(place);
  waiting_.emplace(way, Waiting{at, by_table, every_core_, every_core_, {}});
  return update();
}

bool PageObservers::flush(const Flush& flush, std::uint64_t at) {
  bool changed = false;
  for (auto place = waiting_.begin(); place != waiting_.end();) {
    const Way& way = place->first;
    Waiting& waiting = place->second;
    const auto entry = place++;
    if (!flush.all_vmids && flush.vmid != way.vmid) continue;
    // Before the unmap it removed nothing for good: the walkers could refill at once.
    if (flush.issued_at < waiting.unmapped_at) continue;
    const bool reaches = !flush.ipa || *flush.ipa == way.ipa;
    const bool suffices = !(waiting.by_table && (flush.last_level_only || flush.ipa));
    for (unsigned core = 0; core < 32; ++core) {
      const std::uint32_t bit = 1u << core;
      if ((flush.cores & every_core_ & bit) == 0) continue;
      if (flush.stage2 && reaches && suffices && (waiting.stage2 & bit) != 0) {
        waiting.stage2 &= ~bit;
        waiting.stage2_done[core] = at;
        if (flush.combined) waiting.combined &= ~bit;
      } else if (flush.combined && (waiting.stage2 & bit) == 0 &&
                 flush.issued_at >= waiting.stage2_done[core]) {
        waiting.combined &= ~bit;
      }
    }
    if ((waiting.stage2 | waiting.combined) != 0) continue;
    waiting_.erase(entry);
    changed = true;
  }
  return !changed || update();
}

std::string PageObservers::missing() const {
  if (waiting_.empty()) return "";
  const auto& [way, waiting] = *waiting_.begin();
  const bool lacks_stage2 = waiting.stage2 != 0;
  const char* wanted = !lacks_stage2      ? "TLBI VMALLE1IS, after that of stage 2,"
                       : waiting.by_table ? "TLBI VMALLS12E1IS"
                                          : "TLBI IPAS2E1IS or VMALLS12E1IS";
  std::string cores;
  for (unsigned core = 0; core < 32; ++core) {
    if (((lacks_stage2 ? waiting.stage2 : waiting.combined) >> core & 1) == 0) continue;
    cores += fmt::format("{}{}", cores.empty() ? "" : ", ", core);
  }
  return fmt::format("no {} of VMID {}, IPA {:#x} was completed on core {} since the unmap", wanted,
                     way.vmid, way.ipa, cores);
}

std::string set_text(const PrincipalSet& set,
                     const std::map<check::Principal, std::string>& names) {
  std::string out = "{";
  for (const check::Principal principal : set) {
    if (out.size() > 1) out += ",";
    const auto name = names.find(principal);
    out += name == names.end() ? check::principal_name(principal) : name->second;
  }
  return out + "}";
}

CaseStudy case_study(CaseOrder order) {
  const Way from_a{1, 1, 0x1000}, from_b{2, 2, 0x1000};
  CaseStudy study;
  PageObservers page(2);
  std::uint64_t now = 0;
  const auto row = [&](std::string step, bool agrees) {
    CaseRow next;
    if (!study.rows.empty()) next = study.rows.back();
    next.step = std::move(step);
    next.by_tlbs = page.by_tlbs();
    next.by_tables = page.by_tables();
    append_group(next.groups_by_tlbs, next.by_tlbs);
    append_group(next.groups_by_tables, next.by_tables);
    study.rows.push_back(next);
    study.agrees = study.agrees && agrees;
  };
  const auto unmap = [&] { row("unmap(pfn 1, A)", page.unmap(from_a, false, ++now)); };
  const auto flush = [&] {
    Flush both;
    both.issued_at = ++now;
    both.vmid = from_a.vmid;
    both.stage2 = both.combined = true;
    row("flush_tlb(pfn 1, A)", page.flush(both, ++now));
  };
  page.map(from_a, ++now);
  row("start", true);
  if (order == CaseOrder::correct) {
    unmap();
    flush();
  } else {
    flush();
    unmap();
  }
  row("map(pfn 1, B)", page.map(from_b, ++now));
  return study;
}

std::string case_text(const CaseStudy& study) {
  const std::map<check::Principal, std::string> names{{1, "A"}, {2, "B"}};
  const auto groups = [&](const std::vector<PrincipalSet>& sets) {
    std::string out;
    for (const PrincipalSet& set : sets) out += (out.empty() ? "" : ",") + set_text(set, names);
    return out;
  };
  std::string out = fmt::format("{:<22}{:<18}{:<18}{:<18}{}\n", "step", "observers by TLB",
                                "observers by PT", "groups by TLB", "groups by PT");
  for (const CaseRow& row : study.rows) {
    out += fmt::format("{:<22}{:<18}{:<18}{:<18}{}\n", row.step, set_text(row.by_tlbs, names),
                       set_text(row.by_tables, names), groups(row.groups_by_tlbs),
                       groups(row.groups_by_tables));
  }
  return out + (study.agrees ? "same groups\n" : "different groups\n");
}

}  // namespace armature::hyp
