// Keys of the host as the guest knows them.
#pragma once

#include <SDL.h>

#include <cstdint>
#include <string>

namespace armature::platform::display {

// The code of input-event-codes.h (KEY_A = 30, ...) that virtio-input sends; 0: no such key.
std::uint16_t linux_key(SDL_Scancode code);

// What a terminal sends for a key that is not text: Enter, Tab, arrows, Ctrl and a letter.
std::string terminal_bytes(const SDL_Keysym& key);

}  // namespace armature::platform::display
