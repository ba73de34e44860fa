#include "hyp/kserv/ring.h"

namespace armature::kserv {

void Ring::set_page(unsigned vcpu, std::optional<std::uint64_t> page) {
  banks_[vcpu] = {page.value_or(0), 0};
}

void Ring::serve(unsigned vcpu) {
  Bank& bank = banks_[vcpu];
  if (bank.page == 0) return;
  auto* ring = reinterpret_cast<volatile abi::RingPage*>(bank.page);
  const std::uint64_t asked = ring->asked;
  if (asked - bank.answered > abi::kRingSlots) return;
  while (bank.answered != asked) {
    const std::uint64_t slot = bank.answered % abi::kRingSlots;
    ring->answer[slot] = abi::ring_answer(ring->request[slot]);
    ++bank.answered;
  }
  ring->answered = bank.answered;
}

}  // namespace armature::kserv
