#include "platform/devices/virtio_mmio.h"

#include "sim/base/assert.h"
#include "sim/snapshot/bytes.h"

namespace armature::platform {
namespace {

constexpr std::uint32_t kMagic = 0x74726976;   // "virt"
constexpr std::uint32_t kVendor = 0x554d4551;  // "QEMU", which drivers of this board know

// 2.1 Device Status Field
constexpr std::uint32_t kDriverOk = 4, kFeaturesOk = 8, kNeedsReset = 64;
// InterruptStatus
constexpr std::uint32_t kUsedBuffer = 1, kConfigurationChange = 2;

void set_half(std::uint64_t& address, unsigned half, std::uint64_t value) {
  address = insert_bits(address, 32 * half + 31, 32 * half, value);
}

}  // namespace

struct VirtioMmioRegisters {
  using D = VirtioMmio;
  using R = Register<VirtioMmio>;
  static constexpr RegisterAccess kRo = RegisterAccess::read_only;
  static constexpr RegisterAccess kRw = RegisterAccess::read_write;
  static constexpr RegisterAccess kWo = RegisterAccess::write_only;

  static constexpr std::array kTable{
      R{{0x000, 4, kRo, "MagicValue", "\"virt\""}, &D::read_magic},
      R{{0x004, 4, kRo, "Version", "Device version number"}, &D::read_version},
      R{{0x008, 4, kRo, "DeviceID", "Virtio Subsystem Device ID, 0 for an empty slot"},
        &D::read_device_id},
      R{{0x00c, 4, kRo, "VendorID", "Virtio Subsystem Vendor ID"}, &D::read_vendor_id},
      R{{0x010, 4, kRo, "DeviceFeatures", "Features the device supports"},
        &D::read_device_features},
      R{{0x014, 4, kWo, "DeviceFeaturesSel", "Which 32 of them"}, nullptr,
        &D::write_device_features_sel},
      R{{0x020, 4, kWo, "DriverFeatures", "Features the driver understood"}, nullptr,
        &D::write_driver_features},
      R{{0x024, 4, kWo, "DriverFeaturesSel", "Which 32 of them"}, nullptr,
        &D::write_driver_features_sel},
      R{{0x030, 4, kWo, "QueueSel", "Virtual queue index"}, nullptr, &D::write_queue_sel},
      R{{0x034, 4, kRo, "QueueNumMax", "Maximum virtual queue size"}, &D::read_queue_num_max},
      R{{0x038, 4, kWo, "QueueNum", "Virtual queue size"}, nullptr, &D::write_queue_num},
      R{{0x044, 4, kRw, "QueueReady", "Virtual queue ready bit"}, &D::read_queue_ready,
        &D::write_queue_ready},
      R{{0x050, 4, kWo, "QueueNotify", "Queue notifier"}, nullptr, &D::write_queue_notify},
      R{{0x060, 4, kRo, "InterruptStatus", "Interrupt status"}, &D::read_interrupt_status},
      R{{0x064, 4, kWo, "InterruptACK", "Interrupt acknowledge"}, nullptr,
        &D::write_interrupt_ack},
      R{{0x070, 4, kRw, "Status", "Device status"}, &D::read_status, &D::write_status},
      R{{0x080, 4, kWo, "QueueDesc", "Descriptor Area, low and high", 2}, nullptr,
        &D::write_queue_desc},
      R{{0x090, 4, kWo, "QueueDriver", "Driver Area, low and high", 2}, nullptr,
        &D::write_queue_driver},
      R{{0x0a0, 4, kWo, "QueueDevice", "Device Area, low and high", 2}, nullptr,
        &D::write_queue_device},
      R{{0x0b0, 4, kRo, "SHMLen/SHMBase", "Shared memory region: none", 4},
        &D::read_shared_memory},
      R{{0x0fc, 4, kRo, "ConfigGeneration", "Configuration atomicity value"}},
      R{{0x100, 1, kRw, "Config", "Configuration space", 256, 1}, &D::read_config,
        &D::write_config},
  };
};

VirtioMmio::VirtioMmio(std::unique_ptr<VirtioDevice> device, DmaPort& dma, InterruptLine interrupt,
                       Options options)
    : device_(std::move(device)),
      dma_(dma),
      interrupt_(interrupt),
      options_(options),
      queues_{Virtqueue(dma), Virtqueue(dma)} {
  ARMATURE_ASSERT(device_ == nullptr || device_->queues() <= kVirtioQueuesMax);
}

std::string_view VirtioMmio::name() const {
  return device_ == nullptr ? "virtio-empty" : device_->name();
}

BusResponse VirtioMmio::read(std::uint64_t offset, unsigned size, std::uint64_t& value) {
  value = read_registers(*this, VirtioMmioRegisters::kTable, offset, size);
  return BusResponse::okay;
}

BusResponse VirtioMmio::write(std::uint64_t offset, unsigned size, std::uint64_t value) {
  if (device_ != nullptr) {
    write_registers(*this, VirtioMmioRegisters::kTable, offset, size, value);
  }
  return BusResponse::okay;
}

std::vector<RegisterInfo> VirtioMmio::registers() const {
  return register_infos(VirtioMmioRegisters::kTable);
}

void VirtioMmio::save(std::vector<std::uint8_t>& out) const {
  put(out, state_);
  for (const auto& queue : queues_) put(out, queue.state);
  if (device_ != nullptr) device_->save(out);
}

void VirtioMmio::load(std::span<const std::uint8_t>& in) {
  state_ = take<VirtioMmioState>(in);
  for (auto& queue : queues_) {
    queue.state = take<VirtqueueState>(in);
    if (queue.state.size == 0 || queue.state.size > kQueueSizeMax) {
      throw UserError("snapshot of " + std::string(name()) + " is damaged");
    }
    queue.repair();
  }
  if (device_ != nullptr) device_->load(in);
  update();
}

// ---- the transport, for its device

std::uint64_t VirtioMmio::offered_features() const {
  return device_->features() | kFeatureIndirect | kFeatureEventIndex | kFeatureVersion1 |
         (options_.access_platform ? kFeatureAccessPlatform : 0);
}

bool VirtioMmio::is_running() const {
  return (state_.status & kDriverOk) != 0 && (state_.status & kNeedsReset) == 0;
}

std::optional<DescriptorChain> VirtioMmio::pop(unsigned queue) {
  if (!is_running()) return std::nullopt;
  auto chain = queues_[queue].pop(has_event_index());
  if (queues_[queue].is_broken()) break_down();
  return chain;
}

void VirtioMmio::push(unsigned queue, const DescriptorChain& chain, std::uint32_t written) {
  if (is_running() && !queues_[queue].push(chain, written)) break_down();
}

void VirtioMmio::interrupt(unsigned queue) {
  if (!is_running()) return;
  const bool wanted = queues_[queue].should_interrupt(has_event_index());
  if (queues_[queue].is_broken()) return break_down();
  if (wanted) raise(kUsedBuffer);
}

// 2.1.2: after an error the device does nothing until it is reset.
void VirtioMmio::break_down() {
  if ((state_.status & kNeedsReset) != 0) return;
  state_.status |= kNeedsReset;
  if ((state_.status & kDriverOk) != 0) raise(kConfigurationChange);
}

void VirtioMmio::raise(std::uint32_t cause) {
  state_.interrupt_status |= cause;
  update();
}

void VirtioMmio::update() const { interrupt_.set_level(state_.interrupt_status != 0); }

void VirtioMmio::reset() {
  state_ = VirtioMmioState{};
  for (auto& queue : queues_) {
    queue.state = VirtqueueState{};
    queue.repair();
  }
  if (device_ != nullptr) device_->reset();
  update();
}

// ---- registers

Virtqueue* VirtioMmio::selected() {
  return device_ != nullptr && state_.queue_sel < device_->queues() ? &queues_[state_.queue_sel]
                                                                     : nullptr;
}

std::uint64_t VirtioMmio::read_magic(unsigned) { return kMagic; }
std::uint64_t VirtioMmio::read_version(unsigned) { return 2; }
std::uint64_t VirtioMmio::read_device_id(unsigned) {
  return device_ == nullptr ? 0 : device_->device_id();
}
std::uint64_t VirtioMmio::read_vendor_id(unsigned) { return kVendor; }

std::uint64_t VirtioMmio::read_device_features(unsigned) {
  if (device_ == nullptr || state_.device_features_sel > 1) return 0;
  return bits(offered_features() >> (32 * state_.device_features_sel), 31, 0);
}
void VirtioMmio::write_device_features_sel(unsigned, std::uint64_t value) {
  state_.device_features_sel = static_cast<std::uint32_t>(value);
}
void VirtioMmio::write_driver_features(unsigned, std::uint64_t value) {
  if (state_.driver_features_sel > 1 || (state_.status & kFeaturesOk) != 0) return;
  set_half(state_.driver_features, state_.driver_features_sel, value);
}
void VirtioMmio::write_driver_features_sel(unsigned, std::uint64_t value) {
  state_.driver_features_sel = static_cast<std::uint32_t>(value);
}

void VirtioMmio::write_queue_sel(unsigned, std::uint64_t value) {
  state_.queue_sel = static_cast<std::uint32_t>(value);
}
std::uint64_t VirtioMmio::read_queue_num_max(unsigned) {
  return selected() == nullptr ? 0 : kQueueSizeMax;
}
// Queue sizes are powers of two (2.6); the layout may only change while the queue is not ready.
void VirtioMmio::write_queue_num(unsigned, std::uint64_t value) {
  Virtqueue* queue = selected();
  if (queue == nullptr || queue->state.ready != 0) return;
  if (value == 0 || value > kQueueSizeMax || (value & (value - 1)) != 0) return break_down();
  queue->state.size = static_cast<std::uint16_t>(value);
}
std::uint64_t VirtioMmio::read_queue_ready(unsigned) {
  return selected() == nullptr ? 0 : selected()->state.ready;
}
// Alignment of the areas: 2.6. A queue that is made ready starts empty.
void VirtioMmio::write_queue_ready(unsigned, std::uint64_t value) {
  Virtqueue* queue = selected();
  if (queue == nullptr) return;
  VirtqueueState& s = queue->state;
  if ((value & 1) == 0) {
    s.ready = 0;
  } else if (s.ready == 0) {
    if (s.descriptors % 16 != 0 || s.driver_area % 2 != 0 || s.device_area % 4 != 0) {
      return break_down();
    }
    s.ready = 1;
    s.next_available = s.next_used = s.signalled_used = 0;
  }
}
void VirtioMmio::write_queue_desc(unsigned half, std::uint64_t value) {
  Virtqueue* queue = selected();
  if (queue != nullptr && queue->state.ready == 0) set_half(queue->state.descriptors, half, value);
}
void VirtioMmio::write_queue_driver(unsigned half, std::uint64_t value) {
  Virtqueue* queue = selected();
  if (queue != nullptr && queue->state.ready == 0) set_half(queue->state.driver_area, half, value);
}
void VirtioMmio::write_queue_device(unsigned half, std::uint64_t value) {
  Virtqueue* queue = selected();
  if (queue != nullptr && queue->state.ready == 0) set_half(queue->state.device_area, half, value);
}

void VirtioMmio::write_queue_notify(unsigned, std::uint64_t value) {
  if (is_running() && value < device_->queues()) {
    device_->notify(*this, static_cast<unsigned>(value));
  }
}

std::uint64_t VirtioMmio::read_interrupt_status(unsigned) { return state_.interrupt_status; }
void VirtioMmio::write_interrupt_ack(unsigned, std::uint64_t value) {
  state_.interrupt_status &= ~static_cast<std::uint32_t>(value);
  update();
}

std::uint64_t VirtioMmio::read_status(unsigned) { return state_.status; }
// 3.1.1: FEATURES_OK stays clear when the device cannot work with the driver's choice: features
// that were not offered, or no VERSION_1 (this transport has no legacy interface).
void VirtioMmio::write_status(unsigned, std::uint64_t value) {
  const auto status = static_cast<std::uint32_t>(value & 0xff);
  if (status == 0) return reset();
  const std::uint64_t wanted = state_.driver_features;
  const bool acceptable =
      (wanted & ~offered_features()) == 0 && (wanted & kFeatureVersion1) != 0;
  const std::uint32_t refused = acceptable ? 0 : kFeaturesOk;
  state_.status = (status & ~refused) | (state_.status & kNeedsReset);
}

// 4.2.2.2: with no shared memory region its length and base read as all ones.
std::uint64_t VirtioMmio::read_shared_memory(unsigned) { return 0xffffffff; }

std::uint64_t VirtioMmio::read_config(unsigned index) {
  if (device_ == nullptr) return 0;
  const auto config = device_->config();
  return index < config.size() ? config[index] : 0;
}
void VirtioMmio::write_config(unsigned index, std::uint64_t value) {
  device_->write_config(index, static_cast<std::uint8_t>(value));
}

}  // namespace armature::platform
