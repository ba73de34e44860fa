#include "platform/cli/terminal.h"

#include <poll.h>
#include <unistd.h>

#include <array>

namespace armature::platform {
namespace {
constexpr std::uint8_t kCtrlA = 1;
}

Terminal::Terminal() {
  interactive_ = isatty(STDIN_FILENO) != 0 && tcgetattr(STDIN_FILENO, &saved_) == 0;
  if (!interactive_) return;
  termios raw = saved_;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG | IEXTEN);
  raw.c_iflag &= ~static_cast<tcflag_t>(IXON | ICRNL | INLCR | IGNCR);
  raw.c_cc[VMIN] = 0;
  raw.c_cc[VTIME] = 0;
  tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

Terminal::~Terminal() {
  if (interactive_) tcsetattr(STDIN_FILENO, TCSANOW, &saved_);
}

std::vector<std::uint8_t> Terminal::read(int timeout_ms) {
  std::vector<std::uint8_t> typed;
  if (at_end_) return typed;
  pollfd descriptor{STDIN_FILENO, POLLIN, 0};
  if (poll(&descriptor, 1, timeout_ms) <= 0) return typed;
  std::array<std::uint8_t, 256> buffer;
  const auto count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
  if (count <= 0) {
    at_end_ = true;
    return typed;
  }
  for (ssize_t i = 0; i < count; ++i) {
    const std::uint8_t byte = buffer[static_cast<std::size_t>(i)];
    if (!interactive_) {
      typed.push_back(byte);
    } else if (escape_) {
      escape_ = false;
      if (byte == 'x') quit_ = true;
      if (byte == kCtrlA) typed.push_back(byte);
    } else if (byte == kCtrlA) {
      escape_ = true;
    } else {
      typed.push_back(byte);
    }
  }
  return typed;
}

}  // namespace armature::platform
