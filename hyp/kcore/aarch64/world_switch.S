// Into a vCPU and back: general-purpose registers and the exception return. All else that changes
// with the world is in world_switch.cc.
#include "hyp/kcore/aarch64/register_pairs.h"

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
        x4_to_x29 ldp, x0
        ldp     x2, x3, [x0, #16]
        ldp     x0, x1, [x0]
        eret                            // also makes every System register written before it count

        // From kcore_vcpu_vectors: x0, x1 of the vCPU are on the stack, x1 is the cause.
        .global kcore_leave_vcpu
kcore_leave_vcpu:
        ldr     x0, [sp, #16 + FRAME_CONTEXT]
        stp     x2, x3, [x0, #16]
        x4_to_x29 stp, x0
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
        q0_to_q31 stp, x0
        mrs     x1, FPSR
        mrs     x2, FPCR
        str     x1, [x0, #512]
        str     x2, [x0, #520]
        ret

        .global kcore_load_simd
kcore_load_simd:
        q0_to_q31 ldp, x0
        ldr     x1, [x0, #512]
        ldr     x2, [x0, #520]
        msr     FPSR, x1
        msr     FPCR, x2
        ret
