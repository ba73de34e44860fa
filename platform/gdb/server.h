// The gdb server: one client at a time on a loopback TCP port. Without a client the machine runs as
// if there were no server.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "platform/gdb/history.h"
#include "platform/gdb/monitor.h"
#include "platform/gdb/session.h"
#include "platform/gdb/target.h"
#include "platform/machine/machine.h"

namespace armature::platform::gdb {

// "tcp:PORT" or "tcp:127.0.0.1:PORT", port 1..65535, or 0 for any free one. Throws UserError.
unsigned parse_address(const std::string& text);

class Server {
 public:
  // Listens; throws UserError when the port is taken.
  Server(Machine& machine, unsigned port, History::Options options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  unsigned port() const { return port_; }
  Target& target() { return target_; }

  // Runs the machine until it ends, or a client kills it. With `stopped` it waits for a client
  // first. `look` serves the console: it may wait so many milliseconds, and says how to go on.
  enum class Look : std::uint8_t { go_on, input_over, quit };
  StopReason run(bool stopped, const std::function<Look(int timeout_ms)>& look);

 private:
  struct Client;
  void accept_client();
  bool serve_client(int timeout_ms);
  void drop_client();
  bool bytes_say_interrupt();

  Machine& machine_;
  Target target_;
  History::Options options_;
  int listener_ = -1;
  unsigned port_ = 0;
  std::unique_ptr<Client> client_;
};

}  // namespace armature::platform::gdb
