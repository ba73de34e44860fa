// Lab 1: see a walk. Do what the table walker of an Armv8-A core does, in C.
#include "walk.h"

void walk(u64* root, u64 va, struct walk_result* result) {
  // The index into the table of level 1 is bits 38..30 of the address.
  const unsigned index = va >> 30 & 511;
  result->descriptors[0] = (u64)&root[index];
  result->steps = 1;
  // TODO: read the descriptor. Is it invalid, a block, a table? Go on from there.
  result->outcome = NOT_ANSWERED;
}
