#include "platform/gdb/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "sim/base/user_error.h"

namespace armature::platform::gdb {
namespace {

constexpr unsigned kWindowsBetweenLooks = 64;
constexpr int kStoppedWaitMs = 20;
constexpr std::size_t kOutputMax = 16 << 20;  // a client that reads nothing is dropped

}  // namespace

unsigned parse_address(const std::string& text) {
  std::string_view rest = text;
  const bool tcp = take_word(rest, "tcp:");
  if (tcp && !take_word(rest, "127.0.0.1:") && !take_word(rest, "localhost:")) take_word(rest, ":");
  unsigned port = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), port);
  if (!tcp || error != std::errc{} || end != rest.data() + rest.size() || port > 65535) {
    throw UserError(fmt::format(
        "gdb: '{}' is not allowed; allowed: tcp:PORT with a port of this host, 0..65535", text));
  }
  return port;
}

// A connection: the session and the socket it talks through.
struct Server::Client {
  Client(int fd, Target& target, Machine& machine)
      : socket(fd), monitor(machine), session(target, monitor) {}
  ~Client() { close(socket); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Takes what has come; false when the connection is over.
  bool read_bytes() {
    std::array<std::uint8_t, 65536> buffer;
    for (;;) {
      const ssize_t count = recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (count == 0) return false;
      if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
      session.receive({buffer.data(), static_cast<std::size_t>(count)});
      if (session.end() != Session::End::none) return true;
    }
  }
  bool write_bytes() {
    output += session.take_output();
    while (!output.empty()) {
      const ssize_t count = send(socket, output.data(), output.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count < 0 && errno != EINTR) {
        const bool full = errno == EAGAIN || errno == EWOULDBLOCK;
        return full && output.size() <= kOutputMax;
      }
      if (count > 0) output.erase(0, static_cast<std::size_t>(count));
    }
    return true;
  }

  int socket;
  Monitor monitor;
  Session session;
  std::string output;
};

Server::Server(Machine& machine, unsigned port, History::Options options)
    : machine_(machine), target_(machine, options), options_(options) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener_, 1) != 0) {
    const std::string why = std::strerror(errno);
    close(listener_);
    throw UserError(fmt::format("gdb: port {} of 127.0.0.1: {}", port, why));
  }
  socklen_t size = sizeof address;
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
}

Server::~Server() {
  client_.reset();
  close(listener_);
}

void Server::accept_client() {
  const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return;
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  client_ = std::make_unique<Client>(fd, target_, machine_);
  client_->session.set_interrupted([this] { return bytes_say_interrupt(); });
}

void Server::drop_client() { client_.reset(); }

// A search in the past is interrupted by anything that comes meanwhile; it is read afterwards.
bool Server::bytes_say_interrupt() {
  pollfd descriptor{client_->socket, POLLIN, 0};
  return poll(&descriptor, 1, 0) > 0;
}

// Moves bytes, waiting at most so long for the first; false when the client is gone.
bool Server::serve_client(int timeout_ms) {
  const short wanted = static_cast<short>(POLLIN | (client_->output.empty() ? 0 : POLLOUT));
  pollfd descriptor{client_->socket, wanted, 0};
  poll(&descriptor, 1, timeout_ms);
  const bool open = client_->read_bytes();
  return client_->write_bytes() && open;
}

StopReason Server::run(bool stopped, const std::function<Look(int timeout_ms)>& look) {
  StopReason end = StopReason::running;
  for (;;) {
    // The console and the network of gdb.
    Cycles wake{};
    const bool waits = client_ ? !client_->session.is_running() : stopped;
    const Look looked = look(0);
    if (looked == Look::quit) return StopReason::user_quit;
    if (!client_) {
      if (stopped) {
        pollfd descriptor{listener_, POLLIN, 0};
        poll(&descriptor, 1, kStoppedWaitMs);
      }
      accept_client();
    }
    if (client_) {
      const bool open = serve_client(waits ? kStoppedWaitMs : 0);
      const Session::End how = client_->session.end();
      if (how == Session::End::killed) return StopReason::user_quit;
      if (!open || how == Session::End::detached) {
        drop_client();  // a lost connection is a detach: the machine goes on by itself
        stopped = false;
      }
    }
    if (client_ ? !client_->session.is_running() : stopped) continue;
    stopped = false;
    // The machine.
    if (client_) {
      const bool asleep = machine_.idle(wake) && wake.sixteenths == ~0ull;
      const auto report = target_.run(asleep ? 1 : kWindowsBetweenLooks);
      if (!report) continue;
      if (report->kind == StopReport::Kind::nothing_can_happen && looked != Look::input_over) {
        look(kStoppedWaitMs);  // somebody may still type
        continue;
      }
      client_->session.report(*report);
      if (report->kind == StopReport::Kind::ended) {
        serve_client(0);
        return machine_.stop_reason();
      }
      continue;
    }
    for (unsigned n = 0; n < kWindowsBetweenLooks && end == StopReason::running; ++n) {
      end = machine_.run_window();
    }
    if (end == StopReason::paused) end = StopReason::running;
    if (end == StopReason::nothing_can_happen && looked != Look::input_over) {
      look(kStoppedWaitMs);
      end = StopReason::running;
    }
    if (end != StopReason::running) return end;
  }
}

}  // namespace armature::platform::gdb
