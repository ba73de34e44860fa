// What a virtio device is, apart from the transport that carries it (virtio_mmio.h).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "platform/devices/virtqueue.h"

namespace armature::platform {

inline constexpr unsigned kVirtioQueuesMax = 2;

// 6 Reserved Feature Bits
inline constexpr std::uint64_t kFeatureIndirect = 1ull << 28;
inline constexpr std::uint64_t kFeatureEventIndex = 1ull << 29;
inline constexpr std::uint64_t kFeatureVersion1 = 1ull << 32;
inline constexpr std::uint64_t kFeatureAccessPlatform = 1ull << 33;

// The transport as its device sees it.
class VirtioTransport {
 public:
  virtual ~VirtioTransport() = default;
  virtual DmaPort& dma() = 0;
  virtual std::uint64_t features() const = 0;  // as negotiated
  virtual bool is_running() const = 0;         // DRIVER_OK, and not broken
  // The next request of a queue, or nothing.
  virtual std::optional<DescriptorChain> pop(unsigned queue) = 0;
  virtual void push(unsigned queue, const DescriptorChain& chain, std::uint32_t written) = 0;
  // Interrupts the driver if it wants to hear of what was pushed.
  virtual void interrupt(unsigned queue) = 0;
  // The driver did what it must not: DEVICE_NEEDS_RESET.
  virtual void break_down() = 0;
};

class VirtioDevice {
 public:
  virtual ~VirtioDevice() = default;

  virtual std::string_view name() const = 0;
  virtual std::uint32_t device_id() const = 0;
  virtual unsigned queues() const = 0;
  // Device-specific features only; the transport adds its own.
  virtual std::uint64_t features() const { return 0; }
  // The configuration space as bytes.
  virtual std::vector<std::uint8_t> config() const { return {}; }
  virtual void write_config(unsigned offset, std::uint8_t byte) {
    (void)offset;
    (void)byte;
  }
  // The driver says that `queue` has new requests.
  virtual void notify(VirtioTransport& transport, unsigned queue) = 0;
  virtual void reset() {}

  // As of class Device.
  virtual void save(std::vector<std::uint8_t>& out) const = 0;
  virtual void load(std::span<const std::uint8_t>& in) = 0;
};

}  // namespace armature::platform
