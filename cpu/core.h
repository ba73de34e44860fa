// One core: its state and the parts that give the state behaviour. Instruction handlers are free
// functions on Core; this header is their table of contents.
//   data_port.cc   loads, stores, exclusives: L0 filter, translation, caches, devices
//   fetch.cc       fetch groups and the block cache
//   engine.cc      running: blocks, single instructions, interrupts
//   sleep.cc       waiting: WFI, WFE, off
//   context.cc     what is derived from system registers: translation context, decode mode
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <type_traits>

#include "cpu/insn.h"
#include "cpu/ports.h"
#include "cpu/state.h"
#include "mmu/mmu.h"
#include "sim/arch/access.h"

namespace armature::cpu {

struct FastPath;  // L0 filter and block cache: derived, never saved

using u128 = unsigned __int128;

// How a load or store is ordered and with whose permissions it is made.
enum class MemoryOrder : std::uint8_t {
  plain,
  ordered,       // LDAR/STLR: acquire or release; must be aligned
  unprivileged,  // LDTR/STTR
};

// A grant of the L0 filter, read or write. One filter a translation context: kL0Entries grants to read
// and behind them as many to write, each by virtual line.
struct L0Entry {
  std::uint64_t tag = ~0ull;  // virtual line address; ~0 matches nothing
  std::uint64_t addend = 0;   // host address = va + addend
};
inline constexpr unsigned kL0Entries = 512;
inline constexpr unsigned kL0Writes = kL0Entries;  // the first of those to write
constexpr unsigned l0_index(std::uint64_t va) { return (va / kLineBytes) % kL0Entries; }

// Sees every instruction before it executes; only step() tells it, so runs with an observer take the
// slow engine (whose results are the same).
class InstructionObserver {
 public:
  virtual ~InstructionObserver() = default;
  virtual void on_instruction(const Core& core, PhysicalAddress pa, std::uint32_t word) = 0;
};

class Core final : public cache::LineObserver, public mmu::MicroTlbObserver, public EventPosition {
 public:
  Core(CoreId id, Machine& machine, mmu::Mmu& mmu);
  ~Core() override;
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  CoreState state;
  Machine& machine;
  mmu::Mmu& mmu;
  const CoreId id;

  // ---- running (engine.cc)
  struct Options {
    bool fast = true;         // predecoded blocks and the L0 filter
    bool check_fast = false;  // re-do every fast hit the slow way
  };
  void set_options(Options options);
  bool is_fast() const { return options_.fast; }
  std::uint64_t least_cost() const { return least_cost_; }  // of any instruction, 1/16 cycles
  void set_instruction_observer(InstructionObserver* observer) { instruction_observer_ = observer; }
  // Runs until local time reaches `end` (overshooting by at most one instruction), or the core
  // sleeps or is off, or `instructions_max` more instructions have retired.
  void run(Cycles end, std::uint64_t instructions_max = ~0ull);
  // The run() that goes on ends then and not later: windows have been parted (window.h).
  void end_run_at(Cycles end);
  // Makes run() return after the instruction being executed, wherever the window is.
  void request_stop() {
    machine.part_windows();
    machine.stop_requested = true;
    interrupts_changed = true;  // ends the chain of blocks; looking once more changes nothing
    if (current != nullptr) group_end = current + 1;
  }
  // Architectural reset: `entry` at the highest EL, `x0` as PSCI CPU_ON or a boot stub passes it.
  void reset(VirtualAddress entry, std::uint64_t x0);
  // The earliest local time at which a timer, the event stream or the PMU changes something.
  Cycles next_deadline() const;
  // That of a core asleep, when nothing that could wake it has happened since it was last found to have no
  // cause to wake; otherwise 0.
  Cycles asleep_until() const;

  // ---- position of the instruction being executed
  const Insn* current = nullptr;  // set before each handler is called
  std::uint64_t group_pc = 0;     // va of the instruction with index 0
  std::uint64_t pc() const { return pc_of(*current); }
  std::uint64_t pc_of(const Insn& insn) const { return group_pc + 4ull * insn.index; }
  // While a block runs, state.cycles is the time at which it will have ended, and state.retired counts
  // what retired before the line's first instruction would have: a branch then has little to add up.
  // Local time at the current instruction (before its own base cost).
  Cycles now() const {
    return {state.cycles.sixteenths - (current != nullptr ? current->block_cost : 0)};
  }
  // Instructions retired before the current one.
  std::uint64_t retired_now() const {
    return state.retired + (current != nullptr ? current->index : 0);
  }
  std::uint64_t groups_within = 0;  // groups that began without run_blocks() since it was called
  void stamp(Event& event) const override;
  Where where() const override { return {current != nullptr ? pc() : state.pc, now().sixteenths}; }
  // Local time at the beginning of the current instruction, or of the one being fetched: what has been
  // charged to it since is not in it.
  Cycles started() const { return charged_ == retired_now() ? started_ : now(); }
  // Before anything is charged to the current instruction.
  void note_start() {
    if (charged_ == retired_now()) return;
    charged_ = retired_now();
    started_ = now();
  }
  // Adds a penalty at its effect; a group that no longer fits into the budget ends here.
  void charge(Cycles penalty) {
    note_start();
    charge_more(penalty);
  }
  // The same for an instruction that has been charged before.
  void charge_more(Cycles penalty) {
    state.cycles += penalty;
    if (current != nullptr && state.cycles > run_limit_) group_end = current + 1;
  }
  // Ends the fetch group after the current instruction (device access, own interrupt raised).
  // Only an instruction that left the chain of go_on() may: the slow way of an access, for example.
  void end_group() { group_end = current + 1; }
  const Insn* group_end = nullptr;  // where the block ends early, if it does

  // ---- from block to block (chain.h)
  const struct JumpEntry* jump_entries = nullptr;
  std::uint32_t jump_serial = 0;      // which of them are of the current context
  std::uint64_t chain_limit = 0;      // blocks that end until then, in 1/16 cycles, fit the budget

  // ---- data port (data_port.cc; the fast path is inline below). Each returns false when a fault
  // was taken: the handler then returns Outcome::fault and must not have changed any register.
  template <typename T>
  [[nodiscard]] bool load(std::uint64_t va, T& value, MemoryOrder order = MemoryOrder::plain);
  template <typename T>
  [[nodiscard]] bool store(std::uint64_t va, T value, MemoryOrder order = MemoryOrder::plain);
  // The same when the filter need not be asked (again).
  [[nodiscard]] bool load_slow(std::uint64_t va, void* value, unsigned bytes, MemoryOrder order);
  [[nodiscard]] bool store_slow(std::uint64_t va, const void* value, unsigned bytes,
                                MemoryOrder order);
  // Where the filter says that the naturally aligned T at `va` lies; nullptr when it does not know.
  template <typename T>
  std::uint8_t* readable(std::uint64_t va) const {
    return granted<sizeof(T)>(l0, va);
  }
  template <typename T>
  std::uint8_t* writable(std::uint64_t va) const {
    return granted<sizeof(T)>(l0 + kL0Writes, va);
  }
  // The same for two Ts, neighbours in one line.
  template <typename T>
  std::uint8_t* readable_pair(std::uint64_t va) const {
    return granted_pair<sizeof(T)>(l0, va);
  }
  template <typename T>
  std::uint8_t* writable_pair(std::uint64_t va) const {
    return granted_pair<sizeof(T)>(l0 + kL0Writes, va);
  }
  // Exclusives: 1, 2, 4, 8 bytes, or pairs as `count` elements of 4 or 8 bytes (LDXP/STXP).
  [[nodiscard]] bool load_exclusive(std::uint64_t va, unsigned element_bytes, unsigned count,
                                    std::uint64_t* values, bool acquire);
  // `success` tells whether the store happened (Ws = !success).
  [[nodiscard]] bool store_exclusive(std::uint64_t va, unsigned element_bytes, unsigned count,
                                     const std::uint64_t* values, bool release, bool& success);
  void clear_exclusive();  // CLREX, exception return
  // DC ZVA: zeroes the naturally aligned 64 bytes that hold va.
  [[nodiscard]] bool zero_block(std::uint64_t va);
  // Translates for a cache maintenance instruction by VA; on success `pa`.
  [[nodiscard]] bool translate_maintenance(std::uint64_t va, bool needs_write, PhysicalAddress& pa);
  // SP alignment check for base register SP (SCTLR.SA/SA0): false when the fault was taken.
  [[nodiscard]] bool check_sp_alignment();

  // ---- derived from state (context.cc)
  // Must be called after any change to EL, PSTATE or a system register that decode, translation,
  // alignment, endianness or interrupt masking depends on. Cheap; recomputed before the next fetch.
  void context_changed() {
    context_dirty = true;
    if (current != nullptr) group_end = current + 1;
  }
  void refresh_context();
  void update_usual_misses();
  // Rebuilds everything derived from state after it was replaced as a whole (snapshot, debugger).
  void state_replaced();
  const mmu::TranslationContext& translation_context() const { return context; }
  const bool& context_is_dirty() const { return context_dirty; }  // then `context` is out of date
  std::uint64_t sctlr() const { return context.sctlr; }
  bool big_endian_data() const;  // BigEndian(): SCTLR_ELx.EE or SCTLR_EL1.E0E
  bool interrupts_changed =
      true;  // interrupt lines or masks may differ: look before the next group

  // ---- statistics
  struct Statistics {
    std::uint64_t fast_reads = 0, fast_writes = 0;  // L0 hits: also DTLB and L1D hits
    std::uint64_t fast_groups = 0;                  // fetch groups that hit L1I without the model
    std::uint64_t fast_groups_translated = 0;       // those of them that also hit the ITLB
    std::uint64_t fetch_groups = 0;                 // all of them
    std::uint64_t device_accesses = 0, exclusive_failures = 0;
    std::uint64_t external_aborts = 0;
  } statistics;
  // Before saving: moves the fast counts to the structures that would have counted them and empties
  // an invalid fetch buffer, so that equal runs have equal state whatever engine ran them.
  void normalise_state();

  // ---- a debugger on the host (stop_points.h)
  // The lists of machine.stops changed: grants that rested on the old ones go.
  void stop_points_changed();

  // ---- cache::LineObserver, mmu::MicroTlbObserver
  void l1d_line_lost(unsigned slot) override;
  void l1d_victim_lost(unsigned slot, unsigned other, bool other_too) override;
  void l1d_write_lost(unsigned slot) override;
  void l1i_line_lost(unsigned slot) override;
  void monitor_cleared() override;
  void l1d_entry_lost(unsigned slot, VirtualAddress va, std::uint64_t bytes) override;
  void l1i_entry_lost(unsigned slot) override;
  // A frame became a translation table or is watched now: no write grants to it any more.
  void frame_write_protected(PhysicalAddress frame);
  // Its reads are published as well from now on (kFrameWatched).
  void frame_watched(PhysicalAddress frame);

  mmu::TranslationContext context{};
  bool context_dirty = true;
  L0Entry* l0 = nullptr;         // the filter of the current context; never null
  std::uint64_t align_mask = 0;  // ~0 when SCTLR.A makes every access aligned
  FastPath& fast_path() { return *fast_; }

 private:
  friend struct FastPath;
  template <unsigned bytes>
  static std::uint8_t* granted(const L0Entry* grants, std::uint64_t va) {
    const L0Entry& entry = grants[l0_index(va)];
    // One comparison: the line, and that the low bits of the address are 0.
    if ((va & ~(kLineBytes - bytes)) != entry.tag) return nullptr;
    return reinterpret_cast<std::uint8_t*>(va + entry.addend);
  }
  template <unsigned bytes>
  static std::uint8_t* granted_pair(const L0Entry* grants, std::uint64_t va) {
    const L0Entry& entry = grants[l0_index(va)];
    if ((((va + 2 * bytes - 1) & ~(kLineBytes - 1)) | (va & (bytes - 1))) != entry.tag) {
      return nullptr;
    }
    return reinterpret_cast<std::uint8_t*>(va + entry.addend);
  }
  const L0Entry* granted_unaligned(const L0Entry* grants, std::uint64_t va, unsigned bytes,
                                   MemoryOrder order) const;
  // data_port.cc
  struct Part;
  enum class Miss : std::uint8_t { done, fault, unusual };  // unusual: nothing has happened yet
  template <bool write>
  Miss usual_miss(std::uint64_t va, void* value, unsigned bytes, MemoryOrder order);
  bool load_unusual(std::uint64_t va, void* value, unsigned bytes, MemoryOrder order);
  bool store_unusual(std::uint64_t va, const void* value, unsigned bytes, MemoryOrder order);
  bool translate_part(Part& part, const AccessDescriptor& access, unsigned access_bytes);
  bool read_part(const Part& part, std::uint8_t* out, const AccessDescriptor& access, bool grant);
  bool write_part(const Part& part, const std::uint8_t* in, const AccessDescriptor& access,
                  bool grant);
  bool split(std::uint64_t va, unsigned bytes, const AccessDescriptor& access, Part (&parts)[2],
             unsigned& count);
  bool may_grant(const Part& part, std::uint64_t va) const;
  bool access_aligned(std::uint64_t va, unsigned bytes, const AccessDescriptor& access);
  void store_to_table_frame(PhysicalAddress pa, const std::uint8_t* in, unsigned bytes,
                            bool cacheable);
  bool check_fast_read(std::uint64_t va, unsigned bytes, const void* value);
  bool stops_before_access(std::uint64_t va, unsigned bytes, bool write);

  // engine.cc
  bool begin_instruction();
  void step();
  void step_on();
  Outcome run_block(const Insn& first);
  Outcome run_part(const Insn& first, const Insn& stop);
  const Insn* end_of_part(const Insn& first, unsigned last) const;
  void run_blocks(const Insn& first_of_all, const Insn* stop);
  const Insn* resumable() const;
  void resume_in(const struct LineCode& line);
  void set_chain_limit();
  void decode_alone(Insn& insn);
  bool stopped_before_access() const;
  bool stops_before_instruction();
  void turn_made();
  void begin_block(const Insn& first);
  std::uint64_t leave_block(bool with_current);
  void retire(Outcome outcome, bool with_current);

  // sleep.cc
  bool wake_if_due();
  void fall_asleep();

  // fetch.cc
  bool fetch_line();  // fills state.fetch for state.pc; false: fault taken
  bool fetch_from(const mmu::Translation& translation);
  bool fetch_usual();
  const Insn* check_fast_fetch(const Insn& expected);
  const Insn* find_block();  // at state.pc; nullptr: fault taken or not cacheable

  Options options_{};
  InstructionObserver* instruction_observer_ = nullptr;
  Cycles run_end_{};    // where run() ends
  Cycles run_limit_{};  // that or the next deadline, whichever is earlier
  std::uint64_t retired_end_ = ~0ull;  // where it ends in retired instructions
  std::uint64_t charged_ = ~0ull;  // which instruction, by retired_now(), has been charged something
  Cycles started_{};               // when it began
  std::uint64_t least_cost_ = 0;  // of any instruction, 1/16 cycles
  Cycles deadline_{};
  bool lines_changed_ = true;  // only the lines of the GIC may differ, by what others did
  std::uint64_t lines_seen_ = ~0ull;  // GicPort::changes() when they were looked at
  bool watchpoints_ = false;    // some watchpoint is enabled: every access is checked
  // The L0 filter may be filled in this context: not with watchpoints, nor with big-endian data.
  bool filter_grants_ = false;
  bool usual_misses_ = false;   // and usual_miss() may be tried: neither while a debugger watches
  bool precise_ = false;  // breakpoints or software step: one instruction at a time, with checks
  std::unique_ptr<FastPath> fast_;
};

// The handlers behind the last instruction of a line, and behind one that is decoded alone.
Outcome end_of_line(Core& core, const Insn& insn);
Outcome end_of_group(Core& core, const Insn& insn);

// Goes on with the instruction behind `insn`. The last thing a handler does, so that the compiler
// makes it a jump and each instruction has a prediction of its successor of its own.
inline Outcome go_on(Core& core, const Insn& insn) {
  const Insn* const next = &insn + 1;
  core.current = next;
  return next->handler(core, *next);
}
// The same after something that may have ended the group.
inline Outcome go_on_unless_ended(Core& core, const Insn& insn) {
  return core.group_end == &insn + 1 ? Outcome::next : go_on(core, insn);
}
// The same behind a conditional branch that was not taken: a new group begins, in a line that L1I
// and a page that the ITLB cannot have lost since this group was fetched.
inline Outcome go_on_in_next_group(Core& core, const Insn& insn) {
  core.groups_within += (insn.flags & kLastOfBlock) == 0 ? 1 : 0;
  return go_on(core, insn);
}

template <typename T>
bool Core::load(std::uint64_t va, T& value, MemoryOrder order) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 16);
  if (order != MemoryOrder::unprivileged) {
    if (const std::uint8_t* const host = readable<T>(va)) [[likely]] {
      std::memcpy(&value, host, sizeof(T));
      ++statistics.fast_reads;
      return true;
    }
  }
  return load_slow(va, &value, sizeof(T), order);
}

template <typename T>
bool Core::store(std::uint64_t va, T value, MemoryOrder order) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 16);
  if (order != MemoryOrder::unprivileged) {
    if (std::uint8_t* const host = writable<T>(va)) [[likely]] {
      std::memcpy(host, &value, sizeof(T));
      ++statistics.fast_writes;
      return true;
    }
  }
  return store_slow(va, &value, sizeof(T), order);
}

}  // namespace armature::cpu
