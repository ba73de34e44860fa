// CFI flash with the Intel command set (JEDEC JESD68.01, JEP137), as on QEMU's virt board: two
// 16-bit chips side by side on a 32-bit bus, 64 MiB in 256 KiB blocks.
//
// The array is a MemoryRegion: in read-array mode the cores read it directly; in every other mode
// `readable` is false and reads come here. Writes always come here.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "platform/devices/block_storage.h"
#include "platform/devices/device.h"
#include "sim/memory/memory_map.h"

namespace armature::platform {

struct PflashState {
  std::uint8_t command = 0xff;   // first cycle of the command in progress, or the read mode
  std::uint8_t cycle = 0;        // bus cycles of it seen so far
  std::uint8_t status = 0x80;    // status register of either chip
  std::uint16_t words_left = 0;  // of a buffered write
  std::uint64_t buffer_block = 0;

  bool operator==(const PflashState&) const = default;
};

class Pflash final : public Device {
 public:
  static constexpr std::uint64_t kBlockBytes = 256 * 1024;  // erase block of the bank
  static constexpr std::uint64_t kBufferBytes = 2048;       // write buffer of the bank

  // The array is `region`, whose size is a power of two and a multiple of kBlockBytes; its contents
  // are loaded and saved by its owner.
  Pflash(std::string name, MemoryRegion& region);

  // From now on what is programmed and erased goes to the file too, as far as it reaches.
  void write_through(std::unique_ptr<BlockStorage> file) { file_ = std::move(file); }

  const PflashState& state() const { return state_; }
  bool is_locked(std::uint64_t offset) const { return locked_[offset / kBlockBytes] != 0; }

  std::string_view name() const override { return name_; }
  std::uint64_t size() const override { return region_.size; }
  BusResponse read(std::uint64_t offset, unsigned size, std::uint64_t& value) override;
  BusResponse write(std::uint64_t offset, unsigned size, std::uint64_t value) override;
  void reset() override;  // reads as an array again; its contents and locks stay
  void save(std::vector<std::uint8_t>& out) const override;
  void load(std::span<const std::uint8_t>& in) override;

 private:
  struct BufferedWrite {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint64_t value = 0;
  };

  void first_cycle(std::uint64_t offset, std::uint8_t command);
  void second_cycle(std::uint64_t offset, unsigned size, std::uint64_t value);
  void buffer_word(std::uint64_t offset, unsigned size, std::uint64_t value);
  void confirm_buffer(std::uint8_t command);
  void enter(std::uint8_t command);
  void enter_read_array();
  void finish(std::uint8_t status_bits);
  void program(std::uint64_t offset, unsigned size, std::uint64_t value);
  void store(std::uint64_t offset, std::uint64_t bytes);
  std::uint64_t status_value(unsigned size) const;
  std::uint64_t replicated(std::uint8_t chip_value) const;
  std::uint64_t identifier(std::uint64_t offset) const;
  std::uint64_t query(std::uint64_t offset) const;

  std::string name_;
  MemoryRegion& region_;
  std::unique_ptr<BlockStorage> file_;  // host file, not state
  PflashState state_;
  std::vector<std::uint8_t> locked_;         // one a block
  std::vector<BufferedWrite> buffer_;        // at most 65536 entries, see second_cycle
};

}  // namespace armature::platform
