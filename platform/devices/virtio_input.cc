#include "platform/devices/virtio_input.h"

#include <algorithm>
#include <array>

#include "sim/base/user_error.h"
#include "sim/snapshot/bytes.h"

namespace armature::platform {
namespace {

constexpr unsigned kEventQueue = 0;
// 5.8.4 Device configuration layout: select, subsel, size, then the answer.
constexpr unsigned kSelectOffset = 0, kSubselectOffset = 1, kAnswerOffset = 8, kAnswerBytes = 128;
enum Select : std::uint8_t { kIdName = 0x01, kIdDevids = 0x03, kEvBits = 0x11 };
// Of Linux' input-event-codes.h, which 5.8 refers to.
constexpr std::uint16_t kEvSyn = 0, kEvKey = 1;
constexpr std::uint16_t kBusVirtual = 6;
constexpr unsigned kEventBytes = 8;

}  // namespace

std::vector<std::uint8_t> VirtioInput::answer() const {
  switch (select_) {
    case kIdName: {
      constexpr std::string_view kName = "Armature keyboard";
      return {kName.begin(), kName.end()};
    }
    case kIdDevids: {
      std::vector<std::uint8_t> ids;
      for (const std::uint16_t id :
           {kBusVirtual, std::uint16_t{0}, std::uint16_t{1}, std::uint16_t{1}})
        put(ids, id);
      return ids;
    }
    case kEvBits: {
      if (subselect_ != kEvKey) return {};
      std::vector<std::uint8_t> keys((kKeyMax + 8) / 8, 0xff);
      keys[0] = 0xfe;  // KEY_RESERVED is none
      return keys;
    }
    default:
      return {};
  }
}

std::vector<std::uint8_t> VirtioInput::config() const {
  std::vector<std::uint8_t> bytes(kAnswerOffset + kAnswerBytes, 0);
  const auto said = answer();
  bytes[kSelectOffset] = select_;
  bytes[kSubselectOffset] = subselect_;
  bytes[2] = static_cast<std::uint8_t>(said.size());
  std::copy(said.begin(), said.end(), bytes.begin() + kAnswerOffset);
  return bytes;
}

void VirtioInput::write_config(unsigned offset, std::uint8_t byte) {
  if (offset == kSelectOffset) select_ = byte;
  if (offset == kSubselectOffset) subselect_ = byte;
}

void VirtioInput::press(VirtioTransport& transport, std::uint16_t key, bool down) {
  if (key == 0 || key > kKeyMax || !transport.is_running()) return;
  if (pending_.size() + 2 > kPendingMax) return;
  pending_.push_back({kEvKey, key, down ? 1u : 0u});
  pending_.push_back({kEvSyn, 0, 0});
  deliver(transport);
}

void VirtioInput::deliver(VirtioTransport& transport) {
  while (!pending_.empty()) {
    auto chain = transport.pop(kEventQueue);
    if (!chain) break;
    std::vector<std::uint8_t> bytes;
    put(bytes, pending_.front().type);
    put(bytes, pending_.front().code);
    put(bytes, pending_.front().value);
    SegmentCursor out(transport.dma(), chain->writable);
    if (!out.write(bytes)) return transport.break_down();
    pending_.pop_front();
    transport.push(kEventQueue, *chain, kEventBytes);
  }
  transport.interrupt(kEventQueue);
}

// 5.8.6.1: the status queue carries LEDs, which this keyboard has none of.
void VirtioInput::notify(VirtioTransport& transport, unsigned queue) {
  if (queue == kEventQueue) return deliver(transport);
  while (auto chain = transport.pop(queue)) transport.push(queue, *chain, 0);
  transport.interrupt(queue);
}

void VirtioInput::reset() {
  select_ = subselect_ = 0;
  pending_.clear();
}

void VirtioInput::save(std::vector<std::uint8_t>& out) const {
  put(out, select_);
  put(out, subselect_);
  put(out, std::uint64_t{pending_.size()});
  for (const InputEvent& event : pending_) {
    put(out, event.type);
    put(out, event.code);
    put(out, event.value);
  }
}

void VirtioInput::load(std::span<const std::uint8_t>& in) {
  select_ = take<std::uint8_t>(in);
  subselect_ = take<std::uint8_t>(in);
  const auto count = take<std::uint64_t>(in);
  if (count > kPendingMax) throw UserError("snapshot of " + name_ + " is damaged");
  pending_.clear();
  for (std::uint64_t n = 0; n < count; ++n) {
    InputEvent event;
    event.type = take<std::uint16_t>(in);
    event.code = take<std::uint16_t>(in);
    event.value = take<std::uint32_t>(in);
    pending_.push_back(event);
  }
}

}  // namespace armature::platform
