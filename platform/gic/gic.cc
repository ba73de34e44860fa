#include "platform/gic/gic.h"

#include "platform/gic/interrupt_word.h"
#include "sim/base/assert.h"
#include "sim/snapshot/bytes.h"

namespace armature::platform {
namespace {

constexpr std::uint32_t kSgis = 0xffff;

bool is_hyp_register(SysReg reg) {
  return (reg >= SysReg::ICH_AP0R0_EL2 && reg <= SysReg::ICH_LR15_EL2) &&
         reg != SysReg::ICC_SRE_EL2;
}

}  // namespace

Gic::Gic(unsigned cores, unsigned priority_bits, unsigned list_registers)
    : cores_(cores),
      priority_bits_(priority_bits),
      list_registers_(list_registers),
      priority_mask_(static_cast<std::uint8_t>(mask(7, 8 - priority_bits))),
      distributor_(*this),
      redistributors_(*this) {
  ARMATURE_ASSERT(cores >= 1 && cores <= kCoresMax);
  ARMATURE_ASSERT(priority_bits >= 4 && priority_bits <= 5);
  ARMATURE_ASSERT(list_registers >= 1 && list_registers <= kListRegistersMax);
  reset();
}

void Gic::reset() {
  const GicState before = state_;
  state_ = GicState{};
  for (unsigned n = 0; n < kSpiWords; ++n) {
    state_.distributor.spi[n].line = before.distributor.spi[n].line;
  }
  for (std::uint8_t n = 0; n < kCoresMax; ++n) {
    auto& redistributor = state_.core[n].redistributor;
    redistributor.word.edge = kSgis;
    redistributor.word.line = before.core[n].redistributor.word.line;
    redistributor.waker = GicrWaker{}.with(gicr_waker::ProcessorSleep, 1).value;
    reset_cpu_interface({n});
  }
}

void Gic::reset_cpu_interface(CoreId core) {
  auto& state = core_of(core);
  state.cpu = CpuInterfaceState{};
  state.cpu.bpr = {static_cast<std::uint8_t>(min_bpr()), static_cast<std::uint8_t>(min_bpr() + 1)};
  state.virt = VirtualInterfaceState{};
  state.virt.vmcr = legal_vmcr(0);
  update_maintenance(core);
  touch_all();
}

void Gic::touch(CoreId core) {
  derived_[core.value].stale = true;
  ++changes_;
}

void Gic::touch_all() {
  for (unsigned n = 0; n < cores_; ++n) derived_[n].stale = true;
  ++changes_;
}

InterruptWord& Gic::word_of(CoreId core, unsigned intid) {
  if (intid < kPrivateIntids) return core_of(core).redistributor.word;
  return state_.distributor.spi[intid / 32 - 1];
}

void Gic::set_level(unsigned line, bool level) {
  ARMATURE_ASSERT(line >= kPrivateIntids && line < kIntids);
  InterruptWord& word = word_of({0}, line);
  const InterruptWord before = word;
  set_input(word, line % 32, level);
  if (!(word == before)) touch_all();
}

void Gic::set_ppi(CoreId core, unsigned intid, bool level) {
  ARMATURE_ASSERT(intid >= 16 && intid < kPrivateIntids);
  InterruptWord& word = core_of(core).redistributor.word;
  const InterruptWord before = word;
  set_input(word, intid, level);
  if (!(word == before)) touch(core);
}

const Gic::Derived& Gic::derived(CoreId core) {
  Derived& d = derived_[core.value];
  if (!d.stale) return d;
  d.stale = false;
  d.highest = find_highest_pending(core);
  d.lines = Lines{};
  // With one Security state Group 0 interrupts are signalled as FIQ, Group 1 as IRQ.
  if (can_preempt(core, d.highest)) {
    (d.highest.group == Group::group0 ? d.lines.fiq : d.lines.irq) = true;
  }
  set_virtual_lines(core, d.lines);
  return d;
}

cpu::GicPort::Lines Gic::lines(CoreId core) { return derived(core).lines; }

std::uint64_t Gic::read(CoreId core, SysReg reg, bool virtual_access) {
  if (is_hyp_register(reg)) return read_hyp(core, reg);
  return virtual_access ? read_virtual(core, reg) : read_physical(core, reg);
}

void Gic::write(CoreId core, SysReg reg, std::uint64_t value, bool virtual_access) {
  if (is_hyp_register(reg)) {
    write_hyp(core, reg, value);
  } else if (virtual_access) {
    write_virtual(core, reg, value);
  } else {
    write_physical(core, reg, value);
  }
}

void Gic::save(std::vector<std::uint8_t>& out) const { put(out, state_); }

void Gic::load(std::span<const std::uint8_t>& in) {
  state_ = take<GicState>(in);
  touch_all();
}

}  // namespace armature::platform
