#include "platform/display/guest_screen.h"

#include "platform/boot/framebuffer.h"
#include "platform/machine/machine.h"

namespace armature::platform::display {

GuestScreen::GuestScreen(Machine& machine, SDL_Renderer* renderer) : machine_(machine) {
  const auto framebuffer = framebuffer_of(machine.config());
  if (!framebuffer) return;
  width_ = framebuffer->width;
  height_ = framebuffer->height;
  // a8r8g8b8 in memory: B, G, R, unused.
  texture_ = SDL_CreateTexture(renderer, SDL_PIXELFORMAT_RGB888, SDL_TEXTUREACCESS_STREAMING,
                               static_cast<int>(width_), static_cast<int>(height_));
  SDL_SetTextureScaleMode(texture_, SDL_ScaleModeLinear);
}

GuestScreen::~GuestScreen() {
  if (texture_ != nullptr) SDL_DestroyTexture(texture_);
}

void GuestScreen::update() {
  const auto framebuffer = framebuffer_of(machine_.config());
  SDL_UpdateTexture(texture_, nullptr, machine_.memory.host(framebuffer->base),
                    static_cast<int>(framebuffer->stride()));
}

}  // namespace armature::platform::display
