// Every way in which pages and vCPUs change hands, in as few instructions as possible (three vCPUs): what
// checkers of the hypervisor are tried on.
#include "hyp/abi/calls.h"
#include "hyp/abi/guest.h"
#include "hyp/guests/guest.h"

extern "C" std::uint8_t guest_end[];

namespace {

using namespace armature;

constexpr std::uint64_t kPageBytes = 4096;
constexpr unsigned kFreshPages = 4;

struct alignas(kPageBytes) RingAlone {
  volatile abi::RingPage ring;
  unsigned char rest[kPageBytes - sizeof(abi::RingPage)];
};
RingAlone g_granted;
std::atomic<unsigned> g_here{0}, g_gone{0}, g_wrong{0};

// Both vCPUs run on a core of their own: they wait awake, so that they go on in the same moment.
void meet(unsigned round) {
  ++g_here;
  while (g_here < 2 * (round + 1)) {
  }
}

// Two vCPUs touch the same page for the first time at once: KServ offers memory to both, KCore takes one.
void touch_fresh_pages() {
  const auto end = reinterpret_cast<std::uint64_t>(guest_end);
  auto* word = reinterpret_cast<std::atomic<std::uint64_t>*>((end + kPageBytes - 1) & ~(kPageBytes - 1));
  for (unsigned n = 0; n < kFreshPages; ++n, word += kPageBytes / sizeof(*word)) {
    meet(2 * n);
    word->fetch_add(1);
    meet(2 * n + 1);
    if (*word != 2) ++g_wrong;
  }
}

void second(unsigned) {
  touch_fresh_pages();
  ++g_gone;
}

// After the second has left its core: another vCPU of this VM comes to that core.
void third(unsigned) { ++g_gone; }

void write64(std::uint64_t address, std::uint64_t value) {
  asm volatile("str %0, [%1]" : : "r"(value), "r"(address) : "memory");
}

std::int64_t call(abi::VmCall function) {
  return guest::hypercall(static_cast<std::uint64_t>(function), reinterpret_cast<std::uint64_t>(&g_granted), kPageBytes);
}

// A page is granted, KServ reads and writes it, and it is revoked (kserv.ring=on).
void ask_kserv() {
  volatile abi::RingPage& ring = g_granted.ring;
  ring.request[0] = 7;
  ring.asked = 1;
  if (call(abi::VmCall::grant) != 0) ++g_wrong;
  write64(abi::kRingBase + abi::kRingPage, reinterpret_cast<std::uint64_t>(&g_granted));
  write64(abi::kRingBase + abi::kRingDoorbell, 1);
  write64(abi::kRingBase + abi::kRingPage, 0);
  if (call(abi::VmCall::revoke) != 0) ++g_wrong;
  if (ring.answered != 1 || ring.answer[0] != abi::ring_answer(7)) ++g_wrong;
}

void wait_for_gone(unsigned count) {
  while (g_gone < count) {
  }
}

}  // namespace

extern "C" void guest_main(std::uint64_t) {
  guest::start(1, second);
  touch_fresh_pages();
  ask_kserv();
  wait_for_gone(1);
  guest::start(2, third);
  wait_for_gone(2);
  guest::print(g_wrong == 0 ? "tour: done" : "tour: FAILED");
}
