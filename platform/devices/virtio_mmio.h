// The memory-mapped virtio transport (virtio 1.1, 4.2), version 2, one slot of 0x200 bytes.
// A slot without a device answers with device ID 0.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <type_traits>

#include "platform/devices/device.h"
#include "platform/devices/interrupt_sink.h"
#include "platform/devices/virtio.h"

namespace armature::platform {

struct VirtioMmioState {
  std::uint64_t driver_features = 0;
  std::uint32_t device_features_sel = 0;
  std::uint32_t driver_features_sel = 0;
  std::uint32_t queue_sel = 0;
  std::uint32_t interrupt_status = 0;
  std::uint32_t status = 0;
  std::uint32_t reserved = 0;

  bool operator==(const VirtioMmioState&) const = default;
};
static_assert(std::has_unique_object_representations_v<VirtioMmioState>);

class VirtioMmio final : public Device, public VirtioTransport {
 public:
  struct Options {
    bool access_platform = false;  // offer VIRTIO_F_ACCESS_PLATFORM
  };

  // device == nullptr: an empty slot.
  VirtioMmio(std::unique_ptr<VirtioDevice> device, DmaPort& dma, InterruptLine interrupt,
             Options options);
  VirtioMmio(std::unique_ptr<VirtioDevice> device, DmaPort& dma, InterruptLine interrupt)
      : VirtioMmio(std::move(device), dma, interrupt, Options{}) {}

  VirtioDevice* device() { return device_.get(); }
  const VirtioMmioState& state() const { return state_; }
  const VirtqueueState& queue_state(unsigned queue) const { return queues_[queue].state; }

  // Device
  std::string_view name() const override;
  std::uint64_t size() const override { return 0x200; }
  BusResponse read(std::uint64_t offset, unsigned size, std::uint64_t& value) override;
  BusResponse write(std::uint64_t offset, unsigned size, std::uint64_t value) override;
  std::vector<RegisterInfo> registers() const override;
  void reset() override;  // the same as the driver's: status 0
  void save(std::vector<std::uint8_t>& out) const override;
  void load(std::span<const std::uint8_t>& in) override;

  // VirtioTransport
  DmaPort& dma() override { return dma_; }
  std::uint64_t features() const override { return state_.driver_features; }
  bool is_running() const override;
  std::optional<DescriptorChain> pop(unsigned queue) override;
  void push(unsigned queue, const DescriptorChain& chain, std::uint32_t written) override;
  void interrupt(unsigned queue) override;
  void break_down() override;

 private:
  friend struct VirtioMmioRegisters;
  std::uint64_t offered_features() const;
  bool has_event_index() const { return (state_.driver_features & kFeatureEventIndex) != 0; }
  Virtqueue* selected();
  void raise(std::uint32_t cause);
  void update() const;

  std::uint64_t read_magic(unsigned);
  std::uint64_t read_version(unsigned);
  std::uint64_t read_device_id(unsigned);
  std::uint64_t read_vendor_id(unsigned);
  std::uint64_t read_device_features(unsigned);
  void write_device_features_sel(unsigned, std::uint64_t value);
  void write_driver_features(unsigned, std::uint64_t value);
  void write_driver_features_sel(unsigned, std::uint64_t value);
  void write_queue_sel(unsigned, std::uint64_t value);
  std::uint64_t read_queue_num_max(unsigned);
  void write_queue_num(unsigned, std::uint64_t value);
  std::uint64_t read_queue_ready(unsigned);
  void write_queue_ready(unsigned, std::uint64_t value);
  void write_queue_notify(unsigned, std::uint64_t value);
  std::uint64_t read_interrupt_status(unsigned);
  void write_interrupt_ack(unsigned, std::uint64_t value);
  std::uint64_t read_status(unsigned);
  void write_status(unsigned, std::uint64_t value);
  void write_queue_desc(unsigned half, std::uint64_t value);
  void write_queue_driver(unsigned half, std::uint64_t value);
  void write_queue_device(unsigned half, std::uint64_t value);
  std::uint64_t read_shared_memory(unsigned);
  std::uint64_t read_config(unsigned index);
  void write_config(unsigned index, std::uint64_t value);

  std::unique_ptr<VirtioDevice> device_;
  DmaPort& dma_;
  InterruptLine interrupt_;
  Options options_;
  VirtioMmioState state_;
  std::array<Virtqueue, kVirtioQueuesMax> queues_;
};

}  // namespace armature::platform
