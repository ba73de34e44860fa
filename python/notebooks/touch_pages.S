// Reads one word in each of `pages` pages, three times over, and prints X, Y or Z after each pass.
// An arm64 Image for EL1; under KCore the first pass faults at stage 2 once a page.
        .text
        .global start
start:  b       begin
        .word   0
        .quad   0                       // text_offset
        .quad   image_end - start
        .quad   0xa                     // little-endian, 4 KB pages, anywhere
pages:  .quad   256                     // res2 of the header: patched by whoever makes the machine
        .quad   0, 0
        .ascii  "ARM\x64"
        .word   0

begin:  msr     DAIFSet, #15
        adr     x0, table
        msr     TTBR0_EL1, x0
        mov     x0, #0x04ff             // 0: Normal Write-Back, 1: Device-nGnRE
        msr     MAIR_EL1, x0
        ldr     x0, =0x200803519        // 39 bits, Write-Back inner shareable walks, EPD1, 40-bit PA
        msr     TCR_EL1, x0
        isb
        tlbi    vmalle1
        dsb     nsh
        isb
        mrs     x0, SCTLR_EL1
        mov     x1, #0x1005             // I, C, M
        orr     x0, x0, x1
        msr     SCTLR_EL1, x0
        isb
        ldr     x20, pages
        adr     x21, start
        add     x21, x21, #(4 << 20)    // the pages: 4 MiB behind
        mov     w22, #'X'
        mov     x26, #0x09000000        // UART
pass:   mov     x23, x20
        mov     x24, x21
1:      ldr     x25, [x24]
        add     x24, x24, #4096
        add     x24, x24, #64           // another cache set in each page
        subs    x23, x23, #1
        b.ne    1b
        str     w22, [x26]
        add     w22, w22, #1
        cmp     w22, #'Z' + 1
        b.ne    pass
        ldr     w0, =0x84000008         // PSCI SYSTEM_OFF
        smc     #0
        b       .
        .pool

        .balign 4096
table:  .quad   0x0060000000000405      // 1 GiB of devices, not executable
        .quad   0x0000000040000701      // 1 GiB of memory
        .balign 4096
image_end:
