// TLB shootdown: vCPU 0 moves a window from one page to another, break-before-make; once the TLBI is
// complete nobody may read the old page through it, whichever core a vCPU has come to.
#include "hyp/guests/guest.h"

extern "C" std::uint64_t guest_table[512];  // level 1, start.S

namespace {

constexpr unsigned kRounds = 120, kPages = 3;
constexpr std::uint64_t kWindow = 0x8000'0000;
// Descriptors (Arm ARM, VMSAv8-64 translation table format descriptors).
constexpr std::uint64_t kTable = 0b11, kPage = 0b11, kAccessFlag = 1 << 10, kInnerShareable = 3 << 8;
constexpr std::uint64_t kNotGlobal = 1 << 11;  // else the TLBI by ASID leaves it alone

alignas(4096) std::uint64_t g_level2[512], g_level3[512];
alignas(4096) volatile std::uint64_t g_pages[kPages][512];
unsigned g_count = 0;
guest::Barrier g_barrier;
std::atomic<std::uint64_t> g_wrong{0};

void publish_tables() { asm volatile("dsb ishst\n isb" ::: "memory"); }

// Every way to invalidate the window on all vCPUs, in turn.
void invalidate(unsigned round) {
  const std::uint64_t page = kWindow >> 12;
  asm volatile("dsb ishst" ::: "memory");  // the invalid descriptor, before the TLBI
  switch (round % 4) {
    case 0: asm volatile("tlbi vaae1is, %0" ::"r"(page)); break;
    case 1: asm volatile("tlbi vae1is, %0" ::"r"(page)); break;  // ASID 0
    case 2: asm volatile("tlbi aside1is, %0" ::"r"(0ul)); break;
    case 3: asm volatile("tlbi vmalle1is"); break;
  }
  asm volatile("dsb ish\n isb" ::: "memory");  // complete everywhere, and here
}

void open_window() {
  g_level2[0] = reinterpret_cast<std::uint64_t>(g_level3) | kTable;
  publish_tables();  // a table is linked only when its entries can be seen
  guest_table[kWindow >> 30] = reinterpret_cast<std::uint64_t>(g_level2) | kTable;
  publish_tables();
}

void move_window(unsigned round) {
  g_level3[0] = 0;
  invalidate(round);
  g_level3[0] = reinterpret_cast<std::uint64_t>(&g_pages[round % kPages]) | kPage | kAccessFlag |
                kInnerShareable | kNotGlobal;
  publish_tables();
}

void work(unsigned vcpu) {
  const auto* window = reinterpret_cast<const volatile std::uint64_t*>(kWindow);
  for (unsigned round = 0; round < kRounds; ++round) {
    if (vcpu == 0) move_window(round);
    g_barrier.wait(g_count);
    for (unsigned n = 0; n < 512; n += 64) g_wrong += window[n] != round % kPages + 1;
    g_barrier.wait(g_count);  // nobody reads any more
  }
}

}  // namespace

extern "C" void guest_main(std::uint64_t vcpus) {
  g_count = static_cast<unsigned>(vcpus);
  for (unsigned page = 0; page < kPages; ++page) {
    for (unsigned n = 0; n < 512; ++n) g_pages[page][n] = page + 1;
  }
  open_window();
  guest::start_others(g_count, work);
  work(0);
  guest::print("shootdown: ", kRounds, " moves, ", g_wrong.load(), " stale reads");
  guest::print(g_wrong == 0 ? "shootdown: done" : "shootdown: FAILED");
}
