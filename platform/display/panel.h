// Small helpers of the panels.
#pragma once

#include <imgui.h>

#include <string>

namespace armature::platform::display {

inline constexpr ImU32 kInk = IM_COL32(225, 225, 225, 255);
inline constexpr ImU32 kFaintInk = IM_COL32(150, 150, 155, 255);
inline constexpr ImU32 kEmptyCell = IM_COL32(44, 44, 50, 255);
inline constexpr ImU32 kAlarm = IM_COL32(255, 255, 255, 255);

// A titled region of the window that scrolls when it is too small.
class Panel {
 public:
  Panel(const char* title, ImVec2 size) {
    ImGui::BeginChild(title, size, true, ImGuiWindowFlags_HorizontalScrollbar);
    ImGui::TextColored(ImVec4(0.65f, 0.75f, 0.85f, 1), "%s", title);
  }
  ~Panel() { ImGui::EndChild(); }
  Panel(const Panel&) = delete;
  Panel& operator=(const Panel&) = delete;
};

inline void text(const std::string& line) { ImGui::TextUnformatted(line.c_str()); }

// A square and its meaning, on one line with what came before.
inline void legend(ImU32 colour, const std::string& meaning) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::GetWindowDrawList()->AddRectFilled(ImVec2(at.x, at.y + 3), ImVec2(at.x + 10, at.y + 13),
                                            colour);
  ImGui::Dummy(ImVec2(11, 10));
  ImGui::SameLine(0, 4);
  text(meaning);
}

}  // namespace armature::platform::display
