#include "platform/boot/image.h"

#include <fmt/format.h>
#include <gelf.h>
#include <zlib.h>

#include <cstring>
#include <fstream>

#include "sim/base/user_error.h"

namespace armature::platform {
namespace {

constexpr std::uint32_t kImageMagic = 0x644d5241;  // "ARM\x64"
constexpr std::size_t kImageHeaderBytes = 64;
constexpr unsigned kUnpackBytes = 4 << 20;

std::uint64_t little_endian(std::span<const std::uint8_t> bytes, std::size_t offset,
                            unsigned size) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data() + offset, size);
  return value;
}

// Closes libelf's handle at the end of the scope.
struct ElfHandle {
  Elf* elf;
  ~ElfHandle() { elf_end(elf); }
};

void find_manifest(Elf* elf, const GElf_Phdr& header, ElfImage& image) {
  Elf_Data* data = elf_getdata_rawchunk(elf, static_cast<std::int64_t>(header.p_offset),
                                        header.p_filesz, ELF_T_NHDR);
  if (data == nullptr) return;
  GElf_Nhdr note;
  std::size_t name_offset = 0;
  std::size_t payload = 0;
  for (std::size_t at = 0; (at = gelf_getnote(data, at, &note, &name_offset, &payload)) > 0;) {
    const char* name = static_cast<const char*>(data->d_buf) + name_offset;
    if (note.n_namesz == 9 && std::memcmp(name, "ARMATURE", 9) == 0) {
      const auto* begin = static_cast<const std::uint8_t*>(data->d_buf) + payload;
      image.note.assign(begin, begin + note.n_descsz);
    }
  }
}

}  // namespace

std::vector<std::uint8_t> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) throw UserError(fmt::format("{}: cannot be opened: {}", path, std::strerror(errno)));
  const auto size = file.tellg();
  if (size < 0) throw UserError(fmt::format("{}: not a regular file", path));
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  file.seekg(0);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), size)) {
    throw UserError(fmt::format("{}: cannot be read (a directory?)", path));
  }
  if (bytes.empty()) throw UserError(fmt::format("{}: is empty", path));
  return bytes;
}

std::vector<std::uint8_t> read_unpacked(const std::string& path) {
  std::vector<std::uint8_t> packed = read_file(path);
  if (packed.size() < 2 || packed[0] != 0x1f || packed[1] != 0x8b) return packed;
  z_stream stream{};
  stream.next_in = packed.data();
  stream.avail_in = static_cast<uInt>(packed.size());
  int state = inflateInit2(&stream, MAX_WBITS + 16);  // a gzip header
  std::vector<std::uint8_t> bytes;
  while (state == Z_OK) {
    bytes.resize(bytes.size() + kUnpackBytes);
    stream.next_out = bytes.data() + bytes.size() - kUnpackBytes;
    stream.avail_out = kUnpackBytes;
    state = inflate(&stream, Z_NO_FLUSH);
  }
  bytes.resize(bytes.size() - stream.avail_out);
  inflateEnd(&stream);
  if (state != Z_STREAM_END) throw UserError(fmt::format("{}: a damaged gzip file", path));
  return bytes;
}

bool is_elf(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= SELFMAG && std::memcmp(bytes.data(), ELFMAG, SELFMAG) == 0;
}

ElfImage parse_elf(std::span<const std::uint8_t> bytes, const std::string& path) {
  elf_version(EV_CURRENT);
  std::vector<char> copy(bytes.begin(), bytes.end());
  ElfHandle handle{elf_memory(copy.data(), copy.size())};
  GElf_Ehdr header;
  if (handle.elf == nullptr || elf_kind(handle.elf) != ELF_K_ELF ||
      gelf_getehdr(handle.elf, &header) == nullptr) {
    throw UserError(fmt::format("{}: a damaged ELF file", path));
  }
  if (header.e_machine != EM_AARCH64 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_ident[EI_DATA] != ELFDATA2LSB ||
      (header.e_type != ET_EXEC && header.e_type != ET_DYN)) {
    throw UserError(
        fmt::format("{}: an ELF file, but not a little-endian AArch64 executable "
                    "(machine {}, type {})",
                    path, header.e_machine, header.e_type));
  }
  ElfImage image;
  image.entry = header.e_entry;
  std::size_t count = 0;
  elf_getphdrnum(handle.elf, &count);
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Phdr program;
    if (gelf_getphdr(handle.elf, static_cast<int>(i), &program) == nullptr ||
        program.p_offset > bytes.size() || program.p_filesz > bytes.size() - program.p_offset) {
      throw UserError(
          fmt::format("{}: program header {} lies outside the file (truncated?)", path, i));
    }
    if (program.p_type == PT_NOTE) find_manifest(handle.elf, program, image);
    if (program.p_type != PT_LOAD || program.p_memsz == 0) continue;
    if (program.p_filesz > program.p_memsz) {
      throw UserError(fmt::format("{}: segment {} is larger in the file than in memory", path, i));
    }
    // The entry point is a virtual address; the machine starts with the MMU off.
    if ((program.p_flags & PF_X) != 0 && header.e_entry - program.p_vaddr < program.p_filesz) {
      image.entry = header.e_entry - program.p_vaddr + program.p_paddr;
    }
    const auto* begin = bytes.data() + program.p_offset;
    image.segments.push_back(
        {{program.p_paddr}, {begin, begin + program.p_filesz}, program.p_memsz});
  }
  if (image.segments.empty())
    throw UserError(fmt::format("{}: an ELF file with nothing to load", path));
  return image;
}

bool is_linux_image(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= kImageHeaderBytes && little_endian(bytes, 56, 4) == kImageMagic;
}

LinuxImageHeader parse_linux_image(std::span<const std::uint8_t> bytes) {
  LinuxImageHeader header{little_endian(bytes, 8, 8), little_endian(bytes, 16, 8)};
  // image_size 0: kernels before 3.17, which use the text_offset 0x80000.
  if (header.image_size == 0) header = {0x80000, bytes.size()};
  return header;
}

}  // namespace armature::platform
