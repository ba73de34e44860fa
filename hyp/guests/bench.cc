// Microbenchmarks of a hypervisor, in ticks of the virtual counter over many rounds: how long a VM waits for
// what only its hypervisor can do. Two vCPUs, each on a core of its own. tests/bench/hypervisor makes the table.
#include "hyp/guests/guest.h"

namespace {

constexpr unsigned kRounds = 2000, kPing = 1;
constexpr std::uint64_t kUnknownFunction = 0xc600'0000;  // of a vendor: the hypervisor says no
constexpr std::uint64_t kDistributorType = 0x0800'0004, kUartFlags = 0x0900'0018;
std::atomic<unsigned> g_taken{0};
guest::Barrier g_barrier;

std::uint64_t now() {
  asm volatile("isb" ::: "memory");  // not before what comes first in the program
  return GUEST_READ_REGISTER(CNTVCT_EL0);
}

void read_device(std::uint64_t address) {
  std::uint32_t value;
  asm volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
}

// A first tenth of the rounds warms TLBs and caches.
template <typename Action>
void measure(const char* what, Action action) {
  for (unsigned n = 0; n < kRounds / 10; ++n) action();
  const std::uint64_t begin = now();
  for (unsigned n = 0; n < kRounds; ++n) action();
  guest::print(what, now() - begin, " ticks");
}

// From the write that sends the interrupt to the other vCPU's answer in memory.
void ping() {
  const unsigned before = g_taken.load();
  guest::send_sgi(1, kPing);
  while (g_taken.load(std::memory_order_acquire) == before) {
  }
}

// Never sleeps: the other core is in the VM when the interrupt comes.
void answer(unsigned) {
  guest::open_interrupts();
  g_barrier.wait(2);
  for (unsigned n = 0; n < kRounds + kRounds / 10;) {
    const auto intid = static_cast<unsigned>(GUEST_READ_REGISTER(S3_0_C12_C12_0));  // ICC_IAR1_EL1
    if (intid >= 1020) continue;
    GUEST_WRITE_REGISTER(S3_0_C12_C12_1, intid);  // ICC_EOIR1_EL1
    g_taken.store(++n, std::memory_order_release);
  }
}

}  // namespace

extern "C" void guest_main(std::uint64_t) {
  guest::open_interrupts();
  guest::print("bench: ", kRounds, " rounds");
  measure("bench: hypercall ", [] { guest::hypercall(kUnknownFunction); });
  measure("bench: I/O kernel ", [] { read_device(kDistributorType); });
  measure("bench: I/O user ", [] { read_device(kUartFlags); });
  guest::start_others(2, answer);
  g_barrier.wait(2);
  measure("bench: virtual IPI ", ping);
  guest::print("bench: done");
}
