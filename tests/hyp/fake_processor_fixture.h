// hyp/kcore/arch.h on the host: notes what KCore asks of the processor, and answers for the machine
// below it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "hyp/kcore/kcore.h"

namespace armature::kcore::fake {

struct Step {
  enum class Kind : std::uint8_t { order_before_link, descriptor, publish, invalidate, clean, firmware };
  Kind kind;
  std::uint64_t* entry = nullptr;  // descriptor
  std::uint64_t value = 0;         // descriptor: new value; firmware: function; clean: address
  bool operator==(const Step&) const = default;
};

struct FirmwareRequest {
  std::uint64_t function, x1, x2, x3;
};

struct Processor {
  std::vector<Step> steps;
  std::vector<FirmwareRequest> requests;
  std::function<std::int64_t(const FirmwareRequest&)> firmware;  // 0 when empty
  std::string console;
};
extern Processor processor;

// What halt_this_core throws.
struct Halted {};

// A fresh KCore and processor.
void reset();

}  // namespace armature::kcore::fake
