// Where the bytes a device prints go: a terminal, a file, a test.
#pragma once

#include <cstdint>

namespace armature::platform {

class CharacterSink {
 public:
  virtual ~CharacterSink() = default;
  virtual void put(std::uint8_t byte) = 0;
};

}  // namespace armature::platform
