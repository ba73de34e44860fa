#include "platform/cli/heartbeat.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace armature::platform {
namespace {

constexpr const char* kClearLine = "\r\033[K";
constexpr const char* kTitle = "\033]0;";  // xterm's "set window title", up to a BEL
constexpr const char* kTitleEnd = "\007";

}  // namespace

Heartbeat::Heartbeat(bool wanted)
    : place_(!wanted || isatty(STDERR_FILENO) == 0 ? Place::nowhere
             : isatty(STDOUT_FILENO) != 0          ? Place::title
                                                   : Place::line) {}

Heartbeat::~Heartbeat() {
  if (printed_ && place_ == Place::line) fmt::print(stderr, "{}", kClearLine);
  if (printed_ && place_ == Place::title) fmt::print(stderr, "{}{}", kTitle, kTitleEnd);
}

void Heartbeat::tick(const Machine& machine) {
  if (place_ == Place::nowhere) return;
  const auto now = HostClock::now();
  const std::chrono::duration<double> passed = now - last_;
  if (passed.count() < 2) return;
  const std::uint64_t instructions = machine.instructions();
  const std::string text =
      fmt::format("{:.3f} s simulated, {:.1f} M instructions, {:.1f} MIPS",
                  static_cast<double>(machine.now().whole()) / kCoreHertz,
                  static_cast<double>(instructions) / 1e6,
                  static_cast<double>(instructions - instructions_) / 1e6 / passed.count());
  if (place_ == Place::line) fmt::print(stderr, "{}[{}]", kClearLine, text);
  if (place_ == Place::title) fmt::print(stderr, "{}armature: {}{}", kTitle, text, kTitleEnd);
  printed_ = true;
  last_ = now;
  instructions_ = instructions;
}

}  // namespace armature::platform
