// Where firmware keeps what a watcher wants to know, in physical addresses: the parsed form of the
// ELF note that hyp/abi/manifest.h defines. Empty when the machine runs without such firmware.
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

struct Manifest {
  struct Lock {
    std::string name;
    PhysicalAddress word{};
    unsigned next_offset = 0, serving_offset = 0;  // of 32-bit words
    Principal principal = kNobody;
    unsigned guards = 0;  // as the firmware numbers it
    unsigned rank = 0;    // locks are taken in rising order
    // Data that only the holder touches.
    struct Range {
      PhysicalAddress base{};
      std::uint64_t bytes = 0;
    };
    std::vector<Range> data{};
    PhysicalAddress next() const { return word + next_offset; }
    PhysicalAddress serving() const { return word + serving_offset; }
  };
  struct TablePool {
    std::string name;
    PhysicalAddress base{};
    std::uint64_t bytes = 0;
    Principal principal = kNobody;  // kNobody: pages of many
    unsigned stage = 2;
    unsigned level = 0;  // 0: mixed
  };
  struct Root {
    std::string name;
    PhysicalAddress cell{};  // holds the TTBR or VTTBR value; 0 while there are no tables
    Principal principal = kNobody;
    unsigned stage = 2;
    unsigned level = 1;  // of the first table
  };

  std::vector<Lock> locks;
  std::vector<TablePool> pools;
  std::vector<Root> roots;

  bool is_empty() const { return locks.empty() && pools.empty() && roots.empty(); }
  const TablePool* pool_of(PhysicalAddress address) const;
};

}  // namespace armature::check
