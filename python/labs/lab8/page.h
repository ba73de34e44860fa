#pragma once

#include "lab.h"

#define PAGE_BYTES 4096
#define LINE_BYTES 64  // of every cache of this machine (CTR_EL0 says so)

// An observer without caches (a device, or a guest that has turned its caches off) sees memory at the
// Point of Coherency. `page` is your own, cacheable address of the page.

// The observer reads the page next: it must see what you have written.
void hand_over(void* page);

// The observer has written the page: you read it next and must see what is there now. Until now you
// have only read it.
void take_back(void* page);

// The page gets another owner, who uses it without caches: nothing of its old content may ever be
// seen again, neither by reading nor because something is written back later.
void scrub(void* page);
