// A VM that reaches behind its memory: it gets an exception and nobody else notices.
#include "hyp/guests/guest.h"

extern "C" void guest_main(std::uint64_t) {
  guest::print("crash: now");
  // Stage 1 maps it; a VM of less than 512 MiB has nothing there.
  const auto* nowhere = reinterpret_cast<const volatile std::uint64_t*>(0x6000'0000);
  guest::print("crash: FAILED, there was ", *nowhere);
}
