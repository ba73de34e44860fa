// Running a core. The oracle is step(): one instruction at a time from the fetch buffer. The fast
// engine runs whole predecoded blocks while they fit into the cycle budget, the last of them in parts,
// and shares every semantics function; where a penalty used up the budget in the middle of a block,
// both engines go on from the same fetch buffer, so both stop at the same instruction.
#include <algorithm>
#include <array>
#include <utility>

#include "cpu/block.h"
#include "cpu/chain.h"
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
  l0 = fast_->no_grants();
  jump_entries = fast_->jump.data();
  const Costs& costs = p.costs;
  least_cost_ = costs.issue_sixteenths;
  for (const unsigned whole :
       {costs.load, costs.store, costs.multiply, costs.divide, costs.fp, costs.fp_divide, costs.simd,
        costs.branch, costs.system, costs.barrier}) {
    least_cost_ = std::min(least_cost_, Cycles::whole(whole).sixteenths);
  }
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
  const Insn& last = *(&insn - 1);
  core.current = &last;
  // Behind a branch that was not taken a group has been counted, which is going to be fetched.
  if ((last.flags & (kEndsGroup | kLastOfBlock)) == kEndsGroup) --core.groups_within;
  return Outcome::next;
}

Outcome end_of_line(Core& core, const Insn& insn) {
  const Insn& last = *(&insn - 1);
  const std::uint64_t target = core.group_pc + kLineBytes;
  const JumpEntry& entry = core.jump_entries[jump_index(target)];
  if (entry.pc != target || entry.serial != core.jump_serial ||
      !begin_next_block(core, last, *entry.first)) [[unlikely]] {
    core.current = &last;
    return Outcome::next;
  }
  core.group_pc = target;
  return entry.first->handler(core, *entry.first);
}

void Core::begin_block(const Insn& first) {
  state.cycles.sixteenths += first.block_cost;
  state.retired -= first.index;
  current = &first;
}

// Ends the block behind the current instruction, or in front of it; returns the address there.
std::uint64_t Core::leave_block(bool with_current) {
  const unsigned index = current->index + (with_current ? 1u : 0u);
  state.cycles.sixteenths -= current->block_cost - (with_current ? current->cost : 0);
  state.retired += index;
  current = nullptr;
  return group_pc + 4ull * index;
}

// What the instructions up to the current one did to time and pc.
void Core::retire(Outcome outcome, bool with_current) {
  const std::uint64_t next_pc = leave_block(with_current);
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

// Any block that ends by chain_limit fits both the cycles and the instructions that are left: at the
// least cost of an instruction the cycles bound the instructions.
void Core::set_chain_limit() {
  // Without the optimiser each handler of a chain has a frame of its own: long windows make several.
  constexpr Cycles kLongest = Cycles::whole(10'000);
  chain_limit = std::min(run_limit_, state.cycles + kLongest).sixteenths;
  if (retired_end_ != ~0ull) {
    const std::uint64_t left = std::min(retired_end_ - state.retired, std::uint64_t{1} << 40);
    chain_limit = std::min(chain_limit, state.cycles.sixteenths + left * least_cost_);
  }
}

// Runs the block that begins at `first`, and through branches (chain.h) those that follow it while they can
// be found without the model, fit the budget, and nothing else has to be looked at first. The last
// instruction that was executed is in `current` then.
inline Outcome Core::run_block(const Insn& first) {
  begin_block(first);
  Outcome outcome = first.handler(*this, first);
  while (outcome == Outcome::next && current + 1 != group_end &&
         (current->flags & kLastOfBlock) == 0) {
    ++current;
    outcome = current->handler(*this, *current);
  }
  return outcome;
}

// The instructions of a block from `first` on, and not `stop`, of the same line, which is its end or lies
// in it. Nothing follows them, and so nothing decodes the line anew meanwhile.
Outcome Core::run_part(const Insn& first, const Insn& stop) {
  struct Ended {
    explicit Ended(Handler& of) : handler(of), kept(std::exchange(of, end_of_group)) {}
    ~Ended() { handler = kept; }  // also when a device throws
    Handler& handler;
    const Handler kept;
  };
  const std::uint64_t limit = std::exchange(chain_limit, 0);
  const Ended ended(const_cast<Insn&>(stop).handler);  // the lines are this core's own
  group_end = &stop;
  const Outcome outcome = run_block(first);
  chain_limit = std::min(limit, run_limit_.sixteenths);
  return outcome;
}

// Where a block from `first` on, at the pc, has to stop so that only those of its instructions run that
// begin before the limit, as step() would run them, and none behind one with any of the flags `last`.
// nullptr when there is none such, or they are to run one by one.
const Insn* Core::end_of_part(const Insn& first, unsigned last) const {
  if (machine.stops != nullptr || options_.check_fast || run_limit_ <= state.cycles ||
      retired_end_ - state.retired <= LineCode::kInsns) {
    return nullptr;
  }
  const std::uint64_t budget = (run_limit_ - state.cycles).sixteenths;
  // Those begin early enough behind which more than this is left of the block.
  const std::int64_t left = first.block_cost - static_cast<std::int64_t>(budget);
  const Insn* stop = &first;
  while (stop->block_cost > left) {
    if ((stop++->flags & last) != 0) break;
  }
  return stop == &first ? nullptr : stop;
}

// Runs blocks, `first_of_all` being the one at the pc, until the budget is used up or run() has to look at
// something before the next one. A block that no longer fits runs in part; the first of them, when there is
// a `stop`, up to that instruction.
void Core::run_blocks(const Insn& first_of_all, const Insn* stop) {
  FastPath& fast = *fast_;
  std::uint64_t found = 0;  // blocks found without the model
  bool is_fetched = false;  // the next instruction, which fits no block
  groups_within = 0;
  state.fetch.valid = false;
  group_pc = state.pc & ~(kLineBytes - 1);
  for (const Insn* first = &first_of_all;;) {
    group_end = nullptr;
    Outcome outcome = stop == nullptr ? run_block(*first) : run_part(*first, *stop);
    const Insn& last = *current;
    const bool retires = outcome != Outcome::fault;
    const bool is_complete =
        outcome == Outcome::branch || (retires && (last.flags & kLastOfBlock) != 0);
    if (!retires && stopped_before_access()) [[unlikely]]
      outcome = Outcome::next;
    if (outcome > Outcome::branch || !is_complete) [[unlikely]] {
      retire(outcome, retires);
      // Behind a branch that was not taken the next instruction is fetched anew.
      const bool goes_on = !retires || (last.flags & kEndsGroup) == 0;
      if (outcome == Outcome::next && goes_on) resume_in(LineCode::holding(last));
      break;
    }
    const std::uint64_t next_pc = leave_block(true);
    if (outcome == Outcome::next) state.pc = next_pc;
    if (interrupts_changed || context_dirty || state.cycles.sixteenths >= chain_limit) break;
    const JumpEntry& entry = jump_entries[jump_index(state.pc)];
    const bool is_found = entry.pc == state.pc && entry.serial == jump_serial;
    if (is_found) {
      first = entry.first;
    } else {
      // What run() would do: nothing that it looks at has changed. An instruction that is fetched is
      // executed, however late the fetch has made it.
      if (machine.stops != nullptr || (state.pc & 3) != 0) break;
      if (!fetch_usual()) {
        is_fetched = state.fetch.valid;
        break;
      }
      first = &fast.running->insns[LineCode::index_of(state.pc)];
    }
    stop = nullptr;
    const Cycles end{state.cycles.sixteenths + first->block_cost};
    if (end.sixteenths > chain_limit) [[unlikely]] {
      if (end > run_limit_) stop = end_of_part(*first, kLastOfBlock);
      if (stop == nullptr) {
        if (!is_found) resume_in(*fast.running);
        is_fetched = !is_found;
        break;
      }
    }
    found += is_found ? 1 : 0;
    state.fetch.valid = false;
    group_pc = state.pc & ~(kLineBytes - 1);
  }
  found += groups_within;
  statistics.fetch_groups += found;
  statistics.fast_groups += found;
  if (fast.context->translated) statistics.fast_groups_translated += found;
  if (is_fetched) step();
}

// The predecoded instruction of what the fetch buffer holds at the pc, or nullptr.
const Insn* Core::resumable() const {
  const LineCode* const line = fast_->running;
  if (line == nullptr || line->key != (state.fetch.pa.value | (fast_->fp_trapped ? 1u : 0u)) ||
      line->words != state.fetch.words) {
    return nullptr;
  }
  return &line->insns[LineCode::index_of(state.pc)];
}

// A block cut short goes on from the fetch buffer: the same bytes, without another fetch.
void Core::resume_in(const LineCode& line) {
  state.fetch.words = line.words;
  state.fetch.va = state.pc & ~(kLineBytes - 1);
  state.fetch.pa = PhysicalAddress{line.key}.aligned_down(kLineBytes);
  state.fetch.valid = true;
  fast_->running = &line;
}

// The instruction alone, as decode() makes it: from the predecoded line when that has it.
void Core::decode_alone(Insn& insn) {
  const std::uint32_t word = state.fetch.words[LineCode::index_of(state.pc)];
  const LineCode* const line = options_.fast ? fast_->running : nullptr;
  if (line != nullptr && line->key % 2 == (fast_->fp_trapped ? 1 : 0)) {
    const Insn& same = line->insns[LineCode::index_of(state.pc)];
    if (same.word == word) {
      insn = same;
      insn.flags = static_cast<std::uint8_t>((same.flags & ~kStaysInLine) | kLastOfBlock);
      return;
    }
  }
  decode(word, {&machine.preset.costs, fast_->fp_trapped}, insn);
  insn.flags |= kLastOfBlock;
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
  decode_alone(insn);
  insn.block_cost = insn.cost;
  group_pc = state.pc - 4ull * insn.index;
  begin_block(insn);
  group_end = &insn + 1;
  chain_limit = 0;  // a branch comes back here
  if (instruction_observer_ != nullptr) [[unlikely]] {
    instruction_observer_->on_instruction(*this, fetch.pa + (state.pc & (kLineBytes - 1)),
                                          insn.word);
  }
  const Outcome outcome = insn.handler(*this, insn);
  if (outcome == Outcome::fault && stopped_before_access()) [[unlikely]] {
    leave_block(false);  // before its first access: nothing happened
    return;
  }
  retire(outcome, outcome != Outcome::fault);
  if ((insn.flags & kEndsGroup) != 0 || (state.pc & ~(kLineBytes - 1)) != fetch.va) {
    fetch.valid = false;
  }
}

// step() as often as run() would call it for the rest of the line, while nothing that it looks at has
// changed: the end of every window is made of such steps.
void Core::step_on() {
  do {
    step();
  } while (state.fetch.valid && !interrupts_changed && !context_dirty &&
           state.cycles < run_limit_ && state.retired < retired_end_ && !machine.stop_requested);
}

// Everything that comes before an instruction; false when an exception was taken instead.
bool Core::begin_instruction() {
  if (interrupts_changed || lines_changed_) {
    // What other cores and devices do moves no deadline of this one.
    if (interrupts_changed) deadline_ = next_deadline();
    interrupts_changed = lines_changed_ = false;
    lines_seen_ = machine.gic.changes();
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

void Core::end_run_at(Cycles end) {
  run_end_ = end;
  run_limit_ = std::min(run_limit_, end);
  chain_limit = std::min(chain_limit, end.sixteenths);
  if (current != nullptr) group_end = current + 1;
}

void Core::run(Cycles end, std::uint64_t instructions_max) {
  machine.events.set_position(this);
  if (end < asleep_until()) {
    state.cycles = std::max(state.cycles, end);
    return;
  }
  lines_changed_ = machine.gic.changes() != lines_seen_;
  run_end_ = end;
  retired_end_ = instructions_max > ~0ull - state.retired ? ~0ull : state.retired + instructions_max;
  const StopPoints* const stops = machine.stops;
  while (state.cycles < run_end_ && state.retired < retired_end_ && !machine.stop_requested) {
    charged_ = ~0ull;  // an instruction that did not retire has the number of the next one
    if (state.sleep != Sleep::running) {
      if (!wake_if_due() || machine.stop_requested) break;
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
    run_limit_ = std::min(run_end_, deadline_);
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
    if (!options_.fast) {
      step();
      continue;
    }
    set_chain_limit();
    if (resume) {
      // What comes behind the first instruction that ends its group has to be fetched.
      const Insn* const first = resumable();
      const Insn* const stop =
          first == nullptr ? nullptr : end_of_part(*first, kEndsGroup | kLastOfBlock);
      if (stop != nullptr) {
        run_blocks(*first, stop);
      } else {
        stops == nullptr ? step_on() : step();
      }
      continue;
    }
    const Insn* const first = find_block();
    if (first == nullptr) {
      if (state.fetch.valid) step();
      continue;
    }
    const bool fits = state.cycles.sixteenths + first->block_cost <= chain_limit;
    const Insn* const stop = fits ? nullptr : end_of_part(*first, kLastOfBlock);
    if (fits || stop != nullptr) {
      if (options_.check_fast) chain_limit = 0;  // the fetch of every block is checked
      run_blocks(*first, stop);
    } else {
      resume_in(LineCode::holding(*first));
      stops == nullptr ? step_on() : step();
    }
  }
  const bool keeps_levels =
      state.sleep == Sleep::running && !interrupts_changed && state.cycles < deadline_;
  if (!keeps_levels) update_timers(*this, state.cycles);
}

}  // namespace armature::cpu
