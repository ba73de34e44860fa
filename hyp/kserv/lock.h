// A ticket lock: cores enter in the order in which they came.
#pragma once

#include <atomic>
#include <cstdint>

namespace armature::kserv {

class Lock {
 public:
  void acquire() {
    const std::uint32_t ticket = next_.fetch_add(1, std::memory_order_relaxed);
    while (serving_.load(std::memory_order_acquire) != ticket) {
#ifdef __aarch64__
      asm volatile("yield");
#endif
    }
  }
  void release() {
    serving_.store(serving_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

 private:
  std::atomic<std::uint32_t> next_{0}, serving_{0};
};

class Guard {
 public:
  explicit Guard(Lock& lock) : lock_(lock) { lock_.acquire(); }
  ~Guard() { lock_.release(); }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

 private:
  Lock& lock_;
};

}  // namespace armature::kserv
