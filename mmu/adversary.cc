#include "mmu/adversary.h"

#include "mmu/state.h"
#include "sim/snapshot/bytes.h"

namespace armature::mmu {

void Adversary::save(std::vector<std::uint8_t>& out) const {
  put(out, choices.state);
  put(out, next);
  for (const Use& use : uses) {
    put(out, use.va);
    put(out, use.ttbr0);
    put(out, use.ttbr1);
    put(out, use.vttbr);
    put(out, use.regime);
  }
}

void Adversary::load(std::span<const std::uint8_t>& in) {
  choices.state = take<std::uint64_t>(in);
  next = static_cast<std::uint8_t>(take<std::uint8_t>(in) % kUsesMax);
  for (Use& use : uses) {
    use.va = take<std::uint64_t>(in);
    use.ttbr0 = take<std::uint64_t>(in);
    use.ttbr1 = take<std::uint64_t>(in);
    use.vttbr = take<std::uint64_t>(in);
    use.regime = take<Regime>(in);
  }
}

void Mmu::set_adversary(TlbMode mode, std::uint64_t seed, const TranslationContext* context,
                        const bool* is_dirty) {
  Adversary& adversary = state_->adversary;
  adversary.mode = mode;
  state_->update_path();
  adversary.context = context;
  adversary.context_is_dirty = is_dirty;
  adversary.choices.state = seed * 0x2545f4914f6cdd1dull + state_->walker.core.value;
}

// Software cannot count on an entry that it has not invalidated: the manual lets TLBs drop any.
void Mmu::State::evict_at_random() {
  Choices& choices = adversary.choices;
  if (!choices.one_in(4)) return;
  const auto evicted = [&](TlbStructure name, const tlb::Entry& entry) {
    ++counts(name).evictions;
    walker.events.publish(EventKind::tlb_evict, event_input(entry), entry.output,
                          event_descriptor(entry), event_word(entry, name));
  };
  const auto from = [&](auto& structure, TlbStructure name) {
    const auto slot = static_cast<unsigned>(choices.next() % structure.slots());
    if (!structure.is_valid(slot)) return;
    const tlb::Entry entry = structure.entry(slot);
    structure.drop(slot);
    evicted(name, entry);
    if (name == TlbStructure::l1_data || name == TlbStructure::l1_instruction) {
      lost(name, slot, entry);
    }
  };
  from(l1i, TlbStructure::l1_instruction);
  from(l1d, TlbStructure::l1_data);
  from(l2, TlbStructure::l2);
  from(walker.walk_cache, TlbStructure::walk_cache);
  from(walker.ipa_cache, TlbStructure::ipa_cache);
}

// A walk may be made at any time for any address of the present context (Arm ARM D8, speculative
// translation table walks), and its result cached.
void Mmu::prefetch() {
  State& s = *state_;
  Adversary& adversary = s.adversary;
  if (!adversary.prefetches() || adversary.context == nullptr || *adversary.context_is_dirty)
    return;
  const TranslationContext context = *adversary.context;
  const Controls& c = s.controls_of(context);
  if (!c.is_cached) return;
  for (const Adversary::Use& use : std::array(adversary.uses)) {
    if (use.va == 0 || use != Adversary::use_of(context, use.va)) continue;
    if (input_check(c, use.va)) continue;
    const std::uint64_t va = use.va & mask(55, 0);
    Cycles no_time{};
    FaultRecord ignored;
    if (!c.stage1_on) {
      s.walker.stage2(c, IntermediateAddress{va}, false, no_time, ignored);
      continue;
    }
    if (s.l2.find(va, c.lookup) != nullptr) continue;
    AccessDescriptor access;
    access.kind = AccessKind::read;
    access.privileged = true;
    tlb::Entry walked;
    if (s.walk(c, {use.va, access, true}, no_time, walked, ignored)) {
      s.walker.fill(s.l2, TlbStructure::l2, walked);
    }
  }
}

}  // namespace armature::mmu
