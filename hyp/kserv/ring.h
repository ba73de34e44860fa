// The ring device of a VM (hyp/abi/guest.h): pages that its vCPUs have granted, and what KServ answers
// in them. Each vCPU only reaches its own bank, so nothing here is locked.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "hyp/abi/calls.h"
#include "hyp/abi/guest.h"

namespace armature::kserv {

class Ring {
 public:
  static constexpr std::uint64_t kBytes = abi::kRingBankBytes * abi::kMaxVcpus;

  // `page`: where the granted page lies in the machine's memory; nothing: none.
  void set_page(unsigned vcpu, std::optional<std::uint64_t> page);
  // Answers what was asked. A count that no ring can have asked for is ignored.
  void serve(unsigned vcpu);

 private:
  struct Bank {
    std::uint64_t page = 0;
    std::uint64_t answered = 0;  // KServ's own count: the page is the VM's to scribble on
  };
  std::array<Bank, abi::kMaxVcpus> banks_{};
};

}  // namespace armature::kserv
