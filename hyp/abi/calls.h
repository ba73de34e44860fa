// The calls of KCore: numbers, arguments, results. KServ and the VMs include this header; so do the
// host tools. `hyp/README.md` tells what a call does to a page; this file is the contract.
//
// How to call. KServ: HVC #0 from EL1, number in x0, arguments in x1..x4; the result comes back in
// x0, every other register is kept. VM: HVC #0 or SMC #0, SMC Calling Convention.
//
// Rule of refusal. A call that is refused changes nothing and returns a negative Result. A halt (the
// machine stops with one line that names who is to blame) is left for what cannot be refused: an
// access of KServ to memory that is not its own, or KCore out of tables for KServ.
// CHOICE: SeKVM halts at every violation; refusing keeps the other VMs alive and shows KServ nothing
// that it does not know.
//
// Words. pa: physical address, gpa: intermediate physical address of a VM, both of bytes and, unless
// said, multiples of 4 KiB. "KServ's page": RAM, owner KServ, count 0. States of a VM: unused, ready,
// verified, powered_off, exporting. States of a vCPU: unused, ready, active.
//
// | call, caller KServ      | x1      | x2      | x3       | x4     | needs                            |
// |-------------------------|---------|---------|----------|--------|----------------------------------|
// | enable_s2_trans         |         |         |          |        |                                  |
// | timer_set_cntvoff       | vmid    | offset  |          |        | VM ready or verified             |
// | vcpu_run                | vmid    | vcpuid  |          |        | VM verified, vCPU ready and on   |
// | clear_vm_s2_range       | vmid    | pa      | bytes    |        | VM powered_off or exporting      |
// | set_boot_info           | vmid    | gpa     | bytes    |        | VM ready, < 5 images, no overlap |
// | remap_vm_image          | vmid    | pa      | image    | pages  | VM ready, KServ's pages          |
// | verify_vm_images        | vmid    | pa      |          |        | VM ready, KServ's page           |
// | register_kvm            | tables  |         |          |        | < 255 VMs since boot             |
// | register_vcpu           | vmid    | vcpuid  | pa       |        | VM ready, vCPU unused, KServ's p.|
// | encrypt_buf             | vmid    | pa in   | pa out   | pa hdr | VM verified or exporting         |
// | decrypt_buf             | vmid    | pa      | pa hdr   |        | VM ready, KServ's page           |
// | save_crypt_vcpu         | vmid    | vcpuid  | pa out   |        | VM exporting                     |
// | load_crypt_vcpu         | vmid    | vcpuid  | pa       |        | VM ready, vCPU ready, never run  |
// | phys_addr_ioremap       | vmid    | gpa     | pa       | bytes  | VM ready, no RAM in the range    |
// | kcore_info              | item    |         |          |        |                                  |
//
// Effects, and results other than 0:
//  enable_s2_trans    Nothing: stage 2 is on before KServ's first instruction on a core. Result: the
//                     ABI version, kVersion.
//  timer_set_cntvoff  CNTVOFF_EL2 of every vCPU of the VM from its next entry on. KServ itself runs
//                     with offset 0 and uses CNTP.
//  vcpu_run           Reads the `in` half of the vCPU's mailbox, each datum once; acts on it; runs the
//                     vCPU on this core until it exits; writes the `out` half. Result: the
//                     ExitReason (mailbox.h). A second core that runs the same vCPU is refused.
//  clear_vm_s2_range  Every page in [pa, pa + bytes) that the VM owns is taken from KServ's stage 2
//                     if granted, zeroed, cleaned and invalidated to the point of coherency, and
//                     KServ's again. Mailboxes of the VM in the range are released, unless their vCPU
//                     is still active. Any range is good: all of RAM destroys the VM. Result: pages.
//  set_boot_info      Announces an image of the VM. Result: its index, 0..4.
//  remap_vm_image     The next `pages` pages of the image lie at pa, contiguous. They leave KServ now
//                     and are mapped in the VM behind those of earlier calls, by blocks where pa, gpa
//                     and number allow. CHOICE: SeKVM takes them away in verify_vm_images and maps
//                     them at EL2 meanwhile; KCore's own tables never change after boot.
//  verify_vm_images   pa: a SignedManifest (image.h). Checks that it names exactly the images
//                     announced, that all their pages are there, its signature, then each digest. All
//                     good: the VM is verified. Else: bad_image, the VM is powered_off for good and
//                     its pages can be cleared; other VMs run on.
//  register_kvm       A new VM, ready, with `tables` pages for its stage 2 tables (roots included;
//                     0: kDefaultTablePages). They are never freed. Result: the VMID, 1..255, used
//                     once in the life of the machine.
//  register_vcpu      vCPU `vcpuid` of the VM, ready. pa becomes its mailbox: KServ keeps it, but
//                     cannot give it away (count 1) until it is released.
//  encrypt_buf        Page `pa in` of the VM, sealed: ciphertext in `pa out`, SealedHeader in the
//                     first bytes of `pa hdr` (a multiple of 64, both KServ's pages). Each page once.
//                     The first one, with no vCPU active, freezes the VM: exporting, its stage 2
//                     cleared (refused when the machine gave KCore no seed for a key, rng-seed); it never runs again under this VMID. Grants of the page end.
//  save_crypt_vcpu    Shadow context of the vCPU, sealed: header and ciphertext at `pa out`. Each
//                     vCPU once.
//  decrypt_buf        Takes page `pa` from KServ, opens it in place, maps it at the gfn sealed with it.
//                     Records must come in the order of their sequence numbers, all of one VM of this
//                     boot that is wholly exported and not yet imported. A record that does not open
//                     is refused and its page comes back zeroed.
//  load_crypt_vcpu    The same for a vCPU. With the last record the VM is verified and runs on.
//  phys_addr_ioremap  Device pages at pa appear at gpa in the VM, below kVmMemoryBase, read-write,
//                     Device-nGnRE.
//  kcore_info         Result: see Info.
//
// | VM call      | x0       | x1  | x2    | effect; handled in KCore, KServ sees nothing               |
// |--------------|----------|-----|-------|------------------------------------------------------------|
// | grant        | 0x81000  | gpa | bytes | count + 1 of each page: KServ may reach them (lazily)      |
// | revoke       | 0x82000  | gpa | bytes | count - 1 of each; at 0 KServ's mapping is gone on return  |
// Needs: multiples of 4 KiB, at most kMaxGrantPages pages, all mapped, counts 0..kMaxGrants. Result
// in x0: 0, or -1 and nothing changed.
// PSCI of a VM, by HVC or SMC: VERSION, FEATURES, MIGRATE_INFO_TYPE and AFFINITY_INFO are answered by
// KCore. CPU_ON, CPU_OFF, CPU_SUSPEND, SYSTEM_OFF and SYSTEM_RESET are checked and done by KCore and
// then exit to KServ, which schedules (ExitReason::psci). CPU_ON starts its target where the VM says:
// KServ has no say. Every other function exits as ExitReason::hypercall with x0.
//
// PSCI of KServ, by SMC: VERSION, FEATURES, MIGRATE_INFO_TYPE, AFFINITY_INFO, SYSTEM_OFF and
// SYSTEM_RESET are relayed; CPU_ON, CPU_OFF and CPU_SUSPEND are done so that the core comes back
// through KCore. Everything else, and every HVC number not above (those of Linux' EL2 stub among
// them), is refused.
#pragma once

namespace armature::abi {

inline constexpr unsigned kVersion = 1;

// Those that SeKVM has keep its numbers.
enum class Call : unsigned long {
  enable_s2_trans = 6,
  timer_set_cntvoff = 7,
  vcpu_run = 8,
  clear_vm_s2_range = 9,
  set_boot_info = 10,
  remap_vm_image = 11,
  verify_vm_images = 12,
  register_kvm = 13,
  register_vcpu = 14,
  encrypt_buf = 20,
  decrypt_buf = 21,
  save_crypt_vcpu = 22,
  phys_addr_ioremap = 28,
  load_crypt_vcpu = 29,
  kcore_info = 32,
};

enum class Result : long {
  ok = 0,
  unknown_call = -1,
  bad_id = -2,         // no such VM, vCPU or image
  wrong_state = -3,    // of the VM, the vCPU or the export
  not_yours = -4,      // a page that is not RAM, not KServ's, or in use
  bad_argument = -5,   // misaligned, out of range, overlapping, or a bad mailbox
  exhausted = -6,      // VMs, images, table pages
  bad_image = -7,      // manifest, signature or digest
  bad_seal = -8,       // a sealed record that does not open, or is not the next
  already_mapped = -9,
};

enum class Info : unsigned long {
  version = 0,
  list_registers = 1,    // of each core
  stage2_levels = 2,     // 3 or 4
  ipa_bits = 3,          // 40 or 44
  free_table_pages = 4,  // left for register_kvm
  pa_bits = 5,
};

enum class VmCall : unsigned long { grant = 0x81000, revoke = 0x82000 };

inline constexpr unsigned kMaxVms = 255;
inline constexpr unsigned kMaxVcpus = 8;
inline constexpr unsigned kMaxImages = 5;
inline constexpr unsigned kMaxGrants = 100;
inline constexpr unsigned kMaxGrantPages = 512;
inline constexpr unsigned kDefaultTablePages = 64;

// What a VM sees below is emulated, or a device from phys_addr_ioremap; its RAM begins here.
inline constexpr unsigned long kVmMemoryBase = 0x4000'0000;

// PPI of the EL1 virtual timer: the only interrupt whose list register may have the HW bit.
inline constexpr unsigned kVirtualTimerIntid = 27;

// What encrypt_buf and save_crypt_vcpu write before or beside the ciphertext. All of it is bound to
// the ciphertext by the tag; changing anything makes the record fail to open.
enum class SealedKind : unsigned { page = 1, vcpu = 2 };
struct SealedHeader {
  SealedKind kind;
  unsigned source_vmid;
  unsigned long sequence;  // 0, 1, ... of the source VM; import in this order
  unsigned long index;     // page: gfn; vcpu: vcpuid
  unsigned long bytes;     // of ciphertext
  unsigned char tag[16];   // XChaCha20-Poly1305
  unsigned char reserved[16];
};
static_assert(sizeof(SealedHeader) == 64);

}  // namespace armature::abi
