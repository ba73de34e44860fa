#include "platform/machine/virtual_memory.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "cpu/translation_context.h"
#include "mmu/explanation.h"

namespace armature::platform {

std::optional<PhysicalAddress> VirtualMemory::translate(std::uint64_t va) const {
  const cpu::Machine& machine = core_.machine;
  const auto context = translation_context_of(core_.state, core_.state.ps.el, machine.has_el2);
  // A debugger reads where the program may not: permissions do not matter to it.
  AccessDescriptor access;
  access.kind = AccessKind::cache_maintenance;
  const auto walk =
      mmu::explain_walk(context, {va}, access, machine.preset, machine.memory, machine.caches);
  if (walk.fault && walk.fault->type != FaultType::permission) return std::nullopt;
  return walk.pa;
}

bool VirtualMemory::read_physical(PhysicalAddress pa, std::span<std::uint8_t> bytes) const {
  const cpu::Machine& machine = core_.machine;
  for (std::size_t done = 0; done < bytes.size();) {
    const PhysicalAddress from = pa + done;
    const MemoryRegion* region = machine.memory.find(from);
    if (region == nullptr || !region->readable) return false;
    const std::uint64_t offset = from.offset_in(kLineBytes);
    const std::size_t size = std::min<std::size_t>(bytes.size() - done, kLineBytes - offset);
    std::array<std::uint8_t, kLineBytes> line{};
    if (region->is_ram) {
      machine.caches.coherent_value(from, line);
    } else {
      std::memcpy(line.data(), region->host + (from.aligned_down(kLineBytes) - region->base),
                  kLineBytes);
    }
    std::memcpy(bytes.data() + done, line.data() + offset, size);
    done += size;
  }
  return true;
}

std::vector<std::uint8_t> VirtualMemory::read(std::uint64_t va, std::size_t bytes) const {
  std::vector<std::uint8_t> out;
  while (out.size() < bytes) {
    const std::uint64_t from = va + out.size();
    const std::size_t size =
        std::min<std::size_t>(bytes - out.size(), kFrameBytes - from % kFrameBytes);
    const auto pa = translate(from);
    std::array<std::uint8_t, kFrameBytes> page;
    if (!pa || !read_physical(*pa, {page.data(), size})) break;
    out.insert(out.end(), page.begin(), page.begin() + static_cast<std::ptrdiff_t>(size));
  }
  return out;
}

bool VirtualMemory::write(std::uint64_t va, std::span<const std::uint8_t> bytes) const {
  struct Piece {
    PhysicalAddress pa{};
    std::size_t from = 0, size = 0;
  };
  std::vector<Piece> pieces;
  for (std::size_t done = 0; done < bytes.size();) {
    const std::uint64_t to = va + done;
    const std::size_t size =
        std::min<std::size_t>(bytes.size() - done, kFrameBytes - to % kFrameBytes);
    const auto pa = translate(to);
    const MemoryRegion* region = pa ? core_.machine.memory.find(*pa) : nullptr;
    if (region == nullptr || !region->is_ram) return false;
    pieces.push_back({*pa, done, size});
    done += size;
  }
  for (const Piece& piece : pieces) port_.write(piece.pa, bytes.subspan(piece.from, piece.size));
  return true;
}

}  // namespace armature::platform
