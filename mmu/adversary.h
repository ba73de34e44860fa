// What an adversarial TLB remembers: its choices, and what the core used lately.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "mmu/context.h"
#include "sim/config/tlb_mode.h"

namespace armature::mmu {

struct Adversary {
  static constexpr unsigned kUsesMax = 16;
  struct Use {  // a miss that was answered
    std::uint64_t va = 0;
    std::uint64_t ttbr0 = 0, ttbr1 = 0, vttbr = 0;
    Regime regime = Regime::el10;
    bool operator==(const Use&) const = default;
  };

  TlbMode mode = TlbMode::normal;  // configuration, not saved
  const TranslationContext* context = nullptr;
  const bool* context_is_dirty = nullptr;

  Choices choices{};
  std::array<Use, kUsesMax> uses{};
  std::uint8_t next = 0;

  bool prefetches() const { return mode == TlbMode::prefetch || mode == TlbMode::stale; }
  static Use use_of(const TranslationContext& c, std::uint64_t va) {
    return {va, c.ttbr0, c.ttbr1, c.vttbr, c.regime};
  }
  void note(const TranslationContext& c, std::uint64_t va) {
    const Use use = use_of(c, va & ~0xfffull);
    for (const Use& known : uses) {
      if (known == use) return;
    }
    uses[next] = use;
    next = static_cast<std::uint8_t>((next + 1u) % kUsesMax);
  }
  void save(std::vector<std::uint8_t>& out) const;
  void load(std::span<const std::uint8_t>& in);
};

}  // namespace armature::mmu
