// User networking by libslirp: a NAT with DHCP and DNS, no privileges needed. The addresses are
// QEMU's: network 10.0.2.0/24, gateway 10.0.2.2, name server 10.0.2.3, guest 10.0.2.15.
// Its timers run on simulated time; what the host's sockets deliver is host input.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/devices/network.h"

namespace armature::platform {

// host 127.0.0.1:host_port -> guest 10.0.2.15:guest_port
struct PortForward {
  bool is_udp = false;
  std::uint16_t host_port = 0;
  std::uint16_t guest_port = 0;
};

class UserNetwork final : public Network {
 public:
  struct Options {
    std::vector<PortForward> forwards;
    bool restrict_guest = false;  // the guest reaches nothing but the forwards and built-in servers
  };

  // Throws UserError when a port cannot be forwarded.
  explicit UserNetwork(const Options& options);
  ~UserNetwork() override;

  void send(Cycles now, std::span<const std::uint8_t> frame) override;
  void poll(Cycles now) override;
  std::vector<Frame> take_frames() override;

 private:
  struct Stack;
  std::unique_ptr<Stack> stack_;
};

}  // namespace armature::platform
