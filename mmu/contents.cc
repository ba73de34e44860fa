// What an Mmu holds and has counted: for statistics, inspection and snapshots.
#include "mmu/mmu.h"
#include "mmu/state.h"
#include "sim/snapshot/bytes.h"

namespace armature::mmu {

const Mmu::StructureStatistics& Mmu::statistics(TlbStructure structure) const {
  return state_->counts(structure);
}

void Mmu::add_hits(TlbStructure structure, std::uint64_t count) {
  StructureStatistics& counts = state_->counts(structure);
  counts.lookups += count;
  counts.hits += count;
}

const Mmu::WalkStatistics& Mmu::walk_statistics() const { return state_->walker.walks; }

std::uint64_t Mmu::resident(TlbStructure structure) const {
  switch (structure) {
    case TlbStructure::l1_instruction:
      return state_->l1i.resident();
    case TlbStructure::l1_data:
      return state_->l1d.resident();
    case TlbStructure::l2:
      return state_->l2.resident();
    case TlbStructure::walk_cache:
      return state_->walker.walk_cache.resident();
    case TlbStructure::ipa_cache:
      return state_->walker.ipa_cache.resident();
  }
  return 0;
}

std::vector<Mmu::EntryView> Mmu::entries() const {
  std::vector<EntryView> views;
  const auto collect = [&](TlbStructure name, const auto& structure) {
    for (unsigned slot = 0; slot < structure.slots(); ++slot) {
      if (structure.is_valid(slot)) views.push_back({name, slot, structure.entry(slot)});
    }
  };
  collect(TlbStructure::l1_instruction, state_->l1i);
  collect(TlbStructure::l1_data, state_->l1d);
  collect(TlbStructure::l2, state_->l2);
  collect(TlbStructure::walk_cache, state_->walker.walk_cache);
  collect(TlbStructure::ipa_cache, state_->walker.ipa_cache);
  return views;
}

void Mmu::save(std::vector<std::uint8_t>& out) const {
  state_->l1i.save(out);
  state_->l1d.save(out);
  state_->l2.save(out);
  state_->walker.walk_cache.save(out);
  state_->walker.ipa_cache.save(out);
  put(out, state_->walker.statistics);
  put(out, state_->walker.walks);
  state_->adversary.save(out);
}

void Mmu::load(std::span<const std::uint8_t>& in) {
  State& s = *state_;
  for (unsigned slot = 0; slot < s.l1i.slots(); ++slot) {
    if (s.l1i.is_valid(slot)) s.lost(TlbStructure::l1_instruction, slot, s.l1i.entry(slot));
  }
  for (unsigned slot = 0; slot < s.l1d.slots(); ++slot) {
    if (s.l1d.is_valid(slot)) s.lost(TlbStructure::l1_data, slot, s.l1d.entry(slot));
  }
  s.walker.stale.clear();
  s.update_path();
  s.l1i.load(in);
  s.l1d.load(in);
  s.l2.load(in);
  s.walker.walk_cache.load(in);
  s.walker.ipa_cache.load(in);
  s.walker.statistics = take<decltype(s.walker.statistics)>(in);
  s.walker.walks = take<WalkStatistics>(in);
  s.adversary.load(in);
}

}  // namespace armature::mmu
