// A VM that resets itself for ever. Each life begins with memory that knows nothing of the one before.
#include "hyp/abi/guest.h"
#include "hyp/guests/guest.h"

namespace {
constexpr std::uint64_t kMemory = 0x4060'0000, kBytes = 2 << 20;  // behind the image
}

extern "C" void guest_main(std::uint64_t) {
  constexpr std::uint64_t kSystemReset = 0x8400'0009;
  std::uint64_t dirty = 0;
  for (std::uint64_t at = kMemory; at < kMemory + kBytes; at += 64) {
    auto* word = reinterpret_cast<volatile std::uint64_t*>(at);
    dirty += *guest::past_caches(word) != 0;
    dirty += *word != 0;
    *word = armature::abi::kGuestSecret;
  }
  guest::print("reset: ", dirty, " words were not zero");
  guest::hypercall(kSystemReset);
  guest::print("reset: FAILED, it goes on");
}
