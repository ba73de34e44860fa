#pragma once

#include "lab.h"

#define WALKS 18

enum outcome { NOT_ANSWERED = 0, TRANSLATED = 1, TRANSLATION_FAULT = 2, ACCESS_FLAG_FAULT = 3 };

struct walk_result {
  u64 outcome;         // enum outcome
  u64 level;           // of the descriptor that ended the walk
  u64 pa;              // of the byte at `va`; only when TRANSLATED
  u64 steps;           // how many descriptors were read
  u64 descriptors[4];  // the address of each, in order
};

// Walks stage 1 for `va`: 39-bit addresses, 4 KB granule, so the first level of lookup is level 1.
void walk(u64* root, u64 va, struct walk_result* result);
