// What a core derives from its system registers: translation context, filter, decode mode.
#include "cpu/core.h"
#include "cpu/debug.h"
#include "cpu/exception.h"
#include "cpu/fast_path.h"
#include "cpu/sysreg_traps.h"
#include "cpu/translation_context.h"
#include "sim/base/bits.h"

namespace armature::cpu {
namespace {

// SCTLR_ELx.{A, SA, SA0, EE, E0E}
constexpr unsigned kA = 1, kSA = 3, kSA0 = 4, kE0E = 24, kEE = 25;

}  // namespace

bool Core::big_endian_data() const {
  return bit(context.sctlr, state.ps.el == El::el0 ? kE0E : kEE);
}

bool Core::check_sp_alignment() {
  if ((state.x[kSp] & 15) == 0) return true;
  if (!bit(context.sctlr, state.ps.el == El::el0 ? kSA0 : kSA)) return true;
  sp_alignment_fault(*this);
  return false;
}

void Core::refresh_context() {
  context_dirty = false;
  context = translation_context_of(state, state.ps.el, machine.has_el2);
  align_mask = bit(context.sctlr, kA) ? ~0ull : 0;
  precise_ = breakpoints_active(*this) || software_step_active(*this);
  watchpoints_ = watchpoints_active(*this);
  FastPath& fast = *fast_;
  fast.fp_trapped = fp_simd_access_trapped(*this);

  FastPath::ContextSlot* slot = nullptr;
  FastPath::ContextSlot* oldest = fast.contexts.data();
  for (auto& candidate : fast.contexts) {
    if (candidate.used && candidate.context == context) {
      slot = &candidate;
      break;
    }
    if (!candidate.used || (oldest->used && candidate.last_use < oldest->last_use)) {
      oldest = &candidate;
    }
  }
  if (slot == nullptr) {
    slot = oldest;
    fast.empty_slot(*slot);
    slot->used = true;
    slot->context = context;
    slot->serials = {fast.serials + 1, fast.serials + 2};
    fast.serials += 2;
  }
  slot->last_use = ++fast.uses;
  fast.context = slot;
  fast.serial = jump_serial = slot->serials[fast.fp_trapped ? 1 : 0];
  const bool filtered = options_.fast && !watchpoints_ && !big_endian_data();
  l0 = filtered && !options_.check_fast ? slot->grants : fast.no_grants();
  filter_grants_ = filtered;
  update_usual_misses();
}

void Core::update_usual_misses() {
  usual_misses_ = filter_grants_ && !options_.check_fast && machine.stops == nullptr;
}

void Core::normalise_state() {
  if (!state.fetch.valid) state.fetch = {};
  const std::uint64_t data = statistics.fast_reads + statistics.fast_writes;
  machine.caches.add_hits(id, statistics.fast_groups, data);
  mmu.add_hits(TlbStructure::l1_data, data);
  mmu.add_hits(TlbStructure::l1_instruction, statistics.fast_groups_translated);
  statistics.fast_reads = statistics.fast_writes = 0;
  statistics.fast_groups = statistics.fast_groups_translated = 0;
}

void Core::state_replaced() {
  fast_->drop_everything();
  fast_->drop_code();
  interrupts_changed = true;
  refresh_context();
}

}  // namespace armature::cpu
