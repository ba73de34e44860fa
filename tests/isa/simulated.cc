#include "simulated.h"

#include <cstring>

#include "sim/base/bits.h"
#include "tests/cpu/core_fixture.h"

namespace armature::isa {

namespace {

using cpu::CoreState;
using cpu::testing::TestMachine;

constexpr std::uint32_t kSvc = 0xd4000001, kWfi = 0xd503207f;
constexpr std::uint64_t kVectorFromLowerEl = 0x400;
constexpr std::uint64_t kInstructionsMax = 2000;

void prepare(TestMachine& machine, std::span<const IsaCase> cases, SimulatedOptions options) {
  machine.core().set_options({.fast = options.fast});
  machine.enter(El::el0, 0);
  machine.enable_stage1(El::el1);
  const std::uint64_t user = TestMachine::kNormalRw | TestMachine::kUser;
  machine.map_stage1(El::el1, ISA_FINISH, ISA_FINISH, 4096, user);
  // X28 points to the boundary between these pages, so that many accesses cross it.
  for (const std::uint64_t page : {ISA_POINTER - kFrameBytes, ISA_POINTER}) {
    machine.map_stage1(El::el1, page, page, kFrameBytes, user);
  }
  machine.map_stage1(El::el1, cpu::testing::kVectorsEl1, cpu::testing::kVectorsEl1, 4096);
  machine.map_stage1(El::el1, ISA_CODE, ISA_CODE, ISA_CODE_BYTES, user);
  machine.write32(ISA_FINISH, kSvc);
  machine.write32(cpu::testing::kVectorsEl1 + kVectorFromLowerEl, kWfi);
  // FPEN: no FP traps. UCI, DZE and UCT: what Linux lets a user program do.
  machine.sys(SysReg::CPACR_EL1) |= 3u << 20;
  machine.sys(SysReg::SCTLR_EL1) |= 1u << 26 | 1u << 15 | 1u << 14;
  machine.sys(SysReg::SCTLR_EL1) &= ~(1ull << 1 | 1u << 3 | 1u << 4);  // A, SA, SA0: as QEMU

  for (std::size_t n = 0; n < cases.size(); ++n) {
    std::uint64_t at = ISA_CODE + n * ISA_CASE_BYTES;
    auto* code = machine.memory.host(PhysicalAddress{at});
    const auto put = [&](std::uint32_t word) {
      std::memcpy(code, &word, sizeof word);
      code += sizeof word;
      at += sizeof word;
    };
    put(ISA_PROLOGUE);
    for (unsigned w = 0; w < cases[n].word_count; ++w) put(cases[n].words[w]);
    put(isa_branch(at, ISA_FINISH));
  }
}

void load_state(CoreState& state, const IsaState& in) {
  for (unsigned n = 0; n < 31; ++n) state.x[n] = in.x[n];
  state.x[cpu::kSp] = in.sp;
  state.nzcv = static_cast<std::uint32_t>(in.nzcv);
  state.fpcr = static_cast<std::uint32_t>(in.fpcr);
  state.fpsr = static_cast<std::uint32_t>(in.fpsr);
  std::memcpy(state.v.data(), in.v, sizeof in.v);
}

// The state at the exception that ended the case, which the handler at EL1 has not changed.
void store_state(const CoreState& state, IsaState& out) {
  for (unsigned n = 0; n < 31; ++n) out.x[n] = state.x[n];
  out.sp = state[SysReg::SP_EL0];
  out.nzcv = state[SysReg::SPSR_EL1] & mask(31, 28);
  out.fpcr = state.fpcr;
  out.fpsr = state.fpsr;
  std::memcpy(out.v, state.v.data(), sizeof out.v);
}

// As the signal Linux would send.
std::uint64_t fault_of(const CoreState& state) {
  enum : unsigned {
    svc = 0x15,
    unknown = 0,
    system = 0x18,
    pc_alignment = 0x22,
    brk = 0x3c,
    fetch = 0x20,
    data = 0x24
  };
  const std::uint64_t esr = state[SysReg::ESR_EL1];
  constexpr unsigned alignment_fault = 0x21;
  switch (bits(esr, 31, 26)) {
    case svc:
      return kIsaFaultNone;
    case unknown:
    case system:
      return kIsaFaultUndefined;
    case pc_alignment:
      return kIsaFaultBus;
    case brk:
      return kIsaFaultTrap;
    case data:
      return bits(esr, 5, 0) == alignment_fault ? kIsaFaultBus : kIsaFaultMemory;
    default:
      return kIsaFaultMemory;
  }
}

}  // namespace

std::vector<IsaResult> run_simulated(std::span<const IsaCase> cases, SimulatedOptions options) {
  TestMachine machine({.has_el2 = false});
  machine.events.remove(machine.log);
  prepare(machine, cases, options);
  cpu::Core& core = machine.core();
  CoreState& state = core.state;
  std::vector<IsaResult> results(cases.size());
  auto* scratch =
      reinterpret_cast<std::uint64_t*>(machine.memory.host(PhysicalAddress{ISA_SCRATCH}));
  for (std::size_t n = 0; n < cases.size(); ++n) {
    cpu::select_stack(state, El::el0, 0);
    state.ps = {.el = El::el0, .sp_sel = 0, .daif = 0, .ss = false, .il = false};
    load_state(state, cases[n].in);
    isa_fill(scratch, cases[n].memory_seed);
    core.clear_exclusive();
    state.pc = ISA_CODE + n * ISA_CASE_BYTES + sizeof(std::uint32_t);
    state.fetch.valid = false;
    state.sleep = cpu::Sleep::running;
    core.interrupts_changed = true;
    core.context_changed();
    core.run(state.cycles + Cycles::whole(100'000'000), kInstructionsMax);

    IsaResult& result = results[n];
    if (state.sleep != cpu::Sleep::wfi) {  // it did not come to its end
      result.fault = ~0ull;
      result.pc = state.pc;
      continue;
    }
    store_state(state, result.out);
    result.fault = fault_of(state);
    result.pc = result.fault == kIsaFaultNone ? 0 : state[SysReg::ELR_EL1];
    std::memcpy(result.memory, scratch, ISA_SCRATCH_BYTES);
  }
  return results;
}

}  // namespace armature::isa
