#include "platform/devices/fw_cfg.h"

#include <algorithm>

#include "platform/devices/byte_order.h"
#include "sim/arch/reg.h"
#include "sim/base/assert.h"
#include "sim/snapshot/bytes.h"

namespace armature::platform {
namespace {

constexpr std::uint64_t kData = 0x00, kSelector = 0x08, kDma = 0x10, kDmaLow = 0x14;
constexpr std::uint64_t kDmaSignature = 0x51454d5520434647;  // "QEMU CFG"
constexpr std::uint32_t kIdTraditional = 1, kIdDma = 2;
constexpr std::size_t kNameBytes = 56, kFileEntryBytes = 64;
constexpr std::uint64_t kPieceBytes = 4096;

struct ControlTag;
using Control = Reg<ControlTag>;
constexpr Field<ControlTag, 31, 16> kControlKey;
constexpr Field<ControlTag, 4> kControlWrite;
constexpr Field<ControlTag, 3> kControlSelect;
constexpr Field<ControlTag, 2> kControlSkip;
constexpr Field<ControlTag, 1> kControlRead;
constexpr Field<ControlTag, 0> kControlError;

template <typename T>
std::vector<std::uint8_t> little_endian_bytes(T value) {
  std::vector<std::uint8_t> bytes;
  put(bytes, value);
  return bytes;
}

}  // namespace

FwCfg::FwCfg(DmaPort& dma) : dma_(dma) {
  set_item(fw_cfg_key::kSignature, {'Q', 'E', 'M', 'U'});
  set_item_u32(fw_cfg_key::kId, kIdTraditional | kIdDma);
  rebuild_directory();
}

void FwCfg::set_item(std::uint16_t key, std::vector<std::uint8_t> bytes) {
  items_[key] = std::move(bytes);
}
void FwCfg::set_item_u16(std::uint16_t key, std::uint16_t value) {
  set_item(key, little_endian_bytes(value));
}
void FwCfg::set_item_u32(std::uint16_t key, std::uint32_t value) {
  set_item(key, little_endian_bytes(value));
}
void FwCfg::set_item_u64(std::uint16_t key, std::uint64_t value) {
  set_item(key, little_endian_bytes(value));
}

void FwCfg::set_kernel(std::vector<std::uint8_t> image) {
  set_item_u32(fw_cfg_key::kKernelSize, static_cast<std::uint32_t>(image.size()));
  set_item(fw_cfg_key::kKernelData, std::move(image));
}

void FwCfg::set_initrd(std::vector<std::uint8_t> image) {
  set_item_u32(fw_cfg_key::kInitrdSize, static_cast<std::uint32_t>(image.size()));
  set_item(fw_cfg_key::kInitrdData, std::move(image));
}

// With its terminating zero.
void FwCfg::set_command_line(const std::string& text) {
  set_item_u32(fw_cfg_key::kCommandLineSize, static_cast<std::uint32_t>(text.size() + 1));
  std::vector<std::uint8_t> bytes(text.begin(), text.end());
  bytes.push_back(0);
  set_item(fw_cfg_key::kCommandLineData, std::move(bytes));
}

void FwCfg::add_file(const std::string& name, std::vector<std::uint8_t> bytes) {
  if (name.size() >= kNameBytes) throw UserError("fw_cfg file name is too long: " + name);
  const auto key = static_cast<std::uint16_t>(fw_cfg_key::kFirstFile + files_.size());
  files_.push_back({name, static_cast<std::uint32_t>(bytes.size())});
  set_item(key, std::move(bytes));
  rebuild_directory();
}

// Count, then {size, key, reserved, name} of each file, all big-endian.
void FwCfg::rebuild_directory() {
  std::vector<std::uint8_t> directory;
  put(directory, big_endian(static_cast<std::uint32_t>(files_.size())));
  for (std::size_t n = 0; n < files_.size(); ++n) {
    put(directory, big_endian(files_[n].bytes));
    put(directory, big_endian(static_cast<std::uint16_t>(fw_cfg_key::kFirstFile + n)));
    put(directory, std::uint16_t{0});
    std::array<char, kNameBytes> name{};
    std::copy(files_[n].name.begin(), files_[n].name.end(), name.begin());
    put(directory, name);
  }
  ARMATURE_ASSERT(directory.size() == 4 + files_.size() * kFileEntryBytes);
  set_item(fw_cfg_key::kFileDirectory, std::move(directory));
}

void FwCfg::select(std::uint16_t key) {
  state_.key = key;
  state_.offset = 0;
}

std::span<const std::uint8_t> FwCfg::rest() const {
  const auto item = items_.find(static_cast<std::uint16_t>(state_.key));
  if (item == items_.end() || state_.offset >= item->second.size()) return {};
  return std::span(item->second).subspan(static_cast<std::size_t>(state_.offset));
}

// The data register is a string: the first byte has the lowest address at any width, and bytes
// past the end of the item are zero.
BusResponse FwCfg::read(std::uint64_t offset, unsigned size, std::uint64_t& value) {
  value = 0;
  if (offset < kSelector) {
    const auto bytes = rest();
    for (unsigned n = 0; n < size && n < bytes.size(); ++n) {
      value |= std::uint64_t{bytes[n]} << (8 * n);
    }
    state_.offset += size;
  } else if (offset >= kDma && offset < kDma + 8 && size >= 4) {
    const std::uint64_t signature = big_endian(kDmaSignature);
    value = (signature >> (8 * (offset - kDma))) & mask(8 * size - 1, 0);
  }
  return BusResponse::okay;
}

BusResponse FwCfg::write(std::uint64_t offset, unsigned size, std::uint64_t value) {
  if (offset == kSelector && size == 2) {
    select(big_endian(static_cast<std::uint16_t>(value)));
  } else if (offset == kDma && size == 8) {
    state_.dma_address = big_endian(value);
    run_dma();
  } else if (offset == kDma && size == 4) {
    state_.dma_address = std::uint64_t{big_endian(static_cast<std::uint32_t>(value))} << 32;
  } else if (offset == kDmaLow && size == 4) {
    state_.dma_address |= big_endian(static_cast<std::uint32_t>(value));
    run_dma();
  }
  return BusResponse::okay;
}

// The request block is {control, length, address}, big-endian. Its control word is written last:
// zero, or the error bit.
void FwCfg::run_dma() {
  const PhysicalAddress block{state_.dma_address};
  state_.dma_address = 0;
  std::array<std::uint8_t, 16> request{};
  if (!dma_.read(block, request)) return;
  std::span<const std::uint8_t> in = request;
  const Control control{big_endian(take<std::uint32_t>(in))};
  const std::uint64_t length = big_endian(take<std::uint32_t>(in));
  const std::uint64_t address = big_endian(take<std::uint64_t>(in));

  if (control.has(kControlSelect)) select(static_cast<std::uint16_t>(control[kControlKey]));
  bool ok = true;
  if (control.has(kControlRead)) {
    ok = copy_out(address, length);
  } else if (control.has(kControlWrite)) {
    ok = false;  // no item of ours is writable
  } else if (control.has(kControlSkip)) {
    state_.offset += length;
  }
  std::vector<std::uint8_t> status;
  put(status, big_endian(static_cast<std::uint32_t>(Control{}.with(kControlError, !ok).value)));
  dma_.write(block, status);
}

// Copies the item, then zeros for what it does not have.
bool FwCfg::copy_out(std::uint64_t address, std::uint64_t length) {
  for (std::uint64_t done = 0; done < length;) {
    const std::uint64_t piece = std::min(kPieceBytes, length - done);
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(piece));
    const auto have = rest();
    std::copy_n(have.begin(), std::min(have.size(), bytes.size()), bytes.begin());
    if (!dma_.write(PhysicalAddress{address + done}, bytes)) return false;
    state_.offset += piece;
    done += piece;
  }
  return true;
}

std::vector<RegisterInfo> FwCfg::registers() const {
  return {
      {kData, 8, RegisterAccess::read_only, "DATA", "Bytes of the selected item"},
      {kSelector, 2, RegisterAccess::write_only, "SELECTOR", "Key of the item, big-endian"},
      {kDma, 8, RegisterAccess::read_write, "DMA", "Address of a request block, big-endian"},
  };
}

void FwCfg::save(std::vector<std::uint8_t>& out) const { put(out, state_); }
void FwCfg::load(std::span<const std::uint8_t>& in) { state_ = take<FwCfgState>(in); }

}  // namespace armature::platform
