// The guest's simple framebuffer as a texture. Nothing when the machine has none.
#pragma once

#include <SDL.h>

namespace armature::platform {
class Machine;
}

namespace armature::platform::display {

class GuestScreen {
 public:
  GuestScreen(Machine& machine, SDL_Renderer* renderer);
  ~GuestScreen();
  GuestScreen(const GuestScreen&) = delete;
  GuestScreen& operator=(const GuestScreen&) = delete;

  bool exists() const { return texture_ != nullptr; }
  // Copies what the guest has drawn (the coherent value).
  void update();
  SDL_Texture* texture() const { return texture_; }
  float width() const { return static_cast<float>(width_); }
  float height() const { return static_cast<float>(height_); }

 private:
  Machine& machine_;
  SDL_Texture* texture_ = nullptr;
  unsigned width_ = 0, height_ = 0;
};

}  // namespace armature::platform::display
