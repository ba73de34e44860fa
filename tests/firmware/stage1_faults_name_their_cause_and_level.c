// runs at: el1 el2
// Translation, access flag, permission and alignment faults at every level, ESR and FAR printed.
#include "support/mmu.h"

static unsigned char page[8192] __attribute__((aligned(4096)));
static u64 resume;

static void handler(struct frame* frame) {
  report_exception(frame);
  say(" FAR", frame->far);
  const u64 class = frame->esr >> 26;
  frame->elr = class == 0x21 ? resume : frame->elr + 4;
}

static void load(const char* what, u64 address) {
  put(what);
  put(": load ");
  u64 value = 0x5a;
  __asm__ volatile("ldrb %w0, [%1]" : "+r"(value) : "r"(address) : "memory");
  if (value != 0x5a) say("gives", value);
}

static void store(const char* what, u64 address) {
  put(what);
  put(": store ");
  __asm__ volatile("strb wzr, [%0]" ::"r"(address) : "memory");
}

static void execute(const char* what, u64 address) {
  put(what);
  put(": execute ");
  __asm__ volatile(
      "adr x9, 1f\n str x9, %1\n blr %0\n1:" ::"r"(address), "m"(resume) : "x9", "x30", "memory");
}

void run(void) {
  on_exception = handler;
  const u64 base = kPagesBase;
  load("MMU off, nothing there to translate", (u64)page);
  put("\n");
  mmu_on();
  page[0] = 0x77;
  *(u32*)(page + 4096) = 0xd65f03c0;  // ret
  __asm__ volatile("dc cvau, %0\n dsb sy\n ic iallu\n dsb sy\n isb" ::"r"(page + 4096) : "memory");

  load("level 1 invalid", 0x3000000000ull);
  mmu_entry(base, 2);
  load("level 2 invalid", base + 0x40000000 - 8);
  mmu_entry(base, 3);
  load("level 3 invalid", base);
  store("level 3 invalid", base + 0x123);
  load("above the address size", 1ull << 39);
  load("upper half", 0xffffffff80000000ull);

  map_page(base, (u64)page, PTE_DATA & ~PTE_AF);
  load("access flag clear", base);
  store("access flag clear", base + 8);
  map_page(base, (u64)page, PTE_DATA);
  load("mapped", base);
  map_page(base + 0x1000, (u64)page, PTE_DATA | PTE_READ_ONLY);
  load("read-only", base + 0x1000);
  store("read-only", base + 0x1010);
  map_page(base + 0x2000, (u64)page + 4096, PTE_DATA);
  execute("execute-never", base + 0x2000);
  map_page(base + 0x3000, (u64)page + 4096, PTE_CODE);
  execute("code", base + 0x3000);
  put("returned\n");
  execute("level 3 invalid", base + 0x4000);
  execute("level 1 invalid", 0x2000000000ull);
  put("crosses into an invalid page: ");
  __asm__ volatile("ldr x0, [%0]" ::"r"(base + 0x3ffc) : "x0", "memory");
  put("pair of which the second faults: ");
  __asm__ volatile("ldp x0, x1, [%0]" ::"r"(base + 0x3ff8) : "x0", "x1", "memory");
  put("DC ZVA of a read-only page: ");
  __asm__ volatile("dc zva, %0" ::"r"(base + 0x1000) : "memory");
  put("a reserved descriptor at level 3: ");
  *mmu_entry(base + 0x6000, 3) = (u64)page | 1 | PTE_AF;
  DSB();
  load("reserved", base + 0x6000);
  if (!at_el2()) {
    u64 par;
    __asm__ volatile("at s1e1r, %1\n isb\n mrs %0, PAR_EL1" : "=r"(par) : "r"(base + 0x4000) : "memory");
    say("AT S1E1R of an invalid page: PAR_EL1", par);
    __asm__ volatile("at s1e1w, %1\n isb\n mrs %0, PAR_EL1" : "=r"(par) : "r"(base + 0x1000) : "memory");
    say("AT S1E1W of a read-only page: PAR_EL1", par);
  }
  put("done\n");
}
