#include "platform/cli/register_follower.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/arch/registers/exception.h"

namespace armature::platform {
namespace {

// The status registers as SPSR holds them (C5 Saved Program Status Register).
std::uint32_t cpsr_of(const cpu::CoreState& state) {
  return static_cast<std::uint32_t>(Spsr{state.nzcv}
                                        .with(spsr::SS, state.ps.ss)
                                        .with(spsr::IL, state.ps.il)
                                        .with(spsr::DAIF, state.ps.daif)
                                        .with(spsr::EL, static_cast<std::uint64_t>(state.ps.el))
                                        .with(spsr::SP, state.ps.sp_sel)
                                        .value);
}

std::string sp_name(const cpu::PState& ps) {
  const unsigned el = ps.sp_sel == 0 ? 0 : static_cast<unsigned>(ps.el);
  return fmt::format("SP_EL{}", el);
}

}  // namespace

void RegisterFollower::follow(const cpu::CoreState& state, Cycles time, CoreId core,
                              TarmacWriter& out) {
  Registers now;
  std::copy_n(state.x.begin(), now.x.size(), now.x.begin());
  now.v = state.v;
  now.sp = state.x[cpu::kSp];
  now.cpsr = cpsr_of(state);
  now.fpcr = state.fpcr;
  now.fpsr = state.fpsr;
  now.ps = state.ps;
  now.cycles = time;
  std::optional<Registers>& before = before_[core.value];
  if (before) {
    const auto changed = [&](const std::string& name, std::uint64_t value, unsigned digits) {
      out.register_value(before->cycles, core, name, fmt::format("{:0{}x}", value, digits));
    };
    for (unsigned n = 0; n < now.x.size(); ++n) {
      if (now.x[n] != before->x[n]) changed(fmt::format("X{}", n), now.x[n], 16);
    }
    for (unsigned n = 0; n < now.v.size(); ++n) {
      if (now.v[n] == before->v[n]) continue;
      out.register_value(before->cycles, core, fmt::format("V{}", n),
                         fmt::format("{:016x}_{:016x}", now.v[n].d[1], now.v[n].d[0]));
    }
    // An exception selects another stack pointer; its value is news only within one selection.
    if (now.ps.el == before->ps.el && now.ps.sp_sel == before->ps.sp_sel && now.sp != before->sp) {
      changed(sp_name(now.ps), now.sp, 16);
    }
    if (now.cpsr != before->cpsr) changed("cpsr", now.cpsr, 8);
    if (now.fpcr != before->fpcr) changed("FPCR", now.fpcr, 8);
    if (now.fpsr != before->fpsr) changed("FPSR", now.fpsr, 8);
  }
  before = now;
}

}  // namespace armature::platform
