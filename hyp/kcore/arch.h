// What the core needs from the processor. aarch64/ implements it for the machine, fake/ for the
// host.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "hyp/kcore/types.h"

namespace armature::kcore::arch {

// Waits until `word` may no longer hold `value`; may return early.
void wait_while_equal(const std::atomic<std::uint32_t>& word, std::uint32_t value);

// One descriptor, in one access.
void write_descriptor(std::uint64_t* entry, std::uint64_t descriptor);
// Earlier writes to a table are seen by every walker before the link to it, which comes next.
void order_table_before_link();

// Makes cached writes visible to observers without caches, such as a core that has just started.
void clean_to_poc(const void* begin, std::size_t bytes);

// The machine's PSCI implementation below KCore.
std::int64_t call_firmware(std::uint64_t function, std::uint64_t x1, std::uint64_t x2,
                           std::uint64_t x3);
// Where a core that KCore starts begins, with the address of its Cpu as context.
PhysicalAddress secondary_entry();

void write_console(const char* text, std::size_t length);
[[noreturn]] void halt_this_core();

}  // namespace armature::kcore::arch
