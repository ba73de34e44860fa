// The heart of KCore: all of its state that outlives a trap, and what it does for KServ and the VMs.
// Architecture-neutral: the processor is behind processor.h.
//
// Locks, each ticket lock, and what it guards. A core takes them only downwards in this list:
//   rank 1  vm[vmid]   Vm and Vcpu (vm.h); of two VMs never both
//   rank 2  core       next VMID, pool of table pages
//   rank 3  s2page     page array, and contents of pages that change hands; scratch, snapshots
//   rank 4  pt[p]      stage 2 of KServ, of each VM (inside Stage2Table)
//   rank 5  console (kcore.h)
// and, alone, cpus (cpu.h): which physical cores are on.
// Every change of a stage 2 table is made with s2page held as well, so that what check_range() has
// found still holds for map_range().
#pragma once

#include <cstdint>
#include <span>

#include "hyp/kcore/core/crypto.h"
#include "hyp/kcore/core/page_array.h"
#include "hyp/kcore/core/stage2_table.h"
#include "hyp/kcore/core/vm.h"
#include "hyp/kcore/ticket_lock.h"
#include "hyp/kcore/types.h"

namespace armature::kcore {

struct Core {
  TicketLock core_lock;
  std::uint32_t next_vmid = 0;       // 1 after initialize()
  TablePage* table_pages = nullptr;  // for VMs, bump-allocated, aligned to 8 KiB
  std::size_t table_pages_left = 0;

  TicketLock s2page_lock;
  PageArray pages;
  std::array<Snapshot, abi::kMaxVms + 1> snapshots{};
  alignas(kPageBytes) std::uint8_t scratch[kPageBytes] = {};

  Stage2Table kserv;
  std::array<Vm, abi::kMaxVms + 1> vms{};  // [0] is nobody

  // Set at boot.
  Levels levels = Levels::three;
  std::uint8_t public_key[32] = {};
  crypto::Key sealing_key{};
  bool has_sealing_key = false;  // without one nothing is exported
};

// What KCore is given at boot. All of it lies in `kcore` ranges, which are KCore's for ever.
struct BootMemory {
  std::span<const PhysicalRange> ram, kcore;
  Page* page_entries;  // PageArray::bytes_for(all RAM), RAM's ranges one behind the other
  TablePage *kserv_tables, *vm_tables;  // aligned to 8 KiB
  std::size_t kserv_table_count, vm_table_count;
  Levels levels;  // four: refused below 44 bits of physical address
};
void initialize(Core& core, const BootMemory& memory);

// One call of KServ (hyp/abi/calls.h): number and arguments in, value for x0 out.
std::int64_t handle_call(Core& core, const std::uint64_t (&x)[5]);

// KServ touched an address that its stage 2 does not map: maps the page, or halts the machine when
// it is not KServ's to touch.
enum class Access : std::uint8_t { read, write, execute };
struct Stage2Fault {
  IntermediateAddress address{};
  Access access = Access::read;
  bool is_translation_fault = false;  // not a permission, access flag or other fault
  bool on_table_walk = false;         // of KServ's own stage 1
  std::uint64_t pc = 0;
};
void handle_kserv_fault(Core& core, unsigned cpu, const Stage2Fault& fault);

// No core executes anything at EL1 or EL0 any more that needs memory. For panic(): takes no lock.
void revoke_everything(Core& core);

}  // namespace armature::kcore
