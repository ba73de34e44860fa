#include "platform/display/machine_view.h"

#include <fmt/format.h>

#include "platform/display/panel.h"
#include "platform/machine/console.h"
#include "platform/machine/machine.h"
#include "sim/check/verdict.h"

namespace armature::platform::display {
namespace {

constexpr float kGap = 6;

std::string last_lines(const std::string& tail, unsigned lines) {
  std::size_t at = tail.size();
  for (unsigned n = 0; n <= lines && at != 0 && at != std::string::npos; ++n) {
    at = tail.rfind('\n', at - 1);
  }
  return at == std::string::npos || at == 0 ? tail : tail.substr(at + 1);
}

void draw_console(const Console& console) {
  std::string shown = last_lines(console.tail(), 400);
  std::erase(shown, '\r');
  ImGui::BeginChild("text", ImVec2(0, 0), false, ImGuiWindowFlags_HorizontalScrollbar);
  ImGui::TextUnformatted(shown.c_str(), shown.c_str() + shown.size());
  ImGui::SetScrollHereY(1.0f);
  ImGui::EndChild();
}

}  // namespace

void MachineView::set_guest_screen(void* texture, float width, float height) {
  screen_ = texture;
  screen_width_ = width;
  screen_height_ = height;
}

void MachineView::draw_bar(Controls& controls) {
  using Step = Controls::Step;
  if (ImGui::Button(controls.paused ? "Run (F5)" : "Pause (F5)"))
    controls.paused = !controls.paused;
  const auto step = [&](const char* label, Step what) {
    ImGui::SameLine();
    if (ImGui::Button(label)) {
      controls.paused = true;
      controls.step = what;
    }
  };
  step("Instruction (F6)", Step::instruction);
  step("Event (F7)", Step::event);
  step("Hypercall (F8)", Step::hypercall);
  ImGui::SameLine();
  if (ImGui::Button("Slower (F9)")) controls.pace.slower();
  ImGui::SameLine();
  if (ImGui::Button("Faster (F10)")) controls.pace.faster();
  ImGui::SameLine();
  text(fmt::format("  {:.6f} s   {:.1f} M instructions   event {}   {} x {}   seed {}   {}",
                   static_cast<double>(machine_.now().whole()) / kCoreHertz,
                   static_cast<double>(machine_.instructions()) / 1e6, machine_.events.sequence(),
                   machine_.config().smp, machine_.preset.name, machine_.config().seed,
                   controls.paused ? "paused" : controls.pace.name()));
}

void MachineView::draw_tabs(Controls& controls) {
  if (!ImGui::BeginTabBar("tabs")) return;
  shows_guest_screen_ = false;
  if (screen_ != nullptr && ImGui::BeginTabItem("screen")) {
    shows_guest_screen_ = true;
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const float scale = std::min(room.x / screen_width_, room.y / screen_height_);
    ImGui::Image(screen_, ImVec2(screen_width_ * scale, screen_height_ * scale));
    ImGui::EndTabItem();
  }
  for (unsigned n = 0; n < machine_.consoles.size(); ++n) {
    const Console& console = *machine_.consoles[n];
    if (n != 0 && console.bytes() == 0) continue;
    if (!ImGui::BeginTabItem(fmt::format("uart{}", n).c_str())) continue;
    controls.console = n;
    draw_console(console);
    ImGui::EndTabItem();
  }
  const auto& violations = history_.violations();
  const auto label = fmt::format("violations ({})###violations", violations.size());
  if (ImGui::BeginTabItem(label.c_str())) {
    if (violations.empty()) text("none (rules are checked with --check)");
    for (const Event& event : violations) {
      const auto rule = static_cast<check::Rule>(event.d & 0xffff);
      if (rule >= check::Rule::count) continue;
      text(fmt::format("event {} core {} EL{} pc {:#x}: {}, object {:#x}", event.sequence,
                       event.core, event.el, event.pc, check::rule_description(rule).name,
                       event.a));
      if (ImGui::IsItemHovered()) {
        const auto& description = check::rule_description(rule);
        ImGui::SetTooltip("%s\n%s", std::string(description.meaning).c_str(),
                          std::string(description.citation).c_str());
      }
    }
    ImGui::EndTabItem();
  }
  ImGui::EndTabBar();
}

void MachineView::draw(float width, float height, Controls& controls) {
  ImGui::SetNextWindowPos(ImVec2(0, 0));
  ImGui::SetNextWindowSize(ImVec2(width, height));
  ImGui::Begin("machine", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                   ImGuiWindowFlags_NoBringToFrontOnFocus | ImGuiWindowFlags_NoSavedSettings);
  draw_bar(controls);
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const auto cores = static_cast<float>(machine_.config().smp);
  const float lanes = std::min(34 + cores * 22, room.y * 0.25f);
  const float rest = room.y - lanes - 2 * kGap;
  const float left = room.x * 0.6f;
  {
    const Panel panel("Cores", ImVec2(room.x, lanes));
    draw_lanes();
  }
  ImGui::BeginGroup();
  {
    const Panel panel("TLBs", ImVec2(left, rest * 0.52f));
    draw_tlbs();
  }
  {
    const Panel panel("Shootdowns", ImVec2(left * 0.62f - kGap, rest * 0.48f - kGap));
    draw_shootdowns();
  }
  ImGui::SameLine(0, kGap);
  {
    const Panel panel("Caches", ImVec2(left * 0.38f, rest * 0.48f - kGap));
    draw_caches();
  }
  ImGui::EndGroup();
  ImGui::SameLine(0, kGap);
  ImGui::BeginGroup();
  {
    const Panel panel("Physical memory", ImVec2(room.x - left - kGap, rest * 0.42f));
    draw_memory();
  }
  {
    const Panel panel("Consoles", ImVec2(room.x - left - kGap, rest * 0.58f - kGap));
    draw_tabs(controls);
  }
  ImGui::EndGroup();
  ImGui::End();
}

}  // namespace armature::platform::display
