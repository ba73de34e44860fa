// The host's side of a network card: where transmitted frames go and received ones come from.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/base/types.h"

namespace armature::platform {

using Frame = std::vector<std::uint8_t>;  // Ethernet, without the frame check sequence

class Network {
 public:
  virtual ~Network() = default;
  // A frame from the guest at simulated time `now`.
  virtual void send(Cycles now, std::span<const std::uint8_t> frame) = 0;
  // Lets the host's side work up to simulated time `now`, without waiting.
  virtual void poll(Cycles now) = 0;
  // The frames that arrived since the last call, in order. They are host input: the machine queues
  // them, stamps them with simulated time and hands them to VirtioNet::receive().
  virtual std::vector<Frame> take_frames() = 0;
};

}  // namespace armature::platform
