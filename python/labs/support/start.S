// Entry, exception vectors and the second half of starting a core, at EL1 or, with LAB_EL2, at EL2. Core 0
// enters lab_main() with the MMU off; what it returns is the end of the run.
#ifdef LAB_EL2
#define OWN(name) name##_EL2
#else
#define OWN(name) name##_EL1
#endif
#ifdef LAB_UNDER_KCORE
        // The header of an arm64 Image (Linux, Documentation/arch/arm64/booting).
        .section .text.start, "ax"
        b       start
        .word   0
        .quad   0                       // text_offset
        .quad   image_bytes
        .quad   0xa                     // little-endian, 4 KB pages, anywhere
        .quad   0, 0, 0
        .ascii  "ARM\x64"
        .word   0
#endif
        .section .text.start, "ax"
        .global start
start:
        msr     DAIFSet, #15
        adrp    x0, core_stacks
        add     x0, x0, #:lo12:core_stacks
        add     x0, x0, #0x4000
        mov     sp, x0
        bl      set_up_core
        bl      lab_main
        bl      power_off

        // x0 points to {stack top, entry, argument}: lab_start_core().
        .global secondary_start
secondary_start:
        msr     DAIFSet, #15
        ldp     x1, x19, [x0]
        ldr     x20, [x0, #16]
        mov     sp, x1
        bl      set_up_core
        mov     x0, x20
        blr     x19
1:      wfi
        b       1b

set_up_core:
        adrp    x2, vectors
        add     x2, x2, #:lo12:vectors
        msr     OWN(VBAR), x2
        mov     x3, #(3 << 20)          // CPACR_EL1.FPEN: no traps
        msr     CPACR_EL1, x3
        isb
        ret

        // Every exception: registers to the stack, lab_exception(frame), and back.
        .macro  entry
        .balign 0x80
        b       lab_taken
        .endm
        .balign 0x800
vectors:
        .rept   16
        entry
        .endr

        .global lab_taken
lab_taken:
        sub     sp, sp, #288
        stp     x0, x1, [sp, #0]
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
        mrs     x0, OWN(ELR)
        stp     x30, x0, [sp, #240]
        mrs     x0, OWN(ESR)
        mrs     x1, OWN(FAR)
        stp     x0, x1, [sp, #256]
        mov     x0, sp
        bl      lab_exception
        ldp     x30, x0, [sp, #240]
        msr     OWN(ELR), x0
        ldp     x2, x3, [sp, #16]
        ldp     x4, x5, [sp, #32]
        ldp     x6, x7, [sp, #48]
        ldp     x8, x9, [sp, #64]
        ldp     x10, x11, [sp, #80]
        ldp     x12, x13, [sp, #96]
        ldp     x14, x15, [sp, #112]
        ldp     x16, x17, [sp, #128]
        ldp     x18, x19, [sp, #144]
        ldp     x20, x21, [sp, #160]
        ldp     x22, x23, [sp, #176]
        ldp     x24, x25, [sp, #192]
        ldp     x26, x27, [sp, #208]
        ldp     x28, x29, [sp, #224]
        ldp     x0, x1, [sp, #0]
        add     sp, sp, #288
        eret

        .section .bss.core_stacks, "aw", %nobits
        .balign 16
        .global core_stacks
core_stacks:
        .skip   0x4000 * 4
