// The guest program under qemu-aarch64, as a function from batches to answers.
#pragma once

#include <string>
#include <vector>

#include "exchange.h"

namespace armature::isa::fp {

class GuestProcess {
 public:
  explicit GuestProcess(const std::string& program);  // throws std::runtime_error
  ~GuestProcess();
  GuestProcess(const GuestProcess&) = delete;
  GuestProcess& operator=(const GuestProcess&) = delete;

  // Runs `word` on every state (at most FP_STATES_MAX) in place. Throws when the guest died.
  void run(std::uint32_t word, std::vector<FpState>& states);

 private:
  int to_ = -1, from_ = -1, child_ = -1;
};

}  // namespace armature::isa::fp
