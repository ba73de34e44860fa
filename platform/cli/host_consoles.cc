#include "platform/cli/host_consoles.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "sim/base/user_error.h"

namespace armature::platform {
namespace {

constexpr std::uint8_t kChoose = 0x1d;  // Ctrl-], as KServ has it

bool names_itself(std::string_view line) {
  return line.starts_with("kcore") || line.starts_with("kserv| ");
}

}  // namespace

HostConsoles::HostConsoles(Machine& machine) : machine_(machine) {
  const RunConfig& config = machine.config();
  for (unsigned n = 0; n < Machine::kUarts; ++n) {
    const auto named = std::find_if(config.consoles.rbegin(), config.consoles.rend(),
                                    [&](const ConsoleConfig& c) { return c.vm == n; });
    open(n, named == config.consoles.rend() ? nullptr : &*named);
    machine.consoles[n]->set_output([this, n](std::uint8_t byte) { put(n, byte); });
  }
  prefixed_ = std::count_if(lines_.begin(), lines_.end(), [](const Line& line) {
                return line.kind == Kind::standard_output;
              }) > 1;
}

HostConsoles::~HostConsoles() {
  for (unsigned n = 0; n < Machine::kUarts; ++n) {
    machine_.consoles[n]->set_output({});
    if (lines_[n].file != nullptr) std::fclose(lines_[n].file);
    if (lines_[n].terminal >= 0) close(lines_[n].terminal);
    if (lines_[n].other_end >= 0) close(lines_[n].other_end);
  }
}

// Not named: the first UART and those of VMs are on standard output. A machine without VMs shows
// its first only.
void HostConsoles::open(unsigned uart, const ConsoleConfig* config) {
  Line& line = lines_[uart];
  if (config == nullptr) {
    const std::size_t vms = machine_.config().vms.size();
    const bool has_vm = vms <= Machine::kUarts && uart < vms;
    line.kind = uart == 0 || has_vm ? Kind::standard_output : Kind::nowhere;
  } else if (config->kind == ConsoleConfig::Kind::standard_io) {
    line.kind = Kind::standard_output;
  } else if (config->kind == ConsoleConfig::Kind::none) {
    line.kind = Kind::nowhere;
  } else if (config->kind == ConsoleConfig::Kind::pseudo_terminal) {
    open_terminal(uart);
  } else {
    line.kind = Kind::file;
    line.file = std::fopen(config->file.c_str(), "wb");
    if (line.file == nullptr) {
      throw UserError(
          fmt::format("console: {}: cannot be written: {}", config->file, std::strerror(errno)));
    }
  }
}

void HostConsoles::open_terminal(unsigned uart) {
  Line& line = lines_[uart];
  line.kind = Kind::pseudo_terminal;
  line.terminal = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  const char* name = nullptr;
  if (line.terminal < 0 || grantpt(line.terminal) != 0 || unlockpt(line.terminal) != 0 ||
      (name = ptsname(line.terminal)) == nullptr ||
      (line.other_end = ::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0) {
    throw UserError(fmt::format("console: no pseudo terminal: {}", std::strerror(errno)));
  }
  termios settings{};
  tcgetattr(line.other_end, &settings);
  cfmakeraw(&settings);
  tcsetattr(line.other_end, TCSANOW, &settings);
  fmt::print(stderr, "armature: the console of vm{} is {}\n", uart, name);
}

void HostConsoles::put(unsigned uart, std::uint8_t byte) {
  Line& line = lines_[uart];
  switch (line.kind) {
    case Kind::nowhere:
      return;
    case Kind::file:
      std::fputc(byte, line.file);
      if (byte == '\n') std::fflush(line.file);
      return;
    case Kind::pseudo_terminal:
      // What nobody reads is lost, as on a wire.
      if (write(line.terminal, &byte, 1) < 0) return;
      return;
    case Kind::standard_output:
      break;
  }
  if (!prefixed_) {
    std::fputc(byte, stdout);
    if (byte == '\n') std::fflush(stdout);
    return;
  }
  if (byte != '\r') line.text.push_back(static_cast<char>(byte));
  if (byte != '\n') return;
  show(uart);
  std::fflush(stdout);
}

// Another's unfinished line ends first.
void HostConsoles::show(unsigned uart) {
  std::string& text = lines_[uart].text;
  if (text.empty()) return;
  if (unfinished_ != static_cast<int>(uart)) {
    if (unfinished_ != kNobody) std::fputc('\n', stdout);
    if (uart != 0 || !names_itself(text)) fmt::print("vm{}| ", uart);
  }
  fmt::print("{}", text);
  unfinished_ = text.back() == '\n' ? kNobody : static_cast<int>(uart);
  text.clear();
}

void HostConsoles::type(const std::vector<std::uint8_t>& typed) {
  std::vector<std::uint8_t> now;
  const auto push = [&] {
    machine_.host_input.push(static_cast<HostInput::Channel>(focus_), std::exchange(now, {}));
  };
  for (const std::uint8_t byte : typed) {
    if (!prefixed_) {
      now.push_back(byte);
    } else if (escaped_) {
      escaped_ = false;
      const unsigned chosen = static_cast<unsigned>(byte) - '0';
      if (byte == kChoose) now.push_back(byte);
      if (byte < '0' || chosen >= Machine::kUarts) continue;
      push();
      focus_ = chosen;
    } else if (byte == kChoose) {
      escaped_ = true;
    } else {
      now.push_back(byte);
    }
  }
  push();
}

void HostConsoles::poll(bool show_all) {
  for (unsigned n = 0; n < Machine::kUarts; ++n) {
    Line& line = lines_[n];
    if (show_all && line.kind == Kind::standard_output) show(n);
    if (line.kind != Kind::pseudo_terminal) continue;
    std::array<std::uint8_t, 256> buffer;
    const auto count = read(line.terminal, buffer.data(), buffer.size());
    if (count <= 0) continue;
    machine_.host_input.push(static_cast<HostInput::Channel>(n),
                             {buffer.begin(), buffer.begin() + count});
  }
}

void HostConsoles::finish() {
  for (unsigned n = 0; n < Machine::kUarts; ++n) {
    if (lines_[n].kind == Kind::standard_output) show(n);
    if (lines_[n].file != nullptr) std::fflush(lines_[n].file);
  }
  std::fflush(stdout);
}

}  // namespace armature::platform
