// vCPUs over cores. One queue for all cores, first come first served, a time slice each: a vCPU runs
// wherever a core is free and migrates with every slice. A vCPU that waits sleeps until its deadline
// or until something is notified to it. KServ itself never blocks, so a vCPU needs no stack here: what
// a thread would keep is in KCore's shadow context.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "hyp/kserv/consoles.h"
#include "hyp/kserv/lock.h"
#include "hyp/kserv/machine.h"

namespace armature::kserv {

struct Vm;

enum class RunState : std::uint8_t { off, ready, running, asleep };
inline constexpr std::uint64_t kForever = ~std::uint64_t{0};

// What the scheduler knows of a vCPU; guarded by its lock, but for `notified`.
struct Task {
  RunState state = RunState::off;
  std::uint32_t core = 0;       // while running
  std::uint64_t deadline = 0;   // while asleep
  Task* next = nullptr;         // while ready
  bool start_again = false;     // start() came while it was still running
  Vm* vm = nullptr;
  std::uint32_t id = 0;         // vCPU
  // Set when something changed since the vCPU's list registers were prepared.
  std::atomic<bool> notified{false};
};

// What it knows of a VM; written under its lock.
struct TaskGroup {
  std::atomic<bool> stopping{false};  // none of its tasks runs any more, once `running` is 0
  std::uint32_t running = 0;
  void reset() {
    stopping = false;
    running = 0;
  }
};
TaskGroup& group_of(const Task& task);

class Scheduler {
 public:
  void add(Task& task);  // at boot and when a VM is made: known, off
  void start(Task& task);
  void notify(Task& task);

  // The next vCPU for this core, running from now on, or nullptr: the core is idle from now on, until
  // it is kicked.
  Task* pick(unsigned core);
  // How a running vCPU leaves its core. True: it was the last of a group that stops, and the caller
  // has to take the VM apart.
  bool yield(Task& task);
  bool sleep(Task& task, std::uint64_t deadline);
  bool stop(Task& task);

  void stop_group(Task& any, unsigned tasks, Task* const* all);
  // Asked at every exit, so without the lock: the answer may be a moment old.
  bool is_stopping(const Task& task) const { return group_of(task).stopping; }
  bool others_wait() const { return head_ != nullptr; }
  // When the next sleeper wakes.
  std::uint64_t next_wake() const { return next_wake_; }

 private:
  static constexpr unsigned kMaxTasks = kMaxVmSlots * abi::kMaxVcpus;
  void append(Task& task);
  void enqueue(Task& task);
  void wake_sleepers();
  bool leave(Task& task);

  Lock lock_;
  std::atomic<Task*> head_{nullptr};
  Task* tail_ = nullptr;
  std::array<Task*, kMaxTasks> tasks_{};
  unsigned count_ = 0;
  std::atomic<std::uint64_t> next_wake_{kForever};
  std::uint32_t idle_cores_ = 0;
};

}  // namespace armature::kserv
