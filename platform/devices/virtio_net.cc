#include "platform/devices/virtio_net.h"

#include "sim/snapshot/bytes.h"

namespace armature::platform {
namespace {

constexpr unsigned kReceiveQueue = 0, kTransmitQueue = 1;
constexpr std::uint64_t kMac = 1ull << 5, kStatus = 1ull << 16;  // 5.1.3 Feature bits
constexpr std::uint16_t kLinkUp = 1;
// 5.1.6: flags, gso_type, hdr_len, gso_size, csum_start, csum_offset, num_buffers
constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kNumBuffersOffset = 10;

}  // namespace

std::uint64_t VirtioNet::features() const { return kMac | kStatus; }

std::vector<std::uint8_t> VirtioNet::config() const {
  std::vector<std::uint8_t> bytes(mac_.begin(), mac_.end());
  put(bytes, kLinkUp);
  bytes.resize(12);
  return bytes;
}

void VirtioNet::notify(VirtioTransport& transport, unsigned queue) {
  if (queue == kReceiveQueue) {
    deliver(transport);
  } else {
    transmit(transport);
  }
}

void VirtioNet::receive(VirtioTransport& transport, std::span<const std::uint8_t> frame) {
  if (!transport.is_running() || pending_.size() >= kPendingMax || frame.size() > kFrameBytesMax) return;
  pending_.emplace_back(frame.begin(), frame.end());
  deliver(transport);
}

void VirtioNet::poll(VirtioTransport& transport, Cycles now) {
  if (network_ == nullptr) return;
  network_->poll(now);
  for (const Frame& frame : network_->take_frames()) receive(transport, frame);
}

// One buffer a frame: without MRG_RXBUF the driver's buffers hold a whole one. A frame that does not
// fit is dropped and its buffer used for the next.
void VirtioNet::deliver(VirtioTransport& transport) {
  while (!pending_.empty()) {
    auto chain = transport.pop(kReceiveQueue);
    if (!chain) break;
    SegmentCursor out(transport.dma(), chain->writable);
    const std::uint64_t room = out.remaining();
    while (!pending_.empty() && kHeaderBytes + pending_.front().size() > room) pending_.pop_front();
    if (pending_.empty()) {
      transport.push(kReceiveQueue, *chain, 0);
      break;
    }
    std::vector<std::uint8_t> bytes(kHeaderBytes, 0);
    bytes[kNumBuffersOffset] = 1;
    bytes.insert(bytes.end(), pending_.front().begin(), pending_.front().end());
    pending_.pop_front();
    if (!out.write(bytes)) return transport.break_down();
    transport.push(kReceiveQueue, *chain, static_cast<std::uint32_t>(bytes.size()));
  }
  transport.interrupt(kReceiveQueue);
}

void VirtioNet::transmit(VirtioTransport& transport) {
  while (auto chain = transport.pop(kTransmitQueue)) {
    SegmentCursor in(transport.dma(), chain->readable);
    const std::uint64_t bytes = in.remaining();
    if (bytes < kHeaderBytes) return transport.break_down();
    if (bytes <= kHeaderBytes + kFrameBytesMax) {
      Frame frame(static_cast<std::size_t>(bytes - kHeaderBytes));
      if (!in.skip(kHeaderBytes) || !in.read(frame)) return transport.break_down();
      if (network_ != nullptr && !frame.empty()) network_->send(clock_.now(), frame);
    }
    transport.push(kTransmitQueue, *chain, 0);
  }
  transport.interrupt(kTransmitQueue);
}

void VirtioNet::save(std::vector<std::uint8_t>& out) const {
  if (network_ != nullptr) {
    throw UserError("device " + name_ + " has open user networking, which cannot be saved");
  }
  put(out, std::uint64_t{pending_.size()});
  for (const auto& frame : pending_) put(out, frame);
}

void VirtioNet::load(std::span<const std::uint8_t>& in) {
  if (network_ != nullptr) {
    throw UserError("device " + name_ + " has open user networking, which cannot be restored");
  }
  const auto count = take<std::uint64_t>(in);
  if (count > kPendingMax) throw UserError("snapshot of " + name_ + " is damaged");
  pending_.clear();
  for (std::uint64_t n = 0; n < count; ++n) pending_.push_back(take_vector<std::uint8_t>(in));
}

}  // namespace armature::platform
