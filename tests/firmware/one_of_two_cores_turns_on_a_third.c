// runs at: el1 el2
// cores: 3
// armature only
// prints:
//   one of two turned it on: yes
//
// Two cores call CPU_ON for one that is off. Not on QEMU: it turns the core on later, in the core's own
// thread, and until then tells both callers SUCCESS.
#include "support/mmu.h"

enum { kNoAnswer = 1 };
static volatile int results[2];
static volatile unsigned stop, up;

static void third(u64 argument) {
  (void)argument;
  mmu_on();
  __atomic_store_n(&up, 1, __ATOMIC_RELEASE);
  while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) __asm__ volatile("yield");
  mmu_off();
}
static void turns_on_the_third(u64 argument) {
  mmu_on();
  __atomic_store_n(&results[argument], (int)start_core(2, third, 0), __ATOMIC_RELEASE);
  mmu_off();
}

// The other answer is ALREADY_ON or ON_PENDING.
void run(void) {
  mmu_on();
  results[0] = results[1] = kNoAnswer;
  start_core(1, turns_on_the_third, 1);
  results[0] = (int)start_core(2, third, 0);
  while (__atomic_load_n(&results[1], __ATOMIC_ACQUIRE) == kNoAnswer || !__atomic_load_n(&up, __ATOMIC_ACQUIRE))
    __asm__ volatile("yield");
  const int loser = results[0] == 0 ? results[1] : results[0];
  check("one of two turned it on", (results[0] == 0) != (results[1] == 0) && (loser == -4 || loser == -5));
  __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
  wait_until_off(2);
  wait_until_off(1);
}
