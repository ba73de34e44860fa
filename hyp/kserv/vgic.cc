#include "hyp/kserv/vgic.h"

#include "hyp/abi/calls.h"

namespace armature::kserv {
namespace {

// GICD_*, and at the same offsets of the SGI frame GICR_*.
enum Offset : std::uint64_t {
  CTLR = 0x0, TYPER = 0x4, IIDR = 0x8,
  IGROUPR = 0x80, ISENABLER = 0x100, ICENABLER = 0x180, ISPENDR = 0x200, ICPENDR = 0x280,
  ISACTIVER = 0x300, ICACTIVER = 0x380, IPRIORITYR = 0x400, IPRIORITYR_end = 0x800,
  ICFGR = 0xc00, ICFGR_end = 0xd00, IROUTER = 0x6000, IROUTER_end = 0x8000, PIDR2 = 0xffe8,
  GICR_IIDR = 0x4, GICR_TYPER = 0x8, GICR_WAKER = 0x14, SGI_base = 0x10000,
};
constexpr std::uint64_t kEnableGroup0 = 1, kEnableGroup1 = 2, kAffinityRouting = 1 << 4,
                        kSingleSecurityState = 1 << 6;
constexpr std::uint64_t kImplementer = 0x43b;  // Arm
constexpr std::uint64_t kArchitectureV3 = 0x3b;
constexpr std::uint64_t kIdBits10 = 9 << 19, kNo1N = 1 << 25;
constexpr std::uint64_t kLastRedistributor = 1 << 4, kAnyCore = 1ull << 31;
constexpr std::uint64_t kProcessorSleep = 1 << 1, kChildrenAsleep = 1 << 2;
constexpr unsigned kSgis = 16;

// ICH_LR<n>_EL2
constexpr unsigned kStateShift = 62, kPriorityShift = 48, kPhysicalShift = 32;
constexpr std::uint64_t kPendingState = 1ull << 62, kActiveState = 1ull << 63, kHw = 1ull << 61,
                        kGroup1 = 1ull << 60, kIntidMask = 0x3ff;

bool within(std::uint64_t offset, std::uint64_t begin, std::uint64_t end) {
  return offset >= begin && offset < end;
}

// 32-bit halves of a 64-bit register.
std::uint64_t part_of(std::uint64_t value, std::uint64_t offset, unsigned bytes) {
  const std::uint64_t shifted = value >> (8 * (offset & 7));
  return bytes == 8 ? value : shifted & ((1ull << (8 * bytes)) - 1);
}
std::uint64_t with_part(std::uint64_t old, std::uint64_t offset, unsigned bytes,
                        std::uint64_t value) {
  if (bytes == 8) return value;
  const unsigned shift = 8 * (offset & 7);
  const std::uint64_t mask = ((1ull << (8 * bytes)) - 1) << shift;
  return (old & ~mask) | (value << shift & mask);
}

}  // namespace

void Vgic::reset(unsigned vcpus, unsigned list_registers) {
  const Guard guard(lock_);
  vcpus_ = vcpus;
  list_registers_ = list_registers < abi::kMaxListRegisters ? list_registers : abi::kMaxListRegisters;
  enable_group0_ = enable_group1_ = false;
  for (unsigned v = 0; v < abi::kMaxVcpus; ++v) {
    private_[v] = Private{};
    for (unsigned n = 0; n < kPrivate; ++n) {
      private_[v].interrupts[n].target = static_cast<std::uint8_t>(v);
      private_[v].interrupts[n].edge = n < kSgis;
    }
  }
  shared_ = {};
  for (auto& i : shared_) i.target = 0;
}

VcpuSet Vgic::notify(const Interrupt& i) const {
  return deliverable(i) && i.target != kNobody ? 1u << i.target : 0;
}

void Vgic::route_to(Interrupt& i, std::uint64_t route) {
  i.route = route & (0xff'00ff'ffff | kAnyCore);
  // CHOICE: 1 of N is vCPU 0 (GICD_TYPER.No1N says that it is not supported).
  if ((i.route & kAnyCore) != 0) i.target = 0;
  else i.target = i.route < vcpus_ ? static_cast<std::uint8_t>(i.route) : kNobody;
}

// `kind` is the register's offset, one of those with a bit for each interrupt.
VcpuSet Vgic::write_bit(Interrupt& i, unsigned kind, bool value) {
  if (kind == IGROUPR) {
    i.group1 = value;
    return notify(i);
  }
  if (!value) return 0;
  // A change of what another vCPU has in its list registers needs that vCPU's next entry.
  const VcpuSet held_by = i.holder != kNobody ? 1u << i.holder : 0;
  switch (kind) {
    case ISENABLER: i.enabled = true; return notify(i);
    case ICENABLER: i.enabled = false; return held_by;
    case ISPENDR: i.latch = true; return notify(i) | held_by;
    case ICPENDR: i.latch = false; return held_by;
    case ISACTIVER: i.active = true; return held_by;
    case ICACTIVER: i.active = false; return held_by | notify(i);
    default: return 0;
  }
}

std::uint64_t Vgic::read_registers(unsigned vcpu, bool is_private, std::uint64_t offset,
                                   unsigned bytes) {
  const auto own = [&](unsigned intid) {
    return intid < kIntids && (intid < kPrivate) == is_private;
  };
  std::uint64_t value = 0;
  if (within(offset, IGROUPR, IPRIORITYR)) {
    const auto kind = static_cast<unsigned>(offset & ~std::uint64_t{0x7f});
    const unsigned first = static_cast<unsigned>(offset & 0x7f) * 8;
    for (unsigned n = 0; n < bytes * 8; ++n) {
      if (!own(first + n)) continue;
      const Interrupt& i = at(vcpu, first + n);
      bool bit = false;
      switch (kind) {
        case IGROUPR: bit = i.group1; break;
        case ISENABLER: case ICENABLER: bit = i.enabled; break;
        case ISPENDR: case ICPENDR: bit = i.pending(); break;
        case ISACTIVER: case ICACTIVER: bit = i.active; break;
        default: break;
      }
      value |= std::uint64_t{bit} << n;
    }
  } else if (within(offset, IPRIORITYR, IPRIORITYR_end)) {
    for (unsigned n = 0; n < bytes; ++n) {
      const auto intid = static_cast<unsigned>(offset - IPRIORITYR) + n;
      if (own(intid)) value |= std::uint64_t{at(vcpu, intid).priority} << (8 * n);
    }
  } else if (within(offset, ICFGR, ICFGR_end)) {
    const auto first = static_cast<unsigned>(offset - ICFGR) * 4;
    for (unsigned n = 0; n < bytes * 4; ++n) {
      if (own(first + n) && at(vcpu, first + n).edge) value |= 0b10ull << (2 * n);
    }
  }
  return value;
}

VcpuSet Vgic::write_registers(unsigned vcpu, bool is_private, std::uint64_t offset, unsigned bytes,
                              std::uint64_t value) {
  const auto own = [&](unsigned intid) {
    return intid < kIntids && (intid < kPrivate) == is_private;
  };
  VcpuSet notified = 0;
  if (within(offset, IGROUPR, IPRIORITYR)) {
    const auto kind = static_cast<unsigned>(offset & ~std::uint64_t{0x7f});
    const unsigned first = static_cast<unsigned>(offset & 0x7f) * 8;
    for (unsigned n = 0; n < bytes * 8; ++n) {
      if (own(first + n)) notified |= write_bit(at(vcpu, first + n), kind, (value >> n & 1) != 0);
    }
  } else if (within(offset, IPRIORITYR, IPRIORITYR_end)) {
    for (unsigned n = 0; n < bytes; ++n) {
      const auto intid = static_cast<unsigned>(offset - IPRIORITYR) + n;
      // 32 levels, as the list registers of KCore's machines have at least.
      if (own(intid)) at(vcpu, intid).priority = static_cast<std::uint8_t>(value >> (8 * n)) & 0xf8;
    }
  } else if (within(offset, ICFGR, ICFGR_end)) {
    const auto first = static_cast<unsigned>(offset - ICFGR) * 4;
    for (unsigned n = 0; n < bytes * 4; ++n) {
      // SGIs are edge-triggered for ever.
      if (own(first + n) && first + n >= kSgis) {
        at(vcpu, first + n).edge = (value >> (2 * n) & 0b10) != 0;
      }
    }
  }
  return notified;
}

std::uint64_t Vgic::read_distributor(std::uint64_t offset, unsigned bytes) {
  const Guard guard(lock_);
  switch (offset) {
    case CTLR:
      return (enable_group0_ ? kEnableGroup0 : 0) | (enable_group1_ ? kEnableGroup1 : 0) |
             kAffinityRouting | kSingleSecurityState;
    case TYPER: return (kIntids / 32 - 1) | kIdBits10 | kNo1N;
    case IIDR: return kImplementer;
    case PIDR2: return kArchitectureV3;
    default: break;
  }
  if (within(offset, IROUTER, IROUTER_end)) {
    const auto intid = static_cast<unsigned>((offset - IROUTER) / 8);
    if (intid < kPrivate || intid >= kIntids) return 0;
    return part_of(at(0, intid).route, offset, bytes);
  }
  return read_registers(0, false, offset, bytes);
}

VcpuSet Vgic::write_distributor(std::uint64_t offset, unsigned bytes, std::uint64_t value) {
  const Guard guard(lock_);
  if (offset == CTLR) {
    enable_group0_ = (value & kEnableGroup0) != 0;
    enable_group1_ = (value & kEnableGroup1) != 0;
    return notify_everyone();
  }
  if (within(offset, IROUTER, IROUTER_end)) {
    const auto intid = static_cast<unsigned>((offset - IROUTER) / 8);
    if (intid < kPrivate || intid >= kIntids) return 0;
    Interrupt& i = at(0, intid);
    route_to(i, with_part(i.route, offset, bytes, value));
    return notify(i);
  }
  return write_registers(0, false, offset, bytes, value);
}

std::uint64_t Vgic::read_redistributor(std::uint64_t offset, unsigned bytes) {
  const Guard guard(lock_);
  const auto vcpu = static_cast<unsigned>(offset / kRedistributorBytes);
  if (vcpu >= vcpus_) return 0;
  offset %= kRedistributorBytes;
  if (offset >= SGI_base) return read_registers(vcpu, true, offset - SGI_base, bytes);
  switch (offset) {
    case GICR_IIDR: return kImplementer;
    case GICR_TYPER: case GICR_TYPER + 4:
      return part_of(std::uint64_t{vcpu} << 32 | vcpu << 8 |
                         (vcpu == vcpus_ - 1 ? kLastRedistributor : 0), offset, bytes);
    case GICR_WAKER: return private_[vcpu].asleep ? kProcessorSleep | kChildrenAsleep : 0;
    case PIDR2: return kArchitectureV3;
    default: return 0;
  }
}

VcpuSet Vgic::write_redistributor(std::uint64_t offset, unsigned bytes, std::uint64_t value) {
  const Guard guard(lock_);
  const auto vcpu = static_cast<unsigned>(offset / kRedistributorBytes);
  if (vcpu >= vcpus_) return 0;
  offset %= kRedistributorBytes;
  if (offset >= SGI_base) return write_registers(vcpu, true, offset - SGI_base, bytes, value);
  if (offset == GICR_WAKER) private_[vcpu].asleep = (value & kProcessorSleep) != 0;
  return 0;
}

// ICC_SGI1R_EL1: TargetList 15:0, Aff1 23:16, INTID 27:24, Aff2 39:32, IRM 40, RS 47:44, Aff3 55:48.
// With one Security state SGI1R makes interrupts of either group, the others only of group 0.
VcpuSet Vgic::send_sgi(unsigned from, abi::SgiRegister which, std::uint64_t value) {
  const Guard guard(lock_);
  const unsigned intid = value >> 24 & 0xf;
  VcpuSet targets = 0;
  if ((value >> 40 & 1) != 0) {
    targets = notify_everyone() & ~(1u << from);
  } else if ((value >> 16 & 0xff) == 0 && (value >> 32 & 0xff) == 0 && (value >> 44 & 0xf) == 0 &&
             (value >> 48 & 0xff) == 0) {
    targets = static_cast<VcpuSet>(value & 0xffff) & notify_everyone();
  }
  VcpuSet notified = 0;
  for (unsigned v = 0; v < vcpus_; ++v) {
    if ((targets >> v & 1) == 0) continue;
    Interrupt& i = at(v, intid);
    if (which != abi::SgiRegister::icc_sgi1r && i.group1) continue;
    i.latch = true;
    notified |= notify(i);
  }
  return notified;
}

VcpuSet Vgic::set_line(unsigned vcpu, unsigned intid, bool level) {
  const Guard guard(lock_);
  Interrupt& i = at(vcpu, intid);
  if (i.line == level) return 0;
  i.line = level;
  if (level && i.edge) i.latch = true;
  // While it is active, a new level still has to get into its list register.
  const VcpuSet held_by = i.holder != kNobody ? 1u << i.holder : 0;
  return notify(i) | held_by;
}

bool Vgic::has_pending(unsigned vcpu) {
  const Guard guard(lock_);
  for (unsigned n = 0; n < kIntids; ++n) {
    const Interrupt& i = at(vcpu, n);
    if (!i.is_idle() && i.target == vcpu && deliverable(i)) return true;
  }
  return false;
}

bool Vgic::prepare(unsigned vcpu, abi::MailboxIn& in) {
  const Guard guard(lock_);
  // Active interrupts come first: the vCPU will end them. Then by priority, lowest INTID first.
  struct Candidate {
    unsigned intid, rank;
  };
  std::array<Candidate, abi::kMaxListRegisters> chosen{};
  unsigned count = 0;
  bool overflow = false;
  for (unsigned n = 0; n < kIntids; ++n) {
    const Interrupt& i = at(vcpu, n);
    if (i.is_idle() || i.target != vcpu || i.holder != kNobody) continue;
    if (!i.active && !deliverable(i)) continue;
    const unsigned rank = i.active ? 0 : 1u + i.priority;
    unsigned place = count;
    while (place > 0 && chosen[place - 1].rank > rank) --place;
    if (count == list_registers_) overflow = true;
    if (place == list_registers_) continue;
    if (count < list_registers_) ++count;
    for (unsigned k = count - 1; k > place; --k) chosen[k] = chosen[k - 1];
    chosen[place] = {n, rank};
  }

  // Also when it cannot be delivered, because the VM has not enabled it: the wire would end every
  // stay at once.
  bool timer = at(vcpu, abi::kVirtualTimerIntid).line;
  Private& own = private_[vcpu];
  own.held = {};
  for (auto& lr : in.list_registers) lr = 0;
  for (unsigned k = 0; k < count; ++k) {
    const unsigned intid = chosen[k].intid;
    Interrupt& i = at(vcpu, intid);
    const bool is_hardware = intid == abi::kVirtualTimerIntid;
    // The hardware keeps the pending state of an interrupt of its own, so that one is never both.
    const bool pends = i.pending() && i.enabled && !(is_hardware && i.active);
    std::uint64_t lr = intid | std::uint64_t{i.priority} << kPriorityShift;
    if (i.group1) lr |= kGroup1;
    if (pends) lr |= kPendingState;
    if (i.active) lr |= kActiveState;
    if (is_hardware) lr |= kHw | std::uint64_t{intid} << kPhysicalShift;
    timer = timer || is_hardware;
    // The list register carries the edge from here on.
    if (pends && i.edge) i.latch = false;
    i.holder = static_cast<std::uint8_t>(vcpu);
    own.held[k] = static_cast<std::uint8_t>(intid + 1);
    in.list_registers[k] = lr;
  }
  in.list_register_count = count;
  in.gic_flags = overflow ? abi::kGicUnderflow : 0;
  return timer;
}

void Vgic::collect(unsigned vcpu, const abi::MailboxOut& out) {
  const Guard guard(lock_);
  Private& own = private_[vcpu];
  for (unsigned k = 0; k < abi::kMaxListRegisters; ++k) {
    if (own.held[k] == 0) continue;
    const unsigned intid = own.held[k] - 1u;
    Interrupt& i = at(vcpu, intid);
    own.held[k] = 0;
    i.holder = kNobody;
    const std::uint64_t lr = out.list_registers[k];
    // What KCore hands back is its own; still, only what was put in can come out.
    if ((lr & kIntidMask) != intid && lr >> kStateShift != 0) continue;
    i.active = (lr & kActiveState) != 0;
    const bool pends = (lr & kPendingState) != 0;
    if (i.edge) i.latch = i.latch || pends;
    else if (!pends) i.latch = false;  // taken; the wire alone makes it pending again
  }
}

}  // namespace armature::kserv
