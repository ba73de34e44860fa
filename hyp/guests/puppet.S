// A guest that does what it is told: it calls KServ (GuestCall::puppet, hyp/abi/guest.h) with the result of
// its last command, and the answer is the next one. No stack, no MMU, no caches: what it reads and writes is
// what lies in memory behind the caches.
        .section .text.entry, "ax"
        .global guest_entry
guest_entry:                            // also of vCPUs that a command has started
        adr     x0, vectors
        msr     VBAR_EL1, x0
        isb
        mov     x19, #0
again:  ldr     x0, =0x86000004
        orr     x0, x0, x19, lsl #32
        hvc     #0
        and     x1, x0, #15
        ubfx    x2, x0, #4, #28
        lsl     x2, x2, #12             // address
        lsr     x3, x0, #32             // value
        mov     x19, #0
        adr     x4, commands
        add     x4, x4, x1, lsl #3
        br      x4

        // PuppetCommand, two instructions each.
commands:
        b       again                   // nothing
        nop
        ldr     w19, [x2]               // load
        b       again
        str     w3, [x2]                // store
        b       again
        ldr     x0, =0x81000            // grant
        b       page_call
        ldr     x0, =0x82000            // revoke
        b       page_call
        ldr     x0, =0xc4000003         // cpu_on
        b       cpu_on
        ldr     x0, =0x84000002         // cpu_off
        b       call
        ldr     x0, =0x84000008         // system_off
        b       call
        wfi                             // wait
        b       again
        msr     S3_0_C12_C11_5, x3      // sgi: ICC_SGI1R_EL1
        b       again
        smc     #0                      // smc: x0 is the command itself, no function of anybody's
        b       result
        .rept   5                       // an honest KServ answers -1: the end
        ldr     x0, =0x84000008
        b       call
        .endr

page_call:
        mov     x1, x2
        mov     x2, #4096
        b       call
cpu_on: mov     x1, x3
        adr     x2, guest_entry
        mov     x3, #0
call:   hvc     #0
result: mov     w19, w0
        b       again
        .ltorg

        .balign 2048
vectors:
        .rept   16
        .balign 128
        mov     x19, #0xdead            // an exception is a result too
        b       again
        .endr
