// The registers as gdb numbers them: core and floating point as gdb's own aarch64 features name
// them, then every system register of the table.
//   0..30 x0..x30  31 sp  32 pc  33 cpsr  34..65 v0..v31  66 fpsr  67 fpcr  68.. system registers
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cpu/core.h"

namespace armature::platform::gdb {

inline constexpr unsigned kSpNumber = 31, kPcNumber = 32, kCpsrNumber = 33, kFirstVector = 34,
                          kFpsrNumber = 66, kFpcrNumber = 67, kFirstSystem = 68;

unsigned register_count();
// Registers of a g packet: those before the system registers, which gdb asks for one by one.
inline constexpr unsigned kGeneralRegisters = kFirstSystem;
// Bytes of register `number`, which must be below register_count().
unsigned register_bytes(unsigned number);

// Without any effect on the machine.
std::vector<std::uint8_t> read_register(const cpu::Core& core, unsigned number);
// As MSR would for system registers (read-only ones keep their value). `bytes` has
// register_bytes().
void write_register(cpu::Core& core, unsigned number, std::span<const std::uint8_t> bytes);

// PSTATE as SPSR_ELx holds it.
std::uint32_t pstate(const cpu::CoreState& state);

// target.xml.
const std::string& target_description();

}  // namespace armature::platform::gdb
