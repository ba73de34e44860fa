// A device's registers as data: one row each, from which the accesses are dispatched and which
// `armature info` prints. Behaviour is only the two callbacks of a row.
//
// An access wider than a register goes to the registers it covers, lowest address first (four
// priority bytes as one word). An access narrower than a register follows the row's `narrow` rule.
// Bytes that belong to no register read as zero and ignore writes.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/base/bits.h"

namespace armature::platform {

enum class RegisterAccess : std::uint8_t { read_only, write_only, read_write };

// What an access narrower than the register does.
enum class Narrow : std::uint8_t {
  ignore,       // reads zero, write ignored
  zero_extend,  // reads the bytes addressed; a write at the register's base is zero-extended
  merge,        // reads the bytes addressed; a write keeps the other bytes
};

// A row as `armature info` prints it: `count` registers of `width` bytes, `stride` bytes apart.
struct RegisterInfo {
  std::uint64_t offset = 0;
  unsigned width = 4;
  RegisterAccess access = RegisterAccess::read_write;
  std::string_view name;
  std::string_view title;
  unsigned count = 1;
  unsigned stride = 4;
};

template <typename Owner>
struct Register {
  using Read = std::uint64_t (Owner::*)(unsigned index);
  using Write = void (Owner::*)(unsigned index, std::uint64_t value);

  RegisterInfo info;
  Read read = nullptr;    // nullptr: reads as zero
  Write write = nullptr;  // nullptr: ignores writes
  Narrow narrow = Narrow::ignore;

  // The index of the register that holds byte `offset`, or -1.
  constexpr int index_of(std::uint64_t offset) const {
    if (offset < info.offset) return -1;
    const std::uint64_t distance = offset - info.offset;
    if (info.count == 1) return distance < info.width ? 0 : -1;
    const std::uint64_t index = distance / info.stride;
    return index < info.count && distance % info.stride < info.width ? static_cast<int>(index) : -1;
  }
  constexpr std::uint64_t base_of(int index) const {
    return info.offset + static_cast<std::uint64_t>(index) * info.stride;
  }
};

// How many bytes of [offset, offset + size) the register from `base` on holds.
template <typename Owner>
constexpr unsigned bytes_in(const Register<Owner>& row, std::uint64_t base, std::uint64_t offset,
                            unsigned size) {
  const std::uint64_t left = base + row.info.width - offset;
  return left < size ? static_cast<unsigned>(left) : size;
}

template <typename Owner, std::size_t Rows>
std::uint64_t read_registers(Owner& owner, const std::array<Register<Owner>, Rows>& table,
                             std::uint64_t offset, unsigned size) {
  std::uint64_t result = 0;
  for (unsigned done = 0; done < size;) {
    unsigned step = 1;
    for (const auto& row : table) {
      const int index = row.index_of(offset + done);
      if (index < 0) continue;
      const std::uint64_t skip = offset + done - row.base_of(index);
      step = bytes_in(row, row.base_of(index), offset + done, size - done);
      const bool whole = skip == 0 && step == row.info.width;
      if (row.read == nullptr || (!whole && row.narrow == Narrow::ignore)) break;
      const std::uint64_t value = (owner.*row.read)(static_cast<unsigned>(index)) >> (8 * skip);
      result |= (value & mask(8 * step - 1, 0)) << (8 * done);
      break;
    }
    done += step;
  }
  return result;
}

template <typename Owner, std::size_t Rows>
void write_registers(Owner& owner, const std::array<Register<Owner>, Rows>& table,
                     std::uint64_t offset, unsigned size, std::uint64_t value) {
  for (unsigned done = 0; done < size;) {
    unsigned step = 1;
    for (const auto& row : table) {
      const int index = row.index_of(offset + done);
      if (index < 0) continue;
      const std::uint64_t skip = offset + done - row.base_of(index);
      step = bytes_in(row, row.base_of(index), offset + done, size - done);
      if (row.write == nullptr) break;
      const bool whole = skip == 0 && step == row.info.width;
      std::uint64_t part = bits(value, 8 * (done + step) - 1, 8 * done);
      if (!whole) {
        if (row.narrow == Narrow::ignore || (row.narrow == Narrow::zero_extend && skip != 0)) break;
        if (row.narrow == Narrow::merge && row.read != nullptr) {
          const std::uint64_t old = (owner.*row.read)(static_cast<unsigned>(index));
          const auto lowest = static_cast<unsigned>(8 * skip);
          part = insert_bits(old, lowest + 8 * step - 1, lowest, part);
        }
      }
      (owner.*row.write)(static_cast<unsigned>(index), part);
      break;
    }
    done += step;
  }
}

template <typename Owner, std::size_t Rows>
std::vector<RegisterInfo> register_infos(const std::array<Register<Owner>, Rows>& table) {
  std::vector<RegisterInfo> infos;
  infos.reserve(Rows);
  for (const auto& row : table) infos.push_back(row.info);
  return infos;
}

}  // namespace armature::platform
