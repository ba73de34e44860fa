// The same machine on QEMU: a directory with the device tree and the command that boots the same
// images at the same places.
#pragma once

#include <string>

#include "platform/boot/boot.h"
#include "sim/config/run_config.h"

namespace armature::platform {

// Writes `directory`/machine.dtb, what was made for the VMs, and `directory`/run.sh, making the
// directory when it is missing. run.sh needs qemu-system-aarch64, takes more QEMU options as
// arguments and names the images by absolute paths. Throws UserError when something cannot be
// written.
void emit_qemu(const RunConfig& config, const BootPlan& plan, const std::string& directory);

}  // namespace armature::platform
