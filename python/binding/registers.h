// A core's registers by the names the manual gives them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cpu/core.h"

namespace armature::python {

// x0..x30, sp (of the current Exception level), pc, nzcv, daif, el, sp_sel, fpcr, fpsr and every
// system register ("TTBR0_EL1"), in this order. Upper and lower case are the same.
std::vector<std::string> register_names();

// The value as at the highest Exception level, without side effects. Throws UserError with the
// nearest name when there is no such register.
std::uint64_t read_register(const cpu::Core& core, std::string_view name);
// As MSR would, without its checks; read-only registers keep their value.
void write_register(cpu::Core& core, std::string_view name, std::uint64_t value);

}  // namespace armature::python
