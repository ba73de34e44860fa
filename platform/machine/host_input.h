// All input from the host enters through this queue: applied at window ends, stamped with simulated
// time, recorded and replayed. One run is a function of (configuration, images, seed, this).
#pragma once

#include <cstdint>
#include <deque>
#include <fstream>
#include <string>
#include <vector>

#include "sim/base/types.h"

namespace armature::platform {

struct HostInput {
  enum class Channel : std::uint8_t { uart0, uart1, uart2, uart3, network, control, keyboard };
  // keyboard: code of the key (2 bytes, little-endian), then 1 down or 0 up
  Cycles time{};  // when it was, or is to be, applied
  Channel channel = Channel::uart0;
  std::vector<std::uint8_t> bytes;
};

class HostInputQueue {
 public:
  // Live input from the host; ignored while a recording is replayed.
  void push(HostInput::Channel channel, std::vector<std::uint8_t> bytes);

  // What is due at the window end `now`, in order.
  std::vector<HostInput> take(Cycles now);

  // Throws UserError when the file cannot be written / read or is damaged.
  void record_to(const std::string& path);
  void replay_from(const std::string& path);
  bool replaying() const { return replaying_; }
  bool empty() const { return live_.empty() && replay_.empty(); }
  // The time of the next replayed input; Cycles{~0} when there is none.
  Cycles next_replay() const { return replay_.empty() ? Cycles{~0ull} : replay_.front().time; }
  void discard_before(Cycles now);  // after restoring a snapshot

  // ---- going back in time: what has been taken is remembered and comes again.
  void remember() { remembers_ = true; }
  // The machine goes back to `time`, and what happened before `fixed_until` is not to change: live
  // input waits until then.
  void rewind(Cycles time, Cycles fixed_until);

 private:
  void note(const std::vector<HostInput>& due);

  std::deque<HostInput> live_;
  std::deque<HostInput> replay_;
  std::vector<HostInput> taken_;  // by time; kept while remembers_
  Cycles fixed_until_{};
  bool remembers_ = false;
  bool replaying_ = false;
  std::string path_;
  std::ofstream record_;
};

}  // namespace armature::platform
