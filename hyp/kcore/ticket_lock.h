// A ticket lock: cores are served in the order in which they drew tickets. Its two words are named
// in the manifest, so that a watcher can tell who holds it.
#pragma once

#include <atomic>
#include <cstdint>

#include "hyp/kcore/arch.h"

namespace armature::kcore {

class alignas(64) TicketLock {
 public:
  void acquire() {
    const std::uint32_t ticket = next_.fetch_add(1, std::memory_order_relaxed);
    // Acquire: what the previous holder wrote before its release is seen from here on.
    for (std::uint32_t now; (now = serving_.load(std::memory_order_acquire)) != ticket;) {
      arch::wait_while_equal(serving_, now);
    }
  }
  void release() {
    // Release: every write made under the lock is seen before the lock is seen free. Only the
    // holder writes this word, so reading it needs no order.
    serving_.store(serving_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

  static constexpr unsigned kNextOffset = 0, kServingOffset = 4;

 private:
  std::atomic<std::uint32_t> next_{0};
  std::atomic<std::uint32_t> serving_{0};
};

class LockGuard {
 public:
  explicit LockGuard(TicketLock& lock) : lock_(lock) { lock_.acquire(); }
  ~LockGuard() { lock_.release(); }
  LockGuard(const LockGuard&) = delete;
  LockGuard& operator=(const LockGuard&) = delete;

 private:
  TicketLock& lock_;
};

}  // namespace armature::kcore
