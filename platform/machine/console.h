// What a UART prints and what is typed into it. Output is kept for --until and for Python; input
// waits in a queue and enters the device at window ends only.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "platform/devices/character_sink.h"

namespace armature::platform {

class Console final : public CharacterSink {
 public:
  // Called with every byte the guest prints; may be empty.
  using Output = std::function<void(std::uint8_t)>;
  void set_output(Output output) { output_ = std::move(output); }

  void put(std::uint8_t byte) override;

  // The last kTailBytes of output; `matched_from` moves with what has been dropped.
  const std::string& tail() const { return tail_; }
  void clear_tail() { tail_.clear(); }
  std::uint64_t bytes() const { return bytes_; }
  // Goes back to (or on from) a state in which `bytes` had been printed, the last of them `tail`.
  // What has been shown to the user once is not shown again.
  void restore(std::string tail, std::uint64_t bytes);

  std::deque<std::uint8_t> input;  // accepted from the host, not yet taken by the UART

 private:
  static constexpr std::size_t kTailBytes = 64 * 1024;

  Output output_;
  std::string tail_;
  std::uint64_t bytes_ = 0;
  std::uint64_t shown_ = 0;  // the most that bytes_ has been
};

}  // namespace armature::platform
