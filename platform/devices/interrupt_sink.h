// Where a device's interrupt output goes. The GIC is the sink of a board; tests record levels.
#pragma once

namespace armature::platform {

class InterruptSink {
 public:
  virtual ~InterruptSink() = default;
  // The level of input `line`. For the GIC a line is an INTID, so an SPI is 32 or above. Setting
  // the level a line already has does nothing.
  virtual void set_level(unsigned line, bool level) = 0;
};

// One wire: a sink and the number of the input it is connected to. Unconnected without a sink.
struct InterruptLine {
  InterruptSink* sink = nullptr;
  unsigned line = 0;

  void set_level(bool level) const {
    if (sink != nullptr) sink->set_level(line, level);
  }
};

}  // namespace armature::platform
