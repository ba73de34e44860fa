// The functions that the compiler calls on its own.
#include <cstddef>
#include <cstdint>

extern "C" {

void* memcpy(void* to, const void* from, std::size_t bytes) {
  auto* d = static_cast<std::uint8_t*>(to);
  const auto* s = static_cast<const std::uint8_t*>(from);
  const bool aligned = ((reinterpret_cast<std::uintptr_t>(d) | reinterpret_cast<std::uintptr_t>(s)) & 7) == 0;
  std::size_t n = 0;
  if (aligned) {
    for (; n + 8 <= bytes; n += 8) {
      *reinterpret_cast<std::uint64_t*>(d + n) = *reinterpret_cast<const std::uint64_t*>(s + n);
    }
  }
  for (; n < bytes; ++n) d[n] = s[n];
  return to;
}

void* memset(void* to, int value, std::size_t bytes) {
  auto* d = static_cast<std::uint8_t*>(to);
  std::size_t n = 0;
  if ((reinterpret_cast<std::uintptr_t>(d) & 7) == 0) {
    const std::uint64_t word = 0x0101010101010101ull * static_cast<std::uint8_t>(value);
    for (; n + 8 <= bytes; n += 8) *reinterpret_cast<std::uint64_t*>(d + n) = word;
  }
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
