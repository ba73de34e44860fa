// Physical memory by owner, and the caches.
#include <fmt/format.h>

#include <algorithm>

#include "cache/hierarchy.h"
#include "platform/display/machine_view.h"
#include "platform/display/panel.h"
#include "platform/machine/machine.h"
#include "platform/machine/memory_layout.h"

namespace armature::platform::display {
namespace {

constexpr float kCell = 7, kPitch = 8;
constexpr ImU32 kTable = IM_COL32(240, 228, 66, 255);
constexpr ImU32 kPlain = IM_COL32(70, 74, 82, 255);

void draw_cell(ImDrawList* draw, ImVec2 at, const MapCell& cell) {
  const ImVec2 end(at.x + kCell, at.y + kCell);
  switch (cell.kind) {
    case PageKind::plain:
      draw->AddRectFilled(at, end, kPlain);
      break;
    case PageKind::table:
      draw->AddRectFilled(at, end, kPlain);
      draw->AddRectFilled(ImVec2(at.x, at.y + 2), ImVec2(end.x, at.y + 5), kTable);
      break;
    case PageKind::owned:
      draw->AddRectFilled(at, end, principal_colour(cell.owner));
      break;
    case PageKind::granted:
      draw->AddRectFilled(at, end, kPlain);
      draw->AddTriangleFilled(at, ImVec2(end.x, at.y), ImVec2(at.x, end.y),
                              principal_colour(cell.owner));
      break;
  }
}

void explain(const PageMap& map, std::size_t n) {
  constexpr const char* kKinds[] = {"memory of KServ or EL1", "translation tables", "owned by ",
                                    "granted to KServ by "};
  const MapCell& cell = map.cells[n];
  const bool named = cell.kind == PageKind::owned || cell.kind == PageKind::granted;
  const std::uint64_t bytes = map.frames_per_cell * kFrameBytes;
  const std::uint64_t base = layout::kRam.value + n * bytes;
  const auto line =
      fmt::format("{:#x}..{:#x}\n{}{}\n{} of {} pages", base, base + bytes - 1,
                  kKinds[static_cast<unsigned>(cell.kind)], named ? principal_name(cell.owner) : "",
                  cell.interesting, map.frames_per_cell);
  ImGui::SetTooltip("%s", line.c_str());
}

void occupancy(const std::string& label, std::uint64_t lines, std::uint64_t capacity) {
  text(fmt::format("{:<9}", label));
  ImGui::SameLine(80);
  const auto fraction = static_cast<float>(lines) / static_cast<float>(capacity);
  // Dark enough for the numbers upon it.
  ImGui::PushStyleColor(ImGuiCol_PlotHistogram, IM_COL32(0, 114, 178, 255));
  ImGui::ProgressBar(fraction, ImVec2(-1, 14), fmt::format("{} of {}", lines, capacity).c_str());
  ImGui::PopStyleColor();
}

}  // namespace

void MachineView::draw_memory() {
  const bool has_owners = !machine_.boot_plan().manifest.ownership.empty();
  ImGui::SameLine(0, 12);
  legend(kPlain, has_owners ? "KServ" : "plain");
  ImGui::SameLine(0, 10);
  legend(kTable, "tables");
  if (has_owners) {
    ImGui::SameLine(0, 10);
    legend(principal_colour(Principal::kcore), "KCore");
    ImGui::SameLine(0, 10);
    text("others: VMs; half: granted");
  }
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const auto columns = static_cast<std::size_t>(std::max(16.0f, room.x / kPitch - 1));
  const auto rows = static_cast<std::size_t>(std::max(8.0f, room.y / kPitch - 1));
  const PageMap map = page_map(machine_, columns * rows);
  const ImVec2 origin = ImGui::GetCursorScreenPos();
  ImDrawList* draw = ImGui::GetWindowDrawList();
  for (std::size_t n = 0; n < map.cells.size(); ++n) {
    const ImVec2 at(origin.x + static_cast<float>(n % columns) * kPitch,
                    origin.y + static_cast<float>(n / columns) * kPitch);
    draw_cell(draw, at, map.cells[n]);
    if (ImGui::IsMouseHoveringRect(at, ImVec2(at.x + kPitch, at.y + kPitch))) explain(map, n);
  }
}

void MachineView::draw_caches() {
  const CpuPreset& preset = machine_.preset;
  const auto lines = [](const CacheGeometry& g) { return std::uint64_t{g.bytes / 64}; };
  occupancy("L2", machine_.caches->resident_lines(cache::Level::l2, {}), lines(preset.l2));
  for (unsigned core = 0; core < machine_.config().smp; ++core) {
    const CoreId id{static_cast<std::uint8_t>(core)};
    occupancy(fmt::format("L1I {}", core),
              machine_.caches->resident_lines(cache::Level::l1_instruction, id), lines(preset.l1i));
    occupancy(fmt::format("L1D {}", core),
              machine_.caches->resident_lines(cache::Level::l1_data, id), lines(preset.l1d));
  }
  const auto divergent = machine_.caches->divergent_lines();
  text(fmt::format("{} lines differ from", divergent.size()));
  text("memory (PoC) or L2 (PoU):");
  for (std::size_t n = 0; n < std::min<std::size_t>(divergent.size(), 16); ++n) {
    if (n % 2 != 0) ImGui::SameLine(110);
    text(fmt::format("{:#x}", divergent[n].value));
  }
}

}  // namespace armature::platform::display
