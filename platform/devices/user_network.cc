#include "platform/devices/user_network.h"

#include <arpa/inet.h>
#include <libslirp.h>
#include <poll.h>

#include <algorithm>
#include <utility>

#include "platform/devices/clock.h"
#include "sim/base/user_error.h"

namespace armature::platform {
namespace {

constexpr std::uint64_t kNanosecondsPerMillisecond = 1'000'000;

in_addr ipv4(const char* text) {
  in_addr address{};
  inet_pton(AF_INET, text, &address);
  return address;
}

short poll_events(int slirp_events) {
  short events = 0;
  if ((slirp_events & SLIRP_POLL_IN) != 0) events |= POLLIN;
  if ((slirp_events & SLIRP_POLL_OUT) != 0) events |= POLLOUT;
  if ((slirp_events & SLIRP_POLL_PRI) != 0) events |= POLLPRI;
  return events;
}

int slirp_events(short events) {
  int result = 0;
  if ((events & POLLIN) != 0) result |= SLIRP_POLL_IN;
  if ((events & POLLOUT) != 0) result |= SLIRP_POLL_OUT;
  if ((events & POLLPRI) != 0) result |= SLIRP_POLL_PRI;
  if ((events & POLLERR) != 0) result |= SLIRP_POLL_ERR;
  if ((events & POLLHUP) != 0) result |= SLIRP_POLL_HUP;
  return result;
}

}  // namespace

// The opaque pointer of every libslirp callback is a Stack.
struct UserNetwork::Stack {
  struct Timer {
    SlirpTimerCb callback = nullptr;
    void* argument = nullptr;
    std::int64_t expires_ms = -1;  // -1: not set
  };

  Slirp* slirp = nullptr;
  SlirpCb callbacks{};
  Cycles now{};
  std::vector<Frame> received;
  std::vector<std::unique_ptr<Timer>> timers;
  std::vector<pollfd> descriptors;

  static Stack& of(void* opaque) { return *static_cast<Stack*>(opaque); }
  void fill_callbacks();
  void run_timers();
};

void UserNetwork::Stack::fill_callbacks() {
  callbacks.send_packet = [](const void* bytes, size_t count, void* opaque) -> ssize_t {
    const auto* first = static_cast<const std::uint8_t*>(bytes);
    of(opaque).received.emplace_back(first, first + count);
    return static_cast<ssize_t>(count);
  };
  callbacks.guest_error = [](const char*, void*) {};
  callbacks.clock_get_ns = [](void* opaque) {
    return static_cast<std::int64_t>(of(opaque).now.whole());  // a cycle is a nanosecond
  };
  callbacks.timer_new = [](SlirpTimerCb callback, void* argument, void* opaque) -> void* {
    auto& all = of(opaque).timers;
    all.push_back(std::make_unique<Timer>(Timer{callback, argument, -1}));
    return all.back().get();
  };
  callbacks.timer_free = [](void* timer, void* opaque) {
    std::erase_if(of(opaque).timers, [&](const auto& owned) { return owned.get() == timer; });
  };
  callbacks.timer_mod = [](void* timer, std::int64_t expires_ms, void*) {
    static_cast<Timer*>(timer)->expires_ms = expires_ms;
  };
  callbacks.register_poll_fd = [](int, void*) {};
  callbacks.unregister_poll_fd = [](int, void*) {};
  callbacks.notify = [](void*) {};
}
static_assert(kCoreHertz == 1'000'000'000);

void UserNetwork::Stack::run_timers() {
  const auto now_ms = static_cast<std::int64_t>(now.whole() / kNanosecondsPerMillisecond);
  for (std::size_t n = 0; n < timers.size(); ++n) {
    Timer& timer = *timers[n];
    if (timer.expires_ms < 0 || timer.expires_ms > now_ms) continue;
    timer.expires_ms = -1;
    timer.callback(timer.argument);
  }
}

UserNetwork::UserNetwork(const Options& options) : stack_(std::make_unique<Stack>()) {
  stack_->fill_callbacks();
  SlirpConfig config{};
  config.version = 1;
  config.restricted = options.restrict_guest ? 1 : 0;
  config.in_enabled = true;
  config.vnetwork = ipv4("10.0.2.0");
  config.vnetmask = ipv4("255.255.255.0");
  config.vhost = ipv4("10.0.2.2");
  config.vdhcp_start = ipv4("10.0.2.15");
  config.vnameserver = ipv4("10.0.2.3");
  stack_->slirp = slirp_new(&config, &stack_->callbacks, stack_.get());
  if (stack_->slirp == nullptr) throw UserError("user networking cannot be started");
  for (const auto& forward : options.forwards) {
    if (slirp_add_hostfwd(stack_->slirp, forward.is_udp ? 1 : 0, ipv4("127.0.0.1"),
                          forward.host_port, ipv4("10.0.2.15"), forward.guest_port) != 0) {
      slirp_cleanup(stack_->slirp);
      throw UserError("host port " + std::to_string(forward.host_port) + " cannot be forwarded");
    }
  }
}

UserNetwork::~UserNetwork() { slirp_cleanup(stack_->slirp); }

void UserNetwork::send(Cycles now, std::span<const std::uint8_t> frame) {
  stack_->now = std::max(stack_->now, now);
  slirp_input(stack_->slirp, frame.data(), static_cast<int>(frame.size()));
}

void UserNetwork::poll(Cycles now) {
  stack_->now = std::max(stack_->now, now);
  stack_->run_timers();
  stack_->descriptors.clear();
  std::uint32_t timeout_ms = 0;
  slirp_pollfds_fill(
      stack_->slirp, &timeout_ms,
      [](int fd, int events, void* opaque) {
        auto& all = Stack::of(opaque).descriptors;
        all.push_back({fd, poll_events(events), 0});
        return static_cast<int>(all.size() - 1);
      },
      stack_.get());
  const int ready = ::poll(stack_->descriptors.data(), stack_->descriptors.size(), 0);
  slirp_pollfds_poll(
      stack_->slirp, ready < 0 ? 1 : 0,
      [](int n, void* opaque) {
        return slirp_events(Stack::of(opaque).descriptors[static_cast<std::size_t>(n)].revents);
      },
      stack_.get());
}

std::vector<Frame> UserNetwork::take_frames() { return std::exchange(stack_->received, {}); }

}  // namespace armature::platform
