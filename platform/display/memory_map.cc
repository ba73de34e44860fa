#include "platform/display/memory_map.h"

#include <array>
#include <cstring>

#include "platform/machine/machine.h"
#include "platform/machine/memory_layout.h"

namespace armature::platform::display {
namespace {

// As hyp/abi/manifest.h numbers owners: 0 KServ, 1..255 the VM, 256 KCore.
constexpr std::uint32_t kOwnerKServ = 0, kOwnerKCore = 256;

// The coherent value is what host memory holds.
template <typename T>
T read(Machine& machine, PhysicalAddress address) {
  T value{};
  if (const std::uint8_t* host = machine.memory.host(address)) std::memcpy(&value, host, sizeof(T));
  return value;
}

unsigned interest(const MapCell& cell) {
  if (cell.kind == PageKind::granted) return 4;
  if (cell.kind == PageKind::table) return 1;
  if (cell.kind == PageKind::plain) return 0;
  return cell.owner == Principal::kcore ? 2 : 3;
}

void add(PageMap& map, std::uint64_t frame, const MapCell& page) {
  MapCell& cell = map.cells[frame / map.frames_per_cell];
  const std::uint32_t interesting = cell.interesting + 1;
  if (interest(page) > interest(cell)) cell = page;
  cell.interesting = interesting;
}

MapCell owned_page(std::uint32_t owner, std::uint32_t count) {
  if (owner == kOwnerKCore) return {PageKind::owned, Principal::kcore, 0};
  const bool is_granted = count != 0 && count != ~0u;
  return {is_granted ? PageKind::granted : PageKind::owned, vm_principal(owner), 0};
}

void add_owners(Machine& machine, const check::Manifest::Ownership& array, PageMap& map) {
  const auto base = read<std::uint64_t>(machine, array.base_cell);
  const auto bytes = read<std::uint64_t>(machine, array.bytes_cell);
  const PhysicalAddress entries{read<std::uint64_t>(machine, array.entries_cell)};
  if (bytes == 0 || base < layout::kRam.value) return;
  const std::uint64_t first = (base - layout::kRam.value) / kFrameBytes;
  for (std::uint64_t n = 0; n < bytes / kFrameBytes; ++n) {
    if ((first + n) / map.frames_per_cell >= map.cells.size()) return;
    const PhysicalAddress entry = entries + n * array.entry_bytes;
    const auto owner = read<std::uint32_t>(machine, entry + array.owner_offset);
    if (owner == kOwnerKServ) continue;
    add(map, first + n,
        owned_page(owner, read<std::uint32_t>(machine, entry + array.count_offset)));
  }
}

}  // namespace

PageMap page_map(Machine& machine, std::size_t cells_max) {
  PageMap map;
  const std::uint64_t frames = machine.config().memory / kFrameBytes;
  map.frames_per_cell = (frames + cells_max - 1) / cells_max;
  map.cells.resize((frames + map.frames_per_cell - 1) / map.frames_per_cell);
  for (const auto& array : machine.boot_plan().manifest.ownership) add_owners(machine, array, map);
  for (const auto& [frame, roles] : machine.tables->frames()) {
    const std::uint64_t address = frame * kFrameBytes;
    if (address < layout::kRam.value || roles.empty()) continue;
    const std::uint64_t n = (address - layout::kRam.value) / kFrameBytes;
    if (n < frames) add(map, n, {PageKind::table, Principal::el1, 0});
  }
  return map;
}

}  // namespace armature::platform::display
