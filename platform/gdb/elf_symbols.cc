#include "platform/gdb/elf_symbols.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <unistd.h>

#include "sim/base/user_error.h"

namespace armature::platform::gdb {

std::vector<CodeRange> code_ranges(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) throw UserError(fmt::format("{}: cannot be opened", path));
  elf_version(EV_CURRENT);
  Elf* elf = elf_begin(file, ELF_C_READ, nullptr);
  std::size_t count = 0;
  std::vector<CodeRange> ranges;
  const bool is_elf =
      elf != nullptr && elf_kind(elf) == ELF_K_ELF && elf_getphdrnum(elf, &count) == 0;
  for (std::size_t n = 0; is_elf && n < count; ++n) {
    GElf_Phdr header;
    if (gelf_getphdr(elf, static_cast<int>(n), &header) == nullptr) continue;
    if (header.p_type != PT_LOAD || (header.p_flags & PF_X) == 0) continue;
    ranges.push_back({header.p_vaddr, header.p_vaddr + header.p_memsz});
  }
  if (elf != nullptr) elf_end(elf);
  close(file);
  if (ranges.empty()) throw UserError(fmt::format("{}: not an ELF file with code", path));
  return ranges;
}

}  // namespace armature::platform::gdb
