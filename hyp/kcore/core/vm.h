// A VM and its vCPUs as KCore keeps them. Guarded by the VM's lock, except what only the core that
// runs a vCPU touches (a vCPU's `saved` while it is active).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "hyp/abi/calls.h"
#include "hyp/abi/image.h"
#include "hyp/abi/mailbox.h"
#include "hyp/kcore/core/shadow_context.h"
#include "hyp/kcore/core/stage2_table.h"
#include "hyp/kcore/cpu.h"
#include "hyp/kcore/ticket_lock.h"

namespace armature::kcore {

// unused -> ready -> verified -> powered_off or exporting; ready -> powered_off when the images are
// bad. The last two are for ever.
enum class VmState : std::uint32_t { unused, ready, verified, powered_off, exporting };
enum class VcpuState : std::uint32_t { unused, ready, active };

// What a vCPU waits for from KServ: KCore's own note of the exit, so that nothing that KServ can
// write decides which register is read or written.
struct Pending {
  enum class Kind : std::uint32_t { none, memory, mmio_read, mmio_write, hypercall };
  Kind kind = Kind::none;
  std::uint64_t gpa = 0;           // memory
  std::uint32_t destination = 0;   // mmio_read: register number, 31 is XZR
  std::uint32_t bytes = 0;         // mmio_read: access size
  std::uint32_t sign_extends = 0;  // mmio_read
  std::uint32_t is_64_bit = 0;     // mmio_read: the register written is X, not W
  std::uint32_t instruction_bytes = 0;
};

// All that export moves of a vCPU.
struct SavedVcpu {
  ShadowContext context;
  Pending pending;
  std::uint32_t is_on = 0;  // as PSCI sees it
};

struct Vcpu {
  VcpuState state = VcpuState::unused;
  std::uint32_t has_run = 0;
  std::uint32_t is_sealed = 0;  // exported
  std::uint32_t last_core = 0;  // 1 + the core it ran on last, or 0
  PhysicalAddress mailbox{};
  std::uint64_t entries = 0;
  SavedVcpu saved{};
};

struct Image {
  std::uint64_t gpa = 0, bytes = 0;
  std::uint64_t pages_mapped = 0;
  std::uint64_t pages() const { return (bytes + kPageBytes - 1) / kPageBytes; }
};

// What the owner of a VM has signed, as far as it counts after verification.
struct VmDescription {
  char name[32] = {};
  std::uint64_t memory_bytes = 0;
  std::uint32_t vcpus = 0;
};

struct Vm {
  TicketLock lock;
  VmState state = VmState::unused;
  std::uint32_t vmid = 0;
  Stage2Table stage2;
  std::uint64_t cntvoff = 0;
  std::uint64_t owned_pages = 0;  // guarded by s2page
  VmDescription description;
  std::uint32_t image_count = 0;
  std::uint32_t import_from = 0;      // VMID whose export this VM takes, or 0
  std::uint64_t import_sequence = 0;  // the next record
  std::array<Image, abi::kMaxImages> images{};
  std::array<Vcpu, abi::kMaxVcpus> vcpus{};
  // By core: 1 + the vCPU of this VM that ran there last, or 0.
  std::array<std::uint8_t, kMaxCpus> last_vcpu{};

  std::uint64_t number_of(const Vcpu& vcpu) const {
    return static_cast<std::uint64_t>(&vcpu - vcpus.data());
  }
  std::uint32_t registered_vcpus() const {
    return abi::kMaxVcpus - static_cast<std::uint32_t>(std::ranges::count(vcpus, VcpuState::unused, &Vcpu::state));
  }
  bool any_vcpu_active() const {
    return std::ranges::find(vcpus, VcpuState::active, &Vcpu::state) != vcpus.end();
  }
};

// An export, kept while the machine runs so that it is imported at most once. Guarded by s2page.
struct Snapshot {
  std::uint64_t next_sequence = 0;  // records written
  std::uint64_t pages_left = 0;
  std::uint32_t vcpus_left = 0;
  std::uint32_t importer = 0;  // VMID, or 0
  std::uint32_t vcpu_mask = 0;
  bool exists = false;
  VmDescription description;
  bool is_complete() const { return exists && pages_left == 0 && vcpus_left == 0; }
};

}  // namespace armature::kcore
