// Memory: what a VM has not written is zero, in the caches and behind them; what it has written stays, whoever else runs. Each vCPU
// fills its part with words made from a secret and checks its neighbour's.
#include "hyp/guests/guest.h"

extern "C" std::uint8_t guest_end[];

namespace {

constexpr std::uint64_t kSecret = 0x5ec2e7'0f'7415'b4a1;
constexpr std::uint64_t kBytes = 16 << 20;  // behind the image; the VM has at least 32 MiB
unsigned g_count = 0;
guest::Barrier g_barrier;
std::atomic<std::uint64_t> g_dirty{0}, g_wrong{0};

std::uint64_t word_at(std::uint64_t address, unsigned round) {
  std::uint64_t x = (address + round) * 0x9e37'79b9'7f4a'7c15 ^ kSecret;
  x ^= x >> 29;
  return x * 0xbf58'476d'1ce4'e5b9;
}

volatile std::uint64_t* part(unsigned vcpu, std::uint64_t& words) {
  const std::uint64_t start = (reinterpret_cast<std::uint64_t>(guest_end) + 0x1fffff) & ~0x1fffffull;
  words = kBytes / 8 / g_count;
  return reinterpret_cast<volatile std::uint64_t*>(start) + words * vcpu;
}

// Every 512 bytes: each page eight times.
constexpr unsigned kStep = 64, kRounds = 3;

void work(unsigned vcpu) {
  std::uint64_t words = 0;
  volatile std::uint64_t* own = part(vcpu, words);
  std::uint64_t dirty = 0;
  // First past the caches: a cacheable look would bring lines in.
  for (std::uint64_t n = 0; n < words; n += kStep) dirty += *guest::past_caches(own + n) != 0;
  for (std::uint64_t n = 0; n < words; n += kStep) dirty += own[n] != 0;
  g_dirty += dirty;
  for (unsigned round = 0; round < kRounds; ++round) {
    own = part(vcpu, words);
    for (std::uint64_t n = 0; n < words; n += kStep) {
      own[n] = word_at(reinterpret_cast<std::uint64_t>(own + n), round);
    }
    g_barrier.wait(g_count);
    volatile std::uint64_t* other = part((vcpu + 1) % g_count, words);
    std::uint64_t wrong = 0;
    for (std::uint64_t n = 0; n < words; n += kStep) {
      wrong += other[n] != word_at(reinterpret_cast<std::uint64_t>(other + n), round);
    }
    g_wrong += wrong;
    g_barrier.wait(g_count);
  }
}

}  // namespace

extern "C" void guest_main(std::uint64_t vcpus) {
  g_count = static_cast<unsigned>(vcpus);
  guest::start_others(g_count, work);
  work(0);
  guest::print("memory: ", g_dirty.load(), " words were not zero, ", g_wrong.load(), " were wrong");
  guest::print(g_dirty == 0 && g_wrong == 0 ? "memory: done" : "memory: FAILED");
}
