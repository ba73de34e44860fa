#include "hyp/guests/guest.h"

#include <cstddef>

extern "C" [[noreturn]] void guest_power_off();
extern "C" void guest_secondary_entry();
extern "C" [[noreturn]] void guest_exception(std::uint64_t esr, std::uint64_t pc, std::uint64_t far);

namespace guest {
namespace {

constexpr std::uint64_t kUart = 0x0900'0000, kDistributor = 0x0800'0000, kRedistributors = 0x080a'0000;
constexpr std::uint64_t kRedistributorBytes = 0x20000, kSgiFrame = 0x10000;

void write32(std::uint64_t address, std::uint32_t value) {
  asm volatile("str %w0, [%1]" : : "r"(value), "r"(address) : "memory");
}
std::uint32_t read32(std::uint64_t address) {
  std::uint32_t value;
  asm volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
  return value;
}

std::atomic<unsigned> g_console_next{0}, g_console_serving{0};

class Line {
 public:
  Line() {
    const unsigned ticket = g_console_next.fetch_add(1);
    while (g_console_serving.load(std::memory_order_acquire) != ticket) asm volatile("wfe");
  }
  ~Line() {
    put('\n');
    g_console_serving.store(g_console_serving.load() + 1, std::memory_order_release);
    asm volatile("dsb ish\n sev" ::: "memory");  // the others look again after the store
  }
  void put(char c) { write32(kUart, static_cast<std::uint8_t>(c)); }
  void put(const char* text) {
    for (; *text != 0; ++text) put(*text);
  }
  void put(std::uint64_t value) {
    char digits[20];
    unsigned count = 0;
    do {
      digits[count++] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    while (count != 0) put(digits[--count]);
  }
};

Body g_body = nullptr;

}  // namespace

void print(const char* text) { Line().put(text); }

void print(const char* before, const char* after) {
  Line line;
  line.put(before);
  line.put(after);
}

void read_line(char* line, unsigned bytes) {
  constexpr std::uint64_t kFlags = 0x18;
  constexpr std::uint32_t kReceiveEmpty = 1 << 4;
  for (unsigned n = 0;;) {
    while ((read32(kUart + kFlags) & kReceiveEmpty) != 0) asm volatile("wfe");  // lets others run
    const auto c = static_cast<char>(read32(kUart));
    if (c == '\r' || c == '\n' || n + 1 == bytes) {
      line[n] = 0;
      return;
    }
    line[n++] = c;
  }
}

void print(const char* before, std::uint64_t number, const char* after) {
  Line line;
  line.put(before);
  line.put(number);
  line.put(after);
}

void print(const char* before, std::uint64_t a, const char* between, std::uint64_t b,
           const char* after) {
  Line line;
  line.put(before);
  line.put(a);
  line.put(between);
  line.put(b);
  line.put(after);
}

unsigned this_vcpu() { return static_cast<unsigned>(GUEST_READ_REGISTER(TPIDR_EL1)); }

std::int64_t hypercall(std::uint64_t function, std::uint64_t x1, std::uint64_t x2, std::uint64_t x3) {
  register std::uint64_t r0 asm("x0") = function;
  register std::uint64_t r1 asm("x1") = x1;
  register std::uint64_t r2 asm("x2") = x2;
  register std::uint64_t r3 asm("x3") = x3;
  asm volatile("hvc #0" : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3) : : "memory");
  return static_cast<std::int64_t>(r0);
}

void start(unsigned vcpu, Body body) {
  constexpr std::uint64_t kCpuOn = 0xc400'0003;
  g_body = body;
  const std::int64_t result =
      hypercall(kCpuOn, vcpu, reinterpret_cast<std::uint64_t>(&guest_secondary_entry), vcpu);
  if (result != 0) print("CPU_ON fails for vCPU ", vcpu);
}

void start_others(unsigned count, Body body) {
  for (unsigned n = 1; n < count; ++n) start(n, body);
}

void open_interrupts() {
  constexpr std::uint64_t kControl = 0, kGroup = 0x80, kEnable = 0x100, kPriority = 0x400, kWaker = 0x14;
  constexpr std::uint32_t kAffinityGroup1 = 1 << 4 | 1 << 1;
  if (this_vcpu() == 0) write32(kDistributor + kControl, kAffinityGroup1);
  const std::uint64_t frame = kRedistributors + this_vcpu() * kRedistributorBytes;
  write32(frame + kWaker, 0);
  while ((read32(frame + kWaker) & 1 << 2) != 0) {
  }
  const std::uint64_t sgi = frame + kSgiFrame;
  write32(sgi + kGroup, ~0u);
  for (unsigned n = 0; n < 32; n += 4) write32(sgi + kPriority + n, 0x80808080);
  write32(sgi + kEnable, 0xffff | 1u << kVirtualTimer);
  GUEST_WRITE_REGISTER(S3_0_C12_C12_5, 7);   // ICC_SRE_EL1
  asm volatile("isb");
  GUEST_WRITE_REGISTER(S3_0_C4_C6_0, 0xff);  // ICC_PMR_EL1
  GUEST_WRITE_REGISTER(S3_0_C12_C12_7, 1);   // ICC_IGRPEN1_EL1
  asm volatile("isb");
}

void send_sgi(unsigned vcpu, unsigned intid) {
  asm volatile("dsb ish" ::: "memory");  // what was written before is seen by who takes it
  GUEST_WRITE_REGISTER(S3_0_C12_C11_5, std::uint64_t{intid} << 24 | 1u << vcpu);
  asm volatile("isb");
}

unsigned wait_for_interrupt() {
  for (;;) {
    const auto intid = static_cast<unsigned>(GUEST_READ_REGISTER(S3_0_C12_C12_0));
    if (intid < 1020) {
      // A level must fall before its interrupt ends.
      if (intid == kVirtualTimer) GUEST_WRITE_REGISTER(CNTV_CTL_EL0, 0);
      asm volatile("dsb sy\n isb" ::: "memory");
      GUEST_WRITE_REGISTER(S3_0_C12_C12_1, intid);
      asm volatile("isb");
      return intid;
    }
    asm volatile("dsb sy\n wfi" ::: "memory");
  }
}

void Barrier::wait(unsigned count) {
  const unsigned round = round_.load();
  if (here_.fetch_add(1) + 1 == count) {
    here_.store(0);
    round_.store(round + 1, std::memory_order_release);
    asm volatile("dsb ish\n sev" ::: "memory");  // the others look again after the store
    return;
  }
  while (round_.load(std::memory_order_acquire) == round) asm volatile("wfe");
}

}  // namespace guest

extern "C" void guest_secondary(unsigned vcpu) { guest::g_body(vcpu); }

extern "C" void guest_exception(std::uint64_t esr, std::uint64_t pc, std::uint64_t far) {
  guest::print("exception, syndrome ", esr);
  guest::print("  at ", pc, ", address ", far);
  guest_power_off();
}

extern "C" void* memset(void* to, int value, std::size_t bytes) {
  auto* d = static_cast<std::uint8_t*>(to);
  for (std::size_t n = 0; n < bytes; ++n) d[n] = static_cast<std::uint8_t>(value);
  return to;
}
