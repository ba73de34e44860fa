#include "sim/snapshot/memory.h"

#include <cstring>

#include "sim/base/user_error.h"
#include "sim/snapshot/bytes.h"

namespace armature {
namespace {

constexpr std::uint64_t kNoMoreFrames = ~0ull;

bool is_zero(const std::uint8_t* frame) {
  // A frame is zero when its first word is and every byte equals the one before it.
  return *frame == 0 && std::memcmp(frame, frame + 1, kFrameBytes - 1) == 0;
}

void append(std::vector<std::uint8_t>& out, const std::uint8_t* frame) {
  out.insert(out.end(), frame, frame + kFrameBytes);
}

}  // namespace

void save_memory(MemoryMap& memory, std::vector<std::uint8_t>& out) {
  put(out, std::uint64_t{memory.regions().size()});
  for (const auto& region : memory.regions()) {
    put(out, region->base.value);
    put(out, region->size);
    put(out, std::uint8_t{region->readable});
    const std::uint64_t frames = region->size / kFrameBytes;
    for (std::uint64_t frame = 0; frame < frames; ++frame) {
      const std::uint8_t* bytes = region->host + frame * kFrameBytes;
      const std::uint8_t flags = region->frame_flags[frame] & ~kFrameWatched;
      if (flags == 0 && is_zero(bytes)) continue;
      put(out, frame);
      put(out, flags);
      append(out, bytes);
    }
    put(out, kNoMoreFrames);
  }
}

void load_memory(MemoryMap& memory, std::span<const std::uint8_t>& in) {
  const auto refuse = [](const char* what) {
    throw UserError(std::string("snapshot does not fit this machine: ") + what);
  };
  if (take<std::uint64_t>(in) != memory.regions().size()) refuse("other memory regions");
  for (const auto& region : memory.regions()) {
    const auto base = take<std::uint64_t>(in);
    const auto size = take<std::uint64_t>(in);
    if (base != region->base.value || size != region->size) {
      refuse(("region '" + region->name + "' has another address or size").c_str());
    }
    region->readable = take<std::uint8_t>(in) != 0;
    const std::uint64_t frames = region->size / kFrameBytes;
    const auto clear = [&](std::uint64_t from, std::uint64_t to) {
      for (; from < to; ++from) {
        std::uint8_t* bytes = region->host + from * kFrameBytes;
        if (!is_zero(bytes)) std::memset(bytes, 0, kFrameBytes);
        region->frame_flags[from] &= kFrameWatched;
      }
    };
    std::uint64_t next = 0;
    for (;;) {
      const auto frame = take<std::uint64_t>(in);
      if (frame == kNoMoreFrames) break;
      if (frame < next || frame >= frames) refuse("a frame is out of place");
      clear(next, frame);
      const auto flags = take<std::uint8_t>(in);
      region->frame_flags[frame] = restored_flags(region->frame_flags[frame], flags);
      if (in.size() < kFrameBytes) throw UserError("snapshot is truncated");
      std::memcpy(region->host + frame * kFrameBytes, in.data(), kFrameBytes);
      in = in.subspan(kFrameBytes);
      next = frame + 1;
    }
    clear(next, frames);
  }
}

}  // namespace armature
