// The functions that the compiler and libsodium call on their own.
#include <cstddef>
#include <cstdint>

namespace {

// Words where both addresses allow them, 16 bytes at a time where there are as many. The volatile asm
// keeps the compiler from making calls of these functions out of their own loops.
bool are_aligned(std::uint64_t a, std::uint64_t b) { return ((a | b) & 7) == 0; }

std::size_t copy_words(std::uint8_t* to, const std::uint8_t* from, std::size_t bytes) {
  std::size_t done = 0;
  for (; bytes - done >= 16; done += 16) {
    std::uint64_t low, high;
    asm volatile("ldp %0, %1, [%2]" : "=r"(low), "=r"(high) : "r"(from + done) : "memory");
    asm volatile("stp %0, %1, [%2]" ::"r"(low), "r"(high), "r"(to + done) : "memory");
  }
  return done;
}

std::size_t fill_words(std::uint8_t* to, std::uint64_t word, std::size_t bytes) {
  std::size_t done = 0;
  for (; bytes - done >= 16; done += 16) {
    asm volatile("stp %0, %0, [%1]" ::"r"(word), "r"(to + done) : "memory");
  }
  return done;
}

std::uint64_t address(const void* pointer) { return reinterpret_cast<std::uint64_t>(pointer); }

}  // namespace

extern "C" {

void* memcpy(void* to, const void* from, std::size_t bytes) {
  auto* d = static_cast<std::uint8_t*>(to);
  const auto* s = static_cast<const std::uint8_t*>(from);
  std::size_t n = are_aligned(address(d), address(s)) ? copy_words(d, s, bytes) : 0;
  for (; n < bytes; ++n) d[n] = s[n];
  return to;
}

void* memmove(void* to, const void* from, std::size_t bytes) {
  auto* d = static_cast<std::uint8_t*>(to);
  const auto* s = static_cast<const std::uint8_t*>(from);
  if (d <= s) return memcpy(to, from, bytes);
  while (bytes-- != 0) d[bytes] = s[bytes];
  return to;
}

void* memset(void* to, int value, std::size_t bytes) {
  auto* d = static_cast<std::uint8_t*>(to);
  const std::uint64_t word = 0x0101'0101'0101'0101 * static_cast<std::uint8_t>(value);
  std::size_t n = are_aligned(address(d), 0) ? fill_words(d, word, bytes) : 0;
  for (; n < bytes; ++n) d[n] = static_cast<std::uint8_t>(value);
  return to;
}

int memcmp(const void* a, const void* b, std::size_t bytes) {
  const auto* x = static_cast<const std::uint8_t*>(a);
  const auto* y = static_cast<const std::uint8_t*>(b);
  for (std::size_t n = 0; n < bytes; ++n) {
    if (x[n] != y[n]) return x[n] < y[n] ? -1 : 1;
  }
  return 0;
}

void* memchr(const void* in, int value, std::size_t bytes) {
  const auto* p = static_cast<const std::uint8_t*>(in);
  for (std::size_t n = 0; n < bytes; ++n) {
    if (p[n] == static_cast<std::uint8_t>(value)) return const_cast<std::uint8_t*>(p + n);
  }
  return nullptr;
}

std::size_t strlen(const char* text) {
  std::size_t length = 0;
  while (text[length] != 0) ++length;
  return length;
}

}  // extern "C"
