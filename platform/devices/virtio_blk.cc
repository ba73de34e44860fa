#include "platform/devices/virtio_blk.h"

#include <algorithm>
#include <array>

#include "sim/snapshot/bytes.h"

namespace armature::platform {
namespace {

// 5.2.3 Feature bits
constexpr std::uint64_t kSegMax = 1ull << 2, kReadOnly = 1ull << 5, kBlkSize = 1ull << 6,
                        kFlush = 1ull << 9;
// 5.2.6 Device Operation
constexpr std::uint32_t kIn = 0, kOut = 1, kFlushRequest = 4, kGetId = 8;
constexpr std::uint8_t kOk = 0, kIoError = 1, kUnsupported = 2;
constexpr std::size_t kHeaderBytes = 16, kIdBytes = 20;
constexpr std::uint64_t kPieceBytes = 64 * 1024;

}  // namespace

struct VirtioBlk::Request {
  std::uint32_t type = 0;
  std::uint64_t sector = 0;
  SegmentCursor in;             // what follows the header
  SegmentCursor out;            // what precedes the status byte
  std::uint64_t in_bytes = 0;
  std::uint64_t out_bytes = 0;
  std::uint32_t written = 0;
};

VirtioBlk::VirtioBlk(std::string name, std::unique_ptr<BlockStorage> storage, std::string serial)
    : name_(std::move(name)), storage_(std::move(storage)), serial_(std::move(serial)) {}

std::uint64_t VirtioBlk::features() const {
  return kSegMax | kBlkSize | kFlush | (storage_->is_read_only() ? kReadOnly : 0);
}

// 5.2.4: capacity, size_max, seg_max, geometry, blk_size; the fields after these belong to features
// that are not offered.
std::vector<std::uint8_t> VirtioBlk::config() const {
  std::vector<std::uint8_t> bytes;
  put(bytes, storage_->sectors());
  put(bytes, std::uint32_t{0});
  put(bytes, std::uint32_t{kQueueSizeMax - 2});
  put(bytes, std::uint32_t{0});
  put(bytes, std::uint32_t{kSectorBytes});
  bytes.resize(60);
  return bytes;
}

void VirtioBlk::notify(VirtioTransport& transport, unsigned queue) {
  while (auto chain = transport.pop(queue)) {
    std::uint32_t written = 0;
    if (!serve(transport, *chain, written)) return transport.break_down();
    transport.push(queue, *chain, written);
  }
  transport.interrupt(queue);
}

// The header is the first 16 readable bytes, the status the last writable one; how they are cut
// into descriptors does not matter (2.6.4 Message Framing). False: the chain makes no sense.
bool VirtioBlk::serve(VirtioTransport& transport, const DescriptorChain& chain,
                      std::uint32_t& written) {
  DmaPort& dma = transport.dma();
  Request request{0, 0, SegmentCursor(dma, chain.readable), SegmentCursor(dma, chain.writable)};
  std::array<std::uint8_t, kHeaderBytes> header{};
  if (!request.in.read(header)) return false;
  std::span<const std::uint8_t> fields = header;
  request.type = take<std::uint32_t>(fields);
  take<std::uint32_t>(fields);
  request.sector = take<std::uint64_t>(fields);
  request.in_bytes = request.in.remaining();
  const std::uint64_t writable = request.out.remaining();
  if (writable == 0) return false;
  request.out_bytes = writable - 1;

  bool is_sound = true;
  const std::uint8_t status = perform(request, is_sound);
  if (!is_sound) return false;
  SegmentCursor last(dma, chain.writable);
  if (!last.skip(request.out_bytes) || !last.write(std::array{status})) return false;
  written = request.written + 1;
  return true;
}

std::uint8_t VirtioBlk::perform(Request& request, bool& is_sound) {
  switch (request.type) {
    case kIn: return read_sectors(request, is_sound);
    case kOut: return write_sectors(request, is_sound);
    case kFlushRequest: return storage_->flush() ? kOk : kIoError;
    case kGetId: {
      std::array<std::uint8_t, kIdBytes> id{};
      std::copy_n(serial_.begin(), std::min(serial_.size(), kIdBytes), id.begin());
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(kIdBytes, request.out_bytes));
      is_sound = request.out.write(std::span(id).first(count));
      request.written = static_cast<std::uint32_t>(count);
      return kOk;
    }
    default: return kUnsupported;
  }
}

bool VirtioBlk::is_within_drive(std::uint64_t sector, std::uint64_t bytes) const {
  return bytes % kSectorBytes == 0 && sector <= storage_->sectors() &&
         bytes / kSectorBytes <= storage_->sectors() - sector;
}

std::uint8_t VirtioBlk::read_sectors(Request& request, bool& is_sound) {
  if (!is_within_drive(request.sector, request.out_bytes)) return kIoError;
  std::vector<std::uint8_t> piece;
  for (std::uint64_t done = 0; done < request.out_bytes;) {
    piece.resize(static_cast<std::size_t>(std::min(kPieceBytes, request.out_bytes - done)));
    if (!storage_->read(request.sector * kSectorBytes + done, piece)) return kIoError;
    is_sound = request.out.write(piece);
    if (!is_sound) return kIoError;
    done += piece.size();
    request.written = static_cast<std::uint32_t>(done);
  }
  return kOk;
}

std::uint8_t VirtioBlk::write_sectors(Request& request, bool& is_sound) {
  if (storage_->is_read_only() || !is_within_drive(request.sector, request.in_bytes)) return kIoError;
  std::vector<std::uint8_t> piece;
  for (std::uint64_t done = 0; done < request.in_bytes;) {
    piece.resize(static_cast<std::size_t>(std::min(kPieceBytes, request.in_bytes - done)));
    is_sound = request.in.read(piece);
    if (!is_sound) return kIoError;
    if (!storage_->write(request.sector * kSectorBytes + done, piece)) return kIoError;
    done += piece.size();
  }
  return kOk;
}

}  // namespace armature::platform
