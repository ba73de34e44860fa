// Runs cases on qemu-aarch64 through the freestanding runner.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "batch.h"

namespace armature::isa {

// Whether the host has qemu-aarch64.
bool qemu_available();

// One QEMU process for at most ISA_CASES_MAX cases. Throws std::runtime_error when QEMU fails.
std::vector<IsaResult> run_qemu(const std::string& runner, std::span<const IsaCase> cases);

}  // namespace armature::isa
