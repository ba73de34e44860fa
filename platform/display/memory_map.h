// Who owns physical memory, at the resolution of a picture.
#pragma once

#include <cstdint>
#include <vector>

#include "platform/display/principal.h"
#include "sim/base/types.h"

namespace armature::platform::display {

enum class PageKind : std::uint8_t { plain, table, owned, granted };

struct MapCell {
  PageKind kind = PageKind::plain;
  Principal owner = Principal::el1;
  std::uint32_t interesting = 0;  // frames of the cell that are not plain memory of KServ or EL1
  bool operator==(const MapCell&) const = default;
};

struct PageMap {
  std::uint64_t frames_per_cell = 1;
  std::vector<MapCell> cells;  // of RAM, from its base
};

// A cell shows its most interesting frame: a granted page before a VM's, KCore's, a table, the rest.
// Owners come from the manifest's page array; without one only translation tables stand out.
PageMap page_map(Machine& machine, std::size_t cells_max);

}  // namespace armature::platform::display
