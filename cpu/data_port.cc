// The data port: every load and store that the L0 filter did not answer. One place for alignment,
// splitting, translation, memory attributes, devices, exclusives and table frames.
#include <algorithm>
#include <bit>
#include <cstring>

#include "cpu/core.h"
#include "cpu/debug.h"
#include "cpu/exception.h"
#include "cpu/fast_path.h"
#include "sim/base/assert.h"
#include "sim/base/bits.h"

namespace armature::cpu {
namespace {

void reverse_bytes(void* value, unsigned bytes) {
  auto* p = static_cast<std::uint8_t*>(value);
  std::reverse(p, p + bytes);
}

FaultRecord alignment() { return {.type = FaultType::alignment}; }

// A copy of 1, 2, 4, 8 or 16 bytes.
void copy_element(void* to, const void* from, unsigned bytes) {
  if (bytes == 8) [[likely]] {
    std::memcpy(to, from, 8);
    return;
  }
  switch (bytes) {
    case 1:
      std::memcpy(to, from, 1);
      break;
    case 2:
      std::memcpy(to, from, 2);
      break;
    case 4:
      std::memcpy(to, from, 4);
      break;
    default:
      std::memcpy(to, from, 16);
      break;
  }
}

// A virtual address whose tag byte repeats bit 55: the only kind the filter holds.
bool is_canonical(std::uint64_t va) { return va + (1ull << 55) < 1ull << 56; }

AccessDescriptor descriptor(const Core& core, bool write, MemoryOrder order) {
  AccessDescriptor access;
  access.kind = write ? AccessKind::write : AccessKind::read;
  access.write = write;
  // LDTR/STTR act as EL0 from EL1; at EL2 (E2H = 0) they are ordinary accesses.
  access.privileged = core.state.ps.el != El::el0 &&
                      !(order == MemoryOrder::unprivileged && core.state.ps.el == El::el1);
  access.acquire_release = order == MemoryOrder::ordered;
  return access;
}

}  // namespace

// A piece of an access that lies in one page.
struct Core::Part {
  std::uint64_t va = 0;
  unsigned bytes = 0;
  mmu::Translation translation{};
};

bool Core::access_aligned(std::uint64_t va, unsigned bytes, const AccessDescriptor& access) {
  if ((va & (bytes - 1)) == 0) return true;
  if (align_mask == 0 && !access.acquire_release && !access.exclusive) return true;
  data_abort(*this, va, alignment(), access);
  return false;
}

bool Core::translate_part(Part& part, const AccessDescriptor& access, unsigned access_bytes) {
  Cycles cost{};
  const auto result = mmu.translate_data(context, {part.va}, access, access_bytes, cost);
  charge(cost);
  if (!result) {
    data_abort(*this, part.va, result.error(), access);
    return false;
  }
  part.translation = *result;
  return true;
}

// Splits at a page boundary and translates all parts before any of them is accessed.
bool Core::split(std::uint64_t va, unsigned bytes, const AccessDescriptor& access, Part (&parts)[2],
                 unsigned& count) {
  const unsigned in_page =
      static_cast<unsigned>(std::min<std::uint64_t>(bytes, kFrameBytes - (va & (kFrameBytes - 1))));
  parts[0] = {va, in_page};
  count = 1;
  if (in_page < bytes) {
    parts[1] = {va + in_page, bytes - in_page};
    count = 2;
  }
  for (unsigned i = 0; i < count; ++i) {
    if (!translate_part(parts[i], access, bytes)) return false;
  }
  return !(watchpoints_ && check_watchpoints(*this, va, bytes, access));
}

// Lines that hold a debugger's watchpoint get no grants.
bool Core::may_grant(const Part& part, std::uint64_t va) const {
  return filter_grants_ && part.translation.slot != mmu::kNoSlot && is_canonical(va) &&
         (machine.stops == nullptr || !machine.stops->line_may_reach_watchpoint(va));
}

bool Core::read_part(const Part& part, std::uint8_t* out, const AccessDescriptor& access,
                     bool grant) {
  const PhysicalAddress pa = part.translation.pa;
  MemoryRegion* region = machine.memory.find(pa);
  if (region == nullptr || !region->readable) {
    // The bus takes naturally aligned pieces of up to 8 bytes.
    machine.part_windows();
    ++statistics.device_accesses;
    charge(Cycles::whole(machine.preset.costs.device));
    end_group();
    interrupts_changed = true;
    for (unsigned done = 0; done < part.bytes;) {
      const unsigned size = std::min({8u, std::bit_floor(part.bytes - done),
                                      1u << std::min(3, std::countr_zero(pa.value + done))});
      std::uint64_t value = 0;
      if (machine.bus.read(id, pa + done, size, value) != BusResponse::okay) {
        ++statistics.external_aborts;
        data_abort(*this, part.va + done, {.type = FaultType::synchronous_external}, access);
        return false;
      }
      std::memcpy(out + done, &value, size);
      done += size;
    }
    return true;
  }
  const std::uint8_t flags = machine.memory.frame_flags(pa);
  Cycles cost{};
  for (unsigned done = 0; done < part.bytes;) {
    const PhysicalAddress at = pa + done;
    const unsigned size = static_cast<unsigned>(
        std::min<std::uint64_t>(part.bytes - done, kLineBytes - at.offset_in(kLineBytes)));
    if (!region->is_ram) {
      cost += Cycles::whole(machine.preset.costs.memory);
      std::memcpy(out + done, region->host + (at - region->base), size);
    } else if (part.translation.attributes.is_cacheable()) {
      const cache::DataLine line = machine.caches.read(id, at, cost);
      std::memcpy(out + done, line.data + at.offset_in(kLineBytes), size);
      if (grant && part.translation.readable && (flags & kFrameWatched) == 0 && may_grant(part, part.va + done)) {
        fast_->grant(*fast_->context, part.va + done, line, part.translation.slot, false);
      }
    } else {
      machine.caches.read_uncached(id, at, {out + done, size}, cost);
    }
    done += size;
  }
  charge(cost);
  if ((flags & kFrameWatched) != 0) [[unlikely]] {
    std::uint64_t value = 0;
    std::memcpy(&value, out, std::min(8u, part.bytes));
    machine.events.publish(EventKind::read, part.va, pa.value, value, part.bytes);
  }
  return true;
}

void Core::store_to_table_frame(PhysicalAddress pa, const std::uint8_t* in, unsigned bytes,
                                bool cacheable) {
  // Descriptors are 8 bytes: report each one that the store touches, before and after.
  std::array<std::uint8_t, 64> line{};
  const unsigned offset = static_cast<unsigned>(pa.offset_in(kLineBytes));
  if (cacheable) {
    machine.caches.coherent_value(pa, line);
  } else {
    machine.caches.poc_value(pa, line);
  }
  std::array<std::uint8_t, 64> after = line;
  std::memcpy(after.data() + offset, in, bytes);
  for (unsigned word = offset & ~7u; word < offset + bytes; word += 8) {
    std::uint64_t old_value = 0;
    std::uint64_t new_value = 0;
    std::memcpy(&old_value, line.data() + word, 8);
    std::memcpy(&new_value, after.data() + word, 8);
    machine.tables.written(pa.aligned_down(kLineBytes) + word, old_value, new_value);
  }
}

bool Core::write_part(const Part& part, const std::uint8_t* in, const AccessDescriptor& access,
                      bool grant) {
  const PhysicalAddress pa = part.translation.pa;
  MemoryRegion* region = machine.memory.find(pa);
  if (region == nullptr || !region->is_ram) {
    machine.part_windows();
    ++statistics.device_accesses;
    charge(Cycles::whole(machine.preset.costs.device));
    end_group();
    interrupts_changed = true;
    for (unsigned done = 0; done < part.bytes;) {
      const unsigned size = std::min({8u, std::bit_floor(part.bytes - done),
                                      1u << std::min(3, std::countr_zero(pa.value + done))});
      std::uint64_t value = 0;
      std::memcpy(&value, in + done, size);
      if (machine.bus.write(id, pa + done, size, value) != BusResponse::okay) {
        ++statistics.external_aborts;
        data_abort(*this, part.va + done,
                   {.type = FaultType::synchronous_external, .external_write = true}, access);
        return false;
      }
      done += size;
    }
    return true;
  }
  const std::uint8_t flags = machine.memory.frame_flags(pa);
  const bool cacheable = part.translation.attributes.is_cacheable();
  Cycles cost{};
  for (unsigned done = 0; done < part.bytes;) {
    const PhysicalAddress at = pa + done;
    const unsigned size = static_cast<unsigned>(
        std::min<std::uint64_t>(part.bytes - done, kLineBytes - at.offset_in(kLineBytes)));
    cache::DataLine line;
    // Own the line first: what the table held before is its coherent value at the store.
    if (cacheable) line = machine.caches.write(id, at, cost);
    if ((flags & kFrameTable) != 0) [[unlikely]] {
      store_to_table_frame(at, in + done, size, cacheable);
      if (cacheable && machine.tables.walks_before_writes()) {
        line = machine.caches.write(id, at, cost);
      }
    }
    if (cacheable) {
      std::memcpy(line.data + at.offset_in(kLineBytes), in + done, size);
      if (grant && part.translation.writable && flags == 0 && may_grant(part, part.va + done)) {
        fast_->grant(*fast_->context, part.va + done, line, part.translation.slot, true);
      }
    } else {
      machine.caches.write_uncached(id, at, {in + done, size}, cost);
    }
    done += size;
  }
  charge(cost);
  if ((flags & kFrameWatched) != 0) [[unlikely]] {
    std::uint64_t value = 0;
    std::memcpy(&value, in, std::min(8u, part.bytes));
    machine.events.publish(EventKind::write, part.va, pa.value, value, part.bytes);
  }
  return true;
}

// --check-fast: would the filter have answered, and with the same bytes?
bool Core::check_fast_read(std::uint64_t va, unsigned bytes, const void* value) {
  const L0Entry& entry = fast_->context->grants[l0_index(va)];
  if (((va + bytes - 1) & ~(kLineBytes - 1)) != entry.tag) return false;
  ARMATURE_ASSERT(std::memcmp(reinterpret_cast<const void*>(va + entry.addend), value, bytes) == 0);
  return true;
}

// The usual miss of the L0 filter: an aligned load or store of RAM through cacheable memory. Does what
// the general code does for it, in the same order, without its other cases. This path sets the speed
// of code that misses L1D or the TLBs.
template <bool write>
inline Core::Miss Core::usual_miss(std::uint64_t va, void* value, unsigned bytes, MemoryOrder order) {
  if (!usual_misses_ || (va & (bytes - 1)) != 0 || order == MemoryOrder::unprivileged ||
      !is_canonical(va)) {
    return Miss::unusual;
  }
  const auto translation = mmu.translate_data_usual(context, jump_serial, {va}, write);
  if (translation.outcome == mmu::Mmu::Usual::unusual) return Miss::unusual;
  note_start();
  state.cycles += translation.cost;  // the charge() at the end looks at the budget
  if (translation.outcome == mmu::Mmu::Usual::fault) [[unlikely]] {
    data_abort(*this, va, mmu.usual_fault(), descriptor(*this, write, order));
    return Miss::fault;
  }
  const PhysicalAddress pa = translation.pa;
  const MemoryRegion* const region = machine.memory.find(pa);
  const bool plain_ram = region != nullptr && region->is_ram &&
                         translation.attributes.is_cacheable() &&
                         (region->frame_flags[(pa - region->base) / kFrameBytes] &
                          (write ? ~0u : unsigned{kFrameWatched})) == 0;
  if (!plain_ram) [[unlikely]] {
    charge_more({});
    const Part part{va, bytes, {pa, translation.attributes, translation.slot, !write, write}};
    const AccessDescriptor access = descriptor(*this, write, order);
    auto* const data = static_cast<std::uint8_t*>(value);
    const bool ok =
        write ? write_part(part, data, access, true) : read_part(part, data, access, true);
    return ok ? Miss::done : Miss::fault;
  }
  std::uint8_t* const host = region->host + (pa - region->base);
  __builtin_prefetch(host, write ? 1 : 0);  // the model's own look-ups take long enough to hide it
  std::uint8_t* const line = host - pa.offset_in(kLineBytes);
  Cycles cost{};
  const unsigned slot =
      write ? machine.caches.write_line(id, pa, line, cost) : machine.caches.read_line(id, pa, cost);
  copy_element(write ? static_cast<void*>(host) : value, write ? value : host, bytes);
  fast_->grant(*fast_->context, va, {line, slot}, translation.slot, write);
  charge_more(cost);
  return Miss::done;
}

// The filter's answer to an access that is not aligned, where that is allowed and within one line.
const L0Entry* Core::granted_unaligned(const L0Entry* grants, std::uint64_t va, unsigned bytes,
                                       MemoryOrder order) const {
  const L0Entry& entry = grants[l0_index(va)];
  const bool granted = ((va + bytes - 1) & ~(kLineBytes - 1)) == entry.tag;
  return granted && order == MemoryOrder::plain && align_mask == 0 ? &entry : nullptr;
}

[[gnu::hot]] bool Core::load_slow(std::uint64_t va, void* value, unsigned bytes, MemoryOrder order) {
  const Miss miss = usual_miss<false>(va, value, bytes, order);
  return miss == Miss::unusual ? load_unusual(va, value, bytes, order) : miss == Miss::done;
}

bool Core::load_unusual(std::uint64_t va, void* value, unsigned bytes, MemoryOrder order) {
  const bool is_aligned = (va & (bytes - 1)) == 0;  // then the filter has been asked
  if (const L0Entry* const entry =
          is_aligned ? nullptr : granted_unaligned(l0, va, bytes, order)) {
    copy_element(value, reinterpret_cast<const void*>(va + entry->addend), bytes);
    ++statistics.fast_reads;
    return true;
  }
  if (machine.stops != nullptr && stops_before_access(va, bytes, false)) [[unlikely]]
    return false;
  const AccessDescriptor access = descriptor(*this, false, order);
  if (!access_aligned(va, bytes, access)) return false;
  const std::uint64_t misses_before =
      options_.check_fast ? machine.caches.statistics(id).l1d_misses : 0;
  const bool would_hit = options_.check_fast && order != MemoryOrder::unprivileged &&
                         (va & align_mask & (bytes - 1)) == 0 &&
                         ((va + bytes - 1) & ~(kLineBytes - 1)) ==
                             fast_->context->grants[l0_index(va)].tag;
  Part parts[2];
  unsigned count = 0;
  if (!split(va, bytes, access, parts, count)) return false;
  auto* out = static_cast<std::uint8_t*>(value);
  const bool grant = order != MemoryOrder::unprivileged;
  for (unsigned i = 0, done = 0; i < count; done += parts[i].bytes, ++i) {
    if (!read_part(parts[i], out + done, access, grant)) return false;
  }
  if (would_hit) {
    ARMATURE_ASSERT(check_fast_read(va, bytes, value));
    ARMATURE_ASSERT(machine.caches.statistics(id).l1d_misses == misses_before);
  }
  if (big_endian_data()) reverse_bytes(value, bytes);
  return true;
}

[[gnu::hot]] bool Core::store_slow(std::uint64_t va, const void* value, unsigned bytes,
                                   MemoryOrder order) {
  const Miss miss = usual_miss<true>(va, const_cast<void*>(value), bytes, order);
  return miss == Miss::unusual ? store_unusual(va, value, bytes, order) : miss == Miss::done;
}

bool Core::store_unusual(std::uint64_t va, const void* value, unsigned bytes, MemoryOrder order) {
  const bool is_aligned = (va & (bytes - 1)) == 0;  // then the filter has been asked
  if (const L0Entry* const entry =
          is_aligned ? nullptr : granted_unaligned(l0 + kL0Writes, va, bytes, order)) {
    copy_element(reinterpret_cast<void*>(va + entry->addend), value, bytes);
    ++statistics.fast_writes;
    return true;
  }
  if (machine.stops != nullptr && stops_before_access(va, bytes, true)) [[unlikely]]
    return false;
  const AccessDescriptor access = descriptor(*this, true, order);
  if (!access_aligned(va, bytes, access)) return false;
  std::array<std::uint8_t, 16> in{};
  std::memcpy(in.data(), value, bytes);
  if (big_endian_data()) reverse_bytes(in.data(), bytes);
  const auto misses = [this] {
    const auto& counts = machine.caches.statistics(id);
    return counts.l1d_misses + counts.l1d_upgrades + mmu.statistics(TlbStructure::l1_data).misses;
  };
  const std::uint64_t misses_before = options_.check_fast ? misses() : 0;
  const bool would_hit = options_.check_fast && order != MemoryOrder::unprivileged &&
                         (va & align_mask & (bytes - 1)) == 0 &&
                         ((va + bytes - 1) & ~(kLineBytes - 1)) ==
                             fast_->context->grants[kL0Writes + l0_index(va)].tag;
  Part parts[2];
  unsigned count = 0;
  if (!split(va, bytes, access, parts, count)) return false;
  const bool grant = order != MemoryOrder::unprivileged;
  for (unsigned i = 0, done = 0; i < count; done += parts[i].bytes, ++i) {
    if (!write_part(parts[i], in.data() + done, access, grant)) return false;
  }
  if (would_hit) {
    // The grant names the very line, owned here without a miss.
    const L0Entry& entry = fast_->context->grants[kL0Writes + l0_index(va)];
    ARMATURE_ASSERT(misses() == misses_before);
    ARMATURE_ASSERT(
        std::memcmp(reinterpret_cast<const void*>(va + entry.addend), in.data(), bytes) == 0);
  }
  return true;
}

bool Core::zero_block(std::uint64_t va) {
  va &= ~(kLineBytes - 1);
  const L0Entry& entry = l0[kL0Writes + l0_index(va)];
  if (entry.tag == va) {
    std::memset(reinterpret_cast<void*>(va + entry.addend), 0, kLineBytes);
    ++statistics.fast_writes;
    return true;
  }
  if (machine.stops != nullptr && stops_before_access(va, kLineBytes, true)) [[unlikely]] {
    return false;
  }
  AccessDescriptor access = descriptor(*this, true, MemoryOrder::plain);
  access.zeroing = true;
  Part part{va, kLineBytes};
  if (!translate_part(part, access, kLineBytes)) return false;
  // Data cache zero faults on any type of Device memory.
  if (part.translation.attributes.is_device()) {
    data_abort(*this, va, alignment(), access);
    return false;
  }
  if (watchpoints_ && check_watchpoints(*this, va, kLineBytes, access)) return false;
  const std::array<std::uint8_t, 64> zeros{};
  return write_part(part, zeros.data(), access, true);
}

bool Core::translate_maintenance(std::uint64_t va, bool needs_write, PhysicalAddress& pa) {
  AccessDescriptor access;
  access.kind = AccessKind::cache_maintenance;
  access.write = needs_write;
  access.privileged = state.ps.el != El::el0;
  Part part{va, 1};
  if (!translate_part(part, access, 1)) return false;
  pa = part.translation.pa;
  return true;
}

bool Core::load_exclusive(std::uint64_t va, unsigned element_bytes, unsigned count,
                          std::uint64_t* values, bool acquire) {
  AccessDescriptor access =
      descriptor(*this, false, acquire ? MemoryOrder::ordered : MemoryOrder::plain);
  access.exclusive = true;
  const unsigned bytes = element_bytes * count;
  if (machine.stops != nullptr && stops_before_access(va, bytes, false)) [[unlikely]]
    return false;
  if (!access_aligned(va, bytes, access)) return false;
  Part part{va, bytes};
  if (!translate_part(part, access, bytes)) return false;
  if (watchpoints_ && check_watchpoints(*this, va, bytes, access)) return false;
  // CHOICE: no device and no ROM here has an exclusive monitor.
  MemoryRegion* region = machine.memory.find(part.translation.pa);
  if (region == nullptr || !region->is_ram) {
    data_abort(*this, va, {.type = FaultType::unsupported_exclusive}, access);
    return false;
  }
  std::array<std::uint8_t, 16> out{};
  if (!read_part(part, out.data(), access, false)) return false;
  for (unsigned i = 0; i < count; ++i) {
    values[i] = 0;
    if (big_endian_data()) reverse_bytes(out.data() + i * element_bytes, element_bytes);
    std::memcpy(&values[i], out.data() + i * element_bytes, element_bytes);
  }
  state.exclusive_valid = true;
  state.exclusive_pa = part.translation.pa;
  state.exclusive_bytes = static_cast<std::uint8_t>(bytes);
  machine.caches.monitor_set(id, part.translation.pa);
  return true;
}

bool Core::store_exclusive(std::uint64_t va, unsigned element_bytes, unsigned count,
                           const std::uint64_t* values, bool release, bool& success) {
  AccessDescriptor access =
      descriptor(*this, true, release ? MemoryOrder::ordered : MemoryOrder::plain);
  access.exclusive = true;
  const unsigned bytes = element_bytes * count;
  success = false;
  if (machine.stops != nullptr && stops_before_access(va, bytes, true)) [[unlikely]]
    return false;
  if (!access_aligned(va, bytes, access)) return false;
  // CHOICE: a lost local monitor is seen before translation faults (AArch64.ExclusiveMonitorsPass
  // leaves the order IMPLEMENTATION DEFINED).
  const bool tagged = state.exclusive_valid;
  if (tagged) {
    Part part{va, bytes};
    if (!translate_part(part, access, bytes)) return false;
    if (watchpoints_ && check_watchpoints(*this, va, bytes, access)) return false;
    if (part.translation.pa == state.exclusive_pa && bytes == state.exclusive_bytes &&
        machine.caches.monitor_covers(id, state.exclusive_pa)) {
      std::array<std::uint8_t, 16> in{};
      for (unsigned i = 0; i < count; ++i) {
        std::memcpy(in.data() + i * element_bytes, &values[i], element_bytes);
        if (big_endian_data()) reverse_bytes(in.data() + i * element_bytes, element_bytes);
      }
      if (!write_part(part, in.data(), access, true)) return false;
      success = true;
    }
  }
  if (!success) ++statistics.exclusive_failures;
  clear_exclusive();
  return true;
}

void Core::clear_exclusive() {
  state.exclusive_valid = false;
  machine.caches.monitor_clear(id);
}

}  // namespace armature::cpu
