// One client of the GDB remote serial protocol: what it sends, what it gets. Bytes in and out; the
// server moves them. Whatever a client sends, it gets an answer or is ignored.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "platform/gdb/monitor.h"
#include "platform/gdb/packet.h"
#include "platform/gdb/target.h"

namespace armature::platform::gdb {

class Session {
 public:
  Session(Target& target, Monitor& monitor);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void receive(std::span<const std::uint8_t> bytes);
  // What is to be sent.
  std::string take_output() { return std::exchange(output_, {}); }
  // Asked during long searches in the past: whether bytes have come that may interrupt them.
  void set_interrupted(History::Interrupted interrupted) { interrupted_ = std::move(interrupted); }

  // The client told the machine to go on: Target::run(), then report() its stop.
  bool is_running() const { return running_; }
  void report(const StopReport& report);
  enum class End : std::uint8_t { none, detached, killed };
  End end() const { return end_; }

 private:
  void packet(std::string_view payload);
  void reply(std::string_view payload);
  std::string answer(std::string_view payload);

  std::string query(std::string_view text);
  std::string features(std::string_view text);
  std::string transfer(std::string_view text) const;
  std::string monitor(std::string_view text);
  std::string select_thread(std::string_view text);
  std::string read_general();
  std::string write_general(std::string_view text);
  std::string read_one(std::string_view text);
  std::string write_one(std::string_view text);
  std::string read_memory(std::string_view text);
  std::string write_memory(std::string_view text, bool is_binary);
  std::string change_point(std::string_view text, bool insert);
  std::string resume(std::string_view actions);
  std::string go_back(char how);
  std::string stop_reply(const StopReport& report);
  std::string position_of_core(CoreId core);
  // "3" or "-1" (all) or "0" (any): false when there is no such thread.
  bool take_thread(std::string_view& text, std::optional<CoreId>& core) const;
  void say(std::string_view text);

  Target& target_;
  Monitor& monitor_;
  PacketReader reader_;
  std::string output_, last_reply_;
  History::Interrupted interrupted_ = [] { return false; };
  CoreId selected_{};
  std::string last_stop_;
  bool acknowledges_ = true;
  bool software_break_ = false, hardware_break_ = false;  // the client knows these stop reasons
  bool last_point_is_hardware_ = false;
  bool running_ = false;
  End end_ = End::none;
};

}  // namespace armature::platform::gdb
