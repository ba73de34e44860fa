// TLB maintenance operations of Armv8.0 and their scope as captured at issue.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/base/types.h"

namespace armature::tlb {

// Without the IS suffix: whether an operation is broadcast is a member of Invalidation.
enum class TlbiOp : std::uint8_t {
  vmalle1,
  vae1,
  aside1,
  vaae1,
  vale1,
  vaale1,  // EL1&0 stage 1 (and combined), current VMID
  ipas2e1,
  ipas2le1,
  vmalls12e1,
  alle1,  // EL1&0, issued at EL2
  alle2,
  vae2,
  vale2,  // EL2
  count
};
std::string_view tlbi_op_name(TlbiOp op);  // "VAE1", ...

// An invalidation with everything that decides what it removes; state of the shootdown queue.
struct Invalidation {
  TlbiOp op = TlbiOp::vmalle1;
  bool broadcast = false;     // IS form, or HCR_EL2.FB applied to an EL1 operation
  std::uint64_t operand = 0;  // Xt as issued
  Vmid vmid{};                // current VMID at issue (0 when EL2 is not implemented)
  CoreId issuer{};
  std::uint64_t sequence = 0;  // of the tlbi event
  std::uint16_t delivered = 0;  // cores that have applied it already; adversarial modes only

  bool operator==(const Invalidation&) const = default;
};

}  // namespace armature::tlb
