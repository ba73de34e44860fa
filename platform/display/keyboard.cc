#include "platform/display/keyboard.h"

#include <string_view>
#include <utility>

namespace armature::platform::display {
namespace {

// Rows of a keyboard have consecutive codes on both sides only in part: letters by row, digits.
constexpr std::string_view kTopLetters = "qwertyuiop", kHomeLetters = "asdfghjkl",
                           kBottomLetters = "zxcvbnm";
constexpr std::uint16_t kKeyQ = 16, kKeyA = 30, kKeyZ = 44, kKey1 = 2, kKey0 = 11, kKeyF1 = 59;

constexpr std::pair<SDL_Scancode, std::uint16_t> kOthers[] = {
    {SDL_SCANCODE_ESCAPE, 1},        {SDL_SCANCODE_MINUS, 12},      {SDL_SCANCODE_EQUALS, 13},
    {SDL_SCANCODE_BACKSPACE, 14},    {SDL_SCANCODE_TAB, 15},        {SDL_SCANCODE_LEFTBRACKET, 26},
    {SDL_SCANCODE_RIGHTBRACKET, 27}, {SDL_SCANCODE_RETURN, 28},     {SDL_SCANCODE_LCTRL, 29},
    {SDL_SCANCODE_SEMICOLON, 39},    {SDL_SCANCODE_APOSTROPHE, 40}, {SDL_SCANCODE_GRAVE, 41},
    {SDL_SCANCODE_LSHIFT, 42},       {SDL_SCANCODE_BACKSLASH, 43},  {SDL_SCANCODE_COMMA, 51},
    {SDL_SCANCODE_PERIOD, 52},       {SDL_SCANCODE_SLASH, 53},      {SDL_SCANCODE_RSHIFT, 54},
    {SDL_SCANCODE_LALT, 56},         {SDL_SCANCODE_SPACE, 57},      {SDL_SCANCODE_CAPSLOCK, 58},
    {SDL_SCANCODE_RCTRL, 97},        {SDL_SCANCODE_RALT, 100},      {SDL_SCANCODE_HOME, 102},
    {SDL_SCANCODE_UP, 103},          {SDL_SCANCODE_PAGEUP, 104},    {SDL_SCANCODE_LEFT, 105},
    {SDL_SCANCODE_RIGHT, 106},       {SDL_SCANCODE_END, 107},       {SDL_SCANCODE_DOWN, 108},
    {SDL_SCANCODE_PAGEDOWN, 109},    {SDL_SCANCODE_INSERT, 110},    {SDL_SCANCODE_DELETE, 111},
};

std::uint16_t letter_key(char letter) {
  for (const auto& [row, first] :
       {std::pair{kTopLetters, kKeyQ}, {kHomeLetters, kKeyA}, {kBottomLetters, kKeyZ}}) {
    const std::size_t at = row.find(letter);
    if (at != std::string_view::npos) return static_cast<std::uint16_t>(first + at);
  }
  return 0;
}

}  // namespace

std::uint16_t linux_key(SDL_Scancode code) {
  if (code >= SDL_SCANCODE_A && code <= SDL_SCANCODE_Z) {
    return letter_key(static_cast<char>('a' + (code - SDL_SCANCODE_A)));
  }
  if (code >= SDL_SCANCODE_1 && code <= SDL_SCANCODE_9) {
    return static_cast<std::uint16_t>(kKey1 + (code - SDL_SCANCODE_1));
  }
  if (code == SDL_SCANCODE_0) return kKey0;
  if (code >= SDL_SCANCODE_F1 && code <= SDL_SCANCODE_F4) {  // F5 to F10 are the window's
    return static_cast<std::uint16_t>(kKeyF1 + (code - SDL_SCANCODE_F1));
  }
  for (const auto& [scancode, key] : kOthers) {
    if (scancode == code) return key;
  }
  return 0;
}

std::string terminal_bytes(const SDL_Keysym& key) {
  if ((key.mod & KMOD_CTRL) != 0 && key.sym >= SDLK_a && key.sym <= SDLK_z) {
    return std::string(1, static_cast<char>(key.sym - SDLK_a + 1));
  }
  switch (key.sym) {
    case SDLK_RETURN:
    case SDLK_KP_ENTER:
      return "\r";
    case SDLK_BACKSPACE:
      return "\x7f";
    case SDLK_TAB:
      return "\t";
    case SDLK_ESCAPE:
      return "\x1b";
    case SDLK_UP:
      return "\x1b[A";
    case SDLK_DOWN:
      return "\x1b[B";
    case SDLK_RIGHT:
      return "\x1b[C";
    case SDLK_LEFT:
      return "\x1b[D";
    default:
      return {};
  }
}

}  // namespace armature::platform::display
