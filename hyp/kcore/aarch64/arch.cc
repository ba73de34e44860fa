// The processor's side of hyp/kcore/arch.h.
#include "hyp/kcore/arch.h"

#include "hyp/kcore/aarch64/console.h"
#include "hyp/kcore/aarch64/system_register.h"
#include "hyp/kcore/panic.h"

extern "C" std::uint8_t kcore_secondary_entry[];

namespace armature::kcore::arch {

void wait_while_equal(const std::atomic<std::uint32_t>& word, std::uint32_t value) {
  // The core that panicked may never release what this one waits for.
  if (machine_is_halted()) halt_this_core();
  // The exclusive load arms the monitor: the store that changes the word clears it, and that wakes
  // the WFE. A change before the load is seen by the compare.
  std::uint32_t now;
  asm volatile(
      "ldaxr %w0, %1\n"
      "cmp %w0, %w2\n"
      "b.ne 1f\n"
      "wfe\n"
      "1:"
      : "=&r"(now)
      : "Q"(word), "r"(value)
      : "cc", "memory");
}

void write_descriptor(std::uint64_t* entry, std::uint64_t descriptor) {
  asm volatile("str %1, %0" : "=Q"(*entry) : "r"(descriptor) : "memory");
}

void order_table_before_link() {
  // Orders the zeroes of the new table before the link, for walkers in the inner shareable domain:
  // they read the table at an address they took from the link.
  asm volatile("dmb ishst" ::: "memory");
}

void clean_to_poc(const void* begin, std::size_t bytes) {
  const std::uint64_t line_bytes = aarch64::data_line_bytes();
  const std::uint64_t first = reinterpret_cast<std::uint64_t>(begin) & ~(line_bytes - 1);
  const std::uint64_t end = reinterpret_cast<std::uint64_t>(begin) + bytes;
  for (std::uint64_t at = first; at < end; at += line_bytes) {
    asm volatile("dc cvac, %0" ::"r"(at) : "memory");
  }
  // The lines are in memory before what follows, such as the call that starts a core without caches.
  asm volatile("dsb sy" ::: "memory");
}

std::int64_t call_firmware(std::uint64_t function, std::uint64_t x1, std::uint64_t x2,
                           std::uint64_t x3) {
  register std::uint64_t r0 asm("x0") = function;
  register std::uint64_t r1 asm("x1") = x1;
  register std::uint64_t r2 asm("x2") = x2;
  register std::uint64_t r3 asm("x3") = x3;
  asm volatile("smc #0"
               : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3)
               :
               : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
                 "x16", "x17", "memory");
  return static_cast<std::int64_t>(r0);
}

PhysicalAddress secondary_entry() { return physical(kcore_secondary_entry); }

void write_console(const char* text, std::size_t length) {
  for (std::size_t n = 0; n < length; ++n) {
    if (text[n] == '\n') aarch64::g_console.put('\r');
    aarch64::g_console.put(text[n]);
  }
}

[[noreturn]] void halt_this_core() {
  asm volatile("msr DAIFSet, #15");
  // A pending interrupt would end every WFI at once: let the GIC signal none to this core.
  if (aarch64::has_gic_registers()) {
    aarch64::enable_gic_registers();
    KCORE_WRITE_REGISTER(ICC_PMR_EL1, 0);
  }
  for (;;) asm volatile("wfi");
}

}  // namespace armature::kcore::arch
