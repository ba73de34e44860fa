// A vCPU on a core: enter, serve its exit, until its slice ends or it has nothing to do.
#pragma once

#include "hyp/kserv/scheduler.h"

namespace armature::kserv {

// What exits need from the core they happen on, beyond machine.h. aarch64/ implements it.
namespace machine {
// Acknowledges and serves every physical interrupt that is pending on this core.
void serve_interrupts();
// An interrupt of this core at that count; kForever: none.
void set_timer(std::uint64_t deadline);
// The physical interrupt of the virtual timer is active on this core, so that it does not signal
// again what the list registers already carry; the VM's own deactivation ends that.
void set_virtual_timer_active(bool active);
// To EL0 and back.
void user_trip();
}  // namespace machine

// Returns when the task has left the core.
void run_slice(Task& task);

// A character has arrived at a physical UART.
void receive(unsigned uart, char c);

}  // namespace armature::kserv
