// Memory that KServ may write while KCore reads it, or read while KCore writes it: mailboxes, signed
// manifests, sealed records. Every datum is read exactly once, into a copy, and only the copy counts.
// All of KCore's reads of memory that is not its own go through here, those of a VM's pages as well, by
// the few load instructions that the manifest names.
#pragma once

#include <cstddef>
#include <cstdint>

#include "hyp/kcore/core/processor.h"

namespace armature::kcore::oracle {

// `bytes` is a multiple of 8, both addresses are aligned to 8.
inline void copy_in(abi::Datum what, void* to, PhysicalAddress from, std::size_t bytes) {
  arch::read_oracle(what, static_cast<std::uint64_t*>(to), from, bytes / 8);
}
inline void copy_out(PhysicalAddress to, const void* from, std::size_t bytes) {
  auto* words = pointer_to<volatile std::uint64_t>(to);
  for (std::size_t n = 0; n < bytes / 8; ++n) words[n] = static_cast<const std::uint64_t*>(from)[n];
}

template <typename T>
T read(abi::Datum what, PhysicalAddress from) {
  static_assert(sizeof(T) % 8 == 0);
  T copy;
  copy_in(what, &copy, from, sizeof(T));
  return copy;
}
template <typename T>
void write(PhysicalAddress to, const T& value) {
  static_assert(sizeof(T) % 8 == 0);
  copy_out(to, &value, sizeof(T));
}

}  // namespace armature::kcore::oracle
