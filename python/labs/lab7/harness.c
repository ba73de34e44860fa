// Lab 7: a KServ of one VM. It does its work, and calls your attack at the turns of a page's life. You do not
// change this file.
#include "attack.h"
#include "victim.h"

// KCore's calls, by HVC; what they do is in hyp/abi/calls.h.
enum {
  VCPU_RUN = 8,
  CLEAR_VM_S2_RANGE = 9,
  SET_BOOT_INFO = 10,
  REMAP_VM_IMAGE = 11,
  VERIFY_VM_IMAGES = 12,
  REGISTER_KVM = 13,
  REGISTER_VCPU = 14
};
enum {
  EXIT_INTERRUPT = 1,
  EXIT_WAIT = 2,
  EXIT_MEMORY = 3,
  EXIT_HYPERCALL = 6,
  EXIT_PSCI = 7,
  EXIT_OFF = 9
};
enum { NOTHING = 0, GIVE_PAGE = 1, COMPLETE = 3 };

// The page that KCore and KServ share for a vCPU (hyp/abi/mailbox.h).
struct mailbox {
  u32 action, list_register_count;
  u64 value, page;
  char more_in[1000];
  u32 reason, page_outcome;
  u64 out_value, ipa;
};

#define LOOT_MAX 16

// What the grader reads.
u64 loot[LOOT_MAX], loot_count;
u64 image_pages[4];  // where the VM's image lies
u64 pages[2];        // the two of the secrets
u64 given[2];        // each of them went to the VM
u64 refused;         // a call that KCore refused, and its result
long refused_result;
u64 vm_is_off;

void steal(u64 value) {
  if (loot_count < LOOT_MAX) loot[loot_count] = value;
  ++loot_count;
}

static long call(u64 number, u64 a, u64 b, u64 c, u64 d) {
  register u64 x0 __asm__("x0") = number;
  register u64 x1 __asm__("x1") = a;
  register u64 x2 __asm__("x2") = b;
  register u64 x3 __asm__("x3") = c;
  register u64 x4 __asm__("x4") = d;
  __asm__ volatile("hvc #0" : "+r"(x0) : "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  if ((long)x0 < 0 && refused == 0) {
    refused = number;
    refused_result = (long)x0;
  }
  return (long)x0;
}

// ---- The second core

static u64* root;
static void (*volatile job)(u64);
static volatile u64 job_argument, jobs_asked, jobs_done;

static void other_core(u64 unused) {
  (void)unused;
  lab_mmu_on(root);
  for (u64 done = 0;;) {
    lab_wait_for(&jobs_asked, done + 1);
    job(job_argument);
    DSB_ISH();
    jobs_done = ++done;
  }
}

void start_on_other_core(void (*what)(u64), u64 argument) {
  finish_other_core();
  job = what;
  job_argument = argument;
  DSB_ISH();
  jobs_asked = jobs_asked + 1;
}

void finish_other_core(void) { lab_wait_for(&jobs_done, jobs_asked); }

void on_other_core(void (*what)(u64), u64 argument) {
  start_on_other_core(what, argument);
  finish_other_core();
}

// ---- The VM

extern char victim_image[], victim_image_end[], victim_manifest[], victim_manifest_end[];
static u64 vmid;
static volatile struct mailbox* mail;

static int make_vm(void) {
  vmid = (u64)call(REGISTER_KVM, 16, 0, 0, 0);
  mail = (volatile struct mailbox*)lab_page();
  call(REGISTER_VCPU, vmid, 0, (u64)mail, 0);
  const u64 bytes = (u64)(victim_image_end - victim_image);
  const u64 index = (u64)call(SET_BOOT_INFO, vmid, GUEST_BASE, bytes, 0);
  for (u64 n = 0; n * 4096 < bytes && n < 4; ++n) {
    image_pages[n] = (u64)lab_page();
    const u64 left = bytes - n * 4096;
    memcpy((void*)image_pages[n], victim_image + n * 4096, left < 4096 ? left : 4096);
    // The VM begins with its caches off.
    for (u64 at = 0; at < 4096; at += 64) DC(cvac, image_pages[n] + at);
    DSB_SY();
    call(REMAP_VM_IMAGE, vmid, image_pages[n], index, 1);
  }
  u64* manifest = lab_page();
  memcpy(manifest, victim_manifest, (u64)(victim_manifest_end - victim_manifest));
  return call(VERIFY_VM_IMAGES, vmid, (u64)manifest, 0, 0) == 0;
}

static void give(u64 ipa) {
  const u64 gpa = ipa & ~0xfffull;
  for (unsigned n = 0; n < 2; ++n) {
    if (gpa != VM_PAGE(n) || given[n]) continue;
    before_give(pages[n]);
    given[n] = 1;
    mail->page = pages[n];
    mail->action = GIVE_PAGE;
    return;
  }
  mail->page = (u64)lab_page();
  mail->action = GIVE_PAGE;
}

static void answer(u64 what) {
  mail->value = 0;
  mail->action = COMPLETE;
  if (what == CALL_WRITTEN) written(pages[0]);
  if (what == CALL_GRANTED) granted(pages[1]);
  if (what == CALL_REVOKED) revoked(pages[1]);
}

static void run_vm(void) {
  for (;;) {
    const long reason = call(VCPU_RUN, vmid, 0, 0, 0);
    if (reason < 0) return;
    mail->action = NOTHING;
    if (reason == EXIT_MEMORY) give(mail->ipa);
    if (reason == EXIT_HYPERCALL) answer(mail->out_value);
    if (reason == EXIT_PSCI || reason == EXIT_OFF) return;
  }
}

void lab_main(void) {
  root = lab_identity();
  // RAM again, past the caches.
  root[2] = 1ull << 30 | PTE_BLOCK | PTE_ATTR(NON_CACHEABLE) | PTE_INNER_SHAREABLE | PTE_AF |
            PTE_UXN | PTE_PXN;
  for (unsigned skip = lab_random() & 63; skip != 0; --skip) lab_page();
  for (unsigned n = 0; n < 2; ++n) pages[n] = (u64)lab_page();
  lab_start_core(1, other_core, 0);
  lab_mmu_on(root);
  if (!make_vm()) return;
  run_vm();
  vm_is_off = 1;
  for (unsigned n = 0; n < 2; ++n) {
    if (given[n] && call(CLEAR_VM_S2_RANGE, vmid, pages[n], 4096, 0) == 1) returned(pages[n]);
  }
}
