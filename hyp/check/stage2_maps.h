// Which pages the stage 2 tables of the manifest's principals map, kept up to date by table_write.
// A table counts from the moment its root is in some VTTBR_EL2.
#pragma once

#include <functional>
#include <set>
#include <unordered_map>
#include <vector>

#include "sim/check/checker.h"

namespace armature::hyp {

struct Mapping {
  check::Principal principal = check::kNobody;
  std::uint16_t vmid = 0;
  std::uint64_t ipa = 0;  // of the page
  bool operator==(const Mapping&) const = default;
};

class Stage2Maps {
 public:
  explicit Stage2Maps(const check::Scene& scene) : scene_(scene) {}

  static constexpr std::uint64_t kinds() {
    return event_bit(EventKind::table_write) | event_bit(EventKind::sysreg_write);
  }
  // `by_table`: a table that leads to the page was linked or unlinked, not the page's own leaf.
  std::function<void(std::uint64_t page, const Mapping&, bool by_table, const Event&)> mapped;
  std::function<void(std::uint64_t page, const Mapping&, bool by_table, const Event&)> unmapped;

  void on(const Event& event);
  const std::vector<Mapping>& of(std::uint64_t page) const;

 private:
  struct Context {  // of a table
    check::Principal principal = check::kNobody;
    std::uint16_t vmid = 0;
    const Event* event = nullptr;
  };
  void installed(const Event& event);
  void written(const Event& event);
  // Everything that `descriptor` at `level` leads to, appears or goes.
  void apply(const Context& context, std::uint64_t descriptor, unsigned level, std::uint64_t input,
             bool appears, bool by_table);
  void apply_leaf(const Context& context, std::uint64_t descriptor, unsigned level,
                  std::uint64_t input, bool appears, bool by_table);

  const check::Scene& scene_;
  std::set<std::uint64_t> roots_;                                 // VTTBR values seen
  std::unordered_map<std::uint64_t, std::vector<Mapping>> maps_;  // by page
};

}  // namespace armature::hyp
