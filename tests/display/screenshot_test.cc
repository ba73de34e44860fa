#include "platform/display/screenshot.h"

#include <gtest/gtest.h>

#include "platform/display/keyboard.h"
#include "sim/base/user_error.h"

namespace armature::platform::display {
namespace {

TEST(Screenshot, WithoutAConditionThePictureIsOfTheEnd) {
  const Screenshot screenshot("picture.png");
  EXPECT_EQ(screenshot.path(), "picture.png");
  EXPECT_TRUE(screenshot.is_due_at_end());
}

TEST(Screenshot, EveryKindOfConditionIsTaken) {
  for (const char* condition : {"end", "cycle=1000", "instructions=5", "event=tlbi_complete:3",
                                "event=violation", "console=login: $"}) {
    EXPECT_NO_THROW(Screenshot(std::string("p.png@") + condition)) << condition;
  }
}

TEST(Screenshot, AnythingElseIsRefused) {
  for (const char* condition :
       {"never", "cycle=x", "cycle=", "event=read", "event=tlbi:", "console=("}) {
    EXPECT_THROW(Screenshot(std::string("p.png@") + condition), UserError) << condition;
  }
  EXPECT_THROW(Screenshot("@end"), UserError);
}

TEST(Screenshot, AFileThatCannotBeWrittenIsTheUsersError) {
  EXPECT_THROW(write_png("/no/such/folder/p.png", {0, 0, 0, 0}, 2, 2), UserError);
}

TEST(Keyboard, KeysHaveTheCodesOfLinux) {
  EXPECT_EQ(linux_key(SDL_SCANCODE_Q), 16);
  EXPECT_EQ(linux_key(SDL_SCANCODE_P), 25);
  EXPECT_EQ(linux_key(SDL_SCANCODE_L), 38);
  EXPECT_EQ(linux_key(SDL_SCANCODE_M), 50);
  EXPECT_EQ(linux_key(SDL_SCANCODE_0), 11);
  EXPECT_EQ(linux_key(SDL_SCANCODE_RETURN), 28);
  EXPECT_EQ(linux_key(SDL_SCANCODE_F8), 0);
}

TEST(Keyboard, KeysThatAreNotTextAreWhatATerminalSends) {
  SDL_Keysym key{};
  key.sym = SDLK_RETURN;
  EXPECT_EQ(terminal_bytes(key), "\r");
  key.sym = SDLK_c;
  EXPECT_EQ(terminal_bytes(key), "");
  key.mod = KMOD_LCTRL;
  EXPECT_EQ(terminal_bytes(key), "\x03");
}

}  // namespace
}  // namespace armature::platform::display
