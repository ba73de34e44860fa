#pragma once

#include "lab.h"

// Both are called while another core uses the addresses they change; that core may take faults while
// you work (it tries again), but it must never see anything else than the old or the new mapping.

// Gives the page at `va` another frame: its level 3 descriptor, at `entry`, is to become `wanted`.
void move_page(volatile u64* entry, u64 va, u64 asid, u64 wanted);

// Replaces the 2 MiB block that maps `va` by the table at `table`, whose 512 descriptors are ready:
// the level 2 descriptor of the block, at `entry`, is to become a table descriptor.
void split_block(volatile u64* entry, u64 va, u64 asid, u64* table);
