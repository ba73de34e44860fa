// System registers and memory-mapped registers, as KServ uses them.
#pragma once

#include <cstdint>

#define KSERV_READ_REGISTER(name)                                  \
  ([] {                                                            \
    std::uint64_t value_;                                          \
    asm volatile("mrs %0, " #name : "=r"(value_) : : "memory");    \
    return value_;                                                 \
  }())
#define KSERV_WRITE_REGISTER(name, value) \
  asm volatile("msr " #name ", %0" ::"r"(static_cast<std::uint64_t>(value)) : "memory")

namespace armature::kserv::aarch64 {

// Single loads and stores without write-back, whose syndrome any hypervisor can emulate.
inline std::uint32_t read32(std::uint64_t address) {
  std::uint32_t value;
  asm volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
  return value;
}
inline void write32(std::uint64_t address, std::uint32_t value) {
  asm volatile("str %w0, [%1]" : : "r"(value), "r"(address) : "memory");
}
inline std::uint64_t read64(std::uint64_t address) {
  std::uint64_t value;
  asm volatile("ldr %0, [%1]" : "=r"(value) : "r"(address) : "memory");
  return value;
}
inline void write64(std::uint64_t address, std::uint64_t value) {
  asm volatile("str %0, [%1]" : : "r"(value), "r"(address) : "memory");
}

}  // namespace armature::kserv::aarch64
