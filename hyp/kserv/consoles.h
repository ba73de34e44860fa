// Which UART shows which VM. With a UART for each VM, VM n has UART n to itself, character by
// character, but for KServ's and KCore's own lines on UART 0. With fewer, all share UART 0: whole lines
// with the prefix "vmN| "; typed characters go to one VM, chosen by Ctrl-] and a digit (first: vm0).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "hyp/kserv/lock.h"

namespace armature::kserv {

inline constexpr unsigned kMaxVmSlots = 16;
inline constexpr unsigned kMaxUarts = 8;

class Consoles {
 public:
  // How a character reaches UART `uart`.
  using Send = void (*)(unsigned uart, char c);
  void open(unsigned uarts, unsigned vms, Send how);

  void put(unsigned vm, char c);
  // The VM waits: what it has written so far, such as a prompt, is shown.
  void flush(unsigned vm);
  void log(std::string_view text);
  // Nothing comes after: all is shown.
  void finish();
  // The VM that a character typed at the UART is for, or -1.
  int receiver(unsigned uart, char c);
  bool is_shared() const { return shared_; }

 private:
  static constexpr int kNobody = -1, kKServ = -2;
  static constexpr char kEscape = 0x1d;  // Ctrl-]
  void send(unsigned uart, std::string_view text);
  void show(unsigned vm);
  void show_waiting();
  void begin_line(int writer, std::string_view prefix);

  template <std::size_t size>
  struct Text {
    std::array<char, size> text{};
    std::size_t length = 0;
  };
  using Buffer = Text<160>;
  Lock lock_;
  Send send_ = nullptr;
  unsigned vms_ = 0;
  bool shared_ = true;
  int open_line_ = kNobody;  // who has begun the last line of UART 0
  unsigned focus_ = 0;
  bool escaped_ = false;
  std::array<Buffer, kMaxVmSlots> buffers_{};
  Text<2048> waiting_;  // KServ's own lines
};

}  // namespace armature::kserv
