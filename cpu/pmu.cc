#include "cpu/pmu.h"

#include <algorithm>
#include <array>

#include "cpu/core.h"
#include "sim/arch/registers/debug.h"
#include "sim/arch/registers/pmu.h"

namespace armature::cpu {
namespace {

constexpr unsigned kEventCountersMax = 6;
constexpr unsigned kCycleCounter = 31;  // its bit in the enable, overflow and interrupt sets
constexpr std::uint64_t kEventModulus = 1ull << 32;
constexpr Cycles kNever{~0ull};

constexpr SysReg nth(SysReg first, unsigned n) {
  return static_cast<SysReg>(static_cast<unsigned>(first) + n);
}
constexpr SysReg counter_register(unsigned n) { return nth(SysReg::PMEVCNTR0_EL0, n); }
constexpr SysReg type_register(unsigned n) { return nth(SysReg::PMEVTYPER0_EL0, n); }
constexpr bool is_between(SysReg reg, SysReg first, SysReg last) {
  return first <= reg && reg <= last;
}

unsigned counters(const Core& core) {
  return std::min<unsigned>(core.machine.preset.pmu_counters, kEventCountersMax);
}

// MDCR_EL2.HPMN: the counters below it are EL1's and EL0's. CHOICE: more than there are means all.
unsigned el1_counters(const Core& core) {
  const unsigned n = counters(core);
  if (!core.machine.has_el2) return n;
  const MdcrEl2 mdcr{core.state[SysReg::MDCR_EL2]};
  return std::min(n, static_cast<unsigned>(mdcr[mdcr_el2::HPMN]));
}

// The counters that an access from `viewer` can see, as a set.
std::uint64_t visible(const Core& core, El viewer) {
  const unsigned n = viewer < El::el2 ? el1_counters(core) : counters(core);
  return ((1ull << n) - 1) | 1ull << kCycleCounter;
}

// Whether counter n's group is enabled: PMCR_EL0.E, or MDCR_EL2.HPME for EL2's counters.
bool group_enabled(const Core& core, unsigned n) {
  if (n == kCycleCounter || n < el1_counters(core)) {
    return Pmcr{core.state[SysReg::PMCR_EL0]}.has(pmcr::E);
  }
  return MdcrEl2{core.state[SysReg::MDCR_EL2]}.has(mdcr_el2::HPME);
}

// CountEvents: enabled, and not filtered at the current Exception level.
bool counts(const Core& core, unsigned n) {
  const CoreState& s = core.state;
  if (!bit(s[SysReg::PMCNTENSET_EL0], n) || !group_enabled(core, n)) return false;
  const Pmevtyper type{s[n == kCycleCounter ? SysReg::PMCCFILTR_EL0 : type_register(n)]};
  switch (s.ps.el) {
    case El::el0:
      return !type.has(pmevtyper::U);
    case El::el1:
      return !type.has(pmevtyper::P);
    default:
      return type.has(pmevtyper::NSH);
  }
}

PmuEvent event_of(const Core& core, unsigned n) {
  return static_cast<PmuEvent>(Pmevtyper{core.state[type_register(n)]}[pmevtyper::evtCount]);
}

// PMCR_EL0.D: the cycle counter counts every 64th cycle; ignored with LC.
// CHOICE: the cycles whose number is a multiple of 64.
bool divided(const Core& core) {
  const Pmcr control{core.state[SysReg::PMCR_EL0]};
  return control.has(pmcr::D) && !control.has(pmcr::LC);
}

struct Counters {
  std::uint64_t cycle = 0;
  std::array<std::uint32_t, kEventCountersMax> event{};
  std::uint64_t overflow = 0;  // PMOVSSET_EL0
};

Counters stored(const Core& core) {
  Counters c;
  c.cycle = core.state[SysReg::PMCCNTR_EL0];
  for (unsigned n = 0; n < kEventCountersMax; ++n) {
    c.event[n] = static_cast<std::uint32_t>(core.state[counter_register(n)]);
  }
  c.overflow = core.state[SysReg::PMOVSSET_EL0];
  return c;
}

// Adds to counter n; an overflow of an even counter is what its CHAIN neighbour counts.
void add(const Core& core, Counters& c, unsigned n, std::uint64_t increment) {
  const std::uint64_t sum = c.event[n] + increment;
  c.event[n] = static_cast<std::uint32_t>(sum);
  const std::uint64_t overflows = sum / kEventModulus;
  if (overflows == 0) return;
  c.overflow |= 1ull << n;
  const unsigned next = n + 1;
  if (n % 2 == 0 && next < counters(core) && event_of(core, next) == PmuEvent::chain &&
      counts(core, next)) {
    add(core, c, next, overflows);
  }
}

void add_cycles(const Core& core, Counters& c, std::uint64_t increment) {
  const std::uint64_t before = c.cycle;
  c.cycle += increment;
  const bool long_counter = Pmcr{core.state[SysReg::PMCR_EL0]}.has(pmcr::LC);
  const bool overflow =
      long_counter ? c.cycle < before : before / kEventModulus != c.cycle / kEventModulus;
  if (overflow) c.overflow |= 1ull << kCycleCounter;
}

// What the counters hold at core.now().
Counters current(const Core& core) {
  Counters c = stored(core);
  const CoreState& s = core.state;
  if (s[SysReg::PMCNTENSET_EL0] == 0) return c;
  const std::uint64_t now = core.now().whole();
  const std::uint64_t cycles = now - s.pmu_cycles_seen;
  const std::uint64_t retired = core.retired_now() - s.pmu_retired_seen;
  if (counts(core, kCycleCounter)) {
    add_cycles(core, c, divided(core) ? now / 64 - s.pmu_cycles_seen / 64 : cycles);
  }
  for (unsigned n = 0; n < counters(core); ++n) {
    if (!counts(core, n)) continue;
    const PmuEvent event = event_of(core, n);
    if (event == PmuEvent::cpu_cycles) add(core, c, n, cycles);
    if (event == PmuEvent::inst_retired) add(core, c, n, retired);
  }
  return c;
}

void store(Core& core, const Counters& c) {
  core.state[SysReg::PMCCNTR_EL0] = c.cycle;
  for (unsigned n = 0; n < kEventCountersMax; ++n) core.state[counter_register(n)] = c.event[n];
  core.state[SysReg::PMOVSSET_EL0] = c.overflow;
}

// AArch64.CheckForPMUOverflow.
bool request(const Core& core, std::uint64_t overflow) {
  const std::uint64_t wanted = overflow & core.state[SysReg::PMINTENSET_EL1];
  if (wanted == 0) return false;
  if (bit(wanted, kCycleCounter) && group_enabled(core, kCycleCounter)) return true;
  for (unsigned n = 0; n < counters(core); ++n) {
    if (bit(wanted, n) && group_enabled(core, n)) return true;
  }
  return false;
}

// No instruction costs less than the cheapest class of the preset; never 0.
std::uint64_t cheapest_sixteenths(const Core& core) {
  const Costs& costs = core.machine.preset.costs;
  const unsigned whole =
      std::min({costs.load, costs.store, costs.multiply, costs.divide, costs.fp, costs.fp_divide,
                costs.simd, costs.branch, costs.system, costs.barrier});
  return std::max(1u, std::min<unsigned>(costs.issue_sixteenths, whole * 16));
}

Cycles after(const Core& core, std::uint64_t sixteenths) {
  const std::uint64_t now = core.now().sixteenths;
  return sixteenths > ~0ull - now ? kNever : Cycles{now + sixteenths};
}

// The cycle in which something that happens `count` cycles after now's happens.
Cycles after_cycles(const Core& core, std::uint64_t count) {
  const std::uint64_t now = core.now().whole();
  return count > (~0ull >> 4) - now ? kNever : Cycles::whole(now + count);
}

Cycles cycle_overflow(const Core& core, std::uint64_t value) {
  const bool long_counter = Pmcr{core.state[SysReg::PMCR_EL0]}.has(pmcr::LC);
  // Increments until the overflow, less one: so that 2^64 needs no special case.
  const std::uint64_t left = long_counter ? ~value : ~value & (kEventModulus - 1);
  if (!divided(core)) return left == ~0ull ? kNever : after_cycles(core, left + 1);
  const std::uint64_t now = core.now().whole();
  return after_cycles(core, (left + 1) * 64 - now % 64);
}

Cycles event_overflow(const Core& core, unsigned n, std::uint32_t value) {
  const std::uint64_t left = kEventModulus - value;
  switch (event_of(core, n)) {
    case PmuEvent::cpu_cycles:
      return after_cycles(core, left);
    case PmuEvent::inst_retired:
      return after(core, left * cheapest_sixteenths(core));
    default:
      return kNever;  // software increments are synchronous; CHAIN follows its neighbour
  }
}

std::uint64_t type_mask(const Core& core) {
  const std::uint64_t mask = sysreg_info(SysReg::PMEVTYPER0_EL0).writable;
  return core.machine.has_el2 ? mask : Pmevtyper{mask}.with(pmevtyper::NSH, 0).value;
}

// The register that PMSELR_EL0 selects, if it is one of those that are visible.
// CHOICE: a selection beyond them is RAZ/WI (CONSTRAINED UNPREDICTABLE).
bool selected(const Core& core, El viewer, SysReg first, SysReg& reg) {
  const auto n = static_cast<unsigned>(Pmselr{core.state[SysReg::PMSELR_EL0]}[pmselr::SEL]);
  if (n == kCycleCounter && first == SysReg::PMEVTYPER0_EL0) {
    reg = SysReg::PMCCFILTR_EL0;
    return true;
  }
  if (n == kCycleCounter || !bit(visible(core, viewer), n)) return false;
  reg = nth(first, n);
  return true;
}

std::uint64_t peek_counters(const Core& core, El viewer, SysReg reg, const Counters& c) {
  const CoreState& s = core.state;
  const bool is_counter = is_between(reg, SysReg::PMEVCNTR0_EL0, SysReg::PMEVCNTR5_EL0);
  const bool is_type = is_between(reg, SysReg::PMEVTYPER0_EL0, SysReg::PMEVTYPER5_EL0);
  if (is_counter || is_type) {
    const SysReg first = is_counter ? SysReg::PMEVCNTR0_EL0 : SysReg::PMEVTYPER0_EL0;
    const unsigned n = static_cast<unsigned>(reg) - static_cast<unsigned>(first);
    // CHOICE: a counter reserved for EL2 is RAZ/WI below (CONSTRAINED UNPREDICTABLE).
    if (!bit(visible(core, viewer), n)) return 0;
    return is_counter ? c.event[n] : s[reg];
  }
  switch (reg) {
    case SysReg::PMCR_EL0:
      if (viewer == El::el2) return s[reg];
      return Pmcr{s[reg]}.with(pmcr::N, el1_counters(core)).value;
    case SysReg::PMCNTENSET_EL0:
    case SysReg::PMCNTENCLR_EL0:
      return s[SysReg::PMCNTENSET_EL0] & visible(core, viewer);
    case SysReg::PMOVSSET_EL0:
    case SysReg::PMOVSCLR_EL0:
      return c.overflow & visible(core, viewer);
    case SysReg::PMINTENSET_EL1:
    case SysReg::PMINTENCLR_EL1:
      return s[SysReg::PMINTENSET_EL1] & visible(core, viewer);
    case SysReg::PMCCNTR_EL0:
      return c.cycle;
    case SysReg::PMXEVTYPER_EL0: {
      SysReg target{};
      return selected(core, viewer, SysReg::PMEVTYPER0_EL0, target) ? s[target] : 0;
    }
    case SysReg::PMXEVCNTR_EL0: {
      SysReg target{};
      return selected(core, viewer, SysReg::PMEVCNTR0_EL0, target)
                 ? peek_counters(core, viewer, target, c)
                 : 0;
    }
    case SysReg::PMSWINC_EL0:
      return 0;
    default:
      return s[reg];
  }
}

void write_control(Core& core, std::uint64_t value) {
  CoreState& s = core.state;
  const Pmcr control{value};
  if (control.has(pmcr::P)) {
    const std::uint64_t reset = visible(core, core.state.ps.el);
    for (unsigned n = 0; n < counters(core); ++n) {
      if (bit(reset, n)) s[counter_register(n)] = 0;
    }
  }
  if (control.has(pmcr::C)) s[SysReg::PMCCNTR_EL0] = 0;
  const std::uint64_t mask = sysreg_info(SysReg::PMCR_EL0).writable;
  s[SysReg::PMCR_EL0] = (s[SysReg::PMCR_EL0] & ~mask) | (value & mask);
}

}  // namespace

void pmu_synchronise(Core& core) {
  if (core.state[SysReg::PMCNTENSET_EL0] != 0) store(core, current(core));
  core.state.pmu_cycles_seen = core.now().whole();
  core.state.pmu_retired_seen = core.retired_now();
}

Cycles pmu_overflow_earliest(const Core& core) {
  const CoreState& s = core.state;
  const std::uint64_t interrupts = s[SysReg::PMINTENSET_EL1] & s[SysReg::PMCNTENSET_EL0];
  if (interrupts == 0) return kNever;
  const Counters c = current(core);
  Cycles earliest = kNever;
  if (bit(interrupts & ~c.overflow, kCycleCounter) && counts(core, kCycleCounter)) {
    earliest = cycle_overflow(core, c.cycle);
  }
  for (unsigned n = 0; n < counters(core); ++n) {
    // Its own overflow, or the one that its CHAIN neighbour may overflow with.
    const bool chained = n % 2 == 0 && bit(interrupts & ~c.overflow, n + 1) &&
                         n + 1 < counters(core) && event_of(core, n + 1) == PmuEvent::chain;
    if (!chained && !bit(interrupts & ~c.overflow, n)) continue;
    if (counts(core, n)) earliest = std::min(earliest, event_overflow(core, n, c.event[n]));
  }
  return earliest;
}

bool pmu_interrupt(const Core& core) {
  if (core.state[SysReg::PMINTENSET_EL1] == 0) return false;
  return request(core, current(core).overflow);
}

void pmu_software_increment(Core& core, std::uint32_t mask) {
  pmu_synchronise(core);
  Counters c = stored(core);
  const std::uint64_t chosen = mask & visible(core, core.state.ps.el);
  for (unsigned n = 0; n < counters(core); ++n) {
    if (bit(chosen, n) && event_of(core, n) == PmuEvent::sw_incr && counts(core, n)) {
      add(core, c, n, 1);
    }
  }
  store(core, c);
}

std::uint64_t pmu_peek(const Core& core, SysReg reg) {
  return peek_counters(core, El::el2, reg, current(core));
}

std::uint64_t pmu_read(Core& core, SysReg reg) {
  pmu_synchronise(core);
  return peek_counters(core, core.state.ps.el, reg, stored(core));
}

void pmu_write(Core& core, SysReg reg, std::uint64_t value) {
  pmu_synchronise(core);
  CoreState& s = core.state;
  const std::uint64_t set = value & visible(core, core.state.ps.el);
  const bool is_counter = is_between(reg, SysReg::PMEVCNTR0_EL0, SysReg::PMEVCNTR5_EL0);
  const bool is_type = is_between(reg, SysReg::PMEVTYPER0_EL0, SysReg::PMEVTYPER5_EL0);
  if (is_counter || is_type) {
    const SysReg first = is_counter ? SysReg::PMEVCNTR0_EL0 : SysReg::PMEVTYPER0_EL0;
    const unsigned n = static_cast<unsigned>(reg) - static_cast<unsigned>(first);
    if (bit(visible(core, core.state.ps.el), n))
      s[reg] = value & (is_type ? type_mask(core) : kEventModulus - 1);
    return;
  }
  switch (reg) {
    case SysReg::PMCR_EL0:
      return write_control(core, value);
    case SysReg::PMCNTENSET_EL0:
      s[SysReg::PMCNTENSET_EL0] |= set;
      return;
    case SysReg::PMCNTENCLR_EL0:
      s[SysReg::PMCNTENSET_EL0] &= ~set;
      return;
    case SysReg::PMOVSSET_EL0:
      s[SysReg::PMOVSSET_EL0] |= set;
      return;
    case SysReg::PMOVSCLR_EL0:
      s[SysReg::PMOVSSET_EL0] &= ~set;
      return;
    case SysReg::PMINTENSET_EL1:
      s[SysReg::PMINTENSET_EL1] |= set;
      return;
    case SysReg::PMINTENCLR_EL1:
      s[SysReg::PMINTENSET_EL1] &= ~set;
      return;
    case SysReg::PMSWINC_EL0:
      return pmu_software_increment(core, static_cast<std::uint32_t>(value));
    case SysReg::PMXEVTYPER_EL0:
    case SysReg::PMXEVCNTR_EL0: {
      const SysReg first =
          reg == SysReg::PMXEVTYPER_EL0 ? SysReg::PMEVTYPER0_EL0 : SysReg::PMEVCNTR0_EL0;
      SysReg target{};
      if (selected(core, s.ps.el, first, target)) pmu_write(core, target, value);
      return;
    }
    case SysReg::PMCCFILTR_EL0:
      s[reg] = value & type_mask(core) & sysreg_info(reg).writable;
      return;
    default:
      s[reg] = value & sysreg_info(reg).writable;
      return;
  }
}

}  // namespace armature::cpu
