#pragma once

#include "lab.h"

// Takes the page at `va` away from every core. `entry` is its level 3 descriptor, which is valid now
// and not global; the address space has this ASID. When you return, the page is given to somebody
// else: no core may use the old translation any more.
void unmap(volatile u64* entry, u64 va, u64 asid);
