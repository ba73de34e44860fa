#include "platform/devices/pflash.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "sim/base/assert.h"
#include "sim/base/user_error.h"
#include "sim/snapshot/bytes.h"

namespace armature::platform {
namespace {

constexpr unsigned kBankBytes = 4;   // bus width
constexpr unsigned kChipBytes = 2;   // width of one chip
constexpr unsigned kChips = kBankBytes / kChipBytes;

// Commands, by their first cycle.
constexpr std::uint8_t kClearLockOrConfirm = 0xd0, kProgram = 0x40, kProgramAlternate = 0x10,
                       kBlockErase = 0x20, kClearStatus = 0x50, kLockSetup = 0x60,
                       kReadStatus = 0x70, kReadIdentifier = 0x90, kReadQuery = 0x98,
                       kBufferedProgram = 0xe8, kReadArray = 0xff, kSetLock = 0x01;
// Status register.
constexpr std::uint8_t kReady = 0x80, kEraseError = 0x20, kProgramError = 0x10, kLockError = 0x02;

constexpr std::uint8_t kManufacturer = 0x89, kDevice = 0x18;  // as QEMU's virt board says

// The CFI query structure of one chip, by its own word address.
std::uint8_t query_byte(std::uint64_t address, std::uint64_t bank_bytes) {
  const std::uint64_t chip_bytes = bank_bytes / kChips;
  const std::uint64_t chip_block = Pflash::kBlockBytes / kChips;
  const std::uint64_t blocks = chip_bytes / chip_block;
  switch (address) {
    case 0x10: return 'Q';
    case 0x11: return 'R';
    case 0x12: return 'Y';
    case 0x13: return 0x01;  // primary command set: Intel/Sharp Extended
    case 0x15: return 0x31;  // address of the primary extended table
    case 0x1b: return 0x45;  // Vcc 4.5 V to 5.5 V
    case 0x1c: return 0x55;
    case 0x1f: return 0x07;  // typical times: 2^n us word, 2^n us buffer, 2^n ms block erase
    case 0x20: return 0x07;
    case 0x21: return 0x0a;
    case 0x23: return 0x04;  // maximum, as a power of two of the typical time
    case 0x24: return 0x04;
    case 0x25: return 0x04;
    case 0x27: return static_cast<std::uint8_t>(std::countr_zero(chip_bytes));
    case 0x28: return 0x02;  // x8/x16
    case 0x2a: return static_cast<std::uint8_t>(std::countr_zero(Pflash::kBufferBytes));
    case 0x2c: return 0x01;  // one region of equal blocks
    case 0x2d: return static_cast<std::uint8_t>(bits(blocks - 1, 7, 0));
    case 0x2e: return static_cast<std::uint8_t>(bits(blocks - 1, 15, 8));
    case 0x2f: return static_cast<std::uint8_t>(bits(chip_block, 15, 8));
    case 0x30: return static_cast<std::uint8_t>(bits(chip_block, 23, 16));
    case 0x31: return 'P';
    case 0x32: return 'R';
    case 0x33: return 'I';
    case 0x34: return '1';
    case 0x35: return '0';
    case 0x3f: return 0x01;  // one protection register field
    default: return 0;
  }
}

}  // namespace

Pflash::Pflash(std::string name, MemoryRegion& region)
    : name_(std::move(name)),
      region_(region),
      locked_(static_cast<std::size_t>(region.size / kBlockBytes), 0) {
  ARMATURE_ASSERT(std::has_single_bit(region.size) && region.size >= kBlockBytes);
  ARMATURE_ASSERT(!region.is_ram);
}

// A narrow read sees the low bytes of the whole bank's answer, as in QEMU.
BusResponse Pflash::read(std::uint64_t offset, unsigned size, std::uint64_t& value) {
  switch (state_.command) {
    case kReadArray:
      value = 0;
      std::memcpy(&value, region_.host + offset, size);
      return BusResponse::okay;
    case kReadIdentifier:
    case kReadQuery:
      value = 0;
      for (unsigned n = 0; n < size; n += kBankBytes) {
        const std::uint64_t at = offset + n;
        const std::uint64_t word = state_.command == kReadQuery ? query(at) : identifier(at);
        value |= word << (8 * n);
      }
      value &= mask(8 * size - 1, 0);
      return BusResponse::okay;
    default:
      value = status_value(size);
      return BusResponse::okay;
  }
}

std::uint64_t Pflash::status_value(unsigned size) const {
  std::uint64_t value = state_.status;
  for (unsigned n = kChipBytes; n + kChipBytes <= size; n += kChipBytes) {
    value |= std::uint64_t{state_.status} << (8 * n);
  }
  return value;
}

std::uint64_t Pflash::replicated(std::uint8_t chip_value) const {
  std::uint64_t value = 0;
  for (unsigned n = 0; n < kBankBytes; n += kChipBytes) value |= std::uint64_t{chip_value} << (8 * n);
  return value;
}

std::uint64_t Pflash::identifier(std::uint64_t offset) const {
  switch (bits(offset / kBankBytes, 7, 0)) {
    case 0: return replicated(kManufacturer);
    case 1: return replicated(kDevice);
    case 2: return replicated(locked_[offset / kBlockBytes]);  // block lock configuration
    default: return 0;
  }
}

std::uint64_t Pflash::query(std::uint64_t offset) const {
  return replicated(query_byte(offset / kBankBytes, region_.size));
}

// The chips decode the low byte of a bus cycle as the command; both get the same one.
BusResponse Pflash::write(std::uint64_t offset, unsigned size, std::uint64_t value) {
  const auto command = static_cast<std::uint8_t>(bits(value, 7, 0));
  switch (state_.cycle) {
    case 0: first_cycle(offset, command); break;
    case 1: second_cycle(offset, size, value); break;
    case 2: buffer_word(offset, size, value); break;
    default: confirm_buffer(command); break;
  }
  return BusResponse::okay;
}

void Pflash::first_cycle(std::uint64_t offset, std::uint8_t command) {
  switch (command) {
    case kProgramAlternate:
    case kProgram:
    case kBlockErase:
    case kLockSetup:
      enter(command);
      state_.cycle = 1;
      return;
    case kBufferedProgram:
      enter(command);
      state_.status |= kReady;
      state_.cycle = 1;
      state_.buffer_block = offset & ~(kBufferBytes - 1);
      buffer_.clear();
      return;
    case kReadStatus:
    case kReadIdentifier:
    case kReadQuery: return enter(command);
    case kClearStatus: state_.status = kReady; return enter_read_array();
    // 0xff, 0xf0 (a probe for another command set), 0x00 and unknown commands read the array.
    default: return enter_read_array();
  }
}

void Pflash::second_cycle(std::uint64_t offset, unsigned size, std::uint64_t value) {
  const auto command = static_cast<std::uint8_t>(bits(value, 7, 0));
  std::uint8_t& lock = locked_[offset / kBlockBytes];
  switch (state_.command) {
    case kProgramAlternate:
    case kProgram:
      if (lock != 0) return finish(kProgramError | kLockError);
      program(offset, size, value);
      return finish(0);
    case kBlockErase:
      if (command == kReadArray) return enter_read_array();
      if (command != kClearLockOrConfirm) return finish(kEraseError | kProgramError);
      if (lock != 0) return finish(kEraseError | kLockError);
      std::memset(region_.host + (offset & ~(kBlockBytes - 1)), 0xff, kBlockBytes);
      store(offset & ~(kBlockBytes - 1), kBlockBytes);
      return finish(0);
    case kLockSetup:
      if (command == kReadArray) return enter_read_array();
      if (command == kSetLock) {
        lock = 1;
      } else if (command == kClearLockOrConfirm) {
        lock = 0;
      } else {
        return finish(kEraseError | kProgramError);
      }
      return finish(0);
    default:  // kBufferedProgram: the number of bus words less one, per chip
      state_.words_left = static_cast<std::uint16_t>(bits(value, 8 * kChipBytes - 1, 0));
      state_.cycle = 2;
      return;
  }
}

// Words of one buffered write must stay within one aligned write buffer.
void Pflash::buffer_word(std::uint64_t offset, unsigned size, std::uint64_t value) {
  if ((offset & ~(kBufferBytes - 1)) != state_.buffer_block) {
    state_.status |= kProgramError;
  } else {
    buffer_.push_back({offset, size, value});
  }
  if (state_.words_left == 0) {
    state_.cycle = 3;
  } else {
    --state_.words_left;
  }
}

void Pflash::confirm_buffer(std::uint8_t command) {
  if (command != kClearLockOrConfirm) {
    buffer_.clear();
    return enter_read_array();
  }
  std::uint8_t errors = state_.status & kProgramError;
  if (locked_[state_.buffer_block / kBlockBytes] != 0) errors |= kProgramError | kLockError;
  if (errors == 0) {
    for (const auto& word : buffer_) program(word.offset, static_cast<unsigned>(word.size), word.value);
  }
  buffer_.clear();
  finish(errors);
}

void Pflash::enter(std::uint8_t command) {
  state_.command = command;
  region_.readable = false;
}

void Pflash::enter_read_array() {
  state_.command = kReadArray;
  state_.cycle = 0;
  region_.readable = true;
}

// The operation is done at once; the chips then show their status register.
void Pflash::finish(std::uint8_t status_bits) {
  state_.status |= static_cast<std::uint8_t>(kReady | status_bits);
  state_.command = kReadStatus;
  state_.cycle = 0;
}

// Programming only clears bits; setting them takes an erase.
// CHOICE: QEMU stores the value as it is; this is what the data sheets say.
void Pflash::program(std::uint64_t offset, unsigned size, std::uint64_t value) {
  for (unsigned n = 0; n < size; ++n) {
    region_.host[offset + n] &= static_cast<std::uint8_t>(bits(value, 8 * n + 7, 8 * n));
  }
  store(offset, size);
}

void Pflash::store(std::uint64_t offset, std::uint64_t bytes) {
  if (file_ == nullptr) return;
  const std::uint64_t end = file_->sectors() * kSectorBytes;
  if (offset >= end) return;
  bytes = std::min(bytes, end - offset);
  if (!file_->write(offset, {region_.host + offset, static_cast<std::size_t>(bytes)})) {
    throw UserError(file_->path() + ": cannot be written");
  }
}

void Pflash::save(std::vector<std::uint8_t>& out) const {
  put(out, state_.command);
  put(out, state_.cycle);
  put(out, state_.status);
  put(out, state_.words_left);
  put(out, state_.buffer_block);
  put(out, locked_);
  put(out, buffer_);
}

void Pflash::reset() {
  state_ = {};
  buffer_.clear();
  enter_read_array();
}

void Pflash::load(std::span<const std::uint8_t>& in) {
  state_.command = take<std::uint8_t>(in);
  state_.cycle = take<std::uint8_t>(in);
  state_.status = take<std::uint8_t>(in);
  state_.words_left = take<std::uint16_t>(in);
  state_.buffer_block = take<std::uint64_t>(in) & (region_.size - 1);
  take_into(in, locked_, "flash");
  buffer_ = take_vector<BufferedWrite>(in);
  for (const auto& word : buffer_) {
    if (word.size > 8 || word.offset > region_.size - word.size) {
      throw UserError("snapshot of " + name_ + " is damaged");
    }
  }
  region_.readable = state_.command == kReadArray;
}

}  // namespace armature::platform
