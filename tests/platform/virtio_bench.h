// A virtio driver in a few lines: brings a device up and runs requests through its queues.
#pragma once

#include "platform/devices/virtio_mmio.h"
#include "tests/platform/device_bench.h"

namespace armature::platform {

struct Piece {
  std::uint64_t address = 0;
  std::uint32_t bytes = 0;
  bool writable = false;
};

class VirtioBench : public testing::Test {
 protected:
  static constexpr unsigned kSize = 8, kLine = 48;
  static constexpr std::uint64_t kData = GuestMemory::kBase + 0x10000;

  static std::uint64_t ring(unsigned queue) { return GuestMemory::kBase + 0x2000ull * queue; }
  static std::uint64_t available(unsigned queue) { return ring(queue) + 0x800; }
  static std::uint64_t used(unsigned queue) { return ring(queue) + 0x1000; }

  std::uint64_t reg(std::uint64_t offset, unsigned size = 4) {
    return read_register(*slot, offset, size);
  }
  void reg(std::uint64_t offset, std::uint64_t value, unsigned size) {
    slot->write(offset, size, value);
  }
  void set(std::uint64_t offset, std::uint64_t value) { slot->write(offset, 4, value); }

  void plug(std::unique_ptr<VirtioDevice> device) {
    slot = std::make_unique<VirtioMmio>(std::move(device), memory, InterruptLine{&wires, kLine});
  }
  void negotiate(std::uint64_t features) {
    set(0x70, 0);
    set(0x70, 1);
    set(0x70, 3);
    set(0x24, 0);
    set(0x20, features & 0xffffffff);
    set(0x24, 1);
    set(0x20, features >> 32);
    set(0x70, 0xb);
  }
  void set_up_queue(unsigned queue) {
    set(0x30, queue);
    set(0x38, kSize);
    set(0x80, ring(queue));
    set(0x84, 0);
    set(0x90, available(queue));
    set(0x94, 0);
    set(0xa0, used(queue));
    set(0xa4, 0);
    set(0x44, 1);
  }
  void start(std::uint64_t features = kFeatureVersion1, unsigned queues = 1) {
    negotiate(features);
    ASSERT_EQ(reg(0x70), 0xbu);
    for (unsigned n = 0; n < queues; ++n) set_up_queue(n);
    set(0x70, 0xf);
  }
  void descriptor(std::uint64_t table, unsigned n, std::uint64_t address, std::uint32_t bytes,
                  unsigned flags, unsigned next) {
    memory.set(table + 16 * n, address);
    memory.set(table + 16 * n + 8, bytes);
    memory.set(table + 16 * n + 12, static_cast<std::uint16_t>(flags));
    memory.set(table + 16 * n + 14, static_cast<std::uint16_t>(next));
  }
  void write_chain(std::uint64_t table, const std::vector<Piece>& pieces) {
    for (unsigned n = 0; n < pieces.size(); ++n) {
      const bool is_last = n + 1 == pieces.size();
      descriptor(table, n, pieces[n].address, pieces[n].bytes,
                 (is_last ? 0 : 1) | (pieces[n].writable ? 2 : 0), n + 1);
    }
  }
  void make_available(unsigned queue, unsigned head) {
    const auto index = memory.get<std::uint16_t>(available(queue) + 2);
    memory.set(available(queue) + 4 + 2 * (index % kSize), static_cast<std::uint16_t>(head));
    memory.set(available(queue) + 2, static_cast<std::uint16_t>(index + 1));
  }
  void kick(unsigned queue) { set(0x50, queue); }
  // Runs one request built at descriptor 0.
  void request(unsigned queue, const std::vector<Piece>& pieces) {
    write_chain(ring(queue), pieces);
    make_available(queue, 0);
    kick(queue);
  }
  std::uint16_t used_index(unsigned queue) { return memory.get<std::uint16_t>(used(queue) + 2); }
  std::uint32_t used_bytes(unsigned queue, unsigned n) {
    return memory.get<std::uint32_t>(used(queue) + 4 + 8 * n + 4);
  }
  bool is_broken() { return (reg(0x70) & 0x40) != 0; }
  bool interrupt() { return wires.levels[kLine]; }
  void acknowledge() { set(0x64, reg(0x60)); }

  GuestMemory memory;
  Wires wires;
  std::unique_ptr<VirtioMmio> slot;
};

}  // namespace armature::platform
