#include "cache/state.h"

namespace armature::cache {
namespace {

std::vector<CoreCaches> make_cores(const CpuPreset& preset, unsigned count, std::uint64_t seed) {
  std::vector<CoreCaches> cores;
  cores.reserve(count);
  for (unsigned core = 0; core < count; ++core) cores.emplace_back(preset, seed ^ (core + 1) << 8);
  return cores;
}

constexpr std::uint32_t kSnapshotVersion = 1;

std::array<std::uint32_t, 9> geometry_of(const CpuPreset& preset, unsigned cores) {
  const auto policy = [](const CacheGeometry& g) {
    return static_cast<std::uint32_t>(g.replacement);
  };
  return {kSnapshotVersion,
          cores,
          preset.l1i.bytes,
          preset.l1i.ways,
          preset.l1d.bytes,
          preset.l1d.ways,
          preset.l2.bytes,
          preset.l2.ways,
          policy(preset.l1i) | policy(preset.l1d) << 8 | policy(preset.l2) << 16};
}

}  // namespace

Hierarchy::State::State(const CpuPreset& preset, unsigned count, std::uint64_t seed, MemoryMap& map,
                        EventBus& bus)
    : geometry(geometry_of(preset, count)),
      costs(preset.costs),
      memory(map),
      events(bus),
      cores(make_cores(preset, count, seed)),
      l2(preset.l2, seed, map) {
  ARMATURE_ASSERT(count >= 1 && count <= kCoresMax);
}

void Hierarchy::State::find_monitors(PhysicalAddress line, std::uint8_t except) {
  std::uint64_t still_monitored = 0;
  for (std::uint8_t core = 0; core < cores.size(); ++core) {
    const std::uint64_t granule = cores[core].monitor;
    if (granule == line.value && core != except) {
      set_monitor(core, kNoMonitor);
      if (cores[core].observer != nullptr) cores[core].observer->monitor_cleared();
    } else if (granule != kNoMonitor) {
      still_monitored |= monitored_bit(granule);
    }
  }
  monitored = still_monitored;
}

}  // namespace armature::cache
