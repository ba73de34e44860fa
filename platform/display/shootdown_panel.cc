// The last shootdowns: from the TLBI to each core that dropped entries to the DSB that completed it.
#include <fmt/format.h>

#include <algorithm>

#include "platform/display/machine_view.h"
#include "platform/display/panel.h"
#include "platform/machine/machine.h"
#include "sim/event/alphabet.h"
#include "tlb/tlbi.h"

namespace armature::platform::display {
namespace {

constexpr float kWidth = 120, kLane = 16, kTop = 34;
constexpr ImU32 kIssue = IM_COL32(240, 228, 66, 255);
constexpr ImU32 kDrop = IM_COL32(86, 180, 233, 255);
constexpr ImU32 kDone = IM_COL32(0, 158, 115, 255);
constexpr ImU32 kMissing = IM_COL32(213, 94, 0, 255);

void arrow(ImDrawList* draw, ImVec2 from, ImVec2 to, ImU32 colour) {
  draw->AddLine(from, to, colour, 1.5f);
  const float down = to.y > from.y ? 1.0f : -1.0f;
  if (from.y == to.y) return;
  draw->AddTriangleFilled(to, ImVec2(to.x - 4, to.y - 5 * down), ImVec2(to.x + 1, to.y - 6 * down),
                          colour);
}

std::string operation(const Event& issue) {
  return std::string(tlb::tlbi_op_name(static_cast<tlb::TlbiOp>(issue.d & 0xff)));
}

// An event in the words of the alphabet.
std::string_view meaning(EventKind kind) {
  for (const EventDescription& event : event_alphabet()) {
    if (event.kind == kind) return event.meaning;
  }
  return "";
}

void explain(const Shootdown& shootdown) {
  std::string line =
      fmt::format("event {}, {}: TLBI {} by core {} EL{} at pc {:#x}\noperand {:#x}, VMID {}",
                  shootdown.issue.sequence, meaning(EventKind::tlbi), operation(shootdown.issue),
                  shootdown.issue.core, shootdown.issue.el, shootdown.issue.pc, shootdown.issue.a,
                  shootdown.issue.b & 0xffff);
  for (const auto& receipt : shootdown.receipts) {
    line += fmt::format("\n{}: core {}, which dropped {}", meaning(EventKind::tlbi_receive),
                        receipt.core, receipt.dropped);
  }
  line += shootdown.is_complete
              ? fmt::format("\n{}: that at pc {:#x}", meaning(EventKind::tlbi_complete),
                            shootdown.completion.pc)
              : std::string("\nno DSB has completed it");
  ImGui::SetTooltip("%s", line.c_str());
}

// One column: lanes downwards, the issue on the left, receipts in the middle, the DSB on the right.
void draw_one(ImDrawList* draw, ImVec2 at, const Shootdown& shootdown, unsigned cores) {
  const auto lane = [&](unsigned core) {
    return at.y + kTop + (static_cast<float>(core) + 0.5f) * kLane;
  };
  draw->AddText(at, kInk, operation(shootdown.issue).c_str());
  draw->AddText(ImVec2(at.x, at.y + 14), kFaintInk,
                fmt::format("#{}", shootdown.issue.sequence).c_str());
  for (unsigned core = 0; core < cores; ++core) {
    draw->AddLine(ImVec2(at.x, lane(core)), ImVec2(at.x + kWidth - 16, lane(core)), kEmptyCell, 2);
  }
  const ImVec2 issue(at.x + 6, lane(shootdown.issue.core));
  for (const auto& receipt : shootdown.receipts) {
    const ImVec2 drop(at.x + 48, lane(receipt.core));
    arrow(draw, issue, drop, kDrop);
    draw->AddCircleFilled(drop, receipt.dropped != 0 ? 5.0f : 3.0f, kDrop);
    if (receipt.dropped != 0) {
      draw->AddText(ImVec2(drop.x + 7, drop.y - 8), kInk,
                    fmt::format("{}", receipt.dropped).c_str());
    }
    if (shootdown.is_complete) {
      draw->AddLine(ImVec2(drop.x + 26, drop.y), ImVec2(at.x + kWidth - 24, issue.y), kDone, 1);
    }
  }
  draw->AddTriangleFilled(ImVec2(issue.x - 4, issue.y - 5), ImVec2(issue.x - 4, issue.y + 5),
                          ImVec2(issue.x + 5, issue.y), kIssue);
  const ImVec2 done(at.x + kWidth - 24, issue.y);
  if (shootdown.is_complete) {
    draw->AddRectFilled(ImVec2(done.x - 4, done.y - 5), ImVec2(done.x + 4, done.y + 5), kDone);
  } else {
    draw->AddRect(ImVec2(done.x - 4, done.y - 5), ImVec2(done.x + 4, done.y + 5), kMissing, 0, 0,
                  2);
  }
}

}  // namespace

void MachineView::draw_shootdowns() {
  ImGui::SameLine(0, 12);
  legend(kIssue, "TLBI");
  ImGui::SameLine(0, 10);
  legend(kDrop, "applied");
  ImGui::SameLine(0, 10);
  legend(kDone, "DSB");
  ImGui::SameLine(0, 10);
  legend(kMissing, "no DSB");
  const unsigned cores = machine_.config().smp;
  const float height = kTop + static_cast<float>(cores) * kLane + 10;
  const float room = ImGui::GetContentRegionAvail().x;
  const auto columns = std::max(1u, static_cast<unsigned>(room / kWidth));
  const auto rows = std::max(1u, static_cast<unsigned>(ImGui::GetContentRegionAvail().y / height));
  const auto& all = history_.shootdowns();
  const std::size_t shown = std::min<std::size_t>(all.size(), std::size_t{columns} * rows);
  const ImVec2 origin = ImGui::GetCursorScreenPos();
  for (std::size_t n = 0; n < shown; ++n) {
    const Shootdown& shootdown = all[all.size() - shown + n];
    const ImVec2 at(origin.x + static_cast<float>(n % columns) * kWidth,
                    origin.y + static_cast<float>(n / columns) * height);
    draw_one(ImGui::GetWindowDrawList(), at, shootdown, cores);
    if (ImGui::IsMouseHoveringRect(at, ImVec2(at.x + kWidth, at.y + height))) explain(shootdown);
  }
}

}  // namespace armature::platform::display
