// Where firmware keeps what a watcher wants to know, in physical addresses: the parsed form of the
// ELF note that hyp/abi/manifest.h defines, arrays written out. Empty when the machine runs without
// such firmware. A *cell* is a word of the firmware's memory that holds the value wanted, 0 until
// it is known.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/types.h"

namespace armature::check {

// Who owns pages and tables. VM n of the firmware is kFirstVm + n.
using Principal = std::uint32_t;
inline constexpr Principal kNobody = 0, kFirmware = 1, kHost = 2, kFirstVm = 0x100;
// "KCore", "KServ", "VM 3", "nobody".
std::string principal_name(Principal principal);
// The page array's numbers (hyp/abi/manifest.h): 0 KServ, then VMs, 256 KCore.
constexpr Principal principal_of_owner(std::uint32_t owner) {
  if (owner == 0) return kHost;
  return owner == 256 ? kFirmware : kFirstVm + owner;
}

struct Manifest {
  struct Lock {
    std::string name;
    PhysicalAddress word{};
    unsigned next_offset = 0, serving_offset = 0;  // of 32-bit words
    Principal principal = kNobody;
    unsigned guards = 0;         // as the firmware numbers it; with `index` it names the lock
    unsigned index = 0;          // of the VM, in an array over VMs
    unsigned rank = 0;           // locks are taken in rising order
    bool guards_tables = false;  // the stage 2 tables of `principal`
    bool guards_owners = false;  // the page array
    PhysicalAddress next() const { return word + next_offset; }
    PhysicalAddress serving() const { return word + serving_offset; }
  };
  struct TablePool {
    std::string name;
    PhysicalAddress base{};         // or, with is_cell, of a cell pair: first page, number of pages
    std::uint64_t bytes = 0;        // 0 with is_cell
    Principal principal = kNobody;  // kNobody: pages of many
    unsigned stage = 2;
    unsigned level = 0;  // 0: mixed
    bool is_cell = false;
  };
  struct Root {
    std::string name;
    PhysicalAddress cell{};  // holds the TTBR or VTTBR value
    Principal principal = kNobody;
    unsigned stage = 2;
    unsigned level = 1;  // of the first table
    std::uint64_t bytes = kFrameBytes;
  };
  // One range of RAM and the owners of its pages.
  struct Ownership {
    PhysicalAddress base_cell{}, bytes_cell{}, entries_cell{};
    unsigned entry_bytes = 0, owner_offset = 0, count_offset = 0, gfn_offset = 0;
  };
  // Data that only the holder of the lock touches.
  struct Guarded {
    std::string name;
    PhysicalAddress base{};
    std::uint64_t bytes = 0;
    int lock = -1;  // index into `locks`; -1: no such lock
  };
  // 32-bit state of a VM, or of a vCPU.
  static constexpr std::uint32_t kVcpuActive = 2;  // some core has it
  struct State {
    PhysicalAddress word{};
    unsigned vm = 0, vcpu = 0;
  };
  struct Shadow {
    PhysicalAddress base{};
    std::uint64_t bytes = 0;
    unsigned vm = 0, vcpu = 0;
  };
  struct Mailbox {
    PhysicalAddress cell{};  // address of its page
    std::uint64_t bytes = 0;
    unsigned vm = 0, vcpu = 0;
  };
  struct OracleSite {
    std::string name;
    PhysicalAddress pc{};
    unsigned datum = 0;
  };
  struct OwnMemory {
    PhysicalAddress base_cell{}, bytes_cell{};
  };

  std::vector<Lock> locks;
  std::vector<TablePool> pools;
  std::vector<Root> roots;
  std::vector<Ownership> ownership;
  std::vector<Guarded> guarded;
  std::vector<State> vm_states, vcpu_states;
  std::vector<Shadow> shadows;
  std::vector<Mailbox> mailboxes;
  std::vector<OracleSite> oracle_sites;
  std::vector<OwnMemory> own_memory;

  bool is_empty() const { return locks.empty() && pools.empty() && roots.empty(); }
  // The lock that guards `what` of VM `index`, or -1.
  int find_lock(unsigned what, unsigned index) const;
};

}  // namespace armature::check
