// A secret in memory and in registers that must neither change nor show. The guest says when it is in
// place (GuestCall::settled) and then looks again and again until KServ lets it end; an honest KServ
// does so at once.
#include "hyp/abi/calls.h"
#include "hyp/abi/guest.h"
#include "hyp/guests/guest.h"

extern "C" std::uint8_t guest_end[];
extern "C" std::uint64_t guest_changed_registers(std::uint64_t secret, std::uint64_t function);

namespace {

using namespace armature;

#ifndef SECRET_BYTES
#define SECRET_BYTES (2 << 20)
#endif
constexpr std::uint64_t kBytes = SECRET_BYTES;  // of each vCPU, behind the image
constexpr std::uint64_t kBlockBytes = 2 << 20;
constexpr unsigned kStep = 16;             // words: every second cache line
unsigned g_count = 0;
guest::Barrier g_barrier;
std::atomic<bool> g_may_end{false};
std::atomic<std::uint64_t> g_wrong{0}, g_registers{0}, g_rounds{0};

// KServ may read this page now, and never again.
alignas(4096) volatile std::uint64_t g_shared[512];

volatile std::uint64_t* part(unsigned vcpu) {
  const auto end = reinterpret_cast<std::uint64_t>(guest_end);
  const std::uint64_t start = (end + kBlockBytes - 1) & ~(kBlockBytes - 1);
  return reinterpret_cast<volatile std::uint64_t*>(start + kBytes * vcpu);
}

void look(unsigned vcpu) {
  const volatile std::uint64_t* own = part(vcpu);
  std::uint64_t wrong = 0;
  for (std::uint64_t n = 0; n < kBytes / 8; n += kStep) wrong += own[n] != abi::kGuestSecret;
  for (const volatile std::uint64_t& word : g_shared) wrong += word != abi::kGuestSecret;
  g_wrong += wrong;
  g_registers += guest_changed_registers(abi::kGuestSecret,
                                         static_cast<std::uint64_t>(abi::GuestCall::nothing));
}

void share_for_a_moment() {
  const auto gpa = reinterpret_cast<std::uint64_t>(&g_shared);
  guest::hypercall(static_cast<std::uint64_t>(abi::VmCall::grant), gpa, sizeof(g_shared));
  guest::hypercall(static_cast<std::uint64_t>(abi::GuestCall::granted) | gpa >> 12 << 32);
  const std::int64_t result =
      guest::hypercall(static_cast<std::uint64_t>(abi::VmCall::revoke), gpa, sizeof(g_shared));
  if (result != 0) guest::print("secret: FAILED, no revoke");
  for (volatile std::uint64_t& word : g_shared) word = abi::kGuestSecret;
}

void work(unsigned vcpu) {
  if (vcpu == 0) share_for_a_moment();
  volatile std::uint64_t* own = part(vcpu);
  for (std::uint64_t n = 0; n < kBytes / 8; n += kStep) own[n] = abi::kGuestSecret;
  g_barrier.wait(g_count);
  if (vcpu == 0) guest::hypercall(static_cast<std::uint64_t>(abi::GuestCall::settled));
  do {
    look(vcpu);
    // Waiting so often gives the core to KServ for a moment.
    for (unsigned n = 0; n < 5; ++n) asm volatile("wfi");
    if (vcpu != 0) continue;
    ++g_rounds;
    if (guest::hypercall(static_cast<std::uint64_t>(abi::GuestCall::may_end)) != 0) g_may_end = true;
  } while (!g_may_end);
  g_barrier.wait(g_count);
  look(vcpu);
  g_barrier.wait(g_count);
}

}  // namespace

extern "C" void guest_main(std::uint64_t vcpus) {
  g_count = static_cast<unsigned>(vcpus);
  guest::start_others(g_count, work);
  work(0);
  guest::print("secret: ", g_wrong.load(), " words changed, ", g_registers.load(), " registers changed");
  guest::print(g_rounds != 0 && g_wrong == 0 && g_registers == 0 ? "secret: done" : "secret: FAILED");
}
