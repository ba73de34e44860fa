// VMs and their names for the TLB: duplicate-vmid, vcpu-exclusive, vcpu-migration.
#include <fmt/format.h>

#include <array>
#include <map>
#include <memory>

#include "sim/arch/sysreg.h"
#include "sim/base/bits.h"
#include "sim/check/checkers.h"
#include "sim/check/tlbi_scope.h"

namespace armature::check {
namespace {

unsigned from_el(const Event& event) { return static_cast<unsigned>(bits(event.d, 17, 16)); }
unsigned to_el(const Event& event) { return static_cast<unsigned>(bits(event.d, 19, 18)); }
SysReg register_of(const Event& event) { return static_cast<SysReg>(event.d & 0xffff); }

// TLBIs that remove everything of a VMID (or of all) and that a DSB has completed.
class Flushes {
 public:
  // Calls done(const Event& tlbi) for each that `event` completes.
  template <typename Done>
  void on(const Event& event, Done done) {
    if (event.kind == EventKind::tlbi) {
      const Tlbi op = tlbi_op(event);
      if (op == Tlbi::vmalls12e1 || op == Tlbi::alle1 || op == Tlbi::vmalle1) {
        issued_.emplace(event.sequence, event);
      }
      return;
    }
    for (auto at = issued_.begin(); at != issued_.end();) {
      const Event& tlbi = at->second;
      if (tlbi.core != event.core || tlbi.sequence < event.a || tlbi.sequence > event.b) {
        ++at;
        continue;
      }
      done(tlbi);
      at = issued_.erase(at);
    }
  }

 private:
  std::map<std::uint64_t, Event> issued_;
};

constexpr std::uint64_t kFlushKinds =
    event_bit(EventKind::tlbi) | event_bit(EventKind::tlbi_complete);
constexpr std::uint64_t kRootMask = 0x0000'ffff'ffff'fffe;
constexpr std::uint64_t kHcrVm = 1;

// The VMIDs in use: each with the root that its TLB entries come from.
class DuplicateVmidChecker final : public Checker {
 public:
  explicit DuplicateVmidChecker(const Scene& scene) : scene_(scene) {}
  std::string_view name() const override { return "duplicate-vmid"; }
  std::uint64_t kinds() const override {
    return kFlushKinds | event_bit(EventKind::sysreg_write) |
           event_bit(EventKind::exception_return);
  }
  void on(const Event& event) override {
    if (event.core >= kCoresMax) return;
    switch (event.kind) {
      case EventKind::sysreg_write:
        if (register_of(event) == SysReg::VTTBR_EL2) cores_[event.core].vttbr = event;
        if (register_of(event) == SysReg::HCR_EL2) cores_[event.core].hcr = event.a;
        return;
      case EventKind::exception_return:
        if (from_el(event) == 2 && to_el(event) < 2) use(event);
        return;
      default:
        flushes_.on(event, [&](const Event& tlbi) { flushed(tlbi); });
        return;
    }
  }

 private:
  struct Core {
    Event vttbr{};
    std::uint64_t hcr = 0;
    bool uses_stage2 = false;  // it left EL2 with these
  };

  void use(const Event& event) {
    Core& core = cores_[event.core];
    core.uses_stage2 = (core.hcr & kHcrVm) != 0;
    if (!core.uses_stage2) return;
    const auto vmid = static_cast<unsigned>(bits(core.vttbr.a, 63, 48));
    const auto [place, is_new] = roots_.emplace(vmid, core.vttbr);
    if (is_new || ((place->second.a ^ core.vttbr.a) & kRootMask) == 0) return;
    report(
        Rule::duplicate_vmid, Severity::violation, core.vttbr.a & kRootMask,
        fmt::format("core {} runs with VMID {} for the tables at {:#x} (VTTBR_EL2 written at pc "
                    "{:#x}), while entries of the tables at {:#x} may be cached under it: no TLBI "
                    "VMALLS12E1IS of that VMID since",
                    event.core, vmid, core.vttbr.a & kRootMask, core.vttbr.pc,
                    place->second.a & kRootMask),
        {place->second, core.vttbr, event});
    place->second = core.vttbr;
  }

  void flushed(const Event& tlbi) {
    if (tlbi_op(tlbi) == Tlbi::vmalle1) return;  // stage 2 entries stay
    if (!is_broadcast(tlbi) && scene_.cores > 1) return;
    if (tlbi_op(tlbi) == Tlbi::alle1) roots_.clear();
    roots_.erase(static_cast<unsigned>(bits(tlbi.b, 15, 0)));
    // A core that runs with a root refills from it at once.
    for (const Core& core : cores_) {
      if (core.uses_stage2)
        roots_.emplace(static_cast<unsigned>(bits(core.vttbr.a, 63, 48)), core.vttbr);
    }
  }

  const Scene& scene_;
  std::array<Core, kCoresMax> cores_{};
  std::map<unsigned, Event> roots_;  // write of VTTBR_EL2, by VMID
  Flushes flushes_;
};

// Which vCPU a core runs.
struct Vcpu {
  Principal vm = kNobody;
  unsigned number = 0;
  bool operator==(const Vcpu&) const = default;
};
Vcpu vcpu_of(const Event& enter) {
  return {static_cast<Principal>(bits(enter.d, 15, 0)),
          static_cast<unsigned>(bits(enter.d, 31, 16))};
}
std::string described(const Vcpu& vcpu) {
  return fmt::format("vCPU {} of {}", vcpu.number, principal_name(vcpu.vm));
}

// A vCPU is the core's that has made it active, until somebody makes it something else; and no VM is
// entered on two cores as the same vCPU.
class VcpuExclusiveChecker final : public Checker {
 public:
  explicit VcpuExclusiveChecker(const Scene& scene) {
    for (const Manifest::State& state : scene.manifest.vcpu_states) {
      states_.emplace(state.word.value, &state);
      scene.machine->watch(state.word, 4);
    }
  }
  std::string_view name() const override { return "vcpu-exclusive"; }
  std::uint64_t kinds() const override {
    return event_bit(EventKind::vm_enter) | event_bit(EventKind::vm_exit) |
           event_bit(EventKind::write);
  }
  void on(const Event& event) override {
    if (event.core >= kCoresMax) return;
    Core& core = cores_[event.core];
    if (event.kind == EventKind::write) {
      look_at_state(event);
    } else if (event.kind == EventKind::vm_exit) {
      core.is_running = false;
    } else {
      enter(core, event);
    }
  }

 private:
  struct Core {
    Vcpu vcpu{};
    bool is_running = false;
    Event entry{};
  };

  void look_at_state(const Event& event) {
    const auto place = states_.find(event.b);
    if (place == states_.end()) return;
    if (static_cast<std::uint32_t>(event.c) != Manifest::kVcpuActive) {
      claims_.erase(event.b);
      return;
    }
    const auto [claim, is_free] = claims_.emplace(event.b, event);
    if (is_free) return;
    const Manifest::State& state = *place->second;
    report(Rule::vcpu_exclusive, Severity::violation, event.b,
           fmt::format("core {} takes vCPU {} of {} at pc {:#x}, which core {} has taken at pc "
                       "{:#x} and not let go: its state was not looked at",
                       event.core, state.vcpu, principal_name(kFirstVm + state.vm), event.pc,
                       claim->second.core, claim->second.pc),
           {claim->second, event});
    claim->second = event;
  }

  void enter(Core& core, const Event& event) {
    core.vcpu = vcpu_of(event);
    core.is_running = true;
    core.entry = event;
    for (const Core& other : cores_) {
      if (&other == &core || !other.is_running || !(other.vcpu == core.vcpu)) continue;
      report(Rule::vcpu_exclusive, Severity::violation, event.a,
             fmt::format("core {} enters {} at pc {:#x} while core {} still runs it", event.core,
                         described(core.vcpu), event.pc, other.entry.core),
             {other.entry, event});
    }
  }

  std::array<Core, kCoresMax> cores_{};
  std::map<std::uint64_t, const Manifest::State*> states_;  // by address
  std::map<std::uint64_t, Event> claims_;                   // the store, by address
};

class VcpuMigrationChecker final : public Checker {
 public:
  std::string_view name() const override { return "vcpu-migration"; }
  std::uint64_t kinds() const override { return kFlushKinds | event_bit(EventKind::vm_enter); }
  void on(const Event& event) override {
    if (event.core >= kCoresMax) return;
    if (event.kind == EventKind::vm_enter) {
      enter(event);
    } else {
      flushes_.on(event, [&](const Event& tlbi) { flushed(tlbi); });
    }
  }

 private:
  void enter(const Event& event) {
    const Vcpu vcpu = vcpu_of(event);
    const auto vmid = static_cast<unsigned>(bits(event.a, 63, 48));
    auto& last = last_[event.core];
    const auto place = last.find(vmid);
    if (place != last.end() && !(place->second.first == vcpu)) {
      report(
          Rule::vcpu_migration, Severity::violation, event.a,
          fmt::format("core {} enters {} at pc {:#x} with the TLB entries of {} under VMID {}: no "
                      "TLBI of that VMID was completed between",
                      event.core, described(vcpu), event.pc, described(place->second.first), vmid),
          {place->second.second, event});
    }
    last[vmid] = {vcpu, event};
  }
  void flushed(const Event& tlbi) {
    for (unsigned core = 0; core < kCoresMax; ++core) {
      if (core != tlbi.core && !is_broadcast(tlbi)) continue;
      if (tlbi_op(tlbi) == Tlbi::alle1) {
        last_[core].clear();
      } else {
        last_[core].erase(static_cast<unsigned>(bits(tlbi.b, 15, 0)));
      }
    }
  }

  std::array<std::map<unsigned, std::pair<Vcpu, Event>>, kCoresMax> last_{};  // by VMID
  Flushes flushes_;
};

}  // namespace

std::unique_ptr<Checker> make_duplicate_vmid_checker(const Scene& scene) {
  return std::make_unique<DuplicateVmidChecker>(scene);
}
std::unique_ptr<Checker> make_vcpu_exclusive_checker(const Scene& scene) {
  return std::make_unique<VcpuExclusiveChecker>(scene);
}
std::unique_ptr<Checker> make_vcpu_migration_checker(const Scene&) {
  return std::make_unique<VcpuMigrationChecker>();
}

}  // namespace armature::check
