// Dear ImGui's triangles through SDL's renderer, so that a picture needs neither OpenGL nor a display.
#pragma once

#include <SDL.h>
#include <imgui.h>

namespace armature::platform::display {

class Renderer {
 public:
  // Makes the texture of the current ImGui context's fonts. `renderer` outlives this.
  explicit Renderer(SDL_Renderer* renderer);
  ~Renderer();
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;

  // Clears the target and draws a finished frame.
  void draw(const ImDrawData& data);

 private:
  SDL_Renderer* renderer_;
  SDL_Texture* fonts_ = nullptr;
};

}  // namespace armature::platform::display
