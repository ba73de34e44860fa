// The cells that hold the roots of the translation tables; the manifest names them.
#pragma once

extern "C" {
extern const void* const kcore_ttbr0_el2;    // TTBR0_EL2: KCore's own stage 1
extern const void* const kcore_kserv_vttbr;  // VTTBR_EL2: the kernel's stage 2, VMID 0
}
