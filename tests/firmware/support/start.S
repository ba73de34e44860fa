        .section .text.start, "ax"
        .global start
#ifdef UNDER_KCORE
        // The header of an arm64 Image (Linux, Documentation/arch/arm64/booting).
        b       start
        .word   0
        .quad   0                       // text_offset
        .quad   image_bytes
        .quad   0xa                     // little-endian, 4 KB pages, anywhere
        .quad   0, 0, 0
        .ascii  "ARM\x64"
        .word   0
#endif
start:
        msr     DAIFSet, #15
        adrp    x0, stacks
        add     x0, x0, #0x4000
        mov     sp, x0
        mrs     x1, CurrentEL
        cmp     x1, #8
        cset    x2, eq
#ifdef UNDER_KCORE
        mov     x2, #1                  // KCore takes PSCI calls by SMC
#endif
        adrp    x3, psci_by_smc
        str     x2, [x3, #:lo12:psci_by_smc]
        bl      set_up_core
        bl      run
        bl      power_off

        // Core n of start_core: x0 points to {stack top, entry, argument}.
        .global secondary_start
secondary_start:
        msr     DAIFSet, #15
        ldp     x1, x19, [x0]
        ldr     x20, [x0, #16]
        mov     sp, x1
        bl      set_up_core
        mov     x0, x20
        blr     x19
        mov     x0, #0x84000000         // CPU_OFF
        add     x0, x0, #2
        bl      psci
1:      wfi
        b       1b

set_up_core:
        mrs     x1, CurrentEL
        cmp     x1, #8
        adrp    x2, vectors
        add     x2, x2, #:lo12:vectors
        b.ne    1f
        msr     VBAR_EL2, x2
        mov     x3, #0x33ff             // no FP trap
        msr     CPTR_EL2, x3
1:      adrp    x2, vectors
        add     x2, x2, #:lo12:vectors
        msr     VBAR_EL1, x2
        mov     x3, #(3 << 20)
        msr     CPACR_EL1, x3
        isb
        ret

        .global psci
psci:
        adrp    x9, psci_by_smc
        ldr     x9, [x9, #:lo12:psci_by_smc]
        cbz     x9, 1f
        smc     #0
        ret
1:      hvc     #0
        ret

        // enter_el1(entry, stack_top)
        .global enter_el1
enter_el1:
        msr     ELR_EL2, x0
        msr     SP_EL1, x1
        mov     x2, #0x3c5              // EL1h, DAIF masked
        msr     SPSR_EL2, x2
        isb
        eret

        // One set of vectors for both levels.
        .macro  entry number
        .balign 128
        sub     sp, sp, #288
        stp     x0, x1, [sp]
        mov     x0, #\number
        b       exception_entry
        .endm
        .text
        .balign 2048
vectors:
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
        entry   \n
        .endr

exception_entry:
        str     x0, [sp, #280]
        stp     x2, x3, [sp, #16]
        stp     x4, x5, [sp, #32]
        stp     x6, x7, [sp, #48]
        stp     x8, x9, [sp, #64]
        stp     x10, x11, [sp, #80]
        stp     x12, x13, [sp, #96]
        stp     x14, x15, [sp, #112]
        stp     x16, x17, [sp, #128]
        stp     x18, x19, [sp, #144]
        stp     x20, x21, [sp, #160]
        stp     x22, x23, [sp, #176]
        stp     x24, x25, [sp, #192]
        stp     x26, x27, [sp, #208]
        stp     x28, x29, [sp, #224]
        str     x30, [sp, #240]
        mrs     x0, CurrentEL
        cmp     x0, #8
        b.eq    1f
        mrs     x1, ELR_EL1
        mrs     x2, SPSR_EL1
        mrs     x3, ESR_EL1
        mrs     x4, FAR_EL1
        b       2f
1:      mrs     x1, ELR_EL2
        mrs     x2, SPSR_EL2
        mrs     x3, ESR_EL2
        mrs     x4, FAR_EL2
2:      stp     x1, x2, [sp, #248]
        stp     x3, x4, [sp, #264]
        mov     x0, sp
        adrp    x1, on_exception
        ldr     x1, [x1, #:lo12:on_exception]
        blr     x1
        ldp     x1, x2, [sp, #248]
        mrs     x0, CurrentEL
        cmp     x0, #8
        b.eq    1f
        msr     ELR_EL1, x1
        msr     SPSR_EL1, x2
        b       2f
1:      msr     ELR_EL2, x1
        msr     SPSR_EL2, x2
2:      ldr     x30, [sp, #240]
        ldp     x28, x29, [sp, #224]
        ldp     x26, x27, [sp, #208]
        ldp     x24, x25, [sp, #192]
        ldp     x22, x23, [sp, #176]
        ldp     x20, x21, [sp, #160]
        ldp     x18, x19, [sp, #144]
        ldp     x16, x17, [sp, #128]
        ldp     x14, x15, [sp, #112]
        ldp     x12, x13, [sp, #96]
        ldp     x10, x11, [sp, #80]
        ldp     x8, x9, [sp, #64]
        ldp     x6, x7, [sp, #48]
        ldp     x4, x5, [sp, #32]
        ldp     x2, x3, [sp, #16]
        ldp     x0, x1, [sp]
        add     sp, sp, #288
        eret

        .data
        .balign 8
psci_by_smc: .quad 0

        .bss
        .balign 4096
        .global stacks
stacks: .space  0x4000 * 16
