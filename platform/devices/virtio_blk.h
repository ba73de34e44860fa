// virtio block device (virtio 1.1, 5.2): read, write, flush, get-id. Requests complete at once, in
// the order of the queue.
#pragma once

#include <memory>
#include <string>

#include "platform/devices/block_storage.h"
#include "platform/devices/virtio.h"

namespace armature::platform {

class VirtioBlk final : public VirtioDevice {
 public:
  // serial: what GET_ID answers, at most 20 bytes of it.
  VirtioBlk(std::string name, std::unique_ptr<BlockStorage> storage, std::string serial);

  BlockStorage& storage() { return *storage_; }

  std::string_view name() const override { return name_; }
  std::uint32_t device_id() const override { return 2; }
  unsigned queues() const override { return 1; }
  std::uint64_t features() const override;
  std::vector<std::uint8_t> config() const override;
  void notify(VirtioTransport& transport, unsigned queue) override;
  void save(std::vector<std::uint8_t>& out) const override { storage_->save(out); }
  void load(std::span<const std::uint8_t>& in) override { storage_->load(in); }

 private:
  struct Request;
  bool serve(VirtioTransport& transport, const DescriptorChain& chain, std::uint32_t& written);
  std::uint8_t perform(Request& request, bool& is_sound);
  std::uint8_t read_sectors(Request& request, bool& is_sound);
  std::uint8_t write_sectors(Request& request, bool& is_sound);
  bool is_within_drive(std::uint64_t sector, std::uint64_t bytes) const;

  std::string name_;
  std::unique_ptr<BlockStorage> storage_;
  std::string serial_;
};

}  // namespace armature::platform
