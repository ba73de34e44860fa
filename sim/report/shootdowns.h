// TLB invalidations as they went: issue, what each core did for them, the DSB that completed them.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "sim/base/types.h"
#include "sim/event/bus.h"

namespace armature {

struct Shootdown {
  struct Operation {
    std::uint64_t sequence = 0, cycle = 0, operand = 0, pc = 0;
    std::uint8_t op = 0;
    bool broadcast = false;
  };
  struct Application {
    std::uint64_t tlbi = 0, cycle = 0;  // sequence number of the operation, when it was applied
    std::uint8_t target = 0;
    std::uint32_t dropped = 0;  // entries
  };
  std::uint8_t core = 0;  // the issuer
  std::vector<Operation> operations;
  std::vector<Application> applications;
  std::uint64_t completed = 0;  // cycle of the DSB; 0 while none has come
  std::uint64_t completed_sequence = 0, completed_pc = 0;

  std::uint64_t dropped() const;
};

class Shootdowns {
 public:
  static constexpr std::size_t kKept = 100;       // of the first, and as many of the last
  static constexpr std::size_t kOperations = 64;  // shown of one shootdown
  static std::uint64_t kinds();

  void on_event(const Event& event);
  // Open ones are kept as they are: their DSB has not come.
  void finish();

  std::uint64_t total() const { return total_; }
  std::vector<Shootdown> kept() const;

 private:
  void keep(Shootdown&& shootdown);

  std::array<Shootdown, kCoresMax> open_{};  // by issuer
  std::vector<Shootdown> first_;
  std::deque<Shootdown> last_;
  std::uint64_t total_ = 0;
};

}  // namespace armature
