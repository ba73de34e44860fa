// The state of a GICv3 with one Security state (GICD_CTLR.DS == 1), affinity routing always
// enabled, no LPIs. Plain data without padding: what save() writes is the object itself.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "sim/base/types.h"

namespace armature::platform {

inline constexpr unsigned kIntids = 256;         // SGIs 0-15, PPIs 16-31, SPIs 32-255
inline constexpr unsigned kPrivateIntids = 32;   // banked per core
inline constexpr unsigned kSpiWords = (kIntids - kPrivateIntids) / 32;
inline constexpr unsigned kListRegistersMax = 16;
inline constexpr unsigned kSpuriousIntid = 1023;
inline constexpr unsigned kMaintenanceIntid = 25;
inline constexpr std::uint8_t kIdlePriority = 0xff;

enum class Group : std::uint8_t { group0 = 0, group1 = 1 };
constexpr unsigned index(Group group) { return static_cast<unsigned>(group); }

// Thirty-two interrupts, one bit each.
struct InterruptWord {
  std::uint32_t group = 0;    // 1: Group 1
  std::uint32_t enabled = 0;
  std::uint32_t latch = 0;    // pending that an edge or a register write left behind
  std::uint32_t line = 0;     // level of the input
  std::uint32_t active = 0;
  std::uint32_t edge = 0;     // 1: edge-triggered

  bool operator==(const InterruptWord&) const = default;
  // Pending state of an interrupt: the latch, or for a level-sensitive one also its input.
  constexpr std::uint32_t pending() const { return latch | (line & ~edge); }
};

struct DistributorState {
  std::array<std::uint64_t, kIntids> router{};    // GICD_IROUTER<n>, n >= 32
  std::array<InterruptWord, kSpiWords> spi{};
  std::array<std::uint8_t, kIntids> priority{};   // GICD_IPRIORITYR bytes, n >= 32
  std::uint64_t ctlr = 0;

  bool operator==(const DistributorState&) const = default;
};

struct RedistributorState {
  InterruptWord word{};
  std::array<std::uint8_t, kPrivateIntids> priority{};
  std::uint64_t waker = 0;

  bool operator==(const RedistributorState&) const = default;
};

// ICC_*: index 0 of a pair belongs to Group 0, index 1 to Group 1.
struct CpuInterfaceState {
  std::uint64_t ctlr = 0;                  // ICC_CTLR_EL1, writable fields only
  std::array<std::uint32_t, 2> ap{};       // ICC_AP0R0_EL1, ICC_AP1R0_EL1
  std::array<std::uint8_t, 2> bpr{};       // ICC_BPR0_EL1, ICC_BPR1_EL1
  std::array<std::uint8_t, 2> enabled{};   // ICC_IGRPEN0_EL1, ICC_IGRPEN1_EL1
  std::uint32_t pmr = 0;                   // ICC_PMR_EL1

  bool operator==(const CpuInterfaceState&) const = default;
};

// ICH_*, which also holds what the ICV_* registers show.
struct VirtualInterfaceState {
  std::uint64_t hcr = 0;                   // ICH_HCR_EL2
  std::uint64_t vmcr = 0;                  // ICH_VMCR_EL2
  std::array<std::uint32_t, 2> ap{};       // ICH_AP0R0_EL2, ICH_AP1R0_EL2
  std::array<std::uint64_t, kListRegistersMax> lr{};

  bool operator==(const VirtualInterfaceState&) const = default;
};

struct GicCoreState {
  RedistributorState redistributor;
  CpuInterfaceState cpu;
  VirtualInterfaceState virt;

  bool operator==(const GicCoreState&) const = default;
};

struct GicState {
  DistributorState distributor;
  std::array<GicCoreState, kCoresMax> core{};

  bool operator==(const GicState&) const = default;
};
static_assert(std::has_unique_object_representations_v<GicState>);

}  // namespace armature::platform
