// Instruction fetch. The fetch unit takes one 64-byte line at a time: through the ITLB and L1I at
// every branch target, line crossing and context synchronisation (a fetch group).
#include <cstring>

#include "cpu/core.h"
#include "cpu/decode.h"
#include "cpu/exception.h"
#include "cpu/fast_path.h"
#include "sim/base/assert.h"

namespace armature::cpu {
namespace {

// CHOICE: L1I holds Normal memory that is Write-Through or Write-Back at both levels while
// instruction caching is on; the MMU's attributes already carry SCTLR_ELx.I and HCR_EL2.ID.
bool fetch_is_cacheable(const MemoryAttributes& attributes) {
  return !attributes.is_device() && attributes.inner != Cacheability::non_cacheable &&
         attributes.outer != Cacheability::non_cacheable;
}

}  // namespace

bool Core::fetch_line() {
  state.fetch.valid = false;
  ++statistics.fetch_groups;
  Cycles cost{};
  const auto result = mmu.translate_fetch(context, {state.pc}, cost);
  charge(cost);
  if (!result) {
    instruction_abort(*this, state.pc, result.error());
    return false;
  }
  return fetch_from(*result);
}

// The rest of it, once the pc is translated.
bool Core::fetch_from(const mmu::Translation& translation) {
  const PhysicalAddress pa = translation.pa;
  MemoryRegion* region = machine.memory.find(pa);
  if (region == nullptr || !region->readable) {
    // CHOICE: no device is executable: an external abort, as nothing answers the burst.
    ++statistics.external_aborts;
    instruction_abort(*this, state.pc, {.type = FaultType::synchronous_external});
    return false;
  }
  Cycles cost{};
  FetchBuffer& fetch = state.fetch;
  fetch.va = state.pc & ~(kLineBytes - 1);
  fetch.pa = pa.aligned_down(kLineBytes);
  if (fetch_is_cacheable(translation.attributes)) {
    const cache::FetchLine line = machine.caches.fetch(id, fetch.pa, cost);
    std::memcpy(fetch.words.data(), line.data, kLineBytes);
    if (options_.fast) {
      fast_->running = &fast_->line_code(fetch.pa, line.data, machine.preset.costs);
      const bool translated = translation.slot != mmu::kNoSlot;
      fast_->context->translated = translated;
      fast_->set_jump(state.pc, *fast_->running, translated, translated ? translation.slot : 0,
                      line.slot);
    }
  } else if (region->is_ram) {
    machine.caches.fetch_uncached(
        id, fetch.pa,
        std::span<std::uint8_t, 64>(reinterpret_cast<std::uint8_t*>(fetch.words.data()), 64), cost);
    if (options_.fast) fast_->running = nullptr;
  } else {
    std::memcpy(fetch.words.data(), region->host + (fetch.pa - region->base), kLineBytes);
    cost += Cycles::whole(machine.preset.costs.memory);
    if (options_.fast) fast_->running = nullptr;
  }
  if ((machine.memory.frame_flags(pa) & kFrameWatched) != 0) {
    machine.events.publish(EventKind::fetch, state.pc, pa.value);
  }
  fetch.valid = true;
  charge(cost);
  return true;
}

// --check-fast: the slow way must find the same block without a miss.
const Insn* Core::check_fast_fetch(const Insn& expected) {
  const auto misses = [this] {
    return machine.caches.statistics(id).l1i_misses +
           mmu.statistics(TlbStructure::l1_instruction).misses;
  };
  const std::uint64_t before = misses();
  const bool fetched = fetch_line();
  ARMATURE_ASSERT(fetched && fast_->running == &LineCode::holding(expected) && misses() == before);
  return &expected;
}

const Insn* Core::find_block() {
  FastPath& fast = *fast_;
  const JumpEntry& entry = fast.jump[jump_index(state.pc)];
  const bool hit = entry.pc == state.pc && entry.serial == fast.serial;
  if (hit && options_.check_fast) return check_fast_fetch(*entry.first);
  if (hit) {
    ++statistics.fetch_groups;
    ++statistics.fast_groups;
    statistics.fast_groups_translated += entry.translated;
    fast.running = &LineCode::holding(*entry.first);
    return entry.first;
  }
  const bool found =
      options_.check_fast ? fetch_line() && fast.running != nullptr : fetch_usual();
  if (!found) return nullptr;
  return &fast.running->insns[LineCode::index_of(state.pc)];
}

// A fetch that the jump entries do not answer: fetch_line() for the usual case, a line of RAM through
// the caches, without copying it into the fetch buffer. False when there is no predecoded line then:
// a fault was taken, or the fetch buffer holds what was fetched.
bool Core::fetch_usual() {
  FastPath& fast = *fast_;
  const auto translation = mmu.translate_fetch_usual(context, fast.serial, {state.pc});
  if (translation.outcome == mmu::Mmu::Usual::unusual) {
    return fetch_line() && fast.running != nullptr;
  }
  state.fetch.valid = false;
  ++statistics.fetch_groups;
  charge(translation.cost);
  if (translation.outcome == mmu::Mmu::Usual::fault) {
    instruction_abort(*this, state.pc, mmu.usual_fault());
    return false;
  }
  const PhysicalAddress pa = translation.pa.aligned_down(kLineBytes);
  const MemoryRegion* const region = machine.memory.find(pa);
  const bool is_plain = region != nullptr && region->is_ram &&
                        fetch_is_cacheable(translation.attributes) &&
                        (machine.memory.frame_flags(pa) & kFrameWatched) == 0;
  if (!is_plain) {
    return fetch_from({translation.pa, translation.attributes, translation.slot}) &&
           fast.running != nullptr;
  }
  Cycles cost{};
  const cache::FetchLine line = machine.caches.fetch(id, pa, cost);
  fast.running = &fast.line_code(pa, line.data, machine.preset.costs);
  fast.context->translated = true;
  fast.set_jump(state.pc, *fast.running, true, translation.slot, line.slot);
  charge(cost);
  return true;
}

}  // namespace armature::cpu
