// Running a core. The oracle is step(): one instruction at a time from the fetch buffer. The fast
// engine runs whole predecoded fetch groups while they fit into the cycle budget, and shares every
// semantics function; where a group does not fit, or a penalty used up the budget in its middle,
// step() goes on from the same fetch buffer, so both engines stop at the same instruction.
#include <algorithm>
#include <array>

#include "cpu/core.h"
#include "cpu/debug.h"
#include "cpu/decode.h"
#include "cpu/exception.h"
#include "cpu/fast_path.h"
#include "cpu/pmu.h"
#include "cpu/stop_points.h"
#include "cpu/sysreg_access.h"
#include "cpu/timer.h"
#include "sim/base/assert.h"
#include "sim/base/bits.h"

namespace armature::cpu {

Core::Core(CoreId core_id, Machine& m, mmu::Mmu& core_mmu)
    : machine(m), mmu(core_mmu), id(core_id) {
  const CpuPreset& p = m.preset;
  fast_ = std::make_unique<FastPath>(p.l1d.bytes / kLineBytes, p.l1i.bytes / kLineBytes,
                                     static_cast<unsigned>(p.l1_dtlb.sets) * p.l1_dtlb.ways,
                                     static_cast<unsigned>(p.l1_itlb.sets) * p.l1_itlb.ways);
  fast_->stops = &m.stops;
  l0 = &fast_->empty;
  machine.caches.set_observer(id, this);
  mmu.set_observer(this);
}

Core::~Core() = default;

void Core::set_options(Options options) {
  options_ = options;
  fast_->drop_everything();
  context_dirty = true;
}

void Core::reset(VirtualAddress entry, std::uint64_t x0) {
  const Cycles time = state.cycles;
  const std::uint64_t retired = state.retired;
  state = {};
  state.cycles = time;
  state.retired = retired;
  state.ps.el = machine.has_el2 ? El::el2 : El::el1;
  state.ps.sp_sel = 1;
  state.ps.daif = 0xf;
  reset_sysregs(*this);
  state.pc = entry.value;
  state.x[0] = x0;
  state.sleep = Sleep::running;
  state.pmu_cycles_seen = time.whole();
  state.pmu_retired_seen = retired;
  clear_exclusive();
  interrupts_changed = true;
  context_changed();
}

void Core::stamp(Event& event) const {
  event.cycle = now().sixteenths;
  event.pc = current != nullptr ? pc() : state.pc;
  event.core = id.value;
  event.el = static_cast<std::uint8_t>(state.ps.el);
  if (state.ps.el != El::el2) {
    event.vmid = static_cast<std::uint16_t>(bits(state[SysReg::VTTBR_EL2], 63, 48));
    const bool a1 = bit(state[SysReg::TCR_EL1], 22);
    event.asid =
        static_cast<std::uint16_t>(bits(state[a1 ? SysReg::TTBR1_EL1 : SysReg::TTBR0_EL1], 63, 48));
  }
}

Cycles Core::next_deadline() const {
  return std::min(next_timer_deadline(*this), pmu_overflow_earliest(*this));
}

Outcome end_of_group(Core& core, const Insn& insn) {
  core.current = &insn - 1;
  return Outcome::next;
}

// What `executed` instructions of a group did to time and pc.
void Core::retire(Outcome outcome, unsigned executed, std::uint64_t cost) {
  const std::uint64_t next_pc = group_pc + 4ull * (group_first->index + executed);
  current = nullptr;
  group_limit = {~0ull};
  state.cycles.sixteenths += cost;
  state.retired += executed;
  switch (outcome) {
    case Outcome::next:
      state.pc = next_pc;
      break;
    case Outcome::sync:
      state.pc = next_pc;
      interrupts_changed = true;
      state.fetch.valid = false;
      break;
    case Outcome::branch:
    case Outcome::fault:
      state.fetch.valid = false;
      break;
  }
}

// Whether a block of this cost and number of instructions fits into the budget.
inline bool Core::fits(unsigned cost, unsigned count, std::uint64_t retired_end) const {
  return state.cycles.sixteenths + cost <= run_limit_.sixteenths &&
         state.retired + count <= retired_end;
}

// Runs the block at the pc, which fits the budget, and the blocks that follow it while they can be
// found without the model, fit too, and nothing else has to be looked at first. This loop is passed
// once a taken branch or line; within a block the handlers call each other (go_on).
void Core::run_blocks(const LineCode* line, std::uint64_t retired_end) {
  FastPath& fast = *fast_;
  const FastPath::JumpEntry* const jump = fast.jump.data();
  std::uint64_t found = 0;  // blocks found without the model
  groups_within = 0;
  state.fetch.valid = false;
  unsigned cost = line->cost[LineCode::index_of(state.pc)];
  unsigned count = line->count[LineCode::index_of(state.pc)];
  for (;;) {
    const Insn* const first = &line->insns[LineCode::index_of(state.pc)];
    const Insn* const last = first + count;
    group_pc = state.pc & ~(kLineBytes - 1);
    group_limit = {run_limit_.sixteenths - cost};
    group_first = current = first;
    group_end = last;
    Outcome outcome = first->handler(*this, *first);
    while (outcome == Outcome::next && current + 1 != group_end) {
      ++current;
      outcome = current->handler(*this, *current);
    }
    const Insn* const done = current + (outcome == Outcome::fault ? 0 : 1);
    if (outcome == Outcome::fault && stopped_before_access()) [[unlikely]]
      outcome = Outcome::next;
    const auto executed = static_cast<unsigned>(done - first);
    const unsigned spent = done->cost_before - first->cost_before;
    if (outcome > Outcome::branch || (outcome == Outcome::next && done != last)) [[unlikely]] {
      retire(outcome, executed, spent);
      if (outcome == Outcome::next) resume_in(*line);
      break;
    }
    state.cycles.sixteenths += spent;
    state.retired += executed;
    if (outcome == Outcome::next) state.pc += 4ull * executed;
    const FastPath::JumpEntry& entry = jump[FastPath::jump_index(state.pc)];
    if (entry.pc != state.pc || entry.serial != fast.serial || interrupts_changed ||
        context_dirty || options_.check_fast || !fits(entry.cost, entry.count, retired_end)) {
      current = nullptr;
      group_limit = {~0ull};
      break;
    }
    line = entry.line;
    cost = entry.cost;
    count = entry.count;
    ++found;
  }
  found += groups_within;
  statistics.fetch_groups += found;
  statistics.fast_groups += found;
  if (fast.context->translated) statistics.fast_groups_translated += found;
}

// A group cut short goes on from the fetch buffer: the same bytes, without another fetch.
void Core::resume_in(const LineCode& line) {
  state.fetch.words = line.words;
  state.fetch.va = state.pc & ~(kLineBytes - 1);
  state.fetch.pa = PhysicalAddress{line.key}.aligned_down(kLineBytes);
  state.fetch.valid = true;
}

// One instruction from the fetch buffer; fetches the line first when the buffer does not hold it.
void Core::step() {
  FetchBuffer& fetch = state.fetch;
  if (!fetch.valid || fetch.va != (state.pc & ~(kLineBytes - 1))) {
    if (!fetch_line()) {
      fetch.valid = false;
      return;
    }
  }
  std::array<Insn, 2> alone{{{}, {.handler = end_of_group}}};
  Insn& insn = alone[0];
  decode(fetch.words[(state.pc >> 2) & 15], {&machine.preset.costs, fast_->fp_trapped}, insn);
  group_pc = state.pc;
  group_first = current = &insn;
  group_end = &insn + 1;
  if (instruction_observer_ != nullptr) [[unlikely]] {
    instruction_observer_->on_instruction(*this, fetch.pa + (state.pc & (kLineBytes - 1)),
                                          insn.word);
  }
  const Outcome outcome = insn.handler(*this, insn);
  if (outcome == Outcome::fault && stopped_before_access()) [[unlikely]] {
    current = nullptr;  // before its first access: nothing happened
    return;
  }
  const bool fault = outcome == Outcome::fault;
  retire(outcome, fault ? 0 : 1, fault ? 0 : insn.cost);
  if ((insn.flags & kEndsGroup) != 0 || (state.pc & ~(kLineBytes - 1)) != fetch.va) {
    fetch.valid = false;
  }
}

// Everything that comes before an instruction; false when an exception was taken instead.
bool Core::begin_instruction() {
  if (interrupts_changed) {
    interrupts_changed = false;
    deadline_ = next_deadline();
    if (take_pending_interrupt(*this)) {
      state.fetch.valid = false;
      interrupts_changed = true;
      return false;
    }
  }
  if (context_dirty) {
    refresh_context();
    state.fetch.valid = false;
  }
  // Synchronous exception prioritization: Software Step, PC alignment, Instruction Abort,
  // Breakpoint, Illegal Execution state.
  if (precise_ && check_software_step(*this)) [[unlikely]] {
    state.fetch.valid = false;
    return false;
  }
  if ((state.pc & 3) != 0) [[unlikely]] {
    pc_alignment_fault(*this, state.pc);
    return false;
  }
  if (state.ps.il) [[unlikely]] {
    if (!fetch_line()) return false;
    state.fetch.valid = false;
    if (!(precise_ && check_breakpoints(*this))) illegal_state(*this, state.pc);
    return false;
  }
  return true;
}

bool Core::wake_if_due(Cycles end) {
  if (state.sleep == Sleep::off) {
    state.cycles = std::max(state.cycles, end);
    return false;
  }
  for (;;) {
    update_timers(*this, state.cycles);
    const bool woken =
        wfi_wakeup_pending(*this) || (state.sleep == Sleep::wfe && state.event_register);
    if (woken) {
      machine.events.publish(EventKind::wake, 0, 0, 0, static_cast<std::uint32_t>(state.sleep));
      if (state.sleep == Sleep::wfe) state.event_register = false;
      state.sleep = Sleep::running;
      interrupts_changed = true;
      return true;
    }
    if (state.cycles >= end) return false;
    const Cycles from = state.cycles;
    state.cycles = std::min(end, std::max(next_deadline(), from + Cycles{1}));
    if (event_stream_fired(*this, from, state.cycles)) state.event_register = true;
  }
}

void Core::run(Cycles end, std::uint64_t instructions_max) {
  machine.events.set_position(this);
  interrupts_changed = true;
  const std::uint64_t retired_end =
      instructions_max > ~0ull - state.retired ? ~0ull : state.retired + instructions_max;
  const StopPoints* const stops = machine.stops;
  while (state.cycles < end && state.retired < retired_end && !machine.stop_requested) {
    if (state.sleep != Sleep::running) {
      if (!wake_if_due(end) || machine.stop_requested) break;
      if (stops != nullptr && stops->turn == StopPoints::Turn::any_core) {
        turn_made();
        break;
      }
    }
    if (interrupts_changed || state.cycles >= deadline_) {
      if (state.cycles >= deadline_) update_timers(*this, state.cycles);
      interrupts_changed = true;
    }
    if (!begin_instruction()) {
      if (stops != nullptr) turn_made();
      continue;
    }
    run_limit_ = std::min(end, deadline_);
    const bool by_turns =
        stops != nullptr && (stops->wants_turn_of(id) || stops->line_has_breakpoint(state.pc));
    if (by_turns && stops_before_instruction()) break;
    if (precise_) [[unlikely]] {
      if (check_breakpoints(*this)) {
        state.fetch.valid = false;
      } else {
        step();
        if (!stopped_before_access()) software_step_advance(*this);
      }
      if (by_turns) turn_made();
      continue;
    }
    if (by_turns) [[unlikely]] {
      step();
      turn_made();
      continue;
    }
    const bool resume = state.fetch.valid && state.fetch.va == (state.pc & ~(kLineBytes - 1));
    if (!options_.fast || resume) {
      step();
      continue;
    }
    const LineCode* line = find_line();
    if (line == nullptr) {
      if (state.fetch.valid) step();
    } else if (const unsigned start = LineCode::index_of(state.pc);
               fits(line->cost[start], line->count[start], retired_end)) {
      run_blocks(line, retired_end);
    } else {
      resume_in(*line);
      step();
    }
  }
  update_timers(*this, state.cycles);
}

}  // namespace armature::cpu
