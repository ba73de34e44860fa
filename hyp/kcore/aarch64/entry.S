// The ways into KCore with the MMU off: core 0 from the machine, other cores from PSCI CPU_ON.
#include "hyp/kcore/aarch64/layout.h"

#define MAIR_VALUE  0x04ff      /* 0: Normal write-back, 1: Device-nGnRE */

        // T0SZ 25 (39-bit addresses, walk from level 1), walks inner shareable write-back
        // cacheable, 4 KB granule; RES1 bits 31 and 23. PS is added from ID_AA64MMFR0_EL1.
#define TCR_VALUE   0x80803519
        // RES1 bits, M, C, SA, I, WXN. Not A: libsodium loads and stores without alignment.
#define SCTLR_VALUE 0x30cd183d

        .section .text.entry, "ax"
        .global kcore_entry
kcore_entry:
        msr     DAIFSet, #15
        mrs     x0, CurrentEL
        cmp     x0, #8                  // KCore is nothing without EL2
        b.ne    stop
        bl      install_vectors
        adrp    x0, kcore_stacks_start
        add     x0, x0, #KCORE_STACK_BYTES
        mov     sp, x0
        // Nothing that this call leaves on the stack is used after the MMU is on.
        bl      kcore_build_el2_tables
        bl      enable_mmu
        adrp    x0, kcore_stacks_start
        add     x0, x0, #KCORE_STACK_BYTES
        mov     sp, x0
        bl      kcore_main
        b       stop

        // x0: the Cpu of this core, cleaned to memory by the core that started it.
        .global kcore_secondary_entry
kcore_secondary_entry:
        msr     DAIFSet, #15
        mov     x19, x0
        bl      install_vectors
        ldr     x1, [x19]               // Cpu::stack_top
        mov     sp, x1
        bl      enable_mmu
        mov     x0, x19
        bl      kcore_secondary_main
stop:   wfi
        b       stop

install_vectors:
        msr     SPSel, #1
        adrp    x9, kcore_vectors
        add     x9, x9, #:lo12:kcore_vectors
        msr     VBAR_EL2, x9
        isb                             // the vectors hold from the next instruction on
        ret

enable_mmu:
        ldr     x9, =MAIR_VALUE
        msr     MAIR_EL2, x9
        ldr     x9, =TCR_VALUE
        mrs     x10, ID_AA64MMFR0_EL1
        and     x10, x10, #0xf          // PARange
        cmp     x10, #2                 // no more than 40 bits are needed
        mov     x11, #2
        csel    x10, x11, x10, hi
        bfi     x9, x10, #16, #3        // PS
        msr     TCR_EL2, x9
        adrp    x9, kcore_ttbr0_el2
        ldr     x9, [x9, #:lo12:kcore_ttbr0_el2]
        msr     TTBR0_EL2, x9
        // After reset the TLB and the instruction cache hold anything: this core's own walks and
        // fetches must find nothing there. The DSB completes both, the ISB also orders the register
        // writes above, before the MMU goes on.
        tlbi    alle2
        ic      iallu
        dsb     nsh
        isb
        ldr     x9, =SCTLR_VALUE
        msr     SCTLR_EL2, x9
        isb                             // the next fetch is translated
        ret
        .ltorg

        .section .stacks, "aw", %nobits
        .balign 4096
        .space  KCORE_STACK_BYTES * KCORE_MAX_CPUS
