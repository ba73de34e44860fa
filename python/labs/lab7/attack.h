#pragma once

#include "lab.h"

// You are KServ, at EL1. A VM keeps two secrets from you, in two pages. KCore, at EL2, should see to it
// that you never learn them and never change what the VM has written. Yours leaves one step out.
//
// A page's life, and where you come in. `page` is its physical address; your stage 1 maps RAM one to one.
//   before_give   the page is yours; the VM will get it when you return
//   written       the VM has it, and has filled it with a secret
//   granted       the VM lets you use it for a while (the second page only)
//   revoked       the VM has taken it back and filled it with its second secret
//   returned      the VM is off, and KCore has given the page back to you
// What you may not touch you must not touch: KCore halts the machine.
void before_give(u64 page);
void written(u64 page);
void granted(u64 page);
void revoked(u64 page);
void returned(u64 page);

// Keeps a value that you think is a secret. There is room for 16.
void steal(u64 value);

// The same byte of RAM again, past the caches (Normal, Non-cacheable).
#define PAST_CACHES(page) ((page) + 0x40000000)

// Runs job(argument) on the second core, whose TLBs are its own, and waits until it has run; or lets it run
// while you go on.
void on_other_core(void (*job)(u64), u64 argument);
void start_on_other_core(void (*job)(u64), u64 argument);
void finish_other_core(void);

// Memory of yours that nobody else uses.
#define SPARE_MEMORY 0x45000000ull
#define SPARE_BYTES 0x400000ull

// Which step does your KCore leave out?
enum step {
  NOT_FOUND,
  TAKE_TLBI,       // taking a page from KServ: any TLB invalidation
  TAKE_BROADCAST,  // taking a page from KServ: the invalidation on the other cores
  TAKE_COMBINED,   // taking a page from KServ: the invalidation of entries that combine both stages
  TAKE_CLEAN,      // giving a page to a VM: cleaning KServ's lines out of the caches
  TAKE_ORDER,      // taking a page from KServ: the store that unmaps, before the invalidation
  FAULT_OWNER,     // a fault of KServ's: the question whose page it is
  RETURN_SCRUB,    // giving a page back to KServ: zeroing it
  RETURN_CLEAN,    // giving a page back to KServ: cleaning the zeroes to the point of coherency
  TAKE_DSB,        // taking a page from KServ: the DSB between the store and the TLBI
  RETURN_INSTRUCTIONS,  // giving a page back to KServ: the invalidation of instruction caches
};
extern const enum step missing_step;
