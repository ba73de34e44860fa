// What the small guests share: console, other vCPUs, interrupts by polling.
#pragma once

#include <atomic>
#include <cstdint>

#define GUEST_READ_REGISTER(name)                                  \
  ([] {                                                            \
    std::uint64_t value_;                                          \
    asm volatile("mrs %0, " #name : "=r"(value_) : : "memory");    \
    return value_;                                                 \
  }())
#define GUEST_WRITE_REGISTER(name, value) \
  asm volatile("msr " #name ", %0" ::"r"(static_cast<std::uint64_t>(value)) : "memory")

namespace guest {

inline constexpr unsigned kMaxVcpus = 8;

// One line, whole even when vCPUs print at the same time. Numbers are decimal.
void print(const char* text);
void print(const char* before, const char* after);
void print(const char* before, std::uint64_t number, const char* after = "");
void print(const char* before, std::uint64_t a, const char* between, std::uint64_t b,
           const char* after = "");

// What is typed, up to Enter.
void read_line(char* line, unsigned bytes);

// The same word, past the caches (start.S).
inline const volatile std::uint64_t* past_caches(const volatile std::uint64_t* word) {
  return word + 0x8000'0000 / sizeof(*word);
}

unsigned this_vcpu();
// Starts a vCPU in `body`, or vCPUs 1..count-1; body(n) ends in CPU_OFF.
using Body = void (*)(unsigned vcpu);
void start(unsigned vcpu, Body body);
void start_others(unsigned count, Body body);
std::int64_t hypercall(std::uint64_t function, std::uint64_t x1 = 0, std::uint64_t x2 = 0,
                       std::uint64_t x3 = 0);

void open_interrupts();             // of this vCPU; vCPU 0 first
void send_sgi(unsigned vcpu, unsigned intid);
unsigned wait_for_interrupt();      // its INTID, already ended
inline constexpr unsigned kVirtualTimer = 27;

// All `count` vCPUs come here before any goes on.
class Barrier {
 public:
  void wait(unsigned count);

 private:
  std::atomic<unsigned> here_{0}, round_{0};
};

}  // namespace guest
