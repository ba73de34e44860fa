// Makes the events that the manifest promises out of reads and writes of the firmware's own words:
// lock_acquire, lock_release, owner_change, vm_enter, vm_exit, oracle_read.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "sim/check/checker.h"
#include "sim/event/bus.h"

namespace armature::check {

class ManifestWatch final : public EventListener {
 public:
  // Watches the words from now on; publishes to `events`, on which it listens.
  ManifestWatch(const Scene& scene, EventBus& events);
  ~ManifestWatch() override;
  ManifestWatch(const ManifestWatch&) = delete;
  ManifestWatch& operator=(const ManifestWatch&) = delete;

  static constexpr std::uint64_t derived_kinds() {
    return event_bit(EventKind::vm_enter) | event_bit(EventKind::vm_exit) |
           event_bit(EventKind::lock_acquire) | event_bit(EventKind::lock_release) |
           event_bit(EventKind::owner_change) | event_bit(EventKind::oracle_read);
  }
  void on_event(const Event& event) override;

 private:
  struct Word {  // of a lock
    unsigned lock = 0;
    bool is_serving = false;
  };
  struct Range {  // of the page array
    Manifest::Ownership where{};
    std::uint64_t base = 0, pages = 0, entries = 0;  // 0 until the firmware has set them
    std::vector<std::uint32_t> owners{};             // as last written
  };
  struct Mailbox {
    std::uint64_t bytes = 0;
  };
  struct CoreState {
    std::map<unsigned, std::uint32_t> tickets{};  // drawn and not yet served, by lock
    std::uint64_t vttbr = 0, hcr = 0, vmpidr = 0;
    Principal running = kNobody;  // VM
    unsigned vcpu = 0;            // of it: the number in VMPIDR_EL2
  };

  void look_at_cells();
  void look_at_written_cell(const Event& event);
  void look_at_lock(const Event& event);
  void look_at_owner(const Event& event);
  void look_at_mailbox(const Event& event);
  void enter(const Event& event);
  void leave(const Event& event);

  const Scene& scene_;
  EventBus& events_;
  std::unordered_map<std::uint64_t, Word> words_;
  std::vector<Range> ranges_;
  std::unordered_set<std::uint64_t> cells_;
  std::map<std::uint64_t, unsigned> mailbox_cells_;    // to the index in the manifest
  std::map<std::uint64_t, Mailbox> mailboxes_;         // by address
  std::unordered_map<std::uint64_t, unsigned> sites_;  // by pc
  std::array<CoreState, kCoresMax> cores_{};
};

// The principal of the manifest's stage 2 root that `vttbr` names, or kNobody.
Principal principal_of_root(const Scene& scene, std::uint64_t vttbr);

}  // namespace armature::check
