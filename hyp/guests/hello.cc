// Every vCPU says hello, in order; then the VM powers off.
#include "hyp/guests/guest.h"

namespace {
std::atomic<unsigned> g_turn{0};
unsigned g_count = 0;

void say_hello(unsigned vcpu) {
  while (g_turn.load(std::memory_order_acquire) != vcpu) asm volatile("wfe");
  guest::print("hello from vCPU ", vcpu, " of ", g_count);
  g_turn.store(vcpu + 1, std::memory_order_release);
  asm volatile("dsb ish\n sev" ::: "memory");  // the others look again after the store
}
}  // namespace

extern "C" void guest_main(std::uint64_t vcpus) {
  g_count = static_cast<unsigned>(vcpus);
  guest::start_others(g_count, say_hello);
  say_hello(0);
  while (g_turn.load(std::memory_order_acquire) != g_count) asm volatile("wfe");
  guest::print("hello: done");
}
