#include "hyp/kcore/panic.h"

#include "hyp/kcore/arch.h"
#include "hyp/kcore/kcore.h"

namespace armature::kcore {

void print(std::string_view line) {
  LockGuard guard(g_kcore.console_lock);
  arch::write_console("kcore: ", 7);
  arch::write_console(line.data(), line.size());
  arch::write_console("\n", 1);
}

void panic(std::string_view what) {
  if (g_kcore.halted.exchange(true, std::memory_order_seq_cst)) arch::halt_this_core();
  // No lock: this core may hold it, or a core that waits for this one.
  arch::write_console("kcore: panic: ", 14);
  arch::write_console(what.data(), what.size());
  arch::write_console("\nkcore: the machine is halted\n", 30);
  // Every other core comes to EL2 at its next instruction and finds the machine halted.
  revoke_everything(g_kcore.core);
  arch::halt_this_core();
}

bool machine_is_halted() {
  // Ordered after the table entries this core has read and written: a core that filled an entry
  // behind revoke_everything's back sees the flag that was set before.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return g_kcore.halted.load(std::memory_order_relaxed);
}

}  // namespace armature::kcore
