// Locks and untrusted data: lockset, lock-order, double-fetch.
#include <fmt/format.h>

#include <array>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "sim/base/bits.h"
#include "sim/check/checkers.h"
#include "sim/check/manifest_watch.h"

namespace armature::check {
namespace {

constexpr std::uint64_t kLockKinds =
    event_bit(EventKind::lock_acquire) | event_bit(EventKind::lock_release);

// Who holds which lock, and since when.
class Holders {
 public:
  void on(const Event& event) {
    if (event.kind == EventKind::lock_acquire) held_[event.d] = event;
    if (event.kind == EventKind::lock_release) held_.erase(event.d);
  }
  bool holds(unsigned core, unsigned lock) const {
    const auto place = held_.find(lock);
    return place != held_.end() && place->second.core == core;
  }
  const std::map<unsigned, Event>& held() const { return held_; }

 private:
  std::map<unsigned, Event> held_;  // the acquire, by lock
};

// At EL2, guarded data and translation tables are touched only with their lock. A core has no need of
// locks before it first leaves EL2, and a panic takes none: it never leaves EL2 again, so what is
// found counts when the core does.
class LocksetChecker final : public Checker {
 public:
  explicit LocksetChecker(const Scene& scene) : scene_(scene) {
    for (const Manifest::Guarded& data : scene.manifest.guarded) {
      if (data.lock < 0 || data.bytes == 0) continue;
      data_.emplace(data.base.value, &data);
      scene.machine->watch(data.base, data.bytes);
    }
    for (unsigned n = 0; n < scene.manifest.locks.size(); ++n) {
      if (scene.manifest.locks[n].guards_tables) tables_[scene.manifest.locks[n].principal] = n;
    }
  }
  std::string_view name() const override { return "lockset"; }
  std::uint64_t kinds() const override {
    return kLockKinds | event_bit(EventKind::read) | event_bit(EventKind::write) |
           event_bit(EventKind::table_write) | event_bit(EventKind::exception_return);
  }
  void on(const Event& event) override {
    if (event.core >= kCoresMax) return;
    holders_.on(event);
    if (event.kind == EventKind::exception_return) return leave(event);
    if (event.el != 2 || !has_left_[event.core]) return;
    if (event.kind == EventKind::table_write) return table(event);
    if (event.kind == EventKind::read || event.kind == EventKind::write) data(event);
  }

 private:
  struct Finding {
    Event event{};
    std::string what;
  };

  void data(const Event& event) {
    auto place = data_.upper_bound(event.b);
    if (place == data_.begin()) return;
    const Manifest::Guarded& guarded = *std::prev(place)->second;
    if (event.b - guarded.base.value >= guarded.bytes) return;
    const auto lock = static_cast<unsigned>(guarded.lock);
    if (holders_.holds(event.core, lock)) return;
    add(event, fmt::format("core {} {} {} at {:#x} (pc {:#x}) without the lock {}", event.core,
                           event.kind == EventKind::read ? "read" : "wrote", guarded.name, event.b,
                           event.pc, scene_.manifest.locks[lock].name));
  }

  void table(const Event& event) {
    if (bits(event.d, 4, 3) != 2) return;
    for (const TableEntry& entry : scene_.machine->table_entries({event.a})) {
      if (entry.stage != 2 || !entry.is_known) continue;
      const Principal principal =
          principal_of_root(scene_, entry.root.value | std::uint64_t{entry.vmid} << 48);
      const auto lock = tables_.find(principal);
      if (lock == tables_.end() || holders_.holds(event.core, lock->second)) continue;
      add(event, fmt::format("core {} wrote descriptor {:#x} of {}'s tables (pc {:#x}) without the "
                             "lock {}",
                             event.core, event.a, principal_name(principal), event.pc,
                             scene_.manifest.locks[lock->second].name));
      return;
    }
  }

  void add(const Event& event, std::string what) {
    if (findings_[event.core].empty()) findings_[event.core].push_back({event, std::move(what)});
  }

  void leave(const Event& event) {
    if (bits(event.d, 17, 16) != 2) return;
    has_left_[event.core] = true;
    for (const Finding& finding : std::exchange(findings_[event.core], {})) {
      report(Rule::lockset, Severity::violation, finding.event.a, finding.what, {finding.event});
    }
  }

  const Scene& scene_;
  std::map<std::uint64_t, const Manifest::Guarded*> data_;  // by first byte
  std::map<Principal, unsigned> tables_;                    // lock of a principal's tables
  Holders holders_;
  std::array<bool, kCoresMax> has_left_{};
  std::array<std::vector<Finding>, kCoresMax> findings_{};
};

class LockOrderChecker final : public Checker {
 public:
  explicit LockOrderChecker(const Scene& scene) : scene_(scene) {}
  std::string_view name() const override { return "lock-order"; }
  std::uint64_t kinds() const override { return kLockKinds; }
  void on(const Event& event) override {
    if (event.kind == EventKind::lock_acquire) {
      const Manifest::Lock& taken = scene_.manifest.locks[event.d];
      for (const auto& [number, acquire] : holders_.held()) {
        const Manifest::Lock& other = scene_.manifest.locks[number];
        if (acquire.core != event.core || other.rank < taken.rank) continue;
        report(Rule::lock_order, Severity::violation, taken.word.value,
               fmt::format("core {} took the lock {} (rank {}) at pc {:#x} while it holds {} (rank "
                           "{}), taken at pc {:#x}",
                           event.core, taken.name, taken.rank, event.pc, other.name, other.rank,
                           acquire.pc),
               {acquire, event});
      }
    }
    holders_.on(event);
  }

 private:
  const Scene& scene_;
  Holders holders_;
};

class DoubleFetchChecker final : public Checker {
 public:
  explicit DoubleFetchChecker(const Scene& scene) : scene_(scene) {}
  std::string_view name() const override { return "double-fetch"; }
  std::uint64_t kinds() const override {
    return event_bit(EventKind::oracle_read) | event_bit(EventKind::exception_entry);
  }
  void on(const Event& event) override {
    if (event.core >= kCoresMax) return;
    auto& read = read_[event.core];
    if (event.kind == EventKind::exception_entry) {
      if (bits(event.d, 19, 18) == 2) read.clear();
      return;
    }
    const auto [place, is_new] = read.emplace(event.a & ~7ull, event);
    if (is_new) return;
    report(Rule::double_fetch, Severity::violation, event.a,
           fmt::format(
               "core {} read the untrusted word {:#x} at pc {:#x} and again at pc {:#x} in one "
               "trap{}",
               event.core, event.a, place->second.pc, event.pc,
               place->second.b == event.b ? "" : ", and it had changed"),
           {place->second, event});
  }

 private:
  const Scene& scene_;
  std::array<std::map<std::uint64_t, Event>, kCoresMax> read_{};  // since the trap, by address
};

}  // namespace

std::unique_ptr<Checker> make_lockset_checker(const Scene& scene) {
  return std::make_unique<LocksetChecker>(scene);
}
std::unique_ptr<Checker> make_lock_order_checker(const Scene& scene) {
  return std::make_unique<LockOrderChecker>(scene);
}
std::unique_ptr<Checker> make_double_fetch_checker(const Scene& scene) {
  return std::make_unique<DoubleFetchChecker>(scene);
}

}  // namespace armature::check
