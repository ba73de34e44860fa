// Exception vectors of a hostile KServ: an exception that a core expects is noted and the instruction
// skipped; any other ends as in an honest one.
        .macro  fatal number
        .balign 128
        mov     x0, #\number
        mrs     x1, ESR_EL1
        mrs     x2, ELR_EL1
        mrs     x3, FAR_EL1
        b       kserv_exception
        .endm

        .section .text.vectors, "ax"
        .balign 2048
        .global hostile_vectors
hostile_vectors:
        .irp    n, 0,1,2,3
        fatal   \n
        .endr
        .balign 128
        b       synchronous
        .irp    n, 5,6,7,8,9,10,11,12,13,14,15
        fatal   \n
        .endr

synchronous:
        stp     x0, x1, [sp, #-16]!
        ldr     x1, =hostile_expected   // a word a core: 0 nothing, 1 armed, else the syndrome
        mrs     x0, TPIDR_EL1
        add     x1, x1, x0, lsl #3
        ldr     x0, [x1]
        cbz     x0, 1f
        mrs     x0, ESR_EL1
        str     x0, [x1]
        mrs     x0, ELR_EL1
        add     x0, x0, #4
        msr     ELR_EL1, x0
        ldp     x0, x1, [sp], #16
        eret
1:      mov     x0, #4
        mrs     x1, ESR_EL1
        mrs     x2, ELR_EL1
        mrs     x3, FAR_EL1
        b       kserv_exception
        .ltorg

// uint64 hostile_run(x0..x2 of a call, x3 = space for 31 + 64 words): makes the call with marks in all
// other registers and leaves there what they hold afterwards: x0..x30, V0..V31.
        .global hostile_run
hostile_run:
        sub     sp, sp, #112
        stp     x19, x20, [sp]
        stp     x21, x22, [sp, #16]
        stp     x23, x24, [sp, #32]
        stp     x25, x26, [sp, #48]
        stp     x27, x28, [sp, #64]
        stp     x29, x30, [sp, #80]
        str     x3, [sp, #96]
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        movi    v\n\().16b, #\n
        .endr
        .irp    n, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
        mov     x\n, #\n
        .endr
        hvc     #0
        stp     x0, x30, [sp, #-16]!
        ldr     x30, [sp, #112]         // the space
        stp     x0, x1, [x30]
        stp     x2, x3, [x30, #16]
        stp     x4, x5, [x30, #32]
        stp     x6, x7, [x30, #48]
        stp     x8, x9, [x30, #64]
        stp     x10, x11, [x30, #80]
        stp     x12, x13, [x30, #96]
        stp     x14, x15, [x30, #112]
        stp     x16, x17, [x30, #128]
        stp     x18, x19, [x30, #144]
        stp     x20, x21, [x30, #160]
        stp     x22, x23, [x30, #176]
        stp     x24, x25, [x30, #192]
        stp     x26, x27, [x30, #208]
        stp     x28, x29, [x30, #224]
        ldr     x0, [sp, #8]
        str     x0, [x30, #240]
        add     x1, x30, #248
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        mov     x2, v\n\().d[0]
        str     x2, [x1], #8
        mov     x2, v\n\().d[1]
        str     x2, [x1], #8
        .endr
        ldp     x0, x30, [sp], #16
        ldp     x19, x20, [sp]
        ldp     x21, x22, [sp, #16]
        ldp     x23, x24, [sp, #32]
        ldp     x25, x26, [sp, #48]
        ldp     x27, x28, [sp, #64]
        ldp     x29, x30, [sp, #80]
        add     sp, sp, #112
        ret

// A core from PSCI CPU_ON, MMU off: x0 = the address to read.
        .global hostile_peek
hostile_peek:
        ldr     x1, [x0]
        ldr     x2, =hostile_peeked
        mov     x3, #1
        str     x1, [x2, #8]
        dsb     sy
        str     x3, [x2]
        dsb     sy
1:      wfi
        b       1b
        .ltorg

        .section .bss
        .balign 64
        .global hostile_peeked
hostile_peeked:
        .space  64
