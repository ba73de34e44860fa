// PSCI SYSTEM_RESET: the machine boots anew, while time, statistics, consoles and the numbers of
// events go on.
#include <utility>

#include "platform/machine/machine.h"
#include "platform/semihosting/semihosting.h"

namespace armature::platform {

void Machine::reboot() {
  events.publish(EventKind::reset);
  const std::uint64_t sequence = events.sequence();
  psci->reset();
  // What was meant to be in memory is there before the images are loaded over it.
  caches->reset();
  for (auto& core : cores) {
    core->reset({0}, 0);
    core->state.sleep = cpu::Sleep::off;
    core->state_replaced();
  }
  for (auto& mmu : mmus) mmu->reset(sequence);
  shootdown->reset();
  tables->reset();
  gic->reset();
  for (const MappedDevice& mapped : devices_) mapped.device->reset();
  if (semihosting != nullptr) semihosting->reset();
  boot_ = load_images(config_, memory, LoadTime::again);
  note_pools();
  cores[0]->reset(boot_.entry, 0);
  cores[0]->state_replaced();
  ++resets_;
}

}  // namespace armature::platform
