#include "sim/check/translation_checkers.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/arch/sysreg.h"
#include "sim/base/bits.h"
#include "sim/check/descriptor.h"

namespace armature::check {
namespace {

Severity severity_of(const Scene& scene, bool is_named) {
  return is_named || scene.judge_guests ? Severity::violation : Severity::note;
}

std::string described(const Change& change) {
  return fmt::format("descriptor {:#x} of {}, changed from {:#x} to {:#x} by core {} at pc {:#x}",
                     change.descriptor(),
                     change.is_named ? principal_name(change.principal) + "'s tables"
                                     : std::string("a guest's tables"),
                     change.write.b, change.write.c, change.write.core, change.write.pc);
}

}  // namespace

InvalidationChecker::InvalidationChecker(const Scene& scene) : scene_(scene), changes_(scene) {
  changes_.listener.published = [this](const Change& change, const std::string& how,
                                       const Event& event) {
    report(Rule::invalidation, severity_of(scene_, change.is_named), change.descriptor(),
           fmt::format("{}: {} before {}", described(change), change.missing(), how),
           change.story(event));
  };
  changes_.listener.reused = [this](const Change& parent, const Event& event) {
    report(Rule::invalidation, severity_of(scene_, parent.is_named), event.a,
           fmt::format("table {:#x} was written while walkers may still come to it by {}: {}",
                       event.a & ~(kFrameBytes - 1), described(parent), parent.missing()),
           parent.story(event));
  };
}

std::uint64_t InvalidationChecker::kinds() const {
  return Changes::kinds() | event_bit(EventKind::sysreg_write) |
         event_bit(EventKind::exception_entry);
}

// Arm ARM D19, Synchronization requirements for AArch64 System registers: until a context
// synchronization event, the TLBI may act on the VMID from before.
void InvalidationChecker::look_at_context(const Event& event) {
  if (event.core >= kCoresMax || scene_.manifest.is_empty()) return;
  Event& write = vttbr_write_[event.core];
  const unsigned barrier = static_cast<unsigned>(bits(event.d, 7, 4));
  switch (event.kind) {
    case EventKind::sysreg_write:
      if (static_cast<SysReg>(event.d & 0xffff) == SysReg::VTTBR_EL2 && event.a != event.b) {
        write = event;
      }
      return;
    case EventKind::exception_entry:
    case EventKind::exception_return:
      write = {};
      return;
    case EventKind::barrier:
      if (barrier == 2) write = {};  // ISB
      return;
    case EventKind::tlbi: {
      const Tlbi op = tlbi_op(event);
      if (write.pc == 0 || event.el != 2 || op >= Tlbi::alle1) return;
      report(Rule::invalidation, Severity::violation, event.b,
             fmt::format("TLBI {} at pc {:#x} on core {} may act on VMID {} instead of {}: no ISB "
                         "since VTTBR_EL2 was written at pc {:#x}",
                         tlbi_name(event), event.pc, event.core, bits(write.b, 63, 48),
                         bits(write.a, 63, 48), write.pc),
             {write, event});
      write = {};
      return;
    }
    default:
      return;
  }
}

void InvalidationChecker::on(const Event& event) {
  look_at_context(event);
  changes_.on(event);
}

BreakBeforeMakeChecker::BreakBeforeMakeChecker(const Scene& scene) : changes_(scene) {
  changes_.listener.unbroken = [this, &scene](const Change& change, bool again,
                                              const Event& event) {
    const std::string what =
        again
            ? fmt::format("{} was made valid again ({:#x}) while old translations may live: {}",
                          described(change), event.c, change.missing())
            : fmt::format("{}: valid to valid, without an invalid descriptor, TLBI and DSB between",
                          described(change));
    report(Rule::break_before_make, severity_of(scene, change.is_named), change.descriptor(), what,
           again ? change.story(event) : std::vector<Event>{event});
  };
}

StaleTranslationChecker::StaleTranslationChecker(const Scene& scene)
    : scene_(scene), changes_(scene) {
  changes_.listener.published = [this](const Change& change, const std::string& how, const Event&) {
    published_[change.descriptor()] = {change, how};
  };
}

std::uint64_t StaleTranslationChecker::kinds() const {
  return Changes::kinds() | event_bit(EventKind::tlb_fill) | event_bit(EventKind::stale_use);
}

const Event* StaleTranslationChecker::fill_of(std::uint64_t sequence) const {
  const auto place =
      std::lower_bound(fills_.begin(), fills_.end(), sequence,
                       [](const Event& fill, std::uint64_t s) { return fill.sequence < s; });
  return place != fills_.end() && place->sequence == sequence ? &*place : nullptr;
}

void StaleTranslationChecker::used(const Event& event) {
  const Event* fill = fill_of(event.b);
  const std::string filled =
      fill == nullptr ? fmt::format("filled at event {}", event.b)
                      : fmt::format("filled by core {} at pc {:#x}", fill->core, fill->pc);
  const auto told = [&](const Change& change, Severity severity, const std::string& how) {
    std::vector<Event> proof = change.story(event);
    if (fill != nullptr) proof.insert(proof.begin(), *fill);
    report(Rule::stale_translation, severity, event.a,
           fmt::format("core {} used at pc {:#x} the {} entry of {:#x}, {}, although {}: {}{}",
                       event.core, event.pc,
                       tlb_structure_name(static_cast<TlbStructure>(event.d & 7)), event.a, filled,
                       described(change), change.missing(), how),
           std::move(proof));
  };
  if (const auto place = published_.find(event.c); place != published_.end()) {
    const Change& change = place->second.change;
    return told(change, severity_of(scene_, change.is_named),
                fmt::format(", and {}", place->second.how));
  }
  // Not published yet: the invalidation may still come.
  if (const Change* change = changes_.find(event.c)) told(*change, Severity::note, "");
}

void StaleTranslationChecker::on(const Event& event) {
  if (event.kind == EventKind::tlb_fill) {
    fills_.push_back(event);
    if (fills_.size() > kFillsMax) fills_.pop_front();
    return;
  }
  if (event.kind == EventKind::stale_use) return used(event);
  changes_.on(event);
  if (event.kind != EventKind::table_write || event.b == event.c) return;
  const auto level = static_cast<unsigned>(bits(event.d, 2, 0));
  const auto stage = static_cast<unsigned>(bits(event.d, 4, 3));
  if (takes_away(event.b, event.c, level, stage)) scene_.machine->watch_entries_of({event.a});
}

namespace {

class WriteOnceChecker final : public Checker {
 public:
  explicit WriteOnceChecker(const Scene& scene) {
    for (const Manifest::Root& root : scene.manifest.roots) has_tables_ |= root.stage == 1;
  }
  std::string_view name() const override { return "write-once"; }
  std::uint64_t kinds() const override { return event_bit(EventKind::table_write); }
  void on(const Event& event) override {
    const bool is_el2 = bits(event.d, 6, 5) == 1;
    if (!has_tables_ || !is_el2 || (event.b & 1) == 0 || event.b == event.c) return;
    report(Rule::write_once, Severity::violation, event.a,
           fmt::format(
               "EL2 descriptor {:#x} was valid ({:#x}), never to change again, and was changed to "
               "{:#x} by core {} at pc {:#x}",
               event.a, event.b, event.c, event.core, event.pc),
           {event});
  }

 private:
  bool has_tables_ = false;
};

}  // namespace

std::unique_ptr<Checker> make_write_once_checker(const Scene& scene) {
  return std::make_unique<WriteOnceChecker>(scene);
}

}  // namespace armature::check
