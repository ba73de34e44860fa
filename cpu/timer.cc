#include "cpu/timer.h"

#include <algorithm>
#include <array>

#include "cpu/core.h"
#include "cpu/pmu.h"
#include "sim/arch/registers/timer.h"
#include "sim/base/bits.h"

namespace armature::cpu {
namespace {

constexpr Cycles kNever{~0ull};
constexpr std::uint64_t kTicksMax = ~0ull / kSixteenthsPerTick;

struct Timer {
  SysReg ctl, cval;
  bool is_virtual;
  bool needs_el2;
  unsigned intid;
};
// In the order of CoreState::ppi_levels.
constexpr std::array<Timer, 3> kTimers{{
    {SysReg::CNTP_CTL_EL0, SysReg::CNTP_CVAL_EL0, false, false, kPpiCntp},
    {SysReg::CNTV_CTL_EL0, SysReg::CNTV_CVAL_EL0, true, false, kPpiCntv},
    {SysReg::CNTHP_CTL_EL2, SysReg::CNTHP_CVAL_EL2, false, true, kPpiCnthp},
}};
constexpr unsigned kPmuLevel = 3;

constexpr std::uint64_t ticks(Cycles time) { return time.sixteenths / kSixteenthsPerTick; }

// CNTVCT is CNTPCT minus CNTVOFF_EL2, modulo 2^64; without EL2 the offset is 0.
std::uint64_t offset_of(const Core& core, bool is_virtual) {
  return is_virtual && core.machine.has_el2 ? core.state[SysReg::CNTVOFF_EL2] : 0;
}

bool timer_output(const Core& core, const Timer& timer, std::uint64_t now_ticks) {
  if (timer.needs_el2 && !core.machine.has_el2) return false;
  const CntCtl ctl{core.state[timer.ctl]};
  if (!ctl.has(cnt_ctl::ENABLE) || ctl.has(cnt_ctl::IMASK)) return false;
  return now_ticks - offset_of(core, timer.is_virtual) >= core.state[timer.cval];
}

std::uint8_t output_levels(const Core& core, Cycles now) {
  std::uint8_t levels = 0;
  for (unsigned i = 0; i < kTimers.size(); ++i) {
    levels |= static_cast<std::uint8_t>(timer_output(core, kTimers[i], ticks(now)) << i);
  }
  return static_cast<std::uint8_t>(levels | (pmu_interrupt(core) ? 1u << kPmuLevel : 0));
}

constexpr unsigned intid_of(unsigned level) {
  return level == kPmuLevel ? kPpiPmu : kTimers[level].intid;
}

// The time of the tick `delta` after `now_ticks`, kNever when simulated time cannot express it.
Cycles tick_after(std::uint64_t now_ticks, std::uint64_t delta) {
  if (delta > kTicksMax - now_ticks) return kNever;
  return {(now_ticks + delta) * kSixteenthsPerTick};
}

// When an enabled, unmasked timer's condition changes next: at the compare value, or where the
// (virtual) count wraps below it.
Cycles timer_deadline(const Core& core, const Timer& timer, std::uint64_t now_ticks) {
  if (timer.needs_el2 && !core.machine.has_el2) return kNever;
  const CntCtl ctl{core.state[timer.ctl]};
  if (!ctl.has(cnt_ctl::ENABLE) || ctl.has(cnt_ctl::IMASK)) return kNever;
  const std::uint64_t compare = core.state[timer.cval];
  const std::uint64_t count = now_ticks - offset_of(core, timer.is_virtual);
  if (count < compare) return tick_after(now_ticks, compare - count);
  if (compare == 0 || count == 0) return kNever;
  return tick_after(now_ticks, 0 - count);
}

// An event stream: a transition of one bit of a counter.
struct EventStream {
  bool enabled;
  unsigned bit;  // EVNTI
  bool falling;  // EVNTDIR: 1 to 0
  std::uint64_t offset;

  // Counter increments from `count` to the next event, at least 1.
  std::uint64_t distance(std::uint64_t count) const {
    const std::uint64_t period = 2ull << bit;
    const std::uint64_t phase = falling ? 0 : 1ull << bit;
    return ((phase - count - 1) & (period - 1)) + 1;
  }
};

std::array<EventStream, 2> event_streams(const Core& core) {
  const CntkctlEl1 kernel{core.state[SysReg::CNTKCTL_EL1]};
  const CnthctlEl2 hyp{core.state[SysReg::CNTHCTL_EL2]};
  return {{{kernel.has(cntkctl_el1::EVNTEN), static_cast<unsigned>(kernel[cntkctl_el1::EVNTI]),
            kernel.has(cntkctl_el1::EVNTDIR), offset_of(core, true)},
           {core.machine.has_el2 && hyp.has(cnthctl_el2::EVNTEN),
            static_cast<unsigned>(hyp[cnthctl_el2::EVNTI]), hyp.has(cnthctl_el2::EVNTDIR), 0}}};
}

}  // namespace

void update_timers(Core& core, Cycles now) {
  const std::uint8_t levels = output_levels(core, now);
  const std::uint8_t changed = levels ^ core.state.ppi_levels;
  if (changed == 0) return;
  core.state.ppi_levels = levels;
  for (unsigned i = 0; i <= kPmuLevel; ++i) {
    if (bit(changed, i)) core.machine.gic.set_ppi(core.id, intid_of(i), bit(levels, i));
  }
  core.interrupts_changed = true;
}

Cycles next_timer_deadline(const Core& core) {
  const Cycles now = core.now();
  if (output_levels(core, now) != core.state.ppi_levels) return now;
  const std::uint64_t now_ticks = ticks(now);
  Cycles earliest = kNever;
  for (const Timer& timer : kTimers) {
    earliest = std::min(earliest, timer_deadline(core, timer, now_ticks));
  }
  for (const EventStream& stream : event_streams(core)) {
    if (!stream.enabled) continue;
    earliest =
        std::min(earliest, tick_after(now_ticks, stream.distance(now_ticks - stream.offset)));
  }
  return earliest;
}

bool event_stream_fired(const Core& core, Cycles from, Cycles to) {
  const std::uint64_t elapsed = ticks(to) - ticks(from);
  for (const EventStream& stream : event_streams(core)) {
    if (stream.enabled && stream.distance(ticks(from) - stream.offset) <= elapsed) return true;
  }
  return false;
}

}  // namespace armature::cpu
