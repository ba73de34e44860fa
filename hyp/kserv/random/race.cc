#include "hyp/kserv/random/race.h"

#include <atomic>
#include <cstring>

#include "hyp/kserv/exits.h"
#include "hyp/kserv/hostile/support.h"
#include "hyp/kserv/random/calls.h"
#include "hyp/kserv/random/puppet.h"

namespace armature::kserv::random {

using abi::Action;
using abi::Call;
using hostile::own_page;

namespace {

constexpr unsigned kVcpus = 2;

struct Arena {
  std::atomic<std::uint64_t> vmid{0};  // 0: none
  std::array<std::atomic<std::uint64_t>, kVcpus> mailboxes{};
};
std::array<Arena, 2> g_arenas;

}  // namespace

void Racer::play(Random& random) {
  const auto number = static_cast<unsigned>(random.below(g_arenas.size()));
  Arena& arena = g_arenas[number];
  const std::uint64_t vmid = arena.vmid;
  if (count_ == kMaxGone || (count_ != 0 && random.one_in(4))) return take_back(random);
  if (vmid == 0) return open(random);
  const auto n = static_cast<unsigned>(random.below(kVcpus));
  switch (random.below(8)) {
    case 0: {
      const std::uint64_t page = own_page();
      std::memset(reinterpret_cast<void*>(page), 0, kPageBytes);
      if (make(Expect::either, Call::register_vcpu, vmid, n, page) < 0) {
        release_page(page);
      } else {
        arena.mailboxes[n] = page;  // and never used for anything else
      }
      return;
    }
    case 1: make(Expect::either, Call::set_boot_info, vmid, puppet_image().load_gpa, puppet_image().bytes); return;
    case 2: return load(vmid);
    case 3: {
      const std::uint64_t page = own_page();
      write_manifest(page);
      make(Expect::either, Call::verify_vm_images, vmid, page);
      return release_page(page);
    }
    case 4:
      if (random.one_in(6)) end(random, number, vmid);
      return;
    default: return run(random, number, vmid, n);
  }
}

void Racer::open(Random& random) {
  Arena& arena = g_arenas[random.below(g_arenas.size())];
  if (arena.vmid != 0) return;
  const std::int64_t vmid = make(Expect::either, Call::register_kvm, kPuppetTables);
  if (vmid < 0) return;
  for (auto& mailbox : arena.mailboxes) mailbox = 0;
  std::uint64_t none = 0;
  arena.vmid.compare_exchange_strong(none, static_cast<std::uint64_t>(vmid));  // else one VM too many
}

// A page of the image, whichever is the next.
void Racer::load(std::uint64_t vmid) {
  const std::uint64_t page = own_page();
  write_image_page(page, 0);
  if (make(Expect::either, Call::remap_vm_image, vmid, page, 0, 1) < 0) return release_page(page);
  note(vmid, page);
}

// The mailbox is written by both cores, while one of them may be inside.
void Racer::run(Random& random, unsigned number, std::uint64_t vmid, unsigned vcpu) {
  const std::uint64_t mailbox = g_arenas[number].mailboxes[vcpu];
  if (mailbox == 0) {
    make(Expect::either, Call::vcpu_run, vmid, vcpu);
    return;
  }
  auto& in = reinterpret_cast<abi::Mailbox*>(mailbox)->in;
  in.action = static_cast<Action>(random.below(5));
  if (in.action == Action::give_page && count_ != kMaxGone) {
    const std::uint64_t page = own_page();
    note(vmid, page);  // whoever runs the vCPU next gives it away
    in.page = page;
  } else {
    in.value = random.one_in(2) ? 0 : 1 | (0x4040'0000 + random.below(4) * kPageBytes) >> 12 << 4;  // nothing, load
  }
  const std::int64_t result = make(Expect::either, Call::vcpu_run, vmid, vcpu);
  if (result == static_cast<std::int64_t>(abi::ExitReason::interrupt)) machine::serve_interrupts();
}

// By a manifest that nobody signed, or frozen while the other core may be inside.
void Racer::end(Random& random, unsigned number, std::uint64_t vmid) {
  const std::uint64_t page = own_page(), header = own_page();
  std::memset(reinterpret_cast<void*>(page), 0, kPageBytes);
  std::int64_t result = make(Expect::either, Call::verify_vm_images, vmid, page);
  if (result == static_cast<std::int64_t>(abi::Result::wrong_state) && count_ != 0) {
    const Gone& gone = gone_[random.below(count_)];
    result = make(Expect::either, Call::encrypt_buf, gone.vmid, gone.page, page, header);
  }
  release_page(page);
  release_page(header);
  // It is over if its pages can be had back.
  if (make(Expect::either, Call::clear_vm_s2_range, vmid, 0, kPageBytes) < 0) return;
  g_arenas[number].vmid.compare_exchange_strong(vmid, 0);
}

void Racer::take_back(Random& random) {
  const auto which = static_cast<unsigned>(random.below(count_));
  const Gone gone = gone_[which];
  const std::int64_t result = make(Expect::either, Call::clear_vm_s2_range, gone.vmid, gone.page, kPageBytes);
  if (result < 0) {
    // Nobody else will end it.
    if (count_ == kMaxGone) end(random, 0, gone.vmid);
    return;
  }
  if (result == 1) {
    const auto* words = reinterpret_cast<const volatile std::uint64_t*>(gone.page);
    for (unsigned n = 0; n < kPageBytes / 8; n += 8) must(words[n] == 0, "a page comes back with", gone.page, words[n]);
  }
  release_page(gone.page);
  gone_[which] = gone_[--count_];
}

}  // namespace armature::kserv::random
