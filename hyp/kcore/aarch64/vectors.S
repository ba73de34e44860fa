// EL2 exception vectors, one table while KServ runs and one while a vCPU does. From KServ: save its
// registers, call C++, return. From a vCPU: back into kcore_enter_vcpu. From KCore itself: a mistake of
// ours, so a panic on a stack of its own.
#include "hyp/kcore/aarch64/register_pairs.h"

        .macro  from_kserv handler
        .balign 128
        sub     sp, sp, #272            // sizeof(TrapFrame)
        stp     x0, x1, [sp, #0]
        stp     x2, x3, [sp, #16]
        adr     x0, \handler
        b       save_and_call
        .endm

        // A cause is one of arch::GuestExit.
        .macro  from_vcpu cause
        .balign 128
        stp     x0, x1, [sp, #-16]!
        mov     x1, #\cause
        b       kcore_leave_vcpu
        .endm

        .macro  from_kcore number
        .balign 128
        mov     x1, sp
        adrp    x0, kcore_panic_stack_top
        add     x0, x0, #:lo12:kcore_panic_stack_top
        mov     sp, x0
        mov     x0, #\number
        b       kcore_own_exception
        .endm

        .section .text.vectors, "ax"
        .balign 2048
        .global kcore_vectors
kcore_vectors:
        .irp    n, 0,1,2,3,4,5,6,7      // current EL with SP_EL0, then with SP_EL2
        from_kcore \n
        .endr
        .rept   2                       // lower EL, AArch64, then AArch32: an EL0 program
        from_kserv kcore_synchronous
        from_kserv kcore_interrupt
        from_kserv kcore_interrupt
        from_kserv kcore_system_error
        .endr

        .balign 2048
        .global kcore_vcpu_vectors
kcore_vcpu_vectors:
        .irp    n, 0,1,2,3,4,5,6,7
        from_kcore \n
        .endr
        .rept   2                       // AArch64, then AArch32
        from_vcpu 0
        from_vcpu 1                     // an FIQ is an interrupt too
        from_vcpu 1
        from_vcpu 2
        .endr

save_and_call:
        x4_to_x29 stp, sp
        mrs     x2, ELR_EL2
        mrs     x3, SPSR_EL2
        stp     x30, x2, [sp, #240]
        str     x3, [sp, #256]
        mov     x1, x0
        mov     x0, sp
        blr     x1
        ldp     x30, x2, [sp, #240]
        ldr     x3, [sp, #256]
        msr     ELR_EL2, x2
        msr     SPSR_EL2, x3
        x4_to_x29 ldp, sp
        ldp     x2, x3, [sp, #16]
        ldp     x0, x1, [sp, #0]
        add     sp, sp, #272
        eret

        // kcore_enter_el1(entry, x0, spsr, stack_top): for good. Nothing of KCore stays in a register.
        .global kcore_enter_el1
kcore_enter_el1:
        msr     ELR_EL2, x0
        msr     SPSR_EL2, x2
        mov     sp, x3
        mov     x0, x1
        .irp    n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
        mov     x\n, xzr
        .endr
        eret

        .section .bss
        .balign 16
        .space  4096
kcore_panic_stack_top:
