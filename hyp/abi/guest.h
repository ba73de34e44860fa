// What our small guests and KServ agree on, beyond the board that KServ emulates. KCore knows nothing
// of it: calls exit as hypercalls, registers as MMIO.
#pragma once

namespace armature::abi {

// Calls of a VM to KServ, by HVC, in SMCCC's range of vendor specific hypervisor services. An honest
// KServ answers NOT_SUPPORTED (-1) to all of them.
enum class GuestCall : unsigned long {
  nothing = 0x8600'0000,  // the shortest way to KServ and back
  settled = 0x8600'0001,  // the guest has its secrets in place
  may_end = 0x8600'0002,  // 0: go on checking; anything else: come to an end
  granted = 0x8600'0003,  // bits 63:32: the number of a page that is granted until the call returns
  puppet = 0x8600'0004,   // bits 63:32: the result of the last command; answer: the next one
};

// What the guest `puppet` can be told: bits 3:0 of the answer. An address is that of the page in bits 31:4,
// a value is bits 63:32. Results have 32 bits: of a load the word, of calls W0, kPuppetException after an
// exception, else 0.
enum class PuppetCommand : unsigned long {
  nothing = 0,
  load = 1,    // the first word of a page
  store = 2,   // the value there
  grant = 3,   // the page
  revoke = 4,
  cpu_on = 5,  // vCPU `value`
  cpu_off = 6,
  system_off = 7,
  wait = 8,    // WFI
  sgi = 9,     // the value to ICC_SGI1R_EL1
  smc = 10,    // of a function that nobody has
};
inline constexpr unsigned kPuppetException = 0xdead;

// What the guest `secret` fills its memory and registers with, and a hostile KServ looks for.
inline constexpr unsigned long kGuestSecret = 0x5ec2'e70f'7415'b4a1;

// The ring: a page that a vCPU grants to KServ. Each vCPU has a bank of two registers of 64 bits at
// kRingBase + vcpuid * kRingBankBytes:
//   page      write: the gpa of its granted page, or 0; only then may it be revoked
//   doorbell  write: KServ answers every request between `answered` and `asked`, before the store is
//             done
// CHOICE: KServ cannot see whether a page is granted, and touching one that is not halts the machine.
// So KServ has a ring only when its command line says kserv.ring=on: it trusts its VMs that far.
inline constexpr unsigned long kRingBase = 0x0b00'0000;
inline constexpr unsigned long kRingBankBytes = 16, kRingPage = 0, kRingDoorbell = 8;
inline constexpr unsigned kRingSlots = 128;

struct RingPage {
  unsigned long asked, answered;  // counts; slot = count % kRingSlots
  unsigned long request[kRingSlots];
  unsigned long answer[kRingSlots];
};
static_assert(sizeof(RingPage) <= 4096);

constexpr unsigned long ring_answer(unsigned long request) {
  return (request ^ request >> 29) * 0xbf58'476d'1ce4'e5b9ul;
}

}  // namespace armature::abi
