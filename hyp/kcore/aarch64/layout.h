// Symbols of kcore.ld, and the sizes that the linker script and the assembly share with C++.
#pragma once

#ifndef __ASSEMBLER__
#include <cstdint>
#endif

#define KCORE_STACK_BYTES 16384
#define KCORE_MAX_CPUS 16

#ifndef __ASSEMBLER__
extern "C" {
extern std::uint8_t kcore_text_start[], kcore_text_end[];
extern std::uint8_t kcore_rodata_start[], kcore_rodata_end[];
extern std::uint8_t kcore_data_start[], kcore_stacks_start[], kcore_stacks_end[];
extern std::uint8_t kcore_image_end[];
extern std::uint8_t kcore_image_start[];
}

namespace armature::kcore::aarch64 {
inline constexpr std::uint64_t kStackBytes = KCORE_STACK_BYTES;
}
#endif
