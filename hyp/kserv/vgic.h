// A VM's GICv3 (Arm IHI 0069): distributor, one redistributor a vCPU, and the list registers that carry
// its interrupts. One Security state, affinity routing only, no LPIs, 128 INTIDs. KCore keeps what a
// running vCPU changes without an exit (list registers, priority mask, active priorities); a vCPU's
// list registers are rebuilt before each entry (prepare) and read back after it (collect), so every
// change that KServ makes between is seen at the next entry.
//
// Functions that can make an interrupt deliverable return the set of vCPUs to notify.
#pragma once

#include <array>
#include <cstdint>

#include "hyp/abi/calls.h"
#include "hyp/abi/mailbox.h"
#include "hyp/kserv/lock.h"

namespace armature::kserv {

using VcpuSet = std::uint32_t;  // bit n: vCPU n

class Vgic {
 public:
  static constexpr unsigned kIntids = 128, kPrivate = 32;
  static constexpr std::uint64_t kDistributorBytes = 0x10000, kRedistributorBytes = 0x20000;

  void reset(unsigned vcpus, unsigned list_registers);

  // Guest accesses of 1, 2, 4 or 8 bytes; `offset` from the distributor, or from redistributor 0.
  std::uint64_t read_distributor(std::uint64_t offset, unsigned bytes);
  VcpuSet write_distributor(std::uint64_t offset, unsigned bytes, std::uint64_t value);
  std::uint64_t read_redistributor(std::uint64_t offset, unsigned bytes);
  VcpuSet write_redistributor(std::uint64_t offset, unsigned bytes, std::uint64_t value);
  VcpuSet send_sgi(unsigned from, abi::SgiRegister which, std::uint64_t value);

  // Level of a wire: PPIs of one vCPU, SPIs (vcpu is ignored).
  VcpuSet set_line(unsigned vcpu, unsigned intid, bool level);

  // Fills list registers and flags of the mailbox. Result: whether the virtual timer's interrupt is
  // asserted or in one of them, so that the physical one must be active while the vCPU runs.
  bool prepare(unsigned vcpu, abi::MailboxIn& in);
  void collect(unsigned vcpu, const abi::MailboxOut& out);
  // Something is waiting that would interrupt the vCPU, if its own mask lets it.
  bool has_pending(unsigned vcpu);

 private:
  static constexpr std::uint8_t kNobody = 0xff;
  struct Interrupt {
    bool enabled = false, group1 = false, edge = false;
    bool line = false, latch = false, active = false;
    std::uint8_t priority = 0;
    std::uint8_t target = kNobody;  // vCPU
    std::uint8_t holder = kNobody;  // vCPU that has it in a list register
    std::uint64_t route = 0;        // GICD_IROUTER, SPIs
    bool pending() const { return latch || (!edge && line); }
    bool is_idle() const { return !(line | latch | active); }  // most are, at every entry
  };
  struct Private {
    std::array<Interrupt, kPrivate> interrupts{};
    std::array<std::uint8_t, abi::kMaxListRegisters> held{};  // INTID + 1 in each list register
    bool asleep = true;                                       // GICR_WAKER
  };

  Interrupt& at(unsigned vcpu, unsigned intid) {
    return intid < kPrivate ? private_[vcpu].interrupts[intid] : shared_[intid - kPrivate];
  }
  bool deliverable(const Interrupt& i) const {
    return i.pending() && i.enabled && !i.active && (i.group1 ? enable_group1_ : enable_group0_);
  }
  VcpuSet notify(const Interrupt& i) const;
  VcpuSet notify_everyone() const { return (1u << vcpus_) - 1; }
  std::uint64_t read_registers(unsigned vcpu, bool is_private, std::uint64_t offset, unsigned bytes);
  VcpuSet write_registers(unsigned vcpu, bool is_private, std::uint64_t offset, unsigned bytes,
                          std::uint64_t value);
  VcpuSet write_bit(Interrupt& i, unsigned kind, bool value);
  void route_to(Interrupt& i, std::uint64_t route);

  Lock lock_;
  unsigned vcpus_ = 0, list_registers_ = 0;
  bool enable_group0_ = false, enable_group1_ = false;
  std::array<Private, abi::kMaxVcpus> private_{};
  std::array<Interrupt, kIntids - kPrivate> shared_{};
};

}  // namespace armature::kserv
