#include "platform/devices/virtio_rng.h"

#include <algorithm>
#include <array>

#include "sim/snapshot/bytes.h"

namespace armature::platform {
namespace {

// CHOICE: a request is answered with at most this many bytes; the driver asks again.
constexpr std::uint64_t kBytesMax = 4096;

}  // namespace

// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators).
std::uint64_t VirtioRng::next() {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

void VirtioRng::notify(VirtioTransport& transport, unsigned queue) {
  while (auto chain = transport.pop(queue)) {
    SegmentCursor out(transport.dma(), chain->writable);
    std::vector<std::uint8_t> bytes;
    const std::uint64_t wanted = std::min(kBytesMax, out.remaining());
    while (bytes.size() < wanted) put(bytes, next());
    bytes.resize(static_cast<std::size_t>(wanted));
    if (!out.write(bytes)) return transport.break_down();
    transport.push(queue, *chain, static_cast<std::uint32_t>(wanted));
  }
  transport.interrupt(queue);
}

void VirtioRng::save(std::vector<std::uint8_t>& out) const { put(out, state_); }
void VirtioRng::load(std::span<const std::uint8_t>& in) { state_ = take<std::uint64_t>(in); }

}  // namespace armature::platform
