#include "platform/devices/virtio_console.h"

#include <algorithm>

#include "sim/snapshot/bytes.h"

namespace armature::platform {
namespace {

constexpr unsigned kReceiveQueue = 0;
constexpr std::uint64_t kEmergencyWrite = 1ull << 2;
constexpr unsigned kEmergencyWriteOffset = 8;  // after cols, rows, max_nr_ports
constexpr std::uint64_t kPieceBytes = 4096;

}  // namespace

std::uint64_t VirtioConsole::features() const { return kEmergencyWrite; }

// 5.3.4: the size and the number of ports belong to features that are not offered.
std::vector<std::uint8_t> VirtioConsole::config() const { return std::vector<std::uint8_t>(12, 0); }

void VirtioConsole::write_config(unsigned offset, std::uint8_t byte) {
  if (offset == kEmergencyWriteOffset) sink_.put(byte);
}

bool VirtioConsole::push(VirtioTransport& transport, std::uint8_t byte) {
  if (pending_.size() >= kPendingMax) return false;
  pending_.push_back(byte);
  deliver(transport);
  return true;
}

void VirtioConsole::notify(VirtioTransport& transport, unsigned queue) {
  if (queue == kReceiveQueue) {
    deliver(transport);
  } else {
    transmit(transport);
  }
}

void VirtioConsole::deliver(VirtioTransport& transport) {
  while (!pending_.empty()) {
    auto chain = transport.pop(kReceiveQueue);
    if (!chain) break;
    SegmentCursor out(transport.dma(), chain->writable);
    const auto count =
        static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(pending_.size(), out.remaining()));
    const std::vector<std::uint8_t> bytes(pending_.begin(), pending_.begin() + count);
    if (!out.write(bytes)) return transport.break_down();
    pending_.erase(pending_.begin(), pending_.begin() + count);
    transport.push(kReceiveQueue, *chain, static_cast<std::uint32_t>(count));
  }
  transport.interrupt(kReceiveQueue);
}

void VirtioConsole::transmit(VirtioTransport& transport) {
  constexpr unsigned queue = 1;
  while (auto chain = transport.pop(queue)) {
    SegmentCursor in(transport.dma(), chain->readable);
    std::vector<std::uint8_t> piece;
    for (std::uint64_t left = in.remaining(); left != 0; left -= piece.size()) {
      piece.resize(static_cast<std::size_t>(std::min(kPieceBytes, left)));
      if (!in.read(piece)) return transport.break_down();
      for (const std::uint8_t byte : piece) sink_.put(byte);
    }
    transport.push(queue, *chain, 0);
  }
  transport.interrupt(queue);
}

void VirtioConsole::save(std::vector<std::uint8_t>& out) const {
  put(out, std::vector<std::uint8_t>(pending_.begin(), pending_.end()));
}
void VirtioConsole::load(std::span<const std::uint8_t>& in) {
  const auto bytes = take_vector<std::uint8_t>(in);
  if (bytes.size() > kPendingMax) throw UserError("snapshot of " + name_ + " is damaged");
  pending_.assign(bytes.begin(), bytes.end());
}

}  // namespace armature::platform
