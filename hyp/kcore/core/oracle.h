// Memory that KServ may write while KCore reads it, or read while KCore writes it: mailboxes, signed
// manifests, sealed records. Every datum is read exactly once, into a copy, and only the copy counts;
// the volatile accesses keep the compiler from going back for a second look.
#pragma once

#include <cstddef>
#include <cstdint>

namespace armature::kcore::oracle {

// `bytes` is a multiple of 8, both addresses are aligned to 8.
inline void copy_in(void* to, const void* from, std::size_t bytes) {
  for (std::size_t n = 0; n < bytes / 8; ++n) {
    static_cast<std::uint64_t*>(to)[n] = static_cast<const volatile std::uint64_t*>(from)[n];
  }
}
inline void copy_out(void* to, const void* from, std::size_t bytes) {
  for (std::size_t n = 0; n < bytes / 8; ++n) {
    static_cast<volatile std::uint64_t*>(to)[n] = static_cast<const std::uint64_t*>(from)[n];
  }
}

template <typename T>
T read(const T* from) {
  static_assert(sizeof(T) % 8 == 0);
  T copy;
  copy_in(&copy, from, sizeof(T));
  return copy;
}
template <typename T>
void write(T* to, const T& value) {
  static_assert(sizeof(T) % 8 == 0);
  copy_out(to, &value, sizeof(T));
}

}  // namespace armature::kcore::oracle
