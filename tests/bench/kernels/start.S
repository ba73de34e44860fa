// Entry of every benchmark kernel: one core, from EL2 or EL1 down to EL1, MMU and caches on, then
// benchmark() and PSCI SYSTEM_OFF. Secondary cores come through secondary_start.
#define STACK_BYTES 16384
#define SCTLR_EL1_RES1 0x30d00800
#define SCTLR_M_C_I ((1 << 0) | (1 << 2) | (1 << 12))

  .section .text.start, "ax"
  .global _start, secondary_start
_start:
  mov x21, #0
  adrp x0, bss_start
  adrp x1, bss_end
0:cmp x0, x1
  b.hs 1f
  stp xzr, xzr, [x0], #16
  b 0b
1:bl enter_el1
  mov x0, x20
  bl build_tables
  bl mmu_on
  mov x0, x20
  bl benchmark_main
  // SYSTEM_OFF by the conduit of this machine.
  ldr w0, =0x84000008
  cbnz x20, 2f
  hvc #0
2:smc #0
  b .

secondary_start:
  mov x21, x0
  bl enter_el1
  bl mmu_on
  mov x0, x21
  bl secondary_main
3:wfi
  b 3b

// Sets the stack of core x21; x20 = 1 when EL2 is there.
enter_el1:
  mov x22, x30
  mov x20, #0
  mrs x0, CurrentEL
  cmp x0, #(2 << 2)
  b.ne 4f
  mov x20, #1
  mov x0, #(1 << 31)          // HCR_EL2.RW
  msr hcr_el2, x0
  mov x0, #0x33ff             // CPTR_EL2: nothing trapped
  msr cptr_el2, x0
  adr x0, el2_vectors
  msr vbar_el2, x0
  ldr x0, =SCTLR_EL1_RES1
  msr sctlr_el1, x0
  mov x0, #0x3c5              // EL1h, masked
  msr spsr_el2, x0
  adr x0, 4f
  msr elr_el2, x0
  eret
4:ldr x0, =(SCTLR_EL1_RES1)
  msr sctlr_el1, x0
  mov x0, #(3 << 20)          // CPACR_EL1.FPEN
  msr cpacr_el1, x0
  isb
  adrp x0, stacks
  add x1, x21, #1
  mov x2, #STACK_BYTES
  madd x0, x1, x2, x0
  mov sp, x0
  ret x22

mmu_on:
  mov x0, #0xff00             // MAIR: 0 Device-nGnRnE, 1 Normal Write-Back
  msr mair_el1, x0
  ldr x0, =0x200803519        // TCR: T0SZ 25, IRGN0/ORGN0 WBWA, SH0 inner, TG0 4K, EPD1, IPS 40 bits
  msr tcr_el1, x0
  adrp x0, root_table
  msr ttbr0_el1, x0
  dsb ish
  tlbi vmalle1
  ic iallu
  dsb nsh
  isb
  ldr x0, =(SCTLR_EL1_RES1 | SCTLR_M_C_I)
  msr sctlr_el1, x0
  isb
  ret

  // HVC #1 only returns; HVC #0 is PSCI's and does not come here.
  .balign 2048
el2_vectors:
  .rept 8
  .balign 128
  b .
  .endr
  .balign 128
  eret                        // synchronous, from AArch64 at EL1
  .rept 7
  .balign 128
  b .
  .endr

  .bss
  .balign 4096
  .global root_table, middle_table, page_tables
root_table:   .space 4096
middle_table: .space 4096
low_table:    .space 4096
page_tables:  .space 4096 * 64
stacks:       .space STACK_BYTES * 16
  .global low_table
