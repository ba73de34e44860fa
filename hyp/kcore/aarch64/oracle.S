// The only instructions by which KCore reads memory that is not its own, one for each kind of datum;
// the manifest names them (hyp/abi/manifest.h). x0: to, x1: from, x2: words, at least one.
        .macro  oracle datum
        .global kcore_load_\datum
        .type   kcore_load_\datum, %function
kcore_load_\datum:
        ldr     x3, [x1], #8
        str     x3, [x0], #8
        subs    x2, x2, #1
        b.ne    kcore_load_\datum
        ret
        .endm

        .section .text.oracle, "ax"
        oracle  mailbox
        oracle  manifest
        oracle  sealed
        oracle  vm_page
