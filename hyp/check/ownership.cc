// Ownership invariants (SeKVM; facts/sekvm.md 4.3): what a principal's stage 2 maps, and who the page
// array says owns it, agree whenever no core holds a lock over them: judged when the last such lock is
// released and whenever a core leaves EL2, over what was touched since.
#include <fmt/format.h>

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "hyp/check/boot_state.h"
#include "hyp/check/checkers.h"
#include "hyp/check/held_locks.h"
#include "hyp/check/page_array.h"
#include "hyp/check/stage2_maps.h"
#include "sim/base/bits.h"

namespace armature::hyp {
namespace {

using check::kFirmware;
using check::kFirstVm;
using check::kHost;
using check::Principal;
using check::principal_name;
using check::Rule;
using check::Severity;

class OwnershipChecker final : public check::Checker {
 public:
  explicit OwnershipChecker(const check::Scene& scene)
      : scene_(scene), maps_(scene), pages_(scene), held_(scene) {
    maps_.mapped = [this](std::uint64_t page, const Mapping& mapping, bool, const Event& event) {
      touched_[page].maps.emplace_back(mapping, event);
    };
  }
  std::string_view name() const override { return "ownership"; }
  std::uint64_t kinds() const override {
    return Stage2Maps::kinds() | event_bit(EventKind::owner_change) |
           event_bit(EventKind::lock_release) | event_bit(EventKind::lock_acquire) |
           event_bit(EventKind::exception_return) | event_bit(EventKind::write);
  }
  void on(const Event& event) override {
    maps_.on(event);
    switch (event.kind) {
      case EventKind::owner_change:
        return changed(event);
      case EventKind::write: {
        // A grant that ends or begins changes nobody's page, but who may reach it.
        if (!has_booted_ || event.el != 2) return;
        if (const auto page = pages_.written(event)) touched_[*page].change = event;
        return;
      }
      case EventKind::lock_acquire:
        held_.on(event);
        return;
      case EventKind::lock_release:
        if (held_.on(event)) judge(event);
        return;
      case EventKind::exception_return:
        if (bits(event.d, 17, 16) != 2) return;
        judge(event);
        if (!has_booted_) judge_boot(event);
        has_booted_ = true;
        return;
      default:
        return;
    }
  }

 private:
  struct Touched {                                  // since it was judged
    std::vector<std::pair<Mapping, Event>> maps{};  // new ones
    std::optional<Event> change{};                  // of owner, count or frame, the last one
  };

  void changed(const Event& event) {
    touched_[event.a].change = event;
    const auto [place, is_first] = changes_.emplace(event.a, event);
    if (!is_first) place->second.c = event.c;  // from the first owner to the last
  }

  void judge_boot(const Event& event) {
    for (const BootFault& fault : boot_faults(scene_, pages_)) {
      report(Rule::ownership, Severity::violation, fault.page, fault.what, {event});
    }
  }

  // Some core has the page in hand: who maps it is not settled.
  bool is_locked(std::uint64_t page) const {
    for (const Mapping& mapping : maps_.of(page)) {
      if (held_.has_tables_of(mapping.principal)) return true;
    }
    return false;
  }

  // Everything that was touched since it was judged last, as far as no core holds a lock over it.
  void judge(const Event& event) {
    if (held_.has_page_array()) return;
    for (const auto& [page, change] : changes_) judge_change(page, change, event);
    changes_.clear();
    std::erase_if(touched_, [&](const auto& page_and_why) {
      const auto& [page, touched] = page_and_why;
      if (is_locked(page)) return false;
      judge_page(page, touched, event);
      return true;
    });
  }

  void judge_change(std::uint64_t page, const Event& change, const Event& event) {
    const auto from = static_cast<Principal>(change.b);
    const auto to = static_cast<Principal>(change.c);
    if (!has_booted_ || from == to) return;
    const std::string moved =
        fmt::format("page {:#x} went from {} to {} (core {}, pc {:#x})", page, principal_name(from),
                    principal_name(to), change.core, change.pc);
    const bool touches_kcore = from == kFirmware || to == kFirmware;
    const bool between_vms = from >= kFirstVm && to >= kFirstVm;
    if (touches_kcore || between_vms) {
      report(Rule::ownership, Severity::violation, page,
             moved + (touches_kcore
                          ? ": KCore's pages never change their owner, which was not looked at"
                          : ": only KServ's pages may be given to a VM, and it was not looked at"),
             {change, event});
      return;
    }
    if (from < kFirstVm) return;
    for (std::uint64_t at = page; at < page + kFrameBytes; at += 8) {
      if (scene_.machine->read64({at}) == 0) continue;
      report(
          Rule::ownership, Severity::violation, page,
          fmt::format("{} with the VM's data: it was not zeroed before core {} published it at pc "
                      "{:#x}, the word at {:#x} is the first",
                      moved, event.core, event.pc, at),
          {change, event});
      return;
    }
  }

  // Who made the mapping wrong: whoever wrote its descriptor just now, or else changed the page.
  static std::pair<Event, std::string> blamed(const Touched& touched, const Mapping& mapping) {
    for (const auto& [made, event] : touched.maps) {
      if (made == mapping) {
        return {event, fmt::format("core {} wrote the descriptor at pc {:#x} without that check",
                                   event.core, event.pc)};
      }
    }
    const Event event = touched.change.value_or(Event{});
    return {event, fmt::format("core {} changed the page's owner or count at pc {:#x} and had not "
                               "unmapped it",
                               event.core, event.pc)};
  }

  void judge_page(std::uint64_t page, const Touched& touched, const Event& event) {
    const auto owner = pages_.find(page);
    const auto found = [&](const Mapping& mapping, const std::string& why) {
      const auto [cause, step] = blamed(touched, mapping);
      report(Rule::ownership, Severity::violation, page,
             fmt::format("{} maps page {:#x} at IPA {:#x}, but {}: {}",
                         principal_name(mapping.principal), page, mapping.ipa, why, step),
             {cause, event});
    };
    for (const Mapping& mapping : maps_.of(page)) {
      if (mapping.principal == kHost && mapping.ipa != page) {
        return found(mapping, "KServ's stage 2 is the identity");
      }
      if (!owner) continue;  // a device
      if (mapping.principal == kHost) {
        if (owner->owner == kHost || owner->is_granted()) continue;
        return found(mapping,
                     fmt::format("its owner is {}{}", principal_name(owner->owner),
                                 owner->owner >= kFirstVm ? " and it is not granted" : ""));
      }
      if (owner->owner != mapping.principal) {
        return found(mapping, fmt::format("its owner is {}", principal_name(owner->owner)));
      }
      if (owner->gfn != mapping.ipa / kFrameBytes) {
        return found(mapping, fmt::format("its one place is guest frame {:#x}", owner->gfn));
      }
    }
  }

  const check::Scene& scene_;
  Stage2Maps maps_;
  PageArray pages_;
  bool has_booted_ = false;
  HeldLocks held_;
  std::map<std::uint64_t, Touched> touched_;
  std::map<std::uint64_t, Event> changes_;  // of owners since the lock was taken
};

}  // namespace

std::unique_ptr<check::Checker> make_ownership_checker(const check::Scene& scene) {
  return std::make_unique<OwnershipChecker>(scene);
}

}  // namespace armature::hyp
