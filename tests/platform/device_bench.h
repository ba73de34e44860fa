// What the device tests share: guest memory, recorded interrupts and output, a clock set by hand.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "platform/devices/character_sink.h"
#include "platform/devices/clock.h"
#include "platform/devices/device.h"
#include "platform/devices/dma_port.h"
#include "platform/devices/interrupt_sink.h"

namespace armature::platform {

class Wires final : public InterruptSink {
 public:
  void set_level(unsigned line, bool level) override {
    if (level && !levels[line]) ++edges[line];
    levels[line] = level;
  }
  std::map<unsigned, bool> levels;
  std::map<unsigned, unsigned> edges;  // rising ones
};

class Terminal final : public CharacterSink {
 public:
  void put(std::uint8_t byte) override { text.push_back(static_cast<char>(byte)); }
  std::string text;
};

class HandClock final : public Clock {
 public:
  Cycles now() const override { return time; }
  Cycles time{};
};

// 1 MiB of guest memory at kBase; everything else is not memory.
class GuestMemory final : public DmaPort {
 public:
  static constexpr std::uint64_t kBase = 0x40000000, kBytes = 1 << 20;

  bool read(PhysicalAddress pa, std::span<std::uint8_t> bytes) override {
    if (!holds(pa, bytes.size())) return false;
    std::memcpy(bytes.data(), &content[pa.value - kBase], bytes.size());
    return true;
  }
  bool write(PhysicalAddress pa, std::span<const std::uint8_t> bytes) override {
    if (!holds(pa, bytes.size())) return false;
    std::memcpy(&content[pa.value - kBase], bytes.data(), bytes.size());
    return true;
  }
  template <typename T>
  T get(std::uint64_t address) const {
    T value;
    std::memcpy(&value, &content.at(address - kBase), sizeof value);
    return value;
  }
  template <typename T>
  void set(std::uint64_t address, T value) {
    std::memcpy(&content.at(address - kBase), &value, sizeof value);
  }
  std::string text(std::uint64_t address, std::size_t count) const {
    return {content.begin() + static_cast<std::ptrdiff_t>(address - kBase),
            content.begin() + static_cast<std::ptrdiff_t>(address - kBase + count)};
  }
  void set_text(std::uint64_t address, std::string_view text) {
    std::memcpy(&content.at(address - kBase), text.data(), text.size());
  }

  std::vector<std::uint8_t> content = std::vector<std::uint8_t>(kBytes);

 private:
  static bool holds(PhysicalAddress pa, std::uint64_t count) {
    return pa.value >= kBase && count <= kBytes && pa.value - kBase <= kBytes - count;
  }
};

inline std::uint64_t read_register(Device& device, std::uint64_t offset, unsigned size = 4) {
  std::uint64_t value = ~0ull;
  EXPECT_EQ(device.read(offset, size, value), BusResponse::okay);
  return value;
}

// Saves one device and loads the other; the bytes must be used up.
inline void copy_state(const Device& from, Device& to) {
  std::vector<std::uint8_t> bytes;
  from.save(bytes);
  std::span<const std::uint8_t> in = bytes;
  to.load(in);
  EXPECT_TRUE(in.empty());
}

}  // namespace armature::platform
