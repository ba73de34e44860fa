// What the VM and the KServ around your attack agree on.
#pragma once

#include <stdint.h>

typedef uint64_t u64;

#define GUEST_BASE 0x40200000ull
#define VM_PAGE(n) (0x40400000ull + ((LAB_SEED * 7 + (n)*131) % 512 << 12))
enum { CALL_WRITTEN = 0x86000010, CALL_CHECKED, CALL_GRANTED, CALL_REVOKED };
