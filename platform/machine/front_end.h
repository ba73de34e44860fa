// Something that a person looks at while the machine runs. It only looks, and steps.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace armature::platform {

class Machine;

class FrontEnd {
 public:
  virtual ~FrontEnd() = default;
  enum class Wish : std::uint8_t { go_on, stay, leave };
  // Between windows. `stay`: the machine is paused, look again; `leave`: the run ends.
  virtual Wish look() = 0;
  // The run has ended.
  virtual void finish() = 0;
};

using FrontEndFactory = std::function<std::unique_ptr<FrontEnd>(Machine&)>;

}  // namespace armature::platform
