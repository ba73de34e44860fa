// Pictures of the machine view taken by condition: --screenshot FILE@CONDITION.
#pragma once

#include <cstdint>
#include <regex>
#include <string>
#include <vector>

#include "platform/display/history.h"

namespace armature::platform::display {

// CONDITION: end | cycle=N | instructions=N | event=KIND[:N] (tlbi, tlbi_complete, violation: the N-th)
// | console=REGEX (any UART).
class Screenshot {
 public:
  // Throws UserError.
  explicit Screenshot(const std::string& specification);

  const std::string& path() const { return path_; }
  // True once: the first time that the condition holds, looked at between windows.
  bool is_due(const Machine& machine, const History& history);
  // The same at the end of the run, when every picture that is still due is taken if it says `end`.
  bool is_due_at_end() const { return kind_ == Kind::end && !taken_; }

 private:
  enum class Kind : std::uint8_t { end, cycle, instructions, event, console };
  bool holds(const Machine& machine, const History& history) const;

  std::string path_;
  Kind kind_ = Kind::end;
  std::uint64_t number_ = 0;
  EventKind event_ = EventKind::tlbi;
  std::regex expression_;
  bool taken_ = false;
};

// `pixels`: rows of 32-bit ABGR8888. Throws UserError when the file cannot be written.
void write_png(const std::string& path, const std::vector<std::uint32_t>& pixels, unsigned width,
               unsigned height);

}  // namespace armature::platform::display
