// What -device loader and -device guest-loader put into memory before the machine starts, in QEMU's
// spelling.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace armature {

struct LoaderConfig {
  // A payload for firmware, named below /chosen as a hypervisor expects it (multiboot,module).
  enum class Payload : std::uint8_t { none, kernel, ramdisk };
  Payload payload = Payload::none;
  std::string file;                      // or empty: `data`, or only a start address
  std::optional<std::uint64_t> address;  // an ELF file may leave it out
  std::optional<unsigned> core;          // starts at the entry point, or at `address`
  bool raw = false;                      // an ELF file is copied as it is
  std::optional<std::uint64_t> data;     // data_bytes of it, at `address`
  unsigned data_bytes = 0;               // 1..8
  bool big_endian = false;
  std::string bootargs;  // of a payload
};

// "loader,file=F,addr=A[,cpu-num=N][,force-raw=on]", "loader,addr=A,data=D,data-len=N[,data-be=on]",
// "loader,addr=A,cpu-num=N", "guest-loader,addr=A,kernel=F|initrd=F[,bootargs=TEXT]"; a comma of a
// value is doubled. Throws UserError.
LoaderConfig parse_loader(std::string_view text);
std::string dump_loader(const LoaderConfig& loader);

}  // namespace armature
