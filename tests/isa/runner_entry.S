// Entering and leaving a case. Offsets are those of IsaState in batch.h; the addresses are
// ISA_STATE + 0x2000 (the state stored) and ISA_STATE + 0x4000 (the runner's own SP).
  .text
  .global _start
_start:
  bl runner_main

  .global isa_restorer
isa_restorer:
  mov x8, #139                // rt_sigreturn
  svc #0

  // void isa_enter(const IsaState* in, uint64_t code): loads every register and jumps.
  .global isa_enter
isa_enter:
  stp x19, x20, [sp, #-96]!
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  movz x2, #0x4003, lsl #16
  movk x2, #0x4000
  mov x3, sp
  str x3, [x2]
  clrex
  ldp q0, q1, [x0, #288]
  ldp q2, q3, [x0, #320]
  ldp q4, q5, [x0, #352]
  ldp q6, q7, [x0, #384]
  ldp q8, q9, [x0, #416]
  ldp q10, q11, [x0, #448]
  ldp q12, q13, [x0, #480]
  ldp q14, q15, [x0, #512]
  ldp q16, q17, [x0, #544]
  ldp q18, q19, [x0, #576]
  ldp q20, q21, [x0, #608]
  ldp q22, q23, [x0, #640]
  ldp q24, q25, [x0, #672]
  ldp q26, q27, [x0, #704]
  ldp q28, q29, [x0, #736]
  ldp q30, q31, [x0, #768]
  ldr x2, [x0, #264]
  msr fpcr, x2
  ldr x2, [x0, #272]
  msr fpsr, x2
  ldr x2, [x0, #256]
  msr nzcv, x2
  ldr x2, [x0, #248]
  mov sp, x2
  ldr x2, [x0]
  msr tpidr_el0, x2
  mov x30, x0
  mov x0, x1
  ldp x1, x2, [x30, #8]
  ldp x3, x4, [x30, #24]
  ldp x5, x6, [x30, #40]
  ldp x7, x8, [x30, #56]
  ldp x9, x10, [x30, #72]
  ldp x11, x12, [x30, #88]
  ldp x13, x14, [x30, #104]
  ldp x15, x16, [x30, #120]
  ldp x17, x18, [x30, #136]
  ldp x19, x20, [x30, #152]
  ldp x21, x22, [x30, #168]
  ldp x23, x24, [x30, #184]
  ldp x25, x26, [x30, #200]
  ldp x27, x28, [x30, #216]
  ldr x29, [x30, #232]
  ldr x30, [x30, #240]
  br x0

  // Copied to ISA_FINISH: stores every register and returns from isa_enter.
  .global isa_finish_begin
  .global isa_finish_end
isa_finish_begin:
  msr tpidr_el0, x0
  movz x0, #0x4003, lsl #16
  movk x0, #0x2000
  stp x1, x2, [x0, #8]
  stp x3, x4, [x0, #24]
  stp x5, x6, [x0, #40]
  stp x7, x8, [x0, #56]
  stp x9, x10, [x0, #72]
  stp x11, x12, [x0, #88]
  stp x13, x14, [x0, #104]
  stp x15, x16, [x0, #120]
  stp x17, x18, [x0, #136]
  stp x19, x20, [x0, #152]
  stp x21, x22, [x0, #168]
  stp x23, x24, [x0, #184]
  stp x25, x26, [x0, #200]
  stp x27, x28, [x0, #216]
  stp x29, x30, [x0, #232]
  mrs x1, tpidr_el0
  str x1, [x0]
  mov x1, sp
  str x1, [x0, #248]
  mrs x1, nzcv
  str x1, [x0, #256]
  mrs x1, fpcr
  str x1, [x0, #264]
  mrs x1, fpsr
  str x1, [x0, #272]
  stp q0, q1, [x0, #288]
  stp q2, q3, [x0, #320]
  stp q4, q5, [x0, #352]
  stp q6, q7, [x0, #384]
  stp q8, q9, [x0, #416]
  stp q10, q11, [x0, #448]
  stp q12, q13, [x0, #480]
  stp q14, q15, [x0, #512]
  stp q16, q17, [x0, #544]
  stp q18, q19, [x0, #576]
  stp q20, q21, [x0, #608]
  stp q22, q23, [x0, #640]
  stp q24, q25, [x0, #672]
  stp q26, q27, [x0, #704]
  stp q28, q29, [x0, #736]
  stp q30, q31, [x0, #768]
  msr fpcr, xzr
  movz x0, #0x4003, lsl #16
  movk x0, #0x4000
  ldr x1, [x0]
  mov sp, x1
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp x19, x20, [sp], #96
  ret
isa_finish_end:
