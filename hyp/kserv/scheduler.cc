#include "hyp/kserv/scheduler.h"

namespace armature::kserv {

void Scheduler::add(Task& task) {
  const Guard guard(lock_);
  for (unsigned n = 0; n < count_; ++n) {
    if (tasks_[n] == &task) return;
  }
  if (count_ < kMaxTasks) tasks_[count_++] = &task;
}

void Scheduler::append(Task& task) {
  task.next = nullptr;
  if (tail_ != nullptr) tail_->next = &task;
  else head_ = &task;
  tail_ = &task;
}

// New work: an idle core may take it.
void Scheduler::enqueue(Task& task) {
  task.state = RunState::ready;
  append(task);
  if (idle_cores_ != 0) {
    const auto core = static_cast<unsigned>(__builtin_ctz(idle_cores_));
    idle_cores_ &= ~(1u << core);
    if (core != machine::this_core()) machine::kick(core);
  }
}

void Scheduler::start(Task& task) {
  const Guard guard(lock_);
  if (group_of(task).stopping) return;
  if (task.state == RunState::running) task.start_again = true;  // it is on its way out after CPU_OFF
  if (task.state != RunState::off) return;
  task.notified = false;
  enqueue(task);
}

void Scheduler::notify(Task& task) {
  const Guard guard(lock_);
  task.notified = true;
  if (task.state == RunState::asleep) enqueue(task);
  else if (task.state == RunState::running && task.core != machine::this_core()) machine::kick(task.core);
}

void Scheduler::wake_sleepers() {
  const std::uint64_t now = machine::now();
  if (now < next_wake_) return;
  next_wake_ = kForever;
  for (unsigned n = 0; n < count_; ++n) {
    Task& task = *tasks_[n];
    if (task.state != RunState::asleep) continue;
    if (task.deadline <= now) enqueue(task);
    else if (task.deadline < next_wake_) next_wake_ = task.deadline;
  }
}

Task* Scheduler::pick(unsigned core) {
  const Guard guard(lock_);
  wake_sleepers();
  while (head_ != nullptr) {
    Task& task = *head_.load();
    head_ = task.next;
    if (head_ == nullptr) tail_ = nullptr;
    task.state = RunState::running;
    task.core = core;
    ++group_of(task).running;
    idle_cores_ &= ~(1u << core);
    return &task;
  }
  idle_cores_ |= 1u << core;
  return nullptr;
}

bool Scheduler::leave(Task& task) {
  TaskGroup& group = group_of(task);
  --group.running;
  return group.stopping && group.running == 0;
}

bool Scheduler::yield(Task& task) {
  const Guard guard(lock_);
  const bool last = leave(task);
  if (group_of(task).stopping) {
    task.state = RunState::off;
  } else {
    // No new work: this core looks at the queue next, and others sleep on.
    task.state = RunState::ready;
    append(task);
  }
  return last;
}

bool Scheduler::sleep(Task& task, std::uint64_t deadline) {
  const Guard guard(lock_);
  const bool last = leave(task);
  if (group_of(task).stopping) {
    task.state = RunState::off;
  } else if (task.notified || deadline <= machine::now()) {
    enqueue(task);
  } else {
    task.state = RunState::asleep;
    task.deadline = deadline;
    if (deadline < next_wake_) next_wake_ = deadline;
  }
  return last;
}

bool Scheduler::stop(Task& task) {
  const Guard guard(lock_);
  const bool last = leave(task);
  task.state = RunState::off;
  if (task.start_again && !group_of(task).stopping) enqueue(task);
  task.start_again = false;
  return last;
}

void Scheduler::stop_group(Task& any, unsigned tasks, Task* const* all) {
  const Guard guard(lock_);
  group_of(any).stopping = true;
  // Those that wait for a core leave the queue: the VM may be made again with the same tasks.
  Task* queued = head_;
  head_ = nullptr;
  tail_ = nullptr;
  while (queued != nullptr) {
    Task& task = *queued;
    queued = task.next;
    if (group_of(task).stopping) {
      task.state = RunState::off;
    } else {
      append(task);
    }
  }
  for (unsigned n = 0; n < tasks; ++n) {
    Task& task = *all[n];
    if (task.state == RunState::asleep) task.state = RunState::off;
    if (task.state == RunState::running && task.core != machine::this_core()) machine::kick(task.core);
  }
}

}  // namespace armature::kserv
