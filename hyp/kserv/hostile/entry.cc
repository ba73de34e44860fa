// What a mailbox may not say. Each try calls vcpu_run with one thing wrong; afterwards the mailbox is as
// it was, and the honest entry follows.
#include "hyp/kserv/hostile/attack.h"
#include "hyp/kserv/hostile/support.h"

namespace armature::kserv::hostile {
namespace {

using abi::Action;
using abi::MailboxIn;

class Tries {
 public:
  Tries(const Vm& vm, Vcpu& vcpu) : vm_(vm), vcpu_(vcpu), good_(vcpu.mailbox->in) {}
  ~Tries() { vcpu_.mailbox->in = good_; }

  template <typename Spoil>
  void expect_refusal(const char* what, Spoil spoil) {
    vcpu_.mailbox->in = good_;
    spoil(vcpu_.mailbox->in);
    refusals_.expect(machine::call(abi::Call::vcpu_run, vm_.vmid, vcpu_.task.id), what);
  }
  void expect_refusal_of_page(const char* what, std::uint64_t page) {
    expect_refusal(what, [&](MailboxIn& in) { in.page = page; });
  }
  Verdict verdict() const { return refusals_.verdict(); }

 private:
  const Vm& vm_;
  Vcpu& vcpu_;
  MailboxIn good_;
  Refusals refusals_;
};

// ICH_LR<n>_EL2: State 63:62, HW 61, Group 60, Priority 55:48, pINTID 44:32, vINTID 31:0.
constexpr std::uint64_t kPending = 1ull << 62, kHardware = 1ull << 61, kGroup1 = 1ull << 60;
constexpr std::uint64_t list_register(std::uint64_t intid, std::uint64_t more = 0) {
  return kPending | kGroup1 | intid | more;
}

Verdict list_registers(Vm& vm, Vcpu* vcpu) {
  Tries tries(vm, *vcpu);
  const auto with = [&](const char* what, std::uint64_t first, std::uint64_t second = 0) {
    tries.expect_refusal(what, [&](MailboxIn& in) {
      in.list_register_count = second != 0 ? 2 : 1;
      in.list_registers[0] = first;
      in.list_registers[1] = second;
    });
  };
  with("INTID 1020", list_register(1020));
  with("an LPI", list_register(8192));
  with("INTID of 32 bits", list_register(0xffff'ffff));
  with("hardware interrupt 30", list_register(30, kHardware | 30ull << 32));
  with("hardware interrupt of a UART", list_register(33, kHardware | 33ull << 32));
  with("the virtual timer for another", list_register(27, kHardware | 30ull << 32));
  with("an SGI for the virtual timer", list_register(1, kHardware | 27ull << 32));
  with("reserved bits", list_register(40, 1ull << 57));
  with("one INTID twice", list_register(40), list_register(40));
  tries.expect_refusal("one more than there are", [](MailboxIn& in) {
    in.list_register_count = g_kserv.list_registers + 1;
  });
  tries.expect_refusal("a count of 32 bits", [](MailboxIn& in) { in.list_register_count = ~0u; });
  return tries.verdict();
}

Verdict gic_flags(Vm& vm, Vcpu* vcpu) {
  Tries tries(vm, *vcpu);
  // En, TC, TALL1, TDIR: KCore's alone.
  for (const unsigned flags : {1u, 1u << 10, 1u << 12, 1u << 14, ~0u}) {
    tries.expect_refusal("a flag of ICH_HCR_EL2", [&](MailboxIn& in) { in.gic_flags = flags; });
  }
  return tries.verdict();
}

Verdict unknown_actions(Vm& vm, Vcpu* vcpu) {
  Tries tries(vm, *vcpu);
  for (const unsigned action : {5u, 255u, ~0u}) {
    tries.expect_refusal("an action", [&](MailboxIn& in) { in.action = static_cast<Action>(action); });
  }
  return tries.verdict();
}

// Answers to nothing: the exit before was an interrupt or a wait.
Verdict replayed(Vm& vm, Vcpu* vcpu) {
  const abi::ExitReason reason = vcpu->mailbox->out.reason;
  if (reason != abi::ExitReason::interrupt && reason != abi::ExitReason::wait) return {false, nullptr, 0};
  static std::uint64_t page = own_page();
  Tries tries(vm, *vcpu);
  tries.expect_refusal("a page", [](MailboxIn& in) {
    in.action = Action::give_page;
    in.page = page;
  });
  tries.expect_refusal("a load's value", [](MailboxIn& in) { in.action = Action::complete; });
  tries.expect_refusal("an exception", [](MailboxIn& in) { in.action = Action::inject_undefined; });
  return tries.verdict();
}

Verdict offers(Vm& vm, Vcpu* vcpu) {
  Tries tries(vm, *vcpu);
  const std::uint64_t good = vcpu->mailbox->in.page;
  // Of a block it is enough that KCore's page lies somewhere in it.
  const std::uint64_t mask = vcpu->mailbox->in.action == Action::give_block ? ~(kBlockBytes - 1) : kNone;
  tries.expect_refusal_of_page("KCore", kcore_page() & mask);
  tries.expect_refusal_of_page("KCore's tables", kcore_tables() & mask);
  tries.expect_refusal_of_page("a device", device_page());
  tries.expect_refusal_of_page("what is beyond RAM", beyond_ram());
  tries.expect_refusal_of_page("a misaligned address", good + 8);
  tries.expect_refusal_of_page("an address that overflows", ~0ull << 21);
  tries.expect_refusal_of_page("what it has already",
                               vm.memory.find(kBlockBytes).value_or(kNone) & ~(kPageBytes - 1));
  tries.expect_refusal("its mailbox", [&](MailboxIn& in) {
    in.action = Action::give_page;
    in.page = reinterpret_cast<std::uint64_t>(vcpu->mailbox);
  });
  tries.expect_refusal("a load's value", [](MailboxIn& in) { in.action = Action::complete; });
  tries.expect_refusal("an exception", [](MailboxIn& in) { in.action = Action::inject_undefined; });
  return tries.verdict();
}

constexpr Attack kAttacks[] = {
    {"bad-list-registers", Moment::entry, End::refused, list_registers},
    {"bad-gic-flags", Moment::entry, End::refused, gic_flags},
    {"unknown-actions", Moment::entry, End::refused, unknown_actions},
    {"replayed-mailbox", Moment::entry, End::refused, replayed},
    {"offers-of-others", Moment::offer, End::refused, offers},
};

}  // namespace

std::span<const Attack> entry_attacks() { return kAttacks; }

}  // namespace armature::kserv::hostile
