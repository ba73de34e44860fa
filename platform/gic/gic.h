// A GICv3: distributor, redistributors and the CPU interfaces with virtualization, as QEMU's virt
// machine has it (one Security state, no LPIs, no ITS). Behaviour only; the state is GicState.
//
//   gic.cc                reset, inputs, the lines into the cores, save and load
//   highest_pending.cc    which physical interrupt a core would take next
//   cpu_interface.cc      ICC_*_EL1
//   virtual_interface.cc  ICV_*_EL1
//   hyp_interface.cc      ICH_*_EL2, maintenance interrupt, traps
//   distributor.cc, redistributor.cc  the memory-mapped registers
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "cpu/gic_port.h"
#include "platform/devices/interrupt_sink.h"
#include "platform/gic/distributor.h"
#include "platform/gic/redistributor.h"
#include "platform/gic/registers.h"
#include "platform/gic/state.h"

namespace armature::platform {

class Gic final : public cpu::GicPort, public InterruptSink {
 public:
  // cores 1..kCoresMax; core n has affinity 0.0.0.n (MPIDR_EL1.Aff0 = n). priority_bits 4..5, so
  // that one Active Priorities register suffices; list_registers 1..kListRegistersMax.
  Gic(unsigned cores, unsigned priority_bits, unsigned list_registers);

  // Cold reset of everything but the level of the inputs.
  void reset();
  // Warm reset of one core: its ICC_* and ICH_* registers only.
  void reset_cpu_interface(CoreId core);

  // cpu::GicPort
  std::uint64_t read(CoreId core, SysReg reg, bool virtual_access) override;
  void write(CoreId core, SysReg reg, std::uint64_t value, bool virtual_access) override;
  bool hypervisor_traps(CoreId core, SysReg reg) const override;
  Lines lines(CoreId core) override;
  void set_ppi(CoreId core, unsigned intid, bool level) override;
  std::uint64_t changes() const override { return changes_; }

  // InterruptSink: `line` is the INTID of an SPI, 32..255.
  void set_level(unsigned line, bool level) override;

  Device& distributor() { return distributor_; }
  Device& redistributors() { return redistributors_; }

  unsigned cores() const { return cores_; }
  std::uint8_t priority_mask() const { return priority_mask_; }
  const GicState& state() const { return state_; }

  // For the register files of this folder: the state, and word that it changed.
  GicState& registers() { return state_; }
  void touch(CoreId core);
  void touch_all();
  InterruptWord& word_of(CoreId core, unsigned intid);

  void save(std::vector<std::uint8_t>& out) const;
  // Throws UserError when the bytes are too few.
  void load(std::span<const std::uint8_t>& in);

 private:
  struct PendingInterrupt {
    unsigned intid = kSpuriousIntid;
    std::uint8_t priority = kIdlePriority;
    Group group = Group::group1;
  };
  // What follows from the state; recomputed when a core's share of it changed.
  struct Derived {
    bool stale = true;
    PendingInterrupt highest;
    Lines lines;
  };

  GicCoreState& core_of(CoreId core) { return state_.core[core.value]; }
  const GicCoreState& core_of(CoreId core) const { return state_.core[core.value]; }
  const Derived& derived(CoreId core);
  unsigned min_bpr() const { return 7 - priority_bits_; }
  // The implemented bits of an Active Priorities register: one a preemption level.
  std::uint32_t ap_mask() const {
    return static_cast<std::uint32_t>(mask((1u << priority_bits_) - 1, 0));
  }

  // highest_pending.cc
  PendingInterrupt find_highest_pending(CoreId core) const;
  void consider_word(const InterruptWord& word, const std::uint8_t* priority, unsigned first_intid,
                     std::uint32_t candidates, PendingInterrupt& best) const;
  bool is_routed_to(CoreId core, unsigned intid, Group group) const;
  bool participates(CoreId core, Group group) const;

  // cpu_interface.cc
  std::uint64_t read_physical(CoreId core, SysReg reg);
  void write_physical(CoreId core, SysReg reg, std::uint64_t value);
  std::uint8_t running_priority(CoreId core) const;
  bool can_preempt(CoreId core, const PendingInterrupt& interrupt) const;
  std::uint64_t acknowledge(CoreId core, Group group);
  void end_of_interrupt(CoreId core, Group group, unsigned intid);
  void deactivate(CoreId core, unsigned intid);
  void generate_sgi(CoreId core, IccSgi request, Group group);
  std::uint8_t group_priority_mask(CoreId core, Group group) const;
  std::uint64_t read_bpr(CoreId core, Group group) const;
  void write_bpr(CoreId core, Group group, std::uint64_t value);

  // virtual_interface.cc
  std::uint64_t read_virtual(CoreId core, SysReg reg);
  void write_virtual(CoreId core, SysReg reg, std::uint64_t value);
  int highest_pending_list_register(CoreId core) const;
  bool virtual_can_preempt(CoreId core, IchLr lr) const;
  std::uint8_t virtual_running_priority(CoreId core) const;
  std::uint8_t virtual_group_priority_mask(CoreId core, Group group) const;
  std::uint64_t virtual_acknowledge(CoreId core, Group group);
  std::uint8_t virtual_priority_drop(CoreId core);
  void virtual_end_of_interrupt(CoreId core, Group group, unsigned intid);
  void virtual_deactivate(CoreId core, unsigned intid);
  int find_active_list_register(CoreId core, unsigned intid) const;
  void deactivate_list_register(CoreId core, unsigned n);
  std::uint64_t read_virtual_bpr(CoreId core, Group group) const;
  void write_virtual_bpr(CoreId core, Group group, std::uint64_t value);
  void set_virtual_lines(CoreId core, Lines& lines) const;

  // hyp_interface.cc
  std::uint64_t read_hyp(CoreId core, SysReg reg) const;
  void write_hyp(CoreId core, SysReg reg, std::uint64_t value);
  std::uint64_t vtr() const;
  std::uint64_t misr(CoreId core) const;
  std::uint64_t eisr(CoreId core) const;
  std::uint64_t elrsr(CoreId core) const;
  std::uint64_t legal_vmcr(std::uint64_t value) const;
  std::uint64_t legal_list_register(std::uint64_t value) const;
  void increment_eoi_count(CoreId core);
  void update_maintenance(CoreId core);

  unsigned cores_;
  unsigned priority_bits_;
  unsigned list_registers_;
  std::uint8_t priority_mask_;
  GicState state_;
  std::array<Derived, kCoresMax> derived_;
  std::uint64_t changes_ = 0;
  Distributor distributor_;
  Redistributors redistributors_;
};

}  // namespace armature::platform
