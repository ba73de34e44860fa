// Page observers (facts: USENIX Security 2021; authors' slides): who can observe a page through
// tables, and who through TLBs. Plain data: steps in, sets and groups out. Principals are numbers.
//
// The two sequences of sets, equal neighbours merged, must be the same. While an unmap waits for its
// flush the TLB's sequence is behind the tables' one; it may never take another step.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/check/manifest.h"

namespace armature::hyp {

using PrincipalSet = std::set<check::Principal>;

// One way from a principal to the page.
struct Way {
  check::Principal principal = check::kNobody;
  std::uint16_t vmid = 0;
  std::uint64_t ipa = 0;
  auto operator<=>(const Way&) const = default;
};

// What a completed TLBI removed, and when it was issued: steps are numbered by the caller, rising.
struct Flush {
  std::uint64_t issued_at = 0;
  std::uint16_t vmid = 0;
  bool all_vmids = false;
  std::optional<std::uint64_t> ipa{};  // only entries of this page's IPA
  bool last_level_only = false;
  bool stage2 = false;        // stage 2 only entries and stage 2 walks
  bool combined = false;      // entries that combine both stages
  std::uint32_t cores = ~0u;  // where it acts
};

class PageObservers {
 public:
  explicit PageObservers(unsigned cores = 1) : every_core_(cores >= 32 ? ~0u : (1u << cores) - 1) {}

  // True: the sequences still agree.
  bool map(const Way& way, std::uint64_t at);
  // `by_table`: a table went with everything below, so that last-level operations are not enough.
  bool unmap(const Way& way, bool by_table, std::uint64_t at);
  bool flush(const Flush& flush, std::uint64_t at);

  const PrincipalSet& by_tables() const { return tables_; }
  const PrincipalSet& by_tlbs() const { return tlbs_; }
  // Unmapped and perhaps still cached.
  bool is_waiting() const { return !waiting_.empty(); }
  // What was not completed for the first way that waits: "no TLBI IPAS2E1IS or VMALLS12E1IS of VMID 0, IPA
  // 0x1000 was completed on core 1 since the unmap". Empty when nothing waits.
  std::string missing() const;
  // Groups that the TLBs have not reached yet.
  const std::deque<PrincipalSet>& groups_ahead() const { return ahead_; }

 private:
  struct Waiting {  // after an unmap
    std::uint64_t unmapped_at = 0;
    bool by_table = false;
    std::uint32_t stage2 = 0, combined = 0;           // cores that may still hold such entries
    std::map<unsigned, std::uint64_t> stage2_done{};  // when the first part fell, by core
  };
  bool update();

  std::uint32_t every_core_;
  std::multiset<Way> mapped_;
  std::multimap<Way, Waiting> waiting_;
  PrincipalSet tables_, tlbs_;
  std::deque<PrincipalSet> ahead_;
};

// "{A,B}"; `names` gives the letters.
std::string set_text(const PrincipalSet& set, const std::map<check::Principal, std::string>& names);

// One row of the slides' table.
struct CaseRow {
  std::string step;
  PrincipalSet by_tlbs, by_tables;
  std::vector<PrincipalSet> groups_by_tlbs, groups_by_tables;
};
struct CaseStudy {
  std::vector<CaseRow> rows;
  bool agrees = true;  // the sequences of groups are the same at the end
};
// Moves page 1 from A (principal 1) to B (2): unmap, flush, map; or flush, unmap, map.
enum class CaseOrder : std::uint8_t { correct, wrong };
CaseStudy case_study(CaseOrder order);
// As the slides print it, a line a row.
std::string case_text(const CaseStudy& study);

}  // namespace armature::hyp
