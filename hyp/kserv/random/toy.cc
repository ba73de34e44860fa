#include "hyp/kserv/random/toy.h"

#include <cstring>

#include "hyp/kserv/exits.h"
#include "hyp/kserv/hostile/support.h"
#include "hyp/kserv/random/calls.h"
#include "hyp/kserv/random/puppet.h"

namespace armature::kserv::random {

using abi::Action;
using abi::Call;
using abi::PuppetCommand;
using hostile::own_page;

namespace {

// What a puppet's memory is used for: its image, single pages, a block, and a device of KServ's.
constexpr std::uint64_t kPagesGpa = 0x4040'0000, kBlockGpa = 0x4060'0000, kDeviceGpa = 0x0b10'0000;
constexpr std::uint64_t kMappedDeviceGpa = 0x0a00'0000;
constexpr unsigned kHeapPages = 6;
constexpr std::uint32_t kFailed = ~0u;

// A page that nobody may be given.
std::uint64_t forbidden_page(Random& random) {
  switch (random.below(5)) {
    case 0: return hostile::kcore_page() + random.below(16) * kPageBytes;
    case 1: return hostile::kcore_tables() + random.below(512) * kPageBytes;
    case 2: return hostile::device_page();
    case 3: return hostile::beyond_ram() + random.below(1024) * kPageBytes;
    default: return ~(random.below(1u << 20) << 12) & ~(kPageBytes - 1);
  }
}

}  // namespace

void Toy::play(Random& random) {
  switch (state_) {
    case State::none: return begin(random);
    case State::ready: return random.one_in(4) ? spoil_building(random) : build(random);
    case State::verified: return live(random);
    case State::over: return clear(random);
  }
}

std::uint64_t Toy::some_page(Random& random) const {
  return page_count_ == 0 ? kNone : pages_[random.below(page_count_)].pa;
}

Toy::Page* Toy::page_at(std::uint64_t gpa) {
  for (unsigned n = 0; n < page_count_; ++n) {
    if (pages_[n].gpa == gpa) return &pages_[n];
  }
  return nullptr;
}

// ---- until it is verified

void Toy::begin(Random& random) {
  if (random.one_in(12)) {
    make(Expect::refused, Call::register_kvm, ~0ull - random.below(1000));
    return;
  }
  // VMIDs run out once a boot.
  const std::int64_t vmid = make(Expect::either, Call::register_kvm, kPuppetTables);
  if (vmid < 0) return;
  *this = Toy{};
  state_ = State::ready;
  vmid_ = static_cast<std::uint64_t>(vmid);
}

void Toy::build(Random& random) {
  const auto n = static_cast<unsigned>(random.below(kVcpus));
  if (random.one_in(10)) {
    make(Expect::accepted, Call::timer_set_cntvoff, vmid_, machine::now());
  } else if (!has_device_ && random.one_in(4)) {
    make(Expect::accepted, Call::phys_addr_ioremap, vmid_, kMappedDeviceGpa, hostile::device_page(), kPageBytes);
    has_device_ = true;
  } else if (vcpus_[n].mailbox == kNone) {
    vcpus_[n].mailbox = own_page();
    std::memset(&mail(n), 0, kPageBytes);
    make(Expect::accepted, Call::register_vcpu, vmid_, n, vcpus_[n].mailbox);
  } else if (!has_image_) {
    make(Expect::accepted, Call::set_boot_info, vmid_, puppet_image().load_gpa, puppet_image().bytes);
    has_image_ = true;
  } else if (page_count_ < puppet_pages()) {
    const std::uint64_t pa = own_page(), gpa = puppet_image().load_gpa + page_count_ * kPageBytes;
    write_image_page(pa, page_count_);
    const std::uint32_t first = word(pa);
    if (make(Expect::accepted, Call::remap_vm_image, vmid_, pa, 0, 1) < 0) return;
    pages_[page_count_++] = {gpa, pa, kPageBytes, first, 0};
  } else if (vcpus_[1 - n].mailbox != kNone) {
    verify(random);
  }
}

void Toy::verify(Random& random) {
  const std::uint64_t page = own_page();
  write_manifest(page);
  const bool forged = random.one_in(8);
  if (forged) reinterpret_cast<std::uint8_t*>(page)[random.below(sizeof(abi::SignedManifest))] ^= 1u << random.below(8);
  make(forged ? Expect::refused : Expect::accepted, Call::verify_vm_images, vmid_, page);
  release_page(page);
  state_ = forged ? State::over : State::verified;
  vcpus_[0].is_on = !forged;
}

void Toy::spoil_building(Random& random) {
  const std::uint64_t page = random.one_in(2) ? forbidden_page(random) : some_page(random);
  const std::uint64_t bad = page == kNone ? hostile::kcore_page() : page;
  const auto n = static_cast<unsigned>(random.below(kVcpus));
  switch (random.below(12)) {
    case 0: make(Expect::refused, Call::register_vcpu, vmid_, n, bad); return;
    case 1: make(Expect::refused, Call::register_vcpu, vmid_, abi::kMaxVcpus + random.below(100), bad); return;
    case 2: make(Expect::refused, Call::set_boot_info, vmid_, puppet_image().load_gpa + 8, kPageBytes); return;
    case 3: make(Expect::refused, Call::set_boot_info, vmid_, puppet_image().load_gpa, ~random.below(1 << 20)); return;
    case 4: make(Expect::refused, Call::remap_vm_image, vmid_, bad, 0, 1); return;
    case 5: make(Expect::refused, Call::remap_vm_image, vmid_, g_kserv.pages.ram().base, 0, 1 + puppet_pages()); return;
    case 6: make(Expect::refused, Call::phys_addr_ioremap, vmid_, kMappedDeviceGpa + kPageBytes, bad | 1, kPageBytes); return;
    case 7: make(Expect::refused, Call::vcpu_run, vmid_, n); return;
    case 8: make(Expect::refused, Call::clear_vm_s2_range, vmid_, 0, ~(kPageBytes - 1)); return;
    case 9: make(Expect::refused, Call::save_crypt_vcpu, vmid_, n, g_kserv.pages.ram().base); return;
    case 10: make(Expect::refused, Call::decrypt_buf, vmid_, bad, g_kserv.pages.ram().base); return;
    default: break;
  }
  // Before it is whole: refused, and the end of it.
  if (!random.one_in(3)) return;
  const std::uint64_t manifest = own_page();
  std::memset(reinterpret_cast<void*>(manifest), 0, kPageBytes);
  make(Expect::refused, Call::verify_vm_images, vmid_, manifest);
  release_page(manifest);
  state_ = State::over;
}

// ---- while it runs

void Toy::live(Random& random) {
  const auto n = static_cast<unsigned>(random.below(kVcpus));
  if (random.one_in(8)) return spoil_living(random);
  if (random.one_in(12)) return look_at_granted(random);
  if (random.one_in(30)) {
    make(Expect::accepted, Call::timer_set_cntvoff, vmid_, random.next());
    return;
  }
  if (random.one_in(80)) return page_at(kBlockGpa) == nullptr ? move(random) : freeze(random);
  run(random, vcpus_[n].is_on || random.one_in(8) ? n : 1 - n);
}

void Toy::run(Random& random, unsigned n) {
  Vcpu& vcpu = vcpus_[n];
  if (!vcpu.is_on) {
    make(Expect::refused, Call::vcpu_run, vmid_, n);
    return;
  }
  abi::MailboxIn in{};
  const std::uint64_t offered = fill_mailbox(random, vcpu, in);
  const std::uint32_t value = next_value_++;
  const std::uint64_t bytes = in.action == Action::give_block ? kBlockBytes : kPageBytes;
  if (offered != kNone) word(offered) = value;
  if (vcpu.waits == Waits::hypercall && in.action == Action::complete && !vcpu.is_told) in.value = tell(random, n);
  mail(n).in = in;
  const std::int64_t result = make(Expect::accepted, Call::vcpu_run, vmid_, n);
  if (result < 0) return;
  const abi::MailboxOut out = mail(n).out;
  if (offered != kNone && page_at(vcpu.gpa) == nullptr) {
    must(out.page == abi::PageOutcome::taken, "KCore did not take a page", offered);
    pages_[page_count_++] = {vcpu.gpa, offered, bytes, value, 0};
  } else if (offered != kNone) {  // the other vCPU was faster
    must(out.page == abi::PageOutcome::already_mapped, "KCore took a page for an address that has one", offered);
    release_memory(offered, bytes);
  }
  must(static_cast<std::int64_t>(out.reason) == result, "another reason in the mailbox", vmid_,
       static_cast<std::uint64_t>(out.reason));
  vcpu.waits = Waits::nothing;
  after_exit(n, out);
}

// Returns the memory that it offers.
std::uint64_t Toy::fill_mailbox(Random& random, Vcpu& vcpu, abi::MailboxIn& in) {
  if (random.one_in(4)) {
    in.list_register_count = 1;
    in.list_registers[0] = 1ull << 62 | 1ull << 60 | random.below(16);  // a pending SGI, which it masks
  }
  switch (vcpu.waits) {
    case Waits::nothing: break;
    case Waits::memory:
      if (random.one_in(10)) break;  // it tries again
      in.action = vcpu.gpa == kBlockGpa ? Action::give_block : Action::give_page;
      if (in.action == Action::give_page) {
        in.page = own_page();
      } else if (const auto block = g_kserv.pages.block(kKServ)) {
        in.page = *block;
      } else {
        in.action = Action::nothing;
        break;
      }
      return in.page;
    case Waits::mmio:
    case Waits::hypercall:
      in.action = random.one_in(8) ? Action::inject_undefined : Action::complete;
      in.value = random.next();
      // An instruction that ends in an exception has done nothing.
      vcpu.expected = in.action == Action::inject_undefined   ? abi::kPuppetException
                      : vcpu.told == PuppetCommand::store ? 0
                                                              : static_cast<std::uint32_t>(in.value);
      if (in.action == Action::inject_undefined && !vcpu.is_told) vcpu.told = PuppetCommand::nothing;
      break;
  }
  return kNone;
}

// The next command; with it goes what will be reported.
std::uint64_t Toy::tell(Random& random, unsigned n) {
  static constexpr PuppetCommand kCommands[] = {
      PuppetCommand::load,    PuppetCommand::load,   PuppetCommand::store, PuppetCommand::store,
      PuppetCommand::store,   PuppetCommand::grant,  PuppetCommand::grant, PuppetCommand::revoke,
      PuppetCommand::revoke,  PuppetCommand::cpu_on, PuppetCommand::wait,  PuppetCommand::sgi,
      PuppetCommand::cpu_off, PuppetCommand::smc,    PuppetCommand::nothing};
  Vcpu& vcpu = vcpus_[n];
  const Vcpu& other = vcpus_[1 - n];
  PuppetCommand command = kCommands[random.below(std::size(kCommands))];
  std::uint64_t gpa = 0;
  std::uint32_t value = 0;
  vcpu.expected = 0;
  switch (command) {
    case PuppetCommand::load:
    case PuppetCommand::store:
    case PuppetCommand::grant:
    case PuppetCommand::revoke: {
      const std::uint64_t which = random.below(kHeapPages + 2);
      gpa = which < kHeapPages ? kPagesGpa + which * kPageBytes : which == kHeapPages ? kBlockGpa : kDeviceGpa;
      if (gpa == kBlockGpa && !random.one_in(8)) gpa = kPagesGpa;
      value = command == PuppetCommand::store ? next_value_++ : 0;
      break;
    }
    case PuppetCommand::cpu_on:
      value = static_cast<std::uint32_t>(random.below(3));
      if (value >= kVcpus) vcpu.expected = static_cast<std::uint32_t>(-2);      // INVALID_PARAMETERS
      else if (vcpus_[value].is_on) vcpu.expected = static_cast<std::uint32_t>(-4);  // ALREADY_ON
      break;
    case PuppetCommand::cpu_off:
      // The last one turns the VM off, now and then.
      if (!other.is_on) command = random.one_in(4) ? PuppetCommand::system_off : PuppetCommand::nothing;
      break;
    case PuppetCommand::sgi:
      value = static_cast<std::uint32_t>(random.below(16)) << 24 | 1;
      break;
    default: break;
  }
  // Two that wait for one page: the second offer comes too late.
  if (other.is_told && other.told == PuppetCommand::load && other.waits == Waits::memory && random.one_in(2)) {
    command = PuppetCommand::load;
    gpa = other.told_gpa;
    vcpu.expected = 0;
  }
  // What two do at once to one page, or to each other, could have two outcomes.
  const auto turns = [](PuppetCommand c) { return c == PuppetCommand::cpu_on || c == PuppetCommand::cpu_off; };
  const bool both_load = command == PuppetCommand::load && other.told == PuppetCommand::load;
  if (other.is_told && ((gpa != 0 && other.told_gpa == gpa && !both_load) || (turns(command) && turns(other.told)))) {
    command = PuppetCommand::nothing;
    gpa = 0;
    vcpu.expected = 0;
  }
  vcpu.is_told = true;
  vcpu.told = command;
  vcpu.told_gpa = gpa;
  vcpu.told_value = value;
  return static_cast<std::uint64_t>(command) | gpa >> 12 << 4 | std::uint64_t{value} << 32;
}

void Toy::after_exit(unsigned n, const abi::MailboxOut& out) {
  Vcpu& vcpu = vcpus_[n];
  switch (out.reason) {
    case abi::ExitReason::interrupt: machine::serve_interrupts(); return;
    case abi::ExitReason::wait: return;
    case abi::ExitReason::memory:
      vcpu.waits = Waits::memory;
      vcpu.gpa = out.ipa & ~(kPageBytes - 1);
      return must(vcpu.gpa == vcpu.told_gpa, "a fault that nobody asked for", out.ipa, out.syndrome);
    case abi::ExitReason::mmio_read:
    case abi::ExitReason::mmio_write:
      vcpu.waits = Waits::mmio;
      return must(out.ipa == vcpu.told_gpa && (out.reason == abi::ExitReason::mmio_read || out.value == vcpu.told_value),
                  "an access that nobody asked for", out.ipa, out.value);
    case abi::ExitReason::sgi: return must(out.value == vcpu.told_value, "another SGI", vmid_, out.value);
    case abi::ExitReason::psci: return after_psci(vcpu, out);
    case abi::ExitReason::hypercall:
      vcpu.waits = Waits::hypercall;
      if (static_cast<std::uint32_t>(out.value) == static_cast<std::uint32_t>(abi::GuestCall::puppet)) {
        report(vcpu, static_cast<std::uint32_t>(out.value >> 32));
      }
      return;
    default: return must(false, "an exit that nobody asked for", vmid_, static_cast<std::uint64_t>(out.reason));
  }
}

void Toy::after_psci(Vcpu& vcpu, const abi::MailboxOut& out) {
  switch (vcpu.told) {
    case PuppetCommand::cpu_on: {
      must(out.psci_target == vcpu.told_value && !vcpus_[vcpu.told_value].is_on, "CPU_ON of another", out.psci_target);
      Vcpu& target = vcpus_[vcpu.told_value];
      const std::uint64_t mailbox = target.mailbox;
      target = {};
      target.mailbox = mailbox;
      target.is_on = true;
      return;
    }
    case PuppetCommand::cpu_off:
      vcpu.is_on = vcpu.is_told = false;
      return;
    case PuppetCommand::system_off:
      state_ = State::over;
      return;
    default: return must(false, "PSCI that nobody asked for", vmid_, out.psci_function);
  }
}

// The puppet has carried out its command.
void Toy::report(Vcpu& vcpu, std::uint32_t result) {
  std::uint32_t expected = vcpu.expected;
  Page* page = vcpu.is_told ? page_at(vcpu.told_gpa) : nullptr;
  switch (vcpu.is_told ? vcpu.told : PuppetCommand::nothing) {
    case PuppetCommand::load:
      if (page != nullptr) expected = page->value;
      break;
    case PuppetCommand::store:
      if (page != nullptr) page->value = vcpu.told_value;
      break;
    case PuppetCommand::grant:
      expected = page != nullptr && page->grants < abi::kMaxGrants ? 0 : kFailed;
      if (expected == 0) ++page->grants;
      break;
    case PuppetCommand::revoke:
      expected = page != nullptr && page->grants != 0 ? 0 : kFailed;
      if (expected == 0) --page->grants;
      break;
    default: break;
  }
  must(result == expected, "a puppet reports", vcpu.told_gpa, std::uint64_t{expected} << 32 | result);
  vcpu.is_told = false;
  vcpu.told_gpa = 0;
  vcpu.expected = 0;
}

// KServ reads what it is granted, and nothing else.
void Toy::look_at_granted(Random& random) {
  if (page_count_ == 0) return;
  const Page& page = pages_[random.below(page_count_)];
  if (page.grants == 0) return;
  for (const Vcpu& vcpu : vcpus_) {
    if (vcpu.is_told && vcpu.told_gpa == page.gpa) return;
  }
  // The VM writes past the caches: a line read earlier would hide that.
  asm volatile("dc civac, %0\n dsb sy" ::"r"(page.pa) : "memory");
  const std::uint32_t found = word(page.pa);
  must(found == page.value, "a granted page holds", page.pa, std::uint64_t{page.value} << 32 | found);
}

// Nothing of a call that is refused happens.
void Toy::spoil_living(Random& random) {
  const auto n = static_cast<unsigned>(random.below(kVcpus));
  const std::uint64_t ram = g_kserv.pages.ram().base;
  const std::uint64_t bad = random.one_in(2) ? forbidden_page(random) : some_page(random);
  switch (random.below(16)) {
    case 0: make(Expect::refused, Call::set_boot_info, vmid_, puppet_image().load_gpa, kPageBytes); return;
    case 1: make(Expect::refused, Call::remap_vm_image, vmid_, bad, 0, 1); return;
    case 2: make(Expect::refused, Call::verify_vm_images, vmid_, bad); return;
    case 3: make(Expect::refused, Call::register_vcpu, vmid_, n, vcpus_[n].mailbox); return;
    case 4: make(Expect::refused, Call::phys_addr_ioremap, vmid_, kMappedDeviceGpa, hostile::device_page(), kPageBytes); return;
    case 5: make(Expect::refused, Call::clear_vm_s2_range, vmid_, bad, kPageBytes); return;
    case 6: make(Expect::refused, Call::decrypt_buf, vmid_, bad, ram); return;
    case 7: make(Expect::refused, Call::load_crypt_vcpu, vmid_, n, ram); return;
    case 8: make(Expect::refused, Call::save_crypt_vcpu, vmid_, n, ram); return;
    case 9: make(Expect::refused, Call::encrypt_buf, vmid_, some_page(random), forbidden_page(random), ram); return;
    case 10: make(Expect::refused, Call::encrypt_buf, vmid_, forbidden_page(random), ram, ram + kPageBytes); return;
    default: break;
  }
  abi::MailboxIn in{};
  switch (vcpus_[n].waits == Waits::memory && random.one_in(2) ? 4 : random.below(6)) {
    case 0: in.list_register_count = g_kserv.list_registers + 1 + static_cast<unsigned>(random.below(1000)); break;
    case 1:
      in.list_register_count = 1;
      in.list_registers[0] = 1ull << 62 | (1020 + random.below(1u << 20));
      break;
    case 2: in.gic_flags = 1u << 10 | static_cast<unsigned>(random.next()); break;
    case 3: in.action = static_cast<Action>(5 + random.below(1000)); break;
    case 4:
      in.action = Action::give_page;
      in.page = bad | (vcpus_[n].waits == Waits::memory ? 0 : 8);
      if (!random.one_in(2)) break;
      // A block that begins with a page of KServ's; KCore lies behind it.
      in.action = Action::give_block;
      in.page = ram & ~(kBlockBytes - 1);
      break;
    default:
      if (vcpus_[n].waits == Waits::mmio || vcpus_[n].waits == Waits::hypercall) return;
      in.action = random.one_in(2) ? Action::complete : Action::inject_undefined;
      break;
  }
  mail(n).in = in;
  make(Expect::refused, Call::vcpu_run, vmid_, n);
}

}  // namespace armature::kserv::random
