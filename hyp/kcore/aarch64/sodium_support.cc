// What libsodium's objects ask of a C library and of libsodium's own utilities. Defined here, they keep
// the archive's objects with file and memory-lock functions out of the image: an entry point that needs
// more makes the link fail.
#include <cstddef>
#include <cstdint>

#include "hyp/kcore/panic.h"

using armature::kcore::panic;

extern "C" {

// The volatile accesses: overwritten although nobody reads it again, and no early end.
void sodium_memzero(void* const data, const std::size_t bytes) {
  auto* byte = static_cast<volatile std::uint8_t*>(data);
  for (std::size_t n = 0; n < bytes; ++n) byte[n] = 0;
}

int sodium_memcmp(const void* const a, const void* const b, std::size_t bytes) {
  const auto* x = static_cast<const volatile std::uint8_t*>(a);
  const auto* y = static_cast<const volatile std::uint8_t*>(b);
  std::uint8_t difference = 0;
  for (std::size_t n = 0; n < bytes; ++n) difference |= x[n] ^ y[n];
  return difference == 0 ? 0 : -1;
}

int sodium_is_zero(const unsigned char* data, const std::size_t bytes) {
  std::uint8_t any = 0;
  for (std::size_t n = 0; n < bytes; ++n) any |= static_cast<const volatile std::uint8_t*>(data)[n];
  return any == 0;
}

// Referred to, never called in the functions that KCore uses.
[[noreturn]] void sodium_misuse() { panic("libsodium was misused"); }
void randombytes_buf(void* const, const std::size_t) { panic("libsodium asked for random bytes"); }
[[noreturn]] void abort() { panic("libsodium gave up"); }
[[noreturn]] void __assert_fail(const char* what, const char* file, unsigned line, const char*) {
  panic("assertion ", what, " failed, ", file, ":", line);
}
[[noreturn]] void __stack_chk_fail() { panic("a stack frame of libsodium was overwritten"); }
// CHOICE: a constant. It finds overruns by mistake, not by an attacker who knows KCore's image.
std::uint64_t __stack_chk_guard = 0x00ff'0a0d'5ac3'b1e7;

}  // extern "C"
