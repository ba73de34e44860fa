// Into a guest and back. x0 points to a struct vcpu; what comes back are its registers at its exit.
        .text
        .global enter_guest
enter_guest:
        sub     sp, sp, #96
        stp     x19, x20, [sp, #0]
        stp     x21, x22, [sp, #16]
        stp     x23, x24, [sp, #32]
        stp     x25, x26, [sp, #48]
        stp     x27, x28, [sp, #64]
        stp     x29, x30, [sp, #80]
        msr     TPIDR_EL2, x0
        ldp     x2, x3, [x0, #248]      // pc, pstate
        msr     ELR_EL2, x2
        msr     SPSR_EL2, x3
        ldr     x2, [x0, #264]
        msr     SP_EL1, x2
        ldp     x2, x3, [x0, #16]
        ldp     x4, x5, [x0, #32]
        ldp     x6, x7, [x0, #48]
        ldp     x8, x9, [x0, #64]
        ldp     x10, x11, [x0, #80]
        ldp     x12, x13, [x0, #96]
        ldp     x14, x15, [x0, #112]
        ldp     x16, x17, [x0, #128]
        ldp     x18, x19, [x0, #144]
        ldp     x20, x21, [x0, #160]
        ldp     x22, x23, [x0, #176]
        ldp     x24, x25, [x0, #192]
        ldp     x26, x27, [x0, #208]
        ldp     x28, x29, [x0, #224]
        ldr     x30, [x0, #240]
        ldp     x0, x1, [x0]
        eret

guest_exit:
        stp     x0, x1, [sp, #-16]!
        mrs     x0, TPIDR_EL2
        stp     x2, x3, [x0, #16]
        stp     x4, x5, [x0, #32]
        stp     x6, x7, [x0, #48]
        stp     x8, x9, [x0, #64]
        stp     x10, x11, [x0, #80]
        stp     x12, x13, [x0, #96]
        stp     x14, x15, [x0, #112]
        stp     x16, x17, [x0, #128]
        stp     x18, x19, [x0, #144]
        stp     x20, x21, [x0, #160]
        stp     x22, x23, [x0, #176]
        stp     x24, x25, [x0, #192]
        stp     x26, x27, [x0, #208]
        stp     x28, x29, [x0, #224]
        str     x30, [x0, #240]
        ldp     x2, x3, [sp], #16
        stp     x2, x3, [x0]
        mrs     x2, ELR_EL2
        mrs     x3, SPSR_EL2
        stp     x2, x3, [x0, #248]
        mrs     x2, SP_EL1
        mrs     x3, ESR_EL2
        stp     x2, x3, [x0, #264]
        mrs     x2, FAR_EL2
        mrs     x3, HPFAR_EL2
        stp     x2, x3, [x0, #280]
        ldp     x19, x20, [sp, #0]
        ldp     x21, x22, [sp, #16]
        ldp     x23, x24, [sp, #32]
        ldp     x25, x26, [sp, #48]
        ldp     x27, x28, [sp, #64]
        ldp     x29, x30, [sp, #80]
        add     sp, sp, #96
        ret

        // EL2's own exceptions come back as in every lab; those from below end a stay in a guest.
        .balign 0x800
        .global guest_vectors
guest_vectors:
        .rept   8
        .balign 0x80
        b       lab_taken
        .endr
        .rept   8
        .balign 0x80
        b       guest_exit
        .endr

        // Of a guest that takes an exception of its own: it tells the hypervisor.
        .section .guest, "ax"
        .balign 0x800
        .global guest_own_vectors
guest_own_vectors:
        .rept   16
        .balign 0x80
        mov     x0, #0xdead
        hvc     #0
        b       .
        .endr
