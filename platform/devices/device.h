// A memory-mapped device as the bus sees it: plain C++, no SystemC, so that it can be tested alone.
// platform/ puts it behind a TLM-2.0 socket.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "platform/devices/register_map.h"
#include "sim/memory/bus.h"

namespace armature::platform {

class Device {
 public:
  virtual ~Device() = default;

  virtual std::string_view name() const = 0;
  // Bytes of address space.
  virtual std::uint64_t size() const = 0;

  // size is 1, 2, 4 or 8 bytes; offset is aligned to it and offset + size <= size().
  virtual BusResponse read(std::uint64_t offset, unsigned size, std::uint64_t& value) = 0;
  virtual BusResponse write(std::uint64_t offset, unsigned size, std::uint64_t value) = 0;

  // A reset of the whole machine. What a battery or a file of the host keeps stays.
  virtual void reset() {}

  // The registers, for people.
  virtual std::vector<RegisterInfo> registers() const { return {}; }

  // The device's whole state. save() throws UserError, naming the device, when it holds something
  // that cannot be saved; load() throws UserError when the bytes do not fit this device.
  virtual void save(std::vector<std::uint8_t>& out) const = 0;
  virtual void load(std::span<const std::uint8_t>& in) = 0;
};

}  // namespace armature::platform
