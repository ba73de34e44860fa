// The ways into KServ: the arm64 Image header, core 0 from KCore with x0 = device tree, other cores
// from PSCI CPU_ON with x0 = their Core. EL1, MMU off, interrupts masked.

#define STACK_BYTES 16384
#define MAX_CORES   16

        // Attribute 0: Normal write-back, 1: Device-nGnRE.
#define MAIR_VALUE  0x04ff
        // T0SZ 25 (39-bit addresses, walk from level 1), inner shareable write-back walks, 4 KB
        // granule, EPD1: TTBR1 is not used. IPS is added from ID_AA64MMFR0_EL1.
#define TCR_VALUE   0x00803519
        // RES1 bits, M, A, C, SA, I.
#define SCTLR_VALUE 0x30d0180f

        .section .text.header, "ax"
        .global kserv_header
kserv_header:
        b       kserv_start
        .long   0
        .quad   0                       // text_offset
        .quad   kserv_image_end - kserv_header
        .quad   0b0010                  // little-endian, 4 KB pages
        .quad   0, 0, 0
        .ascii  "ARM\x64"
        .long   0

kserv_start:
        msr     DAIFSet, #15
        mov     x19, x0
        adr     x1, kserv_header        // linked for one place: anywhere else nothing is right
        ldr     x2, =kserv_header
        cmp     x1, x2
        b.ne    stop
        // The zeroes go to memory past the caches, which may hold older bytes of the same lines:
        // those leave first, and again for lines that came back meanwhile.
        bl      drop_bss_lines
        ldr     x0, =kserv_bss_start
        ldr     x1, =kserv_image_end
1:      stp     xzr, xzr, [x0], #16
        cmp     x0, x1
        b.lo    1b
        dsb     sy
        bl      drop_bss_lines
        bl      install_vectors
        ldr     x0, =kserv_stacks + STACK_BYTES
        mov     sp, x0
        mov     x0, x19
        bl      kserv_build_tables      // MMU off: nothing of its stack is needed afterwards
        bl      enable_mmu
        ldr     x0, =kserv_stacks + STACK_BYTES
        mov     sp, x0
        mov     x0, x19
        bl      kserv_main
        b       stop

        .global kserv_secondary_entry
kserv_secondary_entry:
        msr     DAIFSet, #15
        mov     x19, x0
        bl      install_vectors
        bl      enable_mmu
        ldr     w0, [x19]               // Core::number
        mov     w2, #STACK_BYTES
        add     w0, w0, #1
        umull   x0, w0, w2
        ldr     x1, =kserv_stacks
        add     sp, x1, x0
        mov     x0, x19
        bl      kserv_secondary_main
stop:   wfi
        b       stop

        // DC CIVAC of all lines from kserv_bss_start to kserv_image_end, complete on return.
drop_bss_lines:
        ldr     x0, =kserv_bss_start
        ldr     x1, =kserv_image_end
        mrs     x2, CTR_EL0
        ubfx    x2, x2, #16, #4         // DminLine, log2 of words
        mov     x3, #4
        lsl     x3, x3, x2
        sub     x2, x3, #1
        bic     x0, x0, x2
1:      dc      civac, x0
        add     x0, x0, x3
        cmp     x0, x1
        b.lo    1b
        dsb     sy
        ret

install_vectors:
        msr     SPSel, #1
        ldr     x9, =kserv_vectors
        msr     VBAR_EL1, x9
        mov     x9, #3 << 20            // FPEN: no trap, although KServ uses no SIMD
        msr     CPACR_EL1, x9
        isb                             // both hold from the next instruction on
        ret

enable_mmu:
        ldr     x9, =MAIR_VALUE
        msr     MAIR_EL1, x9
        ldr     x9, =TCR_VALUE
        mrs     x10, ID_AA64MMFR0_EL1
        and     x10, x10, #0xf          // PARange
        cmp     x10, #2
        mov     x11, #2
        csel    x10, x11, x10, hi
        bfi     x9, x10, #32, #3        // IPS
        msr     TCR_EL1, x9
        ldr     x9, =kserv_level1_table
        msr     TTBR0_EL1, x9
        msr     TTBR1_EL1, xzr
        // Tables were written before: complete for the walker, and nothing older is in the TLB or
        // the instruction cache of this core.
        dsb     sy
        tlbi    vmalle1
        ic      iallu
        dsb     nsh
        isb
        ldr     x9, =SCTLR_VALUE
        msr     SCTLR_EL1, x9
        isb                             // the next fetch is translated
        ret
        .ltorg

        .macro  vector number
        .balign 128
        mov     x0, #\number
        mrs     x1, ESR_EL1
        mrs     x2, ELR_EL1
        mrs     x3, FAR_EL1
        b       kserv_exception
        .endm

        // KServ takes no interrupts (it polls, interrupts.h): every exception but the end of a trip to
        // EL0 is a mistake.
        .section .text.vectors, "ax"
        .balign 2048
kserv_vectors:
        .irp    n, 0,1,2,3,4,5,6,7
        vector  \n
        .endr
        .balign 128
        b       kserv_user_return
        .irp    n, 9,10,11,12,13,14,15
        vector  \n
        .endr

        // void kserv_user_trip(): to EL0 and back at once. What an emulator in a process of its own costs
        // beside its work: one exception return and one exception, and the registers that a call keeps.
        .section .text, "ax"
        .global kserv_user_trip
kserv_user_trip:
        stp     x29, x30, [sp, #-96]!
        stp     x19, x20, [sp, #16]
        stp     x21, x22, [sp, #32]
        stp     x23, x24, [sp, #48]
        stp     x25, x26, [sp, #64]
        stp     x27, x28, [sp, #80]
        ldr     x0, =kserv_user_code
        msr     ELR_EL1, x0
        mov     x1, #0x3c0              // EL0t, all masked
        msr     SPSR_EL1, x1
        eret
kserv_user_return:
        ldp     x19, x20, [sp, #16]
        ldp     x21, x22, [sp, #32]
        ldp     x23, x24, [sp, #48]
        ldp     x25, x26, [sp, #64]
        ldp     x27, x28, [sp, #80]
        ldp     x29, x30, [sp], #96
        ret
        .ltorg

        .section .user_code, "ax"
        svc     #0

        .section .stacks, "aw", %nobits
        .balign 4096
kserv_stacks:
        .space  STACK_BYTES * MAX_CORES
