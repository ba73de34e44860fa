// The checkers of translation tables and TLBs: invalidation, break-before-make, stale-translation.
#pragma once

#include <deque>
#include <memory>
#include <unordered_map>

#include "sim/check/changes.h"
#include "sim/check/checker.h"

namespace armature::check {

// Every change of a descriptor is made clean before it is published; TLB maintenance names the VMID
// that is loaded for sure (an ISB after the write of VTTBR_EL2).
class InvalidationChecker final : public Checker {
 public:
  explicit InvalidationChecker(const Scene& scene);
  std::string_view name() const override { return "invalidation"; }
  std::uint64_t kinds() const override;
  void on(const Event& event) override;

 private:
  void look_at_context(const Event& event);

  const Scene& scene_;
  Changes changes_;
  std::array<Event, kCoresMax> vttbr_write_{};  // without an ISB since, when its pc is not 0
};

class BreakBeforeMakeChecker final : public Checker {
 public:
  explicit BreakBeforeMakeChecker(const Scene& scene);
  std::string_view name() const override { return "break-before-make"; }
  std::uint64_t kinds() const override { return Changes::kinds(); }
  void on(const Event& event) override { changes_.on(event); }

 private:
  Changes changes_;
};

// Watches the TLB entries made from each changed descriptor, and tells the whole story of a use: who
// filled it, who changed the table, which step is missing.
class StaleTranslationChecker final : public Checker {
 public:
  explicit StaleTranslationChecker(const Scene& scene);
  std::string_view name() const override { return "stale-translation"; }
  std::uint64_t kinds() const override;
  void on(const Event& event) override;

 private:
  static constexpr std::size_t kFillsMax = 1 << 16;
  void used(const Event& event);
  const Event* fill_of(std::uint64_t sequence) const;

  const Scene& scene_;
  Changes changes_;
  std::deque<Event> fills_;  // the last ones
  struct Published {
    Change change;
    std::string how;
  };
  std::unordered_map<std::uint64_t, Published> published_;  // unclean, by descriptor
};

std::unique_ptr<Checker> make_write_once_checker(const Scene& scene);

}  // namespace armature::check
