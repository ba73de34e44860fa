// A guest's first instructions: EL1, MMU off, interrupts masked. vCPU 0 comes with x0 = number of
// vCPUs, the others from PSCI CPU_ON with x0 = their own number.

#define STACK_BYTES 8192
#define MAX_VCPUS   8

        .section .text.entry, "ax"
        .global guest_entry
guest_entry:
        mov     x19, x0
        // Memory holds anything. The zeroes are written past the caches and seen by all vCPUs, for
        // no vCPU has had its caches on yet.
        ldr     x0, =guest_bss_start
        ldr     x1, =guest_end
1:      stp     xzr, xzr, [x0], #16
        cmp     x0, x1
        b.lo    1b
        // Level 1, 1 GB blocks: devices below, RAM from 0x40000000.
        ldr     x0, =guest_table
        ldr     x1, =0x0060000000000405 // Device-nGnRE, AF, never executed
        str     x1, [x0]
        ldr     x1, =0x0000000040000701 // Normal, AF, inner shareable
        str     x1, [x0, #8]
        ldr     x1, =0x0060000040000709 // the same RAM from 0xc0000000, Non-cacheable, never executed
        str     x1, [x0, #24]
        dsb     sy
        mov     x20, xzr
        bl      set_up
        mov     x0, x19
        bl      guest_main
        b       guest_power_off

        .global guest_secondary_entry
guest_secondary_entry:
        mov     x20, x0
        bl      set_up
        mov     x0, x20
        bl      guest_secondary
        ldr     x0, =0x84000002         // CPU_OFF
        hvc     #0
2:      wfi
        b       2b

        // x20: this vCPU. Stack, vectors, MMU and caches.
set_up: ldr     x0, =guest_stacks + STACK_BYTES
        mov     x1, #STACK_BYTES
        madd    x0, x20, x1, x0
        mov     sp, x0
        msr     TPIDR_EL1, x20
        ldr     x0, =guest_vectors
        msr     VBAR_EL1, x0
        ldr     x0, =0x4404ff           // 0: Normal write-back, 1: Device-nGnRE, 2: Normal Non-cacheable
        msr     MAIR_EL1, x0
        ldr     x0, =0x200803519        // T0SZ 25, inner shareable write-back, EPD1, 40 bits
        msr     TCR_EL1, x0
        ldr     x0, =guest_table
        msr     TTBR0_EL1, x0
        tlbi    vmalle1
        ic      iallu
        dsb     nsh
        isb
        ldr     x0, =0x30d0180d         // RES1, M, C, SA, I
        msr     SCTLR_EL1, x0
        isb                             // the next fetch is translated
        ret

        .global guest_power_off
guest_power_off:
        ldr     x0, =0x84000008         // SYSTEM_OFF
        hvc     #0
3:      wfi
        b       3b
        .ltorg

        .section .text.vectors, "ax"
        .balign 2048
guest_vectors:
        .rept   16
        .balign 128
        mrs     x0, ESR_EL1
        mrs     x1, ELR_EL1
        mrs     x2, FAR_EL1
        b       guest_exception
        .endr

        .section .bss
        .balign 4096
        .global guest_table             // level 1
guest_table:
        .space  4096
guest_stacks:
        .space  STACK_BYTES * MAX_VCPUS
