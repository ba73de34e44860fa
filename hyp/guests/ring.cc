// A ring shared with KServ: each vCPU grants a page, asks through it, and takes it back.
#include "hyp/abi/calls.h"
#include "hyp/abi/guest.h"
#include "hyp/guests/guest.h"

namespace {

using namespace armature;

constexpr unsigned kTurns = 8, kRequests = 200;
constexpr std::uint64_t kPageBytes = 4096;

struct alignas(4096) Page {
  volatile abi::RingPage ring;
  unsigned char rest[kPageBytes - sizeof(abi::RingPage)];
};
Page g_pages[guest::kMaxVcpus];
unsigned g_count = 0;
guest::Barrier g_barrier;
std::atomic<std::uint64_t> g_answers{0}, g_wrong{0};

void write64(std::uint64_t address, std::uint64_t value) {
  asm volatile("str %0, [%1]" : : "r"(value), "r"(address) : "memory");
}

bool call(abi::VmCall function, const Page& page) {
  return guest::hypercall(static_cast<std::uint64_t>(function),
                          reinterpret_cast<std::uint64_t>(&page), kPageBytes) == 0;
}

void ask(volatile abi::RingPage& ring, std::uint64_t bank, std::uint64_t seed) {
  const std::uint64_t first = ring.asked;
  for (unsigned n = 0; n < kRequests; ++n) {
    ring.request[(first + n) % abi::kRingSlots] = seed + n;
    ring.asked = first + n + 1;
    // A full ring, or the last request: KServ's turn.
    if ((n + 1) % abi::kRingSlots != 0 && n + 1 != kRequests) continue;
    write64(bank + abi::kRingDoorbell, 1);
    g_wrong += ring.answered != ring.asked;
    for (unsigned k = n - n % abi::kRingSlots; k <= n; ++k) {
      g_wrong += ring.answer[(first + k) % abi::kRingSlots] != abi::ring_answer(seed + k);
      ++g_answers;
    }
  }
}

void work(unsigned vcpu) {
  Page& page = g_pages[vcpu];
  const std::uint64_t bank = abi::kRingBase + vcpu * abi::kRingBankBytes;
  g_barrier.wait(g_count);
  for (unsigned turn = 0; turn < kTurns; ++turn) {
    page.ring.asked = 0;
    page.ring.answered = 0;
    if (!call(abi::VmCall::grant, page)) guest::print("ring: FAILED, no grant for vCPU ", vcpu);
    write64(bank + abi::kRingPage, reinterpret_cast<std::uint64_t>(&page));
    ask(page.ring, bank, turn * 1000 + vcpu);
    write64(bank + abi::kRingPage, 0);
    if (!call(abi::VmCall::revoke, page)) guest::print("ring: FAILED, no revoke for vCPU ", vcpu);
    // Private again, and what was said in it is still there.
    g_wrong += page.ring.answered != kRequests;
    // What is not granted cannot be revoked.
    g_wrong += call(abi::VmCall::revoke, page);
  }
  g_barrier.wait(g_count);
}

}  // namespace

extern "C" void guest_main(std::uint64_t vcpus) {
  g_count = static_cast<unsigned>(vcpus);
  guest::start_others(g_count, work);
  work(0);
  guest::print("ring: ", g_answers.load(), " answers, ", g_wrong.load(), " wrong");
  guest::print(g_wrong == 0 ? "ring: done" : "ring: FAILED");
}
