// The symbols of an ELF file, as a debugger shows them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace armature::python {

struct Symbol {
  std::string name;  // demangled
  std::uint64_t address = 0, bytes = 0;
  bool is_function = false;
};

// Functions and objects, in the file's order. Throws UserError when it is no ELF file.
std::vector<Symbol> elf_symbols(const std::string& path);

}  // namespace armature::python
