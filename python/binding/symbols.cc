#include "python/binding/symbols.h"

#include <cxxabi.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "sim/base/user_error.h"

namespace armature::python {
namespace {

std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(name, nullptr, nullptr, &status), &std::free);
  return status == 0 ? text.get() : name;
}

void add_table(Elf* elf, Elf_Scn* section, const GElf_Shdr& header, std::vector<Symbol>& out) {
  Elf_Data* data = elf_getdata(section, nullptr);
  if (data == nullptr || header.sh_entsize == 0) return;
  const auto count = static_cast<int>(header.sh_size / header.sh_entsize);
  for (int n = 0; n < count; ++n) {
    GElf_Sym symbol;
    if (gelf_getsym(data, n, &symbol) == nullptr || symbol.st_shndx == SHN_UNDEF) continue;
    const unsigned type = GELF_ST_TYPE(symbol.st_info);
    const char* name = elf_strptr(elf, header.sh_link, symbol.st_name);
    // "$x" and "$d" only tell code from data.
    if (type > STT_FUNC || name == nullptr || *name == 0 || *name == '$') continue;
    out.push_back({demangled(name), symbol.st_value, symbol.st_size, type == STT_FUNC});
  }
}

}  // namespace

std::vector<Symbol> elf_symbols(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) throw UserError(fmt::format("{}: cannot be opened", path));
  elf_version(EV_CURRENT);
  Elf* elf = elf_begin(file, ELF_C_READ, nullptr);
  const bool is_elf = elf != nullptr && elf_kind(elf) == ELF_K_ELF;
  std::vector<Symbol> symbols;
  for (Elf_Scn* section = is_elf ? elf_nextscn(elf, nullptr) : nullptr; section != nullptr;
       section = elf_nextscn(elf, section)) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_SYMTAB) continue;
    add_table(elf, section, header, symbols);
  }
  if (elf != nullptr) elf_end(elf);
  close(file);
  if (!is_elf) throw UserError(fmt::format("{}: not an ELF file", path));
  return symbols;
}

}  // namespace armature::python
