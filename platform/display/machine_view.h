// The machine in one picture: lanes of the cores, their TLBs, physical memory and its owners, caches,
// shootdowns, consoles and violations. Drawn with Dear ImGui; it only looks.
#pragma once

#include <string>

#include "platform/display/history.h"
#include "platform/display/memory_map.h"
#include "platform/display/pace.h"

namespace armature::platform {
class Machine;
}

namespace armature::platform::display {

// What the person asked for since the last picture.
struct Controls {
  enum class Step : std::uint8_t { none, instruction, event, hypercall };
  bool paused = false;
  bool quit = false;
  Step step = Step::none;
  Pace pace;
  std::string typed;     // for the console that is shown
  unsigned console = 0;  // which one
};

class MachineView {
 public:
  MachineView(Machine& machine, const History& history) : machine_(machine), history_(history) {}

  // The guest's framebuffer as a texture of the renderer; nullptr: there is none.
  void set_guest_screen(void* texture, float width, float height);
  // Whether keys belong to the guest's keyboard now.
  bool shows_guest_screen() const { return shows_guest_screen_; }
  // Draws everything into the current ImGui frame of `width` by `height` pixels.
  void draw(float width, float height, Controls& controls);

 private:
  void draw_bar(Controls& controls);
  void draw_lanes();
  void draw_tlbs();
  void draw_memory();
  void draw_caches();
  void draw_shootdowns();
  void draw_tabs(Controls& controls);

  Machine& machine_;
  const History& history_;
  void* screen_ = nullptr;
  float screen_width_ = 0, screen_height_ = 0;
  bool shows_guest_screen_ = false;
};

}  // namespace armature::platform::display
