// The registers of the generic timers; what they do over time is cpu/timer.h's.
#include "cpu/core.h"
#include "cpu/sysreg_values.h"
#include "sim/arch/registers/timer.h"

namespace armature::cpu {
namespace {

std::uint64_t virtual_offset(const Core& core) {
  return core.machine.has_el2 ? core.state[SysReg::CNTVOFF_EL2] : 0;
}

constexpr unsigned kTimerValueBits = 32;

// CompareValue <-> TimerValue: a signed 32-bit distance from the count.
std::uint64_t timer_value(std::uint64_t compare, std::uint64_t count) {
  return bits(compare - count, kTimerValueBits - 1, 0);
}

// ISTATUS is computed from the count; 0 while the timer is off (UNKNOWN in the architecture).
std::uint64_t control(const Core& core, SysReg ctl, SysReg compare, std::uint64_t count) {
  const CntCtl value{core.state[ctl]};
  const bool met = value.has(cnt_ctl::ENABLE) && count >= core.state[compare];
  return value.with(cnt_ctl::ISTATUS, met ? 1 : 0).value;
}

}  // namespace

bool is_timer_register(SysReg reg) {
  return reg >= SysReg::CNTKCTL_EL1 && reg <= SysReg::CNTHP_CVAL_EL2;
}

std::uint64_t peek_timer(const Core& core, SysReg reg, std::uint64_t physical_count) {
  const std::uint64_t virtual_count = physical_count - virtual_offset(core);
  const CoreState& s = core.state;
  switch (reg) {
    case SysReg::CNTPCT_EL0:
      return physical_count;
    case SysReg::CNTVCT_EL0:
      return virtual_count;
    case SysReg::CNTP_TVAL_EL0:
      return timer_value(s[SysReg::CNTP_CVAL_EL0], physical_count);
    case SysReg::CNTV_TVAL_EL0:
      return timer_value(s[SysReg::CNTV_CVAL_EL0], virtual_count);
    case SysReg::CNTHP_TVAL_EL2:
      return timer_value(s[SysReg::CNTHP_CVAL_EL2], physical_count);
    case SysReg::CNTP_CTL_EL0:
      return control(core, reg, SysReg::CNTP_CVAL_EL0, physical_count);
    case SysReg::CNTV_CTL_EL0:
      return control(core, reg, SysReg::CNTV_CVAL_EL0, virtual_count);
    case SysReg::CNTHP_CTL_EL2:
      return control(core, reg, SysReg::CNTHP_CVAL_EL2, physical_count);
    default:
      return s[reg];
  }
}

void write_timer(Core& core, SysReg reg, std::uint64_t value) {
  const auto after = [&](std::uint64_t count) {
    return count + static_cast<std::uint64_t>(sign_extend(value, kTimerValueBits));
  };
  const auto now = [&] { return core.machine.counter.read(core.now()); };
  switch (reg) {
    case SysReg::CNTP_TVAL_EL0:
      core.state[SysReg::CNTP_CVAL_EL0] = after(now());
      return;
    case SysReg::CNTV_TVAL_EL0:
      core.state[SysReg::CNTV_CVAL_EL0] = after(now() - virtual_offset(core));
      return;
    case SysReg::CNTHP_TVAL_EL2:
      core.state[SysReg::CNTHP_CVAL_EL2] = after(now());
      return;
    default:
      store_writable(core, reg, value);
      return;
  }
}

}  // namespace armature::cpu
