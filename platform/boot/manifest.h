// Reads the firmware's manifest (hyp/abi/manifest.h) into plain structures.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sim/check/manifest.h"

namespace armature::platform {

// `note` is the descriptor of the ELF note, empty for an image without one: an empty manifest.
// Unknown kinds of records and longer records are skipped, as the format says. Throws UserError
// naming `file` for a version or a layout that is not understood.
check::Manifest parse_manifest(std::span<const std::uint8_t> note, const std::string& file);

}  // namespace armature::platform
