// Interrupts: three ticks of the virtual timer on each vCPU, then an SGI that goes round all of them.
#include "hyp/guests/guest.h"

namespace {

constexpr unsigned kPing = 1, kRounds = 200, kTicks = 3;
unsigned g_count = 0;
guest::Barrier g_barrier;
std::atomic<std::uint64_t> g_sent{0};

void tick() {
  const std::uint64_t period = GUEST_READ_REGISTER(CNTFRQ_EL0) / 1000;
  for (unsigned n = 0; n < kTicks; ++n) {
    const std::uint64_t due = GUEST_READ_REGISTER(CNTVCT_EL0) + period;
    GUEST_WRITE_REGISTER(CNTV_CVAL_EL0, due);
    GUEST_WRITE_REGISTER(CNTV_CTL_EL0, 1);
    const unsigned intid = guest::wait_for_interrupt();
    if (intid != guest::kVirtualTimer) guest::print("ipi: FAILED, not the timer: ", intid);
    if (GUEST_READ_REGISTER(CNTVCT_EL0) < due) guest::print("ipi: FAILED, a tick came early");
  }
}

// vCPU n waits for its turn, vCPU 0 counts the rounds.
void pass_on(unsigned vcpu) {
  for (unsigned round = 0; round < kRounds; ++round) {
    if (vcpu != 0 || round != 0) {
      const unsigned intid = guest::wait_for_interrupt();
      if (intid != kPing) guest::print("ipi: FAILED, not the ping: ", intid);
      const std::uint64_t expected = std::uint64_t{round} * g_count + vcpu;
      if (g_sent.load() != expected) guest::print("ipi: FAILED at ", g_sent.load(), ", expected ", expected);
    }
    g_sent.fetch_add(1);
    guest::send_sgi((vcpu + 1) % g_count, kPing);
  }
}

void work(unsigned vcpu) {
  guest::open_interrupts();
  g_barrier.wait(g_count);
  tick();
  g_barrier.wait(g_count);
  pass_on(vcpu);
  g_barrier.wait(g_count);
}

}  // namespace

extern "C" void guest_main(std::uint64_t vcpus) {
  g_count = static_cast<unsigned>(vcpus);
  guest::open_interrupts();  // the distributor, before another vCPU uses it
  guest::start_others(g_count, work);
  const std::uint64_t begin = GUEST_READ_REGISTER(CNTVCT_EL0);
  work(0);
  const std::uint64_t ticks = GUEST_READ_REGISTER(CNTVCT_EL0) - begin;
  guest::print("ipi: done, ", g_sent.load(), " interrupts in ", ticks, " ticks");
}
