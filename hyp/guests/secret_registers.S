// uint64 guest_changed_registers(x0 = secret, x1 = function): fills every register that a call of the
// hypervisor must keep with values made from the secret, makes the call, and returns how many differ
// afterwards: x1..x30, V0..V31, FPCR, TPIDR_EL0, TPIDRRO_EL0, PAR_EL1, SP.

        // \reg = secret (x0) + \n
        .macro  fill n
        add     x\n, x0, #\n
        .endm
        // x0 = how many differ, x2: the secret again, x1: scratch
        .macro  check reg, n
        add     x1, x2, #\n
        cmp     \reg, x1
        cinc    x0, x0, ne
        .endm

        .section .text, "ax"
        .global guest_changed_registers
guest_changed_registers:
        sub     sp, sp, #128
        stp     x19, x20, [sp]
        stp     x21, x22, [sp, #16]
        stp     x23, x24, [sp, #32]
        stp     x25, x26, [sp, #48]
        stp     x27, x28, [sp, #64]
        stp     x29, x30, [sp, #80]
        str     x0, [sp, #96]           // the secret
        str     x1, [sp, #104]          // the function
        mrs     x2, CPACR_EL1
        orr     x2, x2, #3 << 20        // FPEN
        msr     CPACR_EL1, x2
        isb                             // before the first use of SIMD
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        add     x2, x0, #\n
        dup     v\n\().2d, x2
        .endr
        mov     x2, #1 << 22            // RMode, towards plus infinity
        msr     FPCR, x2
        msr     TPIDR_EL0, x0
        msr     TPIDRRO_EL0, x0
        and     x2, x0, #0xffffffff000
        msr     PAR_EL1, x2
        .irp    n, 2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
        fill    \n
        .endr
        mov     x1, sp
        ldr     x0, [sp, #104]
        hvc     #0
        // x2.. hold what came back; two of them go to the stack to make room.
        str     x2, [sp, #112]
        ldr     x2, [sp, #96]
        mov     x0, xzr
        str     x1, [sp, #120]
        .irp    n, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
        check   x\n, \n
        .endr
        ldr     x3, [sp, #112]
        check   x3, 2
        ldr     x3, [sp, #120]
        mov     x4, sp
        cmp     x3, x4
        cinc    x0, x0, ne
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        mov     x3, v\n\().d[0]
        check   x3, \n
        mov     x3, v\n\().d[1]
        check   x3, \n
        .endr
        mrs     x3, FPCR
        mov     x1, #1 << 22
        cmp     x3, x1
        cinc    x0, x0, ne
        msr     FPCR, xzr
        mrs     x3, TPIDR_EL0
        check   x3, 0
        mrs     x3, TPIDRRO_EL0
        check   x3, 0
        mrs     x3, PAR_EL1
        and     x1, x2, #0xffffffff000
        cmp     x3, x1
        cinc    x0, x0, ne
        ldp     x19, x20, [sp]
        ldp     x21, x22, [sp, #16]
        ldp     x23, x24, [sp, #32]
        ldp     x25, x26, [sp, #48]
        ldp     x27, x28, [sp, #64]
        ldp     x29, x30, [sp, #80]
        add     sp, sp, #128
        ret
