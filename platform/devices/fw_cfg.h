// QEMU's firmware configuration device, as memory-mapped on the virt board: a list of items by key
// and a directory of named files, read through a data register or by DMA.
#pragma once

#include <map>
#include <string>
#include <type_traits>

#include "platform/devices/device.h"
#include "platform/devices/dma_port.h"

namespace armature::platform {

// Keys U-Boot, EDK2 and Linux know.
namespace fw_cfg_key {
inline constexpr std::uint16_t kSignature = 0x00, kId = 0x01, kRamSize = 0x03, kNoGraphic = 0x04,
                               kCpus = 0x05, kKernelAddress = 0x07, kKernelSize = 0x08,
                               kInitrdAddress = 0x0a, kInitrdSize = 0x0b, kCpusMax = 0x0f,
                               kKernelData = 0x11, kInitrdData = 0x12, kCommandLineSize = 0x14,
                               kCommandLineData = 0x15, kFileDirectory = 0x19, kFirstFile = 0x20;
}  // namespace fw_cfg_key

struct FwCfgState {
  std::uint64_t dma_address = 0;
  std::uint64_t offset = 0;  // next byte of the selected item
  std::uint64_t key = 0;

  bool operator==(const FwCfgState&) const = default;
};
static_assert(std::has_unique_object_representations_v<FwCfgState>);

class FwCfg final : public Device {
 public:
  explicit FwCfg(DmaPort& dma);

  // Contents come from the configuration and are not part of the saved state.
  void set_item(std::uint16_t key, std::vector<std::uint8_t> bytes);
  void set_item_u16(std::uint16_t key, std::uint16_t value);
  void set_item_u32(std::uint16_t key, std::uint32_t value);
  void set_item_u64(std::uint16_t key, std::uint64_t value);
  // What UEFI and U-Boot boot.
  void set_kernel(std::vector<std::uint8_t> image);
  void set_initrd(std::vector<std::uint8_t> image);
  void set_command_line(const std::string& text);
  // name has at most 55 characters. Files keep the order in which they are added.
  void add_file(const std::string& name, std::vector<std::uint8_t> bytes);

  const FwCfgState& state() const { return state_; }

  std::string_view name() const override { return "fw_cfg"; }
  std::uint64_t size() const override { return 0x1000; }  // 0x18 bytes used
  BusResponse read(std::uint64_t offset, unsigned size, std::uint64_t& value) override;
  BusResponse write(std::uint64_t offset, unsigned size, std::uint64_t value) override;
  void reset() override { state_ = {}; }
  std::vector<RegisterInfo> registers() const override;
  void save(std::vector<std::uint8_t>& out) const override;
  void load(std::span<const std::uint8_t>& in) override;

 private:
  void select(std::uint16_t key);
  std::span<const std::uint8_t> rest() const;
  void run_dma();
  bool copy_out(std::uint64_t address, std::uint64_t length);
  void rebuild_directory();

  struct File {
    std::string name;
    std::uint32_t bytes = 0;
  };

  DmaPort& dma_;
  std::map<std::uint16_t, std::vector<std::uint8_t>> items_;
  std::vector<File> files_;
  FwCfgState state_;
};

}  // namespace armature::platform
