// Plain state as byte strings: what every component's save() and load() are written with.
// Little-endian hosts only, like the rest of the simulator; a snapshot names its version elsewhere.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/base/user_error.h"

namespace armature {

// Appends the bytes of `value`. A type with padding is refused: the same state could save as different
// bytes.
template <typename T>
  requires std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>
void put(std::vector<std::uint8_t>& out, const T& value) {
  const std::size_t at = out.size();
  out.resize(at + sizeof(T));
  std::memcpy(out.data() + at, &value, sizeof(T));
}

// Count (64 bits), then the elements.
template <typename T, typename Allocator>
  requires std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>
void put(std::vector<std::uint8_t>& out, const std::vector<T, Allocator>& values) {
  put(out, std::uint64_t{values.size()});
  const std::size_t at = out.size();
  out.resize(at + values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(out.data() + at, values.data(), values.size() * sizeof(T));
}

// Takes a T off the front of `in`. Throws UserError when the byte string ends before it.
template <typename T>
  requires std::is_trivially_copyable_v<T>
T take(std::span<const std::uint8_t>& in) {
  if (in.size() < sizeof(T)) throw UserError("snapshot is truncated");
  T value{};
  std::memcpy(&value, in.data(), sizeof(T));
  in = in.subspan(sizeof(T));
  return value;
}

// Takes what put() of a vector appended. Throws UserError on truncation.
template <typename T>
  requires std::is_trivially_copyable_v<T>
std::vector<T> take_vector(std::span<const std::uint8_t>& in) {
  const auto count = take<std::uint64_t>(in);
  if (count > in.size() / sizeof(T)) throw UserError("snapshot is truncated");
  std::vector<T> values(static_cast<std::size_t>(count));
  if (count != 0) std::memcpy(values.data(), in.data(), values.size() * sizeof(T));
  in = in.subspan(values.size() * sizeof(T));
  return values;
}

// Takes a vector whose size is fixed by the configuration; `what` names it in the error.
template <typename T, typename Allocator>
  requires std::is_trivially_copyable_v<T>
void take_into(std::span<const std::uint8_t>& in, std::vector<T, Allocator>& values,
               const char* what) {
  const auto taken = take_vector<T>(in);
  if (taken.size() != values.size()) {
    throw UserError(std::string("snapshot does not fit this machine: ") + what + " has another size");
  }
  values.assign(taken.begin(), taken.end());
}

}  // namespace armature
