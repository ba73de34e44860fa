#include "sim/check/manifest_watch.h"

#include <utility>

#include "sim/arch/sysreg.h"
#include "sim/base/bits.h"

namespace armature::check {
namespace {

constexpr std::uint64_t kInputKinds =
    event_bit(EventKind::read) | event_bit(EventKind::write) | event_bit(EventKind::sysreg_write) |
    event_bit(EventKind::exception_entry) | event_bit(EventKind::exception_return);
constexpr std::uint64_t kHcrVm = 1;
constexpr unsigned kUnknownSite = 0xffff;

unsigned size_of(const Event& access) { return access.d & 0xff; }
unsigned from_el(const Event& event) { return static_cast<unsigned>(bits(event.d, 17, 16)); }
unsigned to_el(const Event& event) { return static_cast<unsigned>(bits(event.d, 19, 18)); }

// VMPIDR_EL2: sixteen vCPUs in Aff0 of each Aff1, as KVM and KCore number them.
unsigned vcpu_number(std::uint64_t vmpidr) {
  return static_cast<unsigned>(bits(vmpidr, 15, 8) * 16 + bits(vmpidr, 7, 0));
}

}  // namespace

Principal principal_of_root(const Scene& scene, std::uint64_t vttbr) {
  if (vttbr == 0) return kNobody;
  for (const Manifest::Root& root : scene.manifest.roots) {
    if (root.stage == 2 && scene.machine->read64(root.cell) == vttbr) return root.principal;
  }
  return kNobody;
}

ManifestWatch::ManifestWatch(const Scene& scene, EventBus& events)
    : scene_(scene), events_(events) {
  const Manifest& manifest = scene.manifest;
  MachineView& machine = *scene.machine;
  for (unsigned n = 0; n < manifest.locks.size(); ++n) {
    const Manifest::Lock& lock = manifest.locks[n];
    words_[lock.next().value] = {n, false};
    words_[lock.serving().value] = {n, true};
    machine.watch(lock.next(), 4);
    machine.watch(lock.serving(), 4);
  }
  for (const Manifest::Ownership& ownership : manifest.ownership) {
    ranges_.push_back({.where = ownership});
    for (const PhysicalAddress cell :
         {ownership.base_cell, ownership.bytes_cell, ownership.entries_cell}) {
      machine.watch(cell, 8);
      cells_.insert(cell.value);
    }
  }
  for (unsigned n = 0; n < manifest.mailboxes.size(); ++n) {
    mailbox_cells_[manifest.mailboxes[n].cell.value] = n;
    machine.watch(manifest.mailboxes[n].cell, 8);
    cells_.insert(manifest.mailboxes[n].cell.value);
  }
  for (unsigned n = 0; n < manifest.oracle_sites.size(); ++n) {
    sites_[manifest.oracle_sites[n].pc.value] = n;
  }
  look_at_cells();
  events.add(*this, kInputKinds);
}

ManifestWatch::~ManifestWatch() { events_.remove(*this); }

// What the firmware has set up by now: after a restore everything, at reset nothing.
void ManifestWatch::look_at_cells() {
  MachineView& machine = *scene_.machine;
  for (Range& range : ranges_) {
    if (range.entries != 0) continue;
    const std::uint64_t base = machine.read64(range.where.base_cell);
    const std::uint64_t bytes = machine.read64(range.where.bytes_cell);
    const std::uint64_t entries = machine.read64(range.where.entries_cell);
    if (bytes == 0 || entries == 0) continue;
    range.base = base;
    range.pages = bytes / kFrameBytes;
    range.entries = entries;
    range.owners.resize(range.pages);
    for (std::uint64_t n = 0; n < range.pages; ++n) {
      const std::uint64_t at = entries + n * range.where.entry_bytes + range.where.owner_offset;
      range.owners[n] = static_cast<std::uint32_t>(machine.read64({at & ~7ull}) >> at % 8 * 8);
    }
    machine.watch({entries}, range.pages * range.where.entry_bytes);
  }
  for (const auto& [cell, index] : mailbox_cells_) {
    const std::uint64_t page = machine.read64({cell});
    if (page == 0 ||
        !mailboxes_.emplace(page, Mailbox{scene_.manifest.mailboxes[index].bytes}).second)
      continue;
    machine.watch({page}, scene_.manifest.mailboxes[index].bytes);
  }
}

void ManifestWatch::look_at_written_cell(const Event& event) {
  const std::uint64_t last = event.b + size_of(event) - 1;
  for (std::uint64_t word = event.b & ~7ull; word <= last; word += 8) {
    if (cells_.contains(word)) return look_at_cells();
  }
}

void ManifestWatch::look_at_lock(const Event& event) {
  const auto place = words_.find(event.b);
  if (place == words_.end() || size_of(event) != 4 || event.core >= kCoresMax) return;
  const unsigned lock = place->second.lock;
  const std::uint64_t word = scene_.manifest.locks[lock].word.value;
  CoreState& core = cores_[event.core];
  if (event.kind == EventKind::write && !place->second.is_serving) {
    core.tickets[lock] = static_cast<std::uint32_t>(event.c) - 1;
  } else if (event.kind == EventKind::write) {
    events_.publish(EventKind::lock_release, word, 0, 0, lock);
  } else if (place->second.is_serving) {
    const auto ticket = core.tickets.find(lock);
    if (ticket == core.tickets.end() || ticket->second != static_cast<std::uint32_t>(event.c)) {
      return;
    }
    core.tickets.erase(ticket);
    events_.publish(EventKind::lock_acquire, word, 0, 0, lock);
  }
}

// The write may cover the owner and its neighbours; the array holds the new value by now.
void ManifestWatch::look_at_owner(const Event& event) {
  for (Range& range : ranges_) {
    const std::uint64_t bytes = range.pages * range.where.entry_bytes;
    if (range.entries == 0 || event.b - range.entries >= bytes) continue;
    const std::uint64_t first = (event.b - range.entries) / range.where.entry_bytes;
    const std::uint64_t last =
        (event.b + size_of(event) - 1 - range.entries) / range.where.entry_bytes;
    for (std::uint64_t n = first; n <= last && n < range.pages; ++n) {
      const std::uint64_t at =
          range.entries + n * range.where.entry_bytes + range.where.owner_offset;
      const auto owner =
          static_cast<std::uint32_t>(scene_.machine->read64({at & ~7ull}) >> at % 8 * 8);
      const std::uint32_t old = std::exchange(range.owners[n], owner);
      if (old == owner) continue;
      events_.publish(EventKind::owner_change, range.base + n * kFrameBytes,
                      principal_of_owner(old), principal_of_owner(owner));
    }
  }
}

void ManifestWatch::look_at_mailbox(const Event& event) {
  if (event.el != 2 || mailboxes_.empty()) return;
  auto place = mailboxes_.upper_bound(event.b);
  if (place == mailboxes_.begin()) return;
  --place;
  if (event.b - place->first >= place->second.bytes) return;
  const auto site = sites_.find(event.pc);
  events_.publish(EventKind::oracle_read, event.b, event.c, 0,
                  site == sites_.end() ? kUnknownSite : site->second);
}

void ManifestWatch::enter(const Event& event) {
  CoreState& core = cores_[event.core];
  if (from_el(event) != 2 || to_el(event) == 2 || (core.hcr & kHcrVm) == 0) return;
  const Principal principal = principal_of_root(scene_, core.vttbr);
  if (principal < kFirstVm) return;
  core.running = principal;
  core.vcpu = vcpu_number(core.vmpidr);
  events_.publish(EventKind::vm_enter, core.vttbr, 0, 0, principal | core.vcpu << 16);
}

void ManifestWatch::leave(const Event& event) {
  CoreState& core = cores_[event.core];
  if (core.running == kNobody || to_el(event) != 2) return;
  events_.publish(EventKind::vm_exit, core.vttbr, 0, 0,
                  std::exchange(core.running, kNobody) | core.vcpu << 16);
}

void ManifestWatch::on_event(const Event& event) {
  switch (event.kind) {
    case EventKind::read:
      look_at_lock(event);
      look_at_mailbox(event);
      return;
    case EventKind::write:
      look_at_lock(event);
      look_at_owner(event);
      if (event.el == 2) look_at_written_cell(event);
      return;
    case EventKind::sysreg_write: {
      if (event.core >= kCoresMax) return;
      const auto reg = static_cast<SysReg>(event.d & 0xffff);
      if (reg == SysReg::VTTBR_EL2) cores_[event.core].vttbr = event.a;
      if (reg == SysReg::HCR_EL2) cores_[event.core].hcr = event.a;
      if (reg == SysReg::VMPIDR_EL2) cores_[event.core].vmpidr = event.a;
      return;
    }
    case EventKind::exception_return:
      if (event.core < kCoresMax) enter(event);
      return;
    case EventKind::exception_entry:
      if (event.core < kCoresMax) leave(event);
      return;
    default:
      return;
  }
}

}  // namespace armature::check
