#include "sim/snapshot/frames.h"

#include <cstring>

namespace armature {
namespace {

bool is_zero(const std::uint8_t* frame) {
  return *frame == 0 && std::memcmp(frame, frame + 1, kFrameBytes - 1) == 0;
}

}  // namespace

MemoryImage MemoryImage::of(const MemoryMap& memory, const MemoryImage* previous) {
  MemoryImage image;
  for (std::size_t r = 0; r < memory.regions().size(); ++r) {
    const MemoryRegion& from = *memory.regions()[r];
    const std::uint64_t frames = from.size / kFrameBytes;
    Region region;
    region.readable = from.readable;
    region.flags.assign(from.frame_flags, from.frame_flags + frames);
    region.frames.resize(frames);
    for (std::uint64_t n = 0; n < frames; ++n) {
      const std::uint8_t* bytes = from.host + n * kFrameBytes;
      if (previous != nullptr) {
        const auto& before = previous->regions[r].frames[n];
        if (before != nullptr && std::memcmp(before->data(), bytes, kFrameBytes) == 0) {
          region.frames[n] = before;
          continue;
        }
      }
      if (is_zero(bytes)) continue;
      auto frame = std::make_shared<Frame>();
      std::memcpy(frame->data(), bytes, kFrameBytes);
      region.frames[n] = std::move(frame);
      image.own_bytes += kFrameBytes;
    }
    image.regions.push_back(std::move(region));
  }
  return image;
}

void MemoryImage::restore(MemoryMap& memory) const {
  for (std::size_t r = 0; r < regions.size(); ++r) {
    const Region& from = regions[r];
    MemoryRegion& region = *memory.regions()[r];
    region.readable = from.readable;
    for (std::size_t n = 0; n < from.flags.size(); ++n) {
      region.frame_flags[n] = restored_flags(region.frame_flags[n], from.flags[n]);
    }
    for (std::size_t n = 0; n < from.frames.size(); ++n) {
      std::uint8_t* bytes = region.host + n * kFrameBytes;
      if (from.frames[n] == nullptr) {
        if (!is_zero(bytes)) std::memset(bytes, 0, kFrameBytes);
      } else if (std::memcmp(bytes, from.frames[n]->data(), kFrameBytes) != 0) {
        std::memcpy(bytes, from.frames[n]->data(), kFrameBytes);
      }
    }
  }
}

}  // namespace armature
