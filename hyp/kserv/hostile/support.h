// What attacks are made of: aliases in stage 1, tries that may fault, the other core, VMs of one's own.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "hyp/kserv/vm.h"

namespace armature::kserv::hostile {

inline constexpr std::uint64_t kNone = ~std::uint64_t{0};

// On each core once, before it attacks: vectors that survive an expected exception, MAIR with
// Non-cacheable.
void prepare_core();
void learn_board(const DeviceTree& tree);
// Pages of KCore's, of its image and of its tables; one of a device.
std::uint64_t kcore_page();
std::uint64_t kcore_tables();
std::uint64_t device_page();
std::uint64_t beyond_ram();
// A page of the victim's with its secret in it.
std::uint64_t secret_page(const Vm& victim);
// A fresh page of KServ's own.
std::uint64_t own_page();

enum class Alias : std::uint8_t { cacheable = 0, device = 1, noncacheable = 2 };
// `address` once more, in a window of 16 pages; what was in the slot before is gone.
volatile std::uint64_t* alias(std::uint64_t address, Alias how, unsigned slot = 0);

// Runs `action`, whose one faulting instruction is skipped; whether it faulted.
bool arm_exception();
bool disarm_exception();  // true: it came
template <typename Action>
bool faults(Action action) {
  arm_exception();
  action();
  return disarm_exception();
}

// Runs `job` on the other core; returns when it has run, or false when there is none.
using Job = void (*)();
bool start_on_other_core(Job job);
void finish_other_core();
bool run_on_other_core(Job job);
void serve_job();  // called by every core now and then
// Both cores come here, then both go on.
void meet();

// PSCI and other functions of the firmware, by SMC.
std::int64_t firmware(std::uint64_t function, std::uint64_t x1 = 0, std::uint64_t x2 = 0,
                      std::uint64_t x3 = 0);

// A VM that KServ registers for itself. Its pages come back at the end.
class OwnVm {
 public:
  explicit OwnVm(unsigned vcpus = 0);
  ~OwnVm();
  OwnVm(const OwnVm&) = delete;
  OwnVm& operator=(const OwnVm&) = delete;

  bool is_good() const { return vmid_ > 0; }
  std::uint64_t vmid() const { return static_cast<std::uint64_t>(vmid_); }
  std::uint64_t mailbox(unsigned vcpu) const { return mailboxes_[vcpu]; }
  abi::Mailbox& mail(unsigned vcpu) const { return *reinterpret_cast<abi::Mailbox*>(mailboxes_[vcpu]); }
  // Gives it the first image of `original`, less `left_out` pages, with `changed` added to its last
  // byte. False: KCore refused a piece.
  bool load(const Vm& original, unsigned left_out = 0, unsigned changed = 0);
  std::int64_t verify(const abi::SignedManifest& manifest);
  std::uint64_t page(unsigned number) const { return pages_[number]; }  // as remembered
  unsigned page_count() const { return count_; }
  // One page, wherever it comes from; it is given back to KServ at the end.
  void remember(std::uint64_t page);

 private:
  std::int64_t vmid_ = -1;
  std::array<std::uint64_t, abi::kMaxVcpus> mailboxes_{};
  std::array<std::uint64_t, 64> pages_{};
  unsigned count_ = 0, vcpus_ = 0;
  bool is_over_ = false;
};

}  // namespace armature::kserv::hostile
