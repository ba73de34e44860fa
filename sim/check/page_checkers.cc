// Pages that change their owner, as the caches see them: page-lines, instruction-side.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "sim/base/bits.h"
#include "sim/check/checkers.h"
#include "sim/check/descriptor.h"

namespace armature::check {
namespace {

constexpr std::uint64_t kPageKinds =
    event_bit(EventKind::owner_change) | event_bit(EventKind::table_write) |
    event_bit(EventKind::lock_release) | event_bit(EventKind::exception_return);

bool leaves_el2(const Event& event) {
  return event.kind == EventKind::exception_return && bits(event.d, 17, 16) == 2 &&
         bits(event.d, 19, 18) < 2;
}

// Owner changes that nobody could rely on yet; each is handed out at its publication: the page is
// mapped at stage 2, the lock of the page array is released, or the core leaves EL2.
class HandedOver {
 public:
  explicit HandedOver(const Scene& scene) : scene_(scene) {}

  template <typename Published>  // published(const Event& owner_change)
  void on(const Event& event, Published published) {
    switch (event.kind) {
      case EventKind::owner_change:
        std::erase_if(pending_, [&](const Event& old) { return old.a == event.a; });
        // What becomes the firmware's own is the firmware's business.
        if (event.c != kFirmware && event.b != kFirmware) pending_.push_back(event);
        return;
      case EventKind::table_write: {
        const auto level = static_cast<unsigned>(bits(event.d, 2, 0));
        if (pending_.empty() || bits(event.d, 4, 3) != 2 ||
            shape_of(event.c, level) != DescriptorShape::leaf) {
          return;
        }
        const unsigned size_log2 = size_log2_at(level);
        const std::uint64_t output = output_of(event.c, size_log2);
        hand_out([&](const Event& e) { return (e.a ^ output) >> size_log2 == 0; }, published);
        return;
      }
      case EventKind::lock_release:
        if (!scene_.manifest.locks[event.d].guards_owners) return;
        hand_out([&](const Event& e) { return e.core == event.core; }, published);
        return;
      default:
        if (leaves_el2(event))
          hand_out([&](const Event& e) { return e.core == event.core; }, published);
        return;
    }
  }

 private:
  template <typename IsMeant, typename Published>
  void hand_out(IsMeant is_meant, Published published) {
    std::erase_if(pending_, [&](const Event& event) {
      if (!is_meant(event)) return false;
      published(event);
      return true;
    });
  }

  const Scene& scene_;
  std::vector<Event> pending_;
};

std::string handed_over(const Event& change) {
  return fmt::format("page {:#x} went from {} to {} (core {}, pc {:#x})", change.a,
                     principal_name(static_cast<Principal>(change.b)),
                     principal_name(static_cast<Principal>(change.c)), change.core, change.pc);
}

// The new owner may read and write past the caches: no line of the page may differ at the PoC, and so
// none may be dirty.
class PageLinesChecker final : public Checker {
 public:
  explicit PageLinesChecker(const Scene& scene) : scene_(scene), handed_over_(scene) {}
  std::string_view name() const override { return "page-lines"; }
  std::uint64_t kinds() const override { return kPageKinds; }
  void on(const Event& event) override {
    handed_over_.on(event, [&](const Event& change) { judge(change, event); });
  }

 private:
  void judge(const Event& change, const Event& event) {
    unsigned lines = 0;
    std::uint64_t first = 0;
    for (std::uint64_t line = change.a; line < change.a + kFrameBytes; line += kLineBytes) {
      if (!scene_.machine->line_differs_at_poc({line})) continue;
      if (lines++ == 0) first = line;
    }
    if (lines == 0) return;
    report(Rule::page_lines, Severity::violation, change.a,
           fmt::format("{} with {} lines that memory does not hold yet, the first at {:#x}: no DC "
                       "CIVAC of the page before it was published",
                       handed_over(change), lines, first),
           {change, event});
  }

  const Scene& scene_;
  HandedOver handed_over_;
};

// Instructions of the old contents in some L1I when the page is published must be gone when the core
// that handed it over leaves EL2.
class InstructionSideChecker final : public Checker {
 public:
  explicit InstructionSideChecker(const Scene& scene) : scene_(scene), handed_over_(scene) {}
  std::string_view name() const override { return "instruction-side"; }
  std::uint64_t kinds() const override { return kPageKinds; }
  void on(const Event& event) override {
    handed_over_.on(event, [&](const Event& change) { collect(change); });
    if (leaves_el2(event)) judge(event);
  }

 private:
  void collect(const Event& change) {
    for (std::uint64_t line = change.a; line < change.a + kFrameBytes; line += kLineBytes) {
      if (scene_.machine->instructions_differ({line})) old_.push_back({change, line});
    }
  }
  void judge(const Event& event) {
    std::erase_if(old_, [&](const Old& old) {
      if (old.change.core != event.core) return false;
      if (scene_.machine->instructions_differ({old.line})) {
        report(
            Rule::instruction_side, Severity::violation, old.change.a,
            fmt::format("{} while an instruction cache holds old contents of its line {:#x}: no IC "
                        "IALLUIS or IC IVAU before core {} left EL2",
                        handed_over(old.change), old.line, event.core),
            {old.change, event});
      }
      return true;
    });
  }

  struct Old {
    Event change{};
    std::uint64_t line = 0;
  };
  const Scene& scene_;
  HandedOver handed_over_;
  std::vector<Old> old_;
};

}  // namespace

std::unique_ptr<Checker> make_page_lines_checker(const Scene& scene) {
  return std::make_unique<PageLinesChecker>(scene);
}
std::unique_ptr<Checker> make_instruction_side_checker(const Scene& scene) {
  return std::make_unique<InstructionSideChecker>(scene);
}

}  // namespace armature::check
