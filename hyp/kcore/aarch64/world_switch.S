// Into a vCPU and back: general-purpose registers and the exception return. All else that changes
// with the world is in world_switch.cc.

#define CONTEXT_PC      248             // ShadowContext, world_switch.cc checks it
#define FRAME_BYTES     112
#define FRAME_CONTEXT   96

        .section .text.world_switch, "ax"

        // unsigned kcore_enter_vcpu(ShadowContext*): returns when the vCPU has left, with its cause.
        // VBAR_EL2 is kcore_vcpu_vectors.
        .global kcore_enter_vcpu
kcore_enter_vcpu:
        stp     x29, x30, [sp, #-FRAME_BYTES]!
        stp     x27, x28, [sp, #16]
        stp     x25, x26, [sp, #32]
        stp     x23, x24, [sp, #48]
        stp     x21, x22, [sp, #64]
        stp     x19, x20, [sp, #80]
        str     x0, [sp, #FRAME_CONTEXT]
        ldp     x1, x2, [x0, #CONTEXT_PC]
        msr     ELR_EL2, x1
        msr     SPSR_EL2, x2
        ldr     x30, [x0, #240]
        ldp     x28, x29, [x0, #224]
        ldp     x26, x27, [x0, #208]
        ldp     x24, x25, [x0, #192]
        ldp     x22, x23, [x0, #176]
        ldp     x20, x21, [x0, #160]
        ldp     x18, x19, [x0, #144]
        ldp     x16, x17, [x0, #128]
        ldp     x14, x15, [x0, #112]
        ldp     x12, x13, [x0, #96]
        ldp     x10, x11, [x0, #80]
        ldp     x8, x9, [x0, #64]
        ldp     x6, x7, [x0, #48]
        ldp     x4, x5, [x0, #32]
        ldp     x2, x3, [x0, #16]
        ldp     x0, x1, [x0]
        eret                            // also makes every System register written before it count

        // From kcore_vcpu_vectors: x0, x1 of the vCPU are on the stack, x1 is the cause.
        .global kcore_leave_vcpu
kcore_leave_vcpu:
        ldr     x0, [sp, #16 + FRAME_CONTEXT]
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
        stp     x2, x3, [x0, #CONTEXT_PC]
        mov     x0, x1
        ldp     x19, x20, [sp, #80]
        ldp     x21, x22, [sp, #64]
        ldp     x23, x24, [sp, #48]
        ldp     x25, x26, [sp, #32]
        ldp     x27, x28, [sp, #16]
        ldp     x29, x30, [sp], #FRAME_BYTES
        ret

        // void kcore_save_simd(FloatingPoint*), void kcore_load_simd(const FloatingPoint*)
        .global kcore_save_simd
kcore_save_simd:
        stp     q0, q1, [x0, #0]
        stp     q2, q3, [x0, #32]
        stp     q4, q5, [x0, #64]
        stp     q6, q7, [x0, #96]
        stp     q8, q9, [x0, #128]
        stp     q10, q11, [x0, #160]
        stp     q12, q13, [x0, #192]
        stp     q14, q15, [x0, #224]
        stp     q16, q17, [x0, #256]
        stp     q18, q19, [x0, #288]
        stp     q20, q21, [x0, #320]
        stp     q22, q23, [x0, #352]
        stp     q24, q25, [x0, #384]
        stp     q26, q27, [x0, #416]
        stp     q28, q29, [x0, #448]
        stp     q30, q31, [x0, #480]
        mrs     x1, FPSR
        mrs     x2, FPCR
        str     x1, [x0, #512]
        str     x2, [x0, #520]
        ret

        .global kcore_load_simd
kcore_load_simd:
        ldp     q0, q1, [x0, #0]
        ldp     q2, q3, [x0, #32]
        ldp     q4, q5, [x0, #64]
        ldp     q6, q7, [x0, #96]
        ldp     q8, q9, [x0, #128]
        ldp     q10, q11, [x0, #160]
        ldp     q12, q13, [x0, #192]
        ldp     q14, q15, [x0, #224]
        ldp     q16, q17, [x0, #256]
        ldp     q18, q19, [x0, #288]
        ldp     q20, q21, [x0, #320]
        ldp     q22, q23, [x0, #352]
        ldp     q24, q25, [x0, #384]
        ldp     q26, q27, [x0, #416]
        ldp     q28, q29, [x0, #448]
        ldp     q30, q31, [x0, #480]
        ldr     x1, [x0, #512]
        ldr     x2, [x0, #520]
        msr     FPSR, x1
        msr     FPCR, x2
        ret
