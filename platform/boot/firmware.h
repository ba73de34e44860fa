// KCore and KServ for those who only name VMs.
#pragma once

#include "sim/config/run_config.h"

namespace armature::platform {

// The configuration with `firmware` and `kernel` filled in when it has VMs and names none:
// kcore.elf and kserv.img of the folder hyp beside this program or library, or beside its folder.
// Throws UserError when they are missing.
RunConfig with_firmware(RunConfig config);

}  // namespace armature::platform
