// The page that KServ and KCore share for one vCPU (register_vcpu). All values little-endian; a page
// that is all zero is a good first mailbox. What is not named here KServ never sees of a vCPU.
//
// | half | written by | when                        | read by                                      |
// |------|------------|-----------------------------|----------------------------------------------|
// | in   | KServ      | before vcpu_run             | KCore, once per datum, at vcpu_run           |
// | out  | KCore      | before vcpu_run returns     | KServ; KCore never reads it                  |
//
// A vcpu_run that is refused writes nothing and does nothing of what `in` asks.
//
// | exit       | out, besides list registers and timer            | what KServ may answer          |
// |------------|--------------------------------------------------|--------------------------------|
// | interrupt  |                                                  | nothing                        |
// | wait       | WFI or WFE; the PC is past it                    | nothing                        |
// | memory     | ipa, syndrome, fault_address                     | give_page, nothing             |
// | mmio_read  | ipa, bytes, syndrome, fault_address              | complete, inject_undefined     |
// | mmio_write | the same, and value                              | complete, inject_undefined     |
// | hypercall  | value = x0                                       | complete (x0), inject_undefined|
// | psci       | psci_function; CPU_ON: psci_target = vcpuid      | nothing                        |
// | sgi        | sgi_register, value as written                   | nothing                        |
// | off        | the VM is powered_off, or this vCPU is off       | -                              |
// "nothing" after memory, mmio_* means that the VM tries the access again.
#pragma once

namespace armature::abi {

enum class ExitReason : unsigned {
  none = 0,
  interrupt = 1,
  wait = 2,
  memory = 3,
  mmio_read = 4,
  mmio_write = 5,
  hypercall = 6,
  psci = 7,
  sgi = 8,
  off = 9,
};

enum class Action : unsigned {
  nothing = 0,
  // memory: the page `page`, or the 2 MiB from it, for the address that faulted.
  give_page = 1,
  give_block = 2,
  complete = 3,  // mmio: the instruction is done, `value` was read; hypercall: `value` is x0
  inject_undefined = 4,
};

enum class PageOutcome : unsigned {
  none = 0,
  taken = 1,           // the page is the VM's
  already_mapped = 2,  // another vCPU was faster: the page offered stays KServ's
};

enum class SgiRegister : unsigned { icc_sgi1r = 1, icc_asgi1r = 2, icc_sgi0r = 3 };

inline constexpr unsigned kMaxListRegisters = 16;

// ICH_HCR_EL2 bits that KServ may ask for: maintenance interrupts about the list registers.
inline constexpr unsigned kGicUnderflow = 1 << 1;   // UIE
inline constexpr unsigned kGicNoPending = 1 << 3;   // NPIE

struct MailboxIn {
  Action action;
  unsigned list_register_count;  // <= Info::list_registers; those above are 0
  unsigned long value;
  unsigned long page;            // pa
  // ICH_LR<n>_EL2. INTID 0..1019, each at most once; HW only for INTID 27 with physical 27; LPIs and
  // reserved bits are refused.
  unsigned long list_registers[kMaxListRegisters];
  unsigned gic_flags;            // kGicUnderflow, kGicNoPending
  unsigned reserved[29];
};

struct MailboxOut {
  ExitReason reason;
  PageOutcome page;          // what became of give_page, give_block
  unsigned long value;
  unsigned long ipa;         // memory, mmio: the address, all bits
  unsigned bytes;            // mmio: 1, 2, 4, 8
  SgiRegister sgi_register;
  unsigned psci_function;
  unsigned psci_target;
  unsigned long syndrome;       // ESR_EL2 of an abort, its register number (SRT) as 0
  unsigned long fault_address;  // FAR_EL2 of an abort
  unsigned long hpfar;          // HPFAR_EL2 of an abort
  // The virtual timer as the vCPU left it: CNTV_CTL_EL0 with ISTATUS as of the exit, CNTV_CVAL_EL0.
  unsigned long timer_control;
  unsigned long timer_compare;
  unsigned long list_registers[kMaxListRegisters];
  unsigned long gic_misr;       // ICH_MISR_EL2
  unsigned long gic_vmcr;       // ICH_VMCR_EL2: group enables, priority mask; for scheduling
  unsigned long entries;        // how often this vCPU has been entered
};

struct Mailbox {
  MailboxIn in;
  unsigned char padding[1024 - sizeof(MailboxIn)];
  MailboxOut out;
};
static_assert(__builtin_offsetof(Mailbox, out) == 1024 && sizeof(Mailbox) <= 4096);

}  // namespace armature::abi
