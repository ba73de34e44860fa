#include "platform/devices/virtqueue.h"

#include <algorithm>
#include <array>

#include "sim/snapshot/bytes.h"

namespace armature::platform {
namespace {

// 2.6.5 The Virtqueue Descriptor Table
constexpr std::uint16_t kNext = 1, kWrite = 2, kIndirect = 4;
constexpr std::uint64_t kDescriptorBytes = 16;
// 2.6.6 The Virtqueue Available Ring, 2.6.8 The Virtqueue Used Ring: flags, idx, entries, event.
constexpr std::uint16_t kNoInterrupt = 1;
constexpr std::uint64_t kIndexOffset = 2, kRingOffset = 4, kAvailableBytes = 2, kUsedBytes = 8;
// CHOICE: a chain has at most this many segments, whatever an indirect table says.
constexpr std::size_t kSegmentsMax = 1024;

// vring_need_event: did the index pass `event` on its way from `old` to `now`?
bool passed(std::uint16_t event, std::uint16_t now, std::uint16_t old) {
  return static_cast<std::uint16_t>(now - event - 1) < static_cast<std::uint16_t>(now - old);
}

}  // namespace

struct Virtqueue::Descriptor {
  std::uint64_t address = 0;
  std::uint32_t bytes = 0;
  std::uint16_t flags = 0;
  std::uint16_t next = 0;
};

std::uint64_t SegmentCursor::remaining() const {
  std::uint64_t total = 0;
  for (std::size_t n = segment_; n < segments_.size(); ++n) total += segments_[n].bytes;
  return total - offset_;
}

template <typename Move>
bool SegmentCursor::advance(std::uint64_t bytes, Move move) {
  for (std::uint64_t done = 0; done < bytes;) {
    if (segment_ == segments_.size()) return false;
    const Segment& segment = segments_[segment_];
    const std::uint64_t piece = std::min<std::uint64_t>(bytes - done, segment.bytes - offset_);
    if (piece != 0 && !move(segment.pa + offset_, done, piece)) return false;
    done += piece;
    offset_ += static_cast<std::uint32_t>(piece);
    if (offset_ == segment.bytes) {
      ++segment_;
      offset_ = 0;
    }
  }
  return true;
}

bool SegmentCursor::read(std::span<std::uint8_t> bytes) {
  return advance(bytes.size(), [&](PhysicalAddress pa, std::uint64_t from, std::uint64_t count) {
    return dma_.read(pa, bytes.subspan(from, count));
  });
}

bool SegmentCursor::write(std::span<const std::uint8_t> bytes) {
  return advance(bytes.size(), [&](PhysicalAddress pa, std::uint64_t from, std::uint64_t count) {
    return dma_.write(pa, bytes.subspan(from, count));
  });
}

bool SegmentCursor::skip(std::uint64_t bytes) {
  return advance(bytes, [](PhysicalAddress, std::uint64_t, std::uint64_t) { return true; });
}

bool Virtqueue::fail(const char* reason) {
  broken_ = true;
  reason_ = reason;
  return false;
}

bool Virtqueue::load16(PhysicalAddress pa, std::uint16_t& value) {
  std::array<std::uint8_t, 2> bytes{};
  if (!dma_.read(pa, bytes)) return fail("ring is not in memory");
  std::span<const std::uint8_t> in = bytes;
  value = take<std::uint16_t>(in);
  return true;
}

bool Virtqueue::store16(PhysicalAddress pa, std::uint16_t value) {
  std::vector<std::uint8_t> bytes;
  put(bytes, value);
  return dma_.write(pa, bytes) || fail("ring is not in memory");
}

unsigned Virtqueue::available() {
  if (broken_ || state.ready == 0) return 0;
  std::uint16_t index = 0;
  if (!load16(PhysicalAddress{state.driver_area + kIndexOffset}, index)) return 0;
  const auto waiting = static_cast<std::uint16_t>(index - state.next_available);
  if (waiting > state.size) {
    fail("available index ran ahead of the ring");
    return 0;
  }
  return waiting;
}

std::optional<DescriptorChain> Virtqueue::pop(bool event_index) {
  if (available() == 0) {
    // Ask for a notification of the next request.
    if (event_index && !broken_ && state.ready != 0) {
      store16(PhysicalAddress{state.device_area + kRingOffset + kUsedBytes * state.size},
              state.next_available);
    }
    return std::nullopt;
  }
  DescriptorChain chain;
  const std::uint64_t slot = state.next_available % state.size;
  if (!load16(PhysicalAddress{state.driver_area + kRingOffset + kAvailableBytes * slot}, chain.head)) {
    return std::nullopt;
  }
  if (chain.head >= state.size) {
    fail("available entry names no descriptor");
    return std::nullopt;
  }
  if (!collect(chain, PhysicalAddress{state.descriptors}, state.size, chain.head, false)) {
    return std::nullopt;
  }
  ++state.next_available;
  return chain;
}

bool Virtqueue::load_descriptor(PhysicalAddress table, unsigned n, Descriptor& descriptor) {
  std::array<std::uint8_t, kDescriptorBytes> bytes{};
  if (!dma_.read(table + kDescriptorBytes * n, bytes)) return fail("descriptor is not in memory");
  std::span<const std::uint8_t> in = bytes;
  descriptor.address = take<std::uint64_t>(in);
  descriptor.bytes = take<std::uint32_t>(in);
  descriptor.flags = take<std::uint16_t>(in);
  descriptor.next = take<std::uint16_t>(in);
  return true;
}

// 2.6.5.3 Indirect Descriptors: an indirect table may not hold another one, and a descriptor that
// refers to one has no next.
bool Virtqueue::collect(DescriptorChain& chain, PhysicalAddress table, unsigned entries,
                        unsigned first, bool is_indirect) {
  unsigned n = first;
  for (unsigned seen = 0; seen < entries; ++seen) {
    Descriptor descriptor;
    if (!load_descriptor(table, n, descriptor)) return false;
    if ((descriptor.flags & kIndirect) != 0) {
      if (is_indirect) return fail("nested indirect descriptor");
      if ((descriptor.flags & kNext) != 0) return fail("indirect descriptor with a next one");
      if (descriptor.bytes == 0 || descriptor.bytes % kDescriptorBytes != 0) {
        return fail("indirect table of odd length");
      }
      const std::uint64_t count = descriptor.bytes / kDescriptorBytes;
      if (count > kSegmentsMax) return fail("indirect table is too long");
      return collect(chain, PhysicalAddress{descriptor.address}, static_cast<unsigned>(count), 0,
                     true);
    }
    const Segment segment{PhysicalAddress{descriptor.address}, descriptor.bytes};
    if ((descriptor.flags & kWrite) != 0) {
      chain.writable.push_back(segment);
    } else if (!chain.writable.empty()) {
      return fail("readable descriptor after a writable one");
    } else {
      chain.readable.push_back(segment);
    }
    if (chain.readable.size() + chain.writable.size() > kSegmentsMax) return fail("chain is too long");
    if ((descriptor.flags & kNext) == 0) return true;
    if (descriptor.next >= entries) return fail("next names no descriptor");
    n = descriptor.next;
  }
  return fail("descriptor chain has a loop");
}

bool Virtqueue::push(const DescriptorChain& chain, std::uint32_t written) {
  if (broken_) return false;
  const std::uint64_t slot = state.next_used % state.size;
  std::vector<std::uint8_t> entry;
  put(entry, std::uint32_t{chain.head});
  put(entry, written);
  if (!dma_.write(PhysicalAddress{state.device_area + kRingOffset + kUsedBytes * slot}, entry)) {
    return fail("used ring is not in memory");
  }
  ++state.next_used;
  return store16(PhysicalAddress{state.device_area + kIndexOffset}, state.next_used);
}

// 2.6.7 Used Buffer Notification Suppression
bool Virtqueue::should_interrupt(bool event_index) {
  const std::uint16_t old = state.signalled_used;
  state.signalled_used = state.next_used;
  if (broken_ || old == state.next_used) return false;
  std::uint16_t word = 0;
  if (!event_index) {
    return load16(PhysicalAddress{state.driver_area}, word) && (word & kNoInterrupt) == 0;
  }
  const std::uint64_t used_event = kRingOffset + kAvailableBytes * state.size;
  return load16(PhysicalAddress{state.driver_area + used_event}, word) &&
         passed(word, state.next_used, old);
}

}  // namespace armature::platform
