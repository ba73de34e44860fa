// A lane for each core: who ran on it, column by column of simulated time.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "platform/display/machine_view.h"
#include "platform/display/panel.h"
#include "platform/machine/machine.h"
#include "sim/arch/sysreg.h"

namespace armature::platform::display {
namespace {

constexpr float kLabelWidth = 330, kRow = 20;

std::string core_label(const Machine& machine, unsigned core, Principal principal) {
  constexpr const char* kSleep[] = {"", "WFI", "WFE", "off"};
  const auto& state = machine.cores[core]->state;
  const bool is_named = principal >= Principal::kserv;  // else the Exception level says it all
  const std::string who = state.sleep != cpu::Sleep::running
                              ? kSleep[static_cast<unsigned>(state.sleep)]
                          : is_named ? principal_name(principal)
                                     : "";
  return fmt::format("core {:<2} EL{} {:<6} pc {:#x}", core, static_cast<unsigned>(state.ps.el),
                     who, state.pc);
}

// The registers that say where a core is and what it translates with, in the words of the register table.
void explain(const Machine& machine, unsigned core) {
  constexpr SysReg kShown[] = {SysReg::SCTLR_EL1, SysReg::TTBR0_EL1, SysReg::TTBR1_EL1,
                               SysReg::TCR_EL1,   SysReg::VBAR_EL1,  SysReg::ESR_EL1,
                               SysReg::FAR_EL1,   SysReg::HCR_EL2,   SysReg::VTTBR_EL2,
                               SysReg::ESR_EL2,   SysReg::FAR_EL2,   SysReg::HPFAR_EL2};
  const auto& state = machine.cores[core]->state;
  std::string lines =
      fmt::format("core {}, {} instructions, pc {:#x}", core, state.retired, state.pc);
  for (const SysReg reg : kShown) {
    const SysRegInfo& info = sysreg_info(reg);
    if (machine.config().el < 2 && info.name.ends_with("_EL2")) continue;
    lines += fmt::format("\n{:<10} {:#018x}  {}", info.name, state[reg], info.title);
  }
  ImGui::SetTooltip("%s", lines.c_str());
}

void draw_legend(const std::set<Principal>& seen) {
  for (const Principal principal : seen) {
    ImGui::SameLine(0, 14);
    legend(principal_colour(principal), principal_name(principal));
  }
}

}  // namespace

void MachineView::draw_lanes() {
  std::set<Principal> seen;
  for (const auto& lane : history_.lanes()) {
    for (const LaneSample& sample : lane) seen.insert(sample.principal);
  }
  draw_legend(seen);
  ImGui::SameLine(0, 20);
  ImGui::TextColored(ImVec4(0.6f, 0.6f, 0.62f, 1), "a column: %.0f us",
                     static_cast<double>(history_.column_cycles()) / 1000.0);
  const float columns = static_cast<float>(History::kColumnsMax);
  for (unsigned core = 0; core < machine_.config().smp; ++core) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    text(core_label(machine_, core, running_on(machine_, core)));
    if (ImGui::IsItemHovered()) explain(machine_, core);
    ImDrawList* draw = ImGui::GetWindowDrawList();
    const float x0 = at.x + kLabelWidth;
    const float step = std::max(1.0f, (ImGui::GetWindowWidth() - kLabelWidth - 24) / columns);
    const auto& lane = history_.lanes()[core];
    for (std::size_t first = 0; first < lane.size();) {
      std::size_t last = first + 1;
      while (last < lane.size() && lane[last] == lane[first]) ++last;
      draw->AddRectFilled(ImVec2(x0 + static_cast<float>(first) * step, at.y + 1),
                          ImVec2(x0 + static_cast<float>(last) * step, at.y + kRow - 4),
                          principal_colour(lane[first].principal));
      first = last;
    }
  }
}

}  // namespace armature::platform::display
