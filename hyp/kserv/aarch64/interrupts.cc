// Physical interrupts: GICv3 without interrupt exceptions. While a VM runs they end its stay (KCore);
// in KServ they stay pending until serve_interrupts(), and WFI ends although they are masked.
#include "hyp/kserv/aarch64/core.h"
#include "hyp/kserv/aarch64/registers.h"
#include "hyp/kserv/exits.h"

#define ICC_PMR_EL1     S3_0_C4_C6_0
#define ICC_IAR1_EL1    S3_0_C12_C12_0
#define ICC_EOIR1_EL1   S3_0_C12_C12_1
#define ICC_SGI1R_EL1   S3_0_C12_C11_5
#define ICC_CTLR_EL1    S3_0_C12_C12_4
#define ICC_SRE_EL1     S3_0_C12_C12_5
#define ICC_IGRPEN1_EL1 S3_0_C12_C12_7

namespace armature::kserv::aarch64 {
namespace {

// Distributor, and at the same offsets of a redistributor's SGI frame.
constexpr std::uint64_t GICD_CTLR = 0, IGROUPR = 0x80, ISENABLER = 0x100, ICENABLER = 0x180,
                        ISACTIVER = 0x300, ICACTIVER = 0x380, IPRIORITYR = 0x400, GICD_IROUTER = 0x6000;
constexpr std::uint64_t GICR_TYPER = 8, GICR_WAKER = 0x14, kSgiFrame = 0x10000, kFrameBytes = 0x20000;
constexpr std::uint32_t kEnableGroup1 = 1 << 1, kAffinityRouting = 1 << 4, kWritePending = 1u << 31;
constexpr std::uint32_t kProcessorSleep = 1 << 1, kChildrenAsleep = 1 << 2;
constexpr std::uint64_t kLast = 1 << 4;

constexpr unsigned kKick = 0;              // SGI
constexpr unsigned kMaintenance = 25, kVirtualTimer = 27, kPhysicalTimer = 30;
constexpr unsigned kFirstSpecial = 1020;

std::uint64_t sgi_frame() {
  return g_board.cores[machine::this_core()].redistributor + kSgiFrame;
}

// PL011
constexpr std::uint64_t DR = 0, FR = 0x18, LCR_H = 0x2c, CR = 0x30, IMSC = 0x38, ICR = 0x44;
constexpr std::uint32_t kReceiveEmpty = 1 << 4, kTransmitFull = 1 << 5;
constexpr std::uint32_t kReceiveInterrupts = 1 << 4 | 1 << 6;

void drain(unsigned uart) {
  const std::uint64_t base = g_board.uarts[uart].base;
  write32(base + ICR, kReceiveInterrupts);
  while ((read32(base + FR) & kReceiveEmpty) == 0) {
    receive(uart, static_cast<char>(read32(base + DR)));
  }
}

}  // namespace

void send_character(unsigned uart, char c) {
  const std::uint64_t base = g_board.uarts[uart].base;
  if (base == 0) return;
  while ((read32(base + FR) & kTransmitFull) != 0) {
  }
  write32(base + DR, static_cast<std::uint8_t>(c));
}

void open_uarts() {
  constexpr std::uint32_t kEightBitsFifo = 0x70, kEnableBoth = 0x301;
  for (unsigned n = 0; n < g_board.uart_count; ++n) {
    const std::uint64_t base = g_board.uarts[n].base;
    write32(base + LCR_H, kEightBitsFifo);
    write32(base + CR, kEnableBoth);
    write32(base + IMSC, kReceiveInterrupts);
  }
}

void open_distributor() {
  const std::uint64_t gicd = g_board.distributor;
  write32(gicd + GICD_CTLR, kAffinityRouting | kEnableGroup1);
  while ((read32(gicd + GICD_CTLR) & kWritePending) != 0) {
  }
  // UART interrupts go to core 0.
  for (unsigned n = 0; n < g_board.uart_count; ++n) {
    const std::uint32_t intid = g_board.uarts[n].intid;
    const std::uint64_t word = intid / 32 * 4;
    const std::uint32_t bit = 1u << intid % 32;
    write32(gicd + IGROUPR + word, read32(gicd + IGROUPR + word) | bit);
    write64(gicd + GICD_IROUTER + 8ull * intid, g_board.cores[0].affinity);
    write32(gicd + ISENABLER + word, bit);
  }
}

void open_core_interrupts(Core& core) {
  for (std::uint64_t frame = g_board.redistributors.base;; frame += kFrameBytes) {
    const std::uint64_t type = read64(frame + GICR_TYPER);
    const std::uint64_t affinity = type >> 32;  // Aff3.Aff2.Aff1.Aff0
    const std::uint64_t own = (core.affinity & 0xff'ffff) | (core.affinity >> 32 & 0xff) << 24;
    if (affinity == own) core.redistributor = frame;
    if (affinity == own || (type & kLast) != 0) break;
  }
  const std::uint64_t base = core.redistributor;
  write32(base + GICR_WAKER, read32(base + GICR_WAKER) & ~kProcessorSleep);
  while ((read32(base + GICR_WAKER) & kChildrenAsleep) != 0) {
  }
  const std::uint64_t sgi = base + kSgiFrame;
  write32(sgi + ICENABLER, ~0u);
  write32(sgi + ICACTIVER, ~0u);
  write32(sgi + IGROUPR, ~0u);
  for (unsigned n = 0; n < 32; n += 4) write32(sgi + IPRIORITYR + n, 0xa0a0a0a0);
  write32(sgi + ISENABLER, 1u << kKick | 1u << kMaintenance | 1u << kVirtualTimer | 1u << kPhysicalTimer);

  KSERV_WRITE_REGISTER(ICC_SRE_EL1, 0b111);
  asm volatile("isb");  // SRE decides whether the next accesses exist
  KSERV_WRITE_REGISTER(ICC_PMR_EL1, 0xff);
  KSERV_WRITE_REGISTER(ICC_CTLR_EL1, 0);  // EOIR drops the priority and deactivates
  KSERV_WRITE_REGISTER(ICC_IGRPEN1_EL1, 1);
  KSERV_WRITE_REGISTER(CNTP_CTL_EL0, 0);
  asm volatile("isb");
}

}  // namespace armature::kserv::aarch64

namespace armature::kserv::machine {

using namespace aarch64;

void serve_interrupts() {
  for (;;) {
    const auto intid = static_cast<unsigned>(KSERV_READ_REGISTER(ICC_IAR1_EL1) & 0xff'ffff);
    if (intid >= kFirstSpecial && intid <= 1023) return;
    // The acknowledge is done before the device is looked at.
    asm volatile("dsb sy" ::: "memory");
    if (intid == kPhysicalTimer) {
      KSERV_WRITE_REGISTER(CNTP_CTL_EL0, 0);
      asm volatile("isb");
    } else {
      for (unsigned n = 0; n < g_board.uart_count; ++n) {
        if (g_board.uarts[n].intid == intid) drain(n);
      }
    }
    KSERV_WRITE_REGISTER(ICC_EOIR1_EL1, intid);
    asm volatile("isb");
  }
}

void set_timer(std::uint64_t deadline) {
  if (deadline == kForever) {
    KSERV_WRITE_REGISTER(CNTP_CTL_EL0, 0);
  } else {
    KSERV_WRITE_REGISTER(CNTP_CVAL_EL0, deadline);
    KSERV_WRITE_REGISTER(CNTP_CTL_EL0, 1);
  }
  asm volatile("isb");  // before what may wait for it: WFI or the VM
}

void set_virtual_timer_active(bool active) {
  write32(sgi_frame() + (active ? ISACTIVER : ICACTIVER), 1u << kVirtualTimer);
  // The redistributor has it before the VM enables the timer.
  asm volatile("dsb sy" ::: "memory");
}

void kick(unsigned core) {
  // Stores that the other core has to see come before the interrupt.
  asm volatile("dsb ish" ::: "memory");
  const std::uint64_t a = g_board.cores[core].affinity;
  const std::uint64_t value = (a >> 32 & 0xff) << 48 | (a >> 16 & 0xff) << 32 | (a >> 8 & 0xff) << 16 |
                              (a >> 4 & 0xf) << 44 | std::uint64_t{kKick} << 24 | 1ull << (a & 0xf);
  KSERV_WRITE_REGISTER(ICC_SGI1R_EL1, value);
  asm volatile("isb");
}

}  // namespace armature::kserv::machine
