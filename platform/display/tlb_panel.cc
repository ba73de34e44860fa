// Every TLB of every core as a map: a cell is a slot, its colour the VMID, its shape the stages.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "mmu/mmu.h"
#include "platform/display/machine_view.h"
#include "platform/display/panel.h"
#include "platform/machine/machine.h"

namespace armature::platform::display {
namespace {

constexpr float kCell = 6, kPitch = 7;
constexpr unsigned kL2Columns = 64;

struct Place {
  TlbStructure structure;
  const char* label;
  unsigned slots;
};

std::array<Place, kTlbStructures> places(const CpuPreset& preset) {
  const auto slots = [](TlbGeometry g) { return unsigned{g.sets} * g.ways; };
  return {{{TlbStructure::l1_instruction, "L1I", slots(preset.l1_itlb)},
           {TlbStructure::l1_data, "L1D", slots(preset.l1_dtlb)},
           {TlbStructure::walk_cache, "walk", slots(preset.walk_cache)},
           {TlbStructure::ipa_cache, "IPA", slots(preset.ipa_cache)},
           {TlbStructure::l2, "L2", slots(preset.l2_tlb)}}};
}

// Stage 1 only: full. Stage 2 only: a frame. Combined: full with a dark centre.
void draw_entry(ImDrawList* draw, ImVec2 at, const tlb::Entry& entry) {
  const ImVec2 end(at.x + kCell, at.y + kCell);
  const ImU32 colour = entry.regime == tlb::Regime::el2 ? principal_colour(Principal::el2)
                                                        : vmid_colour(entry.vmid.value);
  if (entry.kind == tlb::EntryKind::stage2_only) {
    draw->AddRect(at, end, colour, 0, 0, 1.5f);
    return;
  }
  draw->AddRectFilled(at, end, colour);
  if (entry.kind == tlb::EntryKind::combined) {
    draw->AddRectFilled(ImVec2(at.x + 2, at.y + 2), ImVec2(at.x + 4, at.y + 4), kEmptyCell);
  }
}

void explain(const tlb::Entry& entry) {
  constexpr const char* kKinds[] = {"stage 1", "stage 2", "both stages"};
  const auto line = fmt::format(
      "{:#x} -> {:#x}, {} KiB, {}{}\n{} VMID {} ASID {}{}\nlevel {}, descriptor at {:#x}\n"
      "filled by event {}",
      tlb::event_input(entry), entry.output, (1ull << entry.size_log2) / 1024,
      kKinds[static_cast<unsigned>(entry.kind)], entry.table_pointer ? ", a table pointer" : "",
      entry.regime == tlb::Regime::el2 ? "EL2" : "EL1&0", entry.vmid.value, entry.asid.value,
      entry.global ? " (global)" : "", int{tlb::event_level(entry)}, tlb::event_descriptor(entry),
      entry.sequence);
  ImGui::SetTooltip("%s", line.c_str());
}

class TlbMap {
 public:
  TlbMap(ImVec2 origin, unsigned columns) : origin_(origin), columns_(columns) {}
  ImVec2 at(unsigned slot) const {
    return {origin_.x + static_cast<float>(slot % columns_) * kPitch,
            origin_.y + static_cast<float>(slot / columns_) * kPitch};
  }
  float height(unsigned slots) const {
    return static_cast<float>((slots + columns_ - 1) / columns_) * kPitch;
  }
  bool hovers(unsigned slot) const {
    const ImVec2 a = at(slot);
    return ImGui::IsMouseHoveringRect(a, ImVec2(a.x + kPitch, a.y + kPitch));
  }

 private:
  ImVec2 origin_;
  unsigned columns_;
};

void draw_structure(const Place& place, const std::vector<mmu::Mmu::EntryView>& entries,
                    unsigned columns) {
  ImGui::BeginGroup();
  std::size_t used = 0;
  for (const auto& view : entries) used += view.structure == place.structure ? 1 : 0;
  text(fmt::format("{} {}/{}", place.label, used, place.slots));
  const TlbMap map(ImGui::GetCursorScreenPos(), columns);
  ImDrawList* draw = ImGui::GetWindowDrawList();
  for (unsigned slot = 0; slot < place.slots; ++slot) {
    const ImVec2 at = map.at(slot);
    draw->AddRectFilled(at, ImVec2(at.x + kCell, at.y + kCell), kEmptyCell);
  }
  for (const auto& view : entries) {
    if (view.structure != place.structure) continue;
    draw_entry(draw, map.at(view.slot), view.entry);
    if (map.hovers(view.slot)) explain(view.entry);
  }
  ImGui::Dummy(ImVec2(static_cast<float>(columns) * kPitch, map.height(place.slots) + 2));
  ImGui::EndGroup();
}

}  // namespace

void MachineView::draw_tlbs() {
  ImGui::SameLine(0, 14);
  text("colour: VMID");
  for (unsigned vmid = 0; vmid < 4; ++vmid) {
    ImGui::SameLine(0, 10);
    legend(vmid_colour(vmid), fmt::format("{}", vmid));
  }
  ImGui::SameLine(0, 10);
  legend(principal_colour(Principal::el2), "EL2");
  ImGui::SameLine(0, 16);
  text("full: stage 1, dot: both stages, frame: stage 2");
  for (unsigned core = 0; core < machine_.config().smp; ++core) {
    const auto entries = machine_.mmus[core]->entries();
    text(fmt::format("core {}", core));
    ImGui::SameLine(54);
    ImGui::BeginGroup();
    const auto structures = places(machine_.preset);
    for (unsigned n = 0; n + 1 < structures.size(); ++n) {
      if (n != 0 && n % 2 == 0) ImGui::NewLine();
      if (n % 2 != 0) ImGui::SameLine(0, 6);
      draw_structure(structures[n], entries, 16);
    }
    ImGui::EndGroup();
    ImGui::SameLine(0, 8);
    draw_structure(structures.back(), entries, kL2Columns);
  }
}

}  // namespace armature::platform::display
