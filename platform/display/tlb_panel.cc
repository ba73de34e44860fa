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

// How large a slot is drawn: with more than two cores, smaller, and two cores side by side.
struct Scale {
  float pitch;  // a slot and the gap behind it, one pixel
  unsigned l2_columns, cores_in_row;
  float cell() const { return pitch - 1; }
};
constexpr Scale kLarge{7, 64, 1}, kSmall{4, 44, 2};

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
void draw_entry(ImDrawList* draw, ImVec2 at, float cell, const tlb::Entry& entry) {
  const ImVec2 end(at.x + cell, at.y + cell);
  const ImU32 colour = entry.regime == tlb::Regime::el2 ? principal_colour(Principal::el2)
                                                        : vmid_colour(entry.vmid.value);
  if (entry.kind == tlb::EntryKind::stage2_only) {
    draw->AddRect(at, end, colour, 0, 0, cell / 4);
    return;
  }
  draw->AddRectFilled(at, end, colour);
  if (entry.kind == tlb::EntryKind::combined) {
    const float third = cell / 3;
    draw->AddRectFilled(ImVec2(at.x + third, at.y + third), ImVec2(end.x - third, end.y - third),
                        kEmptyCell);
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
  TlbMap(ImVec2 origin, unsigned columns, float pitch)
      : origin_(origin), columns_(columns), pitch_(pitch) {}
  ImVec2 at(unsigned slot) const {
    return {origin_.x + static_cast<float>(slot % columns_) * pitch_,
            origin_.y + static_cast<float>(slot / columns_) * pitch_};
  }
  float height(unsigned slots) const {
    return static_cast<float>((slots + columns_ - 1) / columns_) * pitch_;
  }
  bool hovers(unsigned slot) const {
    const ImVec2 a = at(slot);
    return ImGui::IsMouseHoveringRect(a, ImVec2(a.x + pitch_, a.y + pitch_));
  }

 private:
  ImVec2 origin_;
  unsigned columns_;
  float pitch_;
};

void draw_structure(const Place& place, const std::vector<mmu::Mmu::EntryView>& entries,
                    unsigned columns, const Scale& scale) {
  ImGui::BeginGroup();
  std::size_t used = 0;
  for (const auto& view : entries) used += view.structure == place.structure ? 1 : 0;
  text(fmt::format("{} {}/{}", place.label, used, place.slots));
  const TlbMap map(ImGui::GetCursorScreenPos(), columns, scale.pitch);
  ImDrawList* draw = ImGui::GetWindowDrawList();
  for (unsigned slot = 0; slot < place.slots; ++slot) {
    const ImVec2 at = map.at(slot);
    draw->AddRectFilled(at, ImVec2(at.x + scale.cell(), at.y + scale.cell()), kEmptyCell);
  }
  for (const auto& view : entries) {
    if (view.structure != place.structure) continue;
    draw_entry(draw, map.at(view.slot), scale.cell(), view.entry);
    if (map.hovers(view.slot)) explain(view.entry);
  }
  ImGui::Dummy(ImVec2(static_cast<float>(columns) * scale.pitch, map.height(place.slots) + 2));
  ImGui::EndGroup();
}

// All structures of a core.
void draw_core(Machine& machine, unsigned core, const Scale& scale) {
  const auto entries = machine.mmus[core]->entries();
  ImGui::BeginGroup();
  text(fmt::format("core {}", core));
  ImGui::SameLine(50);  // from the group's beginning
  ImGui::BeginGroup();
  const auto structures = places(machine.preset);
  for (unsigned n = 0; n + 1 < structures.size(); ++n) {
    if (n != 0 && n % 2 == 0) ImGui::NewLine();
    if (n % 2 != 0) ImGui::SameLine(0, 6);
    draw_structure(structures[n], entries, 16, scale);
  }
  ImGui::EndGroup();
  ImGui::SameLine(0, 8);
  draw_structure(structures.back(), entries, scale.l2_columns, scale);
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
  const Scale& scale = machine_.config().smp > 2 ? kSmall : kLarge;
  const float row_begin = ImGui::GetCursorPosX();
  const float core_width =
      ImGui::GetContentRegionAvail().x / static_cast<float>(scale.cores_in_row);
  for (unsigned core = 0; core < machine_.config().smp; ++core) {
    const unsigned column = core % scale.cores_in_row;
    if (column != 0) ImGui::SameLine(row_begin + static_cast<float>(column) * core_width);
    draw_core(machine_, core, scale);
  }
}

}  // namespace armature::platform::display
