// Split virtqueues (virtio 1.1, 2.6) from the device's side: descriptor chains with indirect tables,
// and notification suppression by flags or by event index. Everything a driver writes is checked;
// a malformed ring is an error of the guest, never of the host.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "platform/devices/dma_port.h"

namespace armature::platform {

inline constexpr unsigned kQueueSizeMax = 256;

struct VirtqueueState {
  std::uint64_t descriptors = 0;     // physical addresses of the three areas
  std::uint64_t driver_area = 0;
  std::uint64_t device_area = 0;
  std::uint16_t size = kQueueSizeMax;
  std::uint16_t ready = 0;
  std::uint16_t next_available = 0;  // free-running index of the next entry to take
  std::uint16_t next_used = 0;       // free-running index of the next entry to give back
  std::uint16_t signalled_used = 0;  // next_used when the driver was last asked about interrupts
  std::uint16_t reserved[3]{};

  bool operator==(const VirtqueueState&) const = default;
};
static_assert(std::has_unique_object_representations_v<VirtqueueState>);

struct Segment {
  PhysicalAddress pa{};
  std::uint32_t bytes = 0;
};

// One request: what the device may read, then what it may write.
struct DescriptorChain {
  std::uint16_t head = 0;
  std::vector<Segment> readable;
  std::vector<Segment> writable;
};

// Walks over segments byte by byte, in pieces.
class SegmentCursor {
 public:
  SegmentCursor(DmaPort& dma, std::span<const Segment> segments) : dma_(dma), segments_(segments) {}

  std::uint64_t remaining() const;
  // All false when the segments end early or are not memory; then the device is broken.
  bool read(std::span<std::uint8_t> bytes);
  bool write(std::span<const std::uint8_t> bytes);
  bool skip(std::uint64_t bytes);

 private:
  template <typename Move>
  bool advance(std::uint64_t bytes, Move move);

  DmaPort& dma_;
  std::span<const Segment> segments_;
  std::size_t segment_ = 0;
  std::uint32_t offset_ = 0;
};

class Virtqueue {
 public:
  explicit Virtqueue(DmaPort& dma) : dma_(dma) {}

  VirtqueueState state;

  // The next request, or nothing. Sets is_broken() when the ring is malformed.
  std::optional<DescriptorChain> pop(bool event_index);
  // Gives a chain back, `written` bytes of it filled. False when the ring is not memory.
  bool push(const DescriptorChain& chain, std::uint32_t written);
  // Whether the driver wants an interrupt for what was pushed since the last call.
  bool should_interrupt(bool event_index);
  // How many requests wait; 0 when the queue is not ready.
  unsigned available();

  bool is_broken() const { return broken_; }
  // Of a malformed ring: for a person who debugs a driver.
  const char* reason() const { return reason_; }
  void repair() { broken_ = false; }

 private:
  struct Descriptor;
  bool collect(DescriptorChain& chain, PhysicalAddress table, unsigned entries, unsigned first,
               bool is_indirect);
  bool load_descriptor(PhysicalAddress table, unsigned n, Descriptor& descriptor);
  bool load16(PhysicalAddress pa, std::uint16_t& value);
  bool store16(PhysicalAddress pa, std::uint16_t value);
  bool fail(const char* reason);

  DmaPort& dma_;
  bool broken_ = false;
  const char* reason_ = "";
};

}  // namespace armature::platform
