// Where the machine's UARTs end on the host: standard output and input, a file, a pseudo terminal.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "platform/machine/machine.h"

namespace armature::platform {

// One UART on standard output passes as it is. Of several, whole lines with the prefix `vmN| `; the
// first also carries KCore's and KServ's lines, which say themselves whose they are. What is typed
// goes to VM 0, or to the one that Ctrl-] and a digit choose.
class HostConsoles {
 public:
  // Takes the consoles of `machine.config()`; says on standard error where pseudo terminals are.
  // Throws UserError.
  explicit HostConsoles(Machine& machine);
  ~HostConsoles();
  HostConsoles(const HostConsoles&) = delete;
  HostConsoles& operator=(const HostConsoles&) = delete;

  void type(const std::vector<std::uint8_t>& typed);
  // Reads the pseudo terminals; `show_all`: unfinished lines too.
  void poll(bool show_all);
  // The unfinished lines, at the end of the run.
  void finish();

 private:
  enum class Kind : std::uint8_t { nowhere, standard_output, file, pseudo_terminal };
  struct Line {
    Kind kind = Kind::nowhere;
    std::string text;  // of the line, not yet shown
    std::FILE* file = nullptr;
    int terminal = -1;   // our end
    int other_end = -1;  // kept open, so that the terminal lives without a reader
  };
  static constexpr int kNobody = -1;

  void open(unsigned uart, const ConsoleConfig* config);
  void open_terminal(unsigned uart);
  void put(unsigned uart, std::uint8_t byte);
  void show(unsigned uart);

  Machine& machine_;
  std::array<Line, Machine::kUarts> lines_;
  bool prefixed_ = false;
  int unfinished_ = kNobody;  // whose line is open on standard output
  unsigned focus_ = 0;
  bool escaped_ = false;
};

}  // namespace armature::platform
