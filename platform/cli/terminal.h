// The host's terminal: raw mode while a machine runs, Ctrl-A x leaves.
#pragma once

#include <cstdint>
#include <vector>

#include <termios.h>

namespace armature::platform {

class Terminal {
 public:
  Terminal();
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  bool is_interactive() const { return interactive_; }
  bool at_end() const { return at_end_; }
  // Bytes typed since the last call; waits at most `timeout_ms` (0: not at all, -1: for ever).
  std::vector<std::uint8_t> read(int timeout_ms);
  bool quit_requested() const { return quit_; }

 private:
  bool interactive_ = false;
  bool at_end_ = false;
  bool escape_ = false;  // Ctrl-A was typed
  bool quit_ = false;
  termios saved_{};
};

}  // namespace armature::platform
