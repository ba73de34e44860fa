#include "tests/cpu/core_fixture.h"

#include <array>
#include <cstring>

#include "cpu/decode.h"
#include "sim/arch/registers/control.h"
#include "sim/arch/registers/translation.h"
#include "sim/base/assert.h"
#include "sim/base/bits.h"

namespace armature::cpu::testing {

BusResponse FakeBus::read(CoreId, PhysicalAddress pa, unsigned size, std::uint64_t& value) {
  value = 0;
  if (pa >= kRam) return BusResponse::decode_error;
  if (broken.contains(pa.value)) return BusResponse::slave_error;
  if (const auto found = registers.find(pa.value); found != registers.end()) value = found->second;
  if (size < 8) value &= mask(size * 8 - 1, 0);
  log.push_back({false, pa.value, value, size});
  return BusResponse::okay;
}

BusResponse FakeBus::write(CoreId, PhysicalAddress pa, unsigned size, std::uint64_t value) {
  if (pa >= kRam) return BusResponse::decode_error;
  if (broken.contains(pa.value)) return BusResponse::slave_error;
  registers[pa.value] = value;
  log.push_back({true, pa.value, value, size});
  return BusResponse::okay;
}

std::uint64_t FakeGic::read(CoreId core, SysReg reg, bool virtual_access) {
  const std::uint64_t value = values[reg];
  log.push_back({core, reg, false, virtual_access, value});
  return value;
}

void FakeGic::write(CoreId core, SysReg reg, std::uint64_t value, bool virtual_access) {
  values[reg] = value;
  log.push_back({core, reg, true, virtual_access, value});
}

bool FakeGic::hypervisor_traps(CoreId, SysReg reg) const { return trapped.contains(reg); }

void FakeGic::set_ppi(CoreId core, unsigned intid, bool level) {
  ppi[core.value][intid] = level;
  ++change_count;
}

void FakeFirmware::call(Core& caller) {
  ++calls;
  caller.state.x[0] = answer;
  if (turns_off) caller.state.sleep = Sleep::off;
}

unsigned EventLog::count(EventKind kind) const {
  unsigned n = 0;
  for (const Event& event : events) n += event.kind == kind;
  return n;
}

Event EventLog::last(EventKind kind) const {
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    if (event->kind == kind) return *event;
  }
  ADD_FAILURE() << "no event of kind " << event_alphabet()[static_cast<unsigned>(kind)].name;
  return {};
}

TestMachine::TestMachine(MachineOptions options) : preset(cpu_preset(options.preset)) {
  memory.add("ram", kRam, kRamBytes, true);
  events.add(log, ~0ull);
  caches = std::make_unique<cache::Hierarchy>(preset, options.cores, 1, memory, events);
  std::vector<mmu::Mmu*> all;
  for (unsigned n = 0; n < options.cores; ++n) {
    mmus.push_back(std::make_unique<mmu::Mmu>(CoreId{static_cast<std::uint8_t>(n)}, preset, 1,
                                              memory, *caches, events));
    all.push_back(mmus.back().get());
  }
  shootdown = std::make_unique<mmu::ShootdownQueue>(all, events);
  tables = std::make_unique<mmu::TableFrames>(memory, events);
  machine = std::make_unique<Machine>(Machine{.preset = preset,
                                              .has_el2 = options.has_el2,
                                              .memory = memory,
                                              .events = events,
                                              .caches = *caches,
                                              .shootdown = *shootdown,
                                              .tables = *tables,
                                              .bus = bus,
                                              .gic = gic,
                                              .firmware = firmware});
  for (unsigned n = 0; n < options.cores; ++n) {
    cores.push_back(
        std::make_unique<Core>(CoreId{static_cast<std::uint8_t>(n)}, *machine, *mmus[n]));
    machine->cores.push_back(cores.back().get());
  }
  for (std::uint64_t vector = 0; vector < 0x800; vector += 0x80) {
    write32(kVectorsEl1 + vector, word::nop);
    write32(kVectorsEl2 + vector, word::nop);
  }
  for (unsigned n = 0; n < options.cores; ++n) {
    core(n).reset({kCode}, 0);
    sys(SysReg::OSLSR_EL1, n) &= ~2ull;  // the OS Lock as an operating system leaves it
    enter(El::el1, 1, n);
  }
  events.set_position(cores[0].get());
}

TestMachine::~TestMachine() = default;

void TestMachine::write32(std::uint64_t pa, std::uint32_t value) {
  std::uint8_t bytes[4];
  std::memcpy(bytes, &value, sizeof bytes);
  caches->dma_write({pa}, bytes);
  for (auto& c : cores) c->state.fetch.valid = false;
}

void TestMachine::write64(std::uint64_t pa, std::uint64_t value) {
  write32(pa, static_cast<std::uint32_t>(value));
  write32(pa + 4, static_cast<std::uint32_t>(value >> 32));
}

std::uint32_t TestMachine::read32(std::uint64_t pa) {
  std::uint8_t bytes[4];
  caches->dma_read({pa}, bytes);
  std::uint32_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

std::uint64_t TestMachine::read64(std::uint64_t pa) {
  return read32(pa) | static_cast<std::uint64_t>(read32(pa + 4)) << 32;
}

void TestMachine::enter(El el, unsigned sp_sel, unsigned n) {
  select_stack(state(n), el, sp_sel);
  sys(SysReg::VBAR_EL1, n) = kVectorsEl1;
  sys(SysReg::VBAR_EL2, n) = kVectorsEl2;
  state(n).pc = kCode;
  state(n).sleep = Sleep::running;
  state(n).fetch.valid = false;
  core(n).interrupts_changed = true;
  core(n).context_changed();
  core(n).refresh_context();
}

void TestMachine::run(std::initializer_list<std::uint32_t> words, unsigned n) {
  std::uint64_t pa = state(n).pc;
  for (const std::uint32_t instruction : words) {
    write32(pa, instruction);
    pa += 4;
  }
  caches->instruction_all_inner_shareable();
  step(words.size(), n);
}

void TestMachine::step(std::uint64_t instructions, unsigned n) {
  constexpr Cycles kFarEnough = Cycles::whole(10'000'000);  // a program that never retires ends too
  core(n).run(state(n).cycles + kFarEnough, instructions);
}

Outcome TestMachine::execute(const std::function<Outcome(Core&, const Insn&)>& handler,
                             const Insn& operands, unsigned n) {
  Core& c = core(n);
  if (c.context_dirty) c.refresh_context();
  events.set_position(&c);
  std::array<Insn, 2> alone{{operands, {.handler = end_of_group}}};
  Insn& insn = alone[0];
  insn.index = 0;
  insn.block_cost = 0;  // no time passes
  const std::uint64_t pc = c.state.pc;
  c.group_pc = pc;
  c.current = &insn;
  c.group_end = &insn + 1;
  const Outcome outcome = handler(c, insn);
  c.current = nullptr;
  c.group_end = nullptr;
  if (outcome == Outcome::next || outcome == Outcome::sync) c.state.pc = pc + 4;
  if (outcome != Outcome::fault) ++c.state.retired;
  return outcome;
}

std::uint64_t TestMachine::new_table(unsigned pages) {
  const std::uint64_t bytes = pages * kFrameBytes;
  next_table_ = (next_table_ + bytes - 1) & ~(bytes - 1);
  const std::uint64_t table = next_table_;
  next_table_ += bytes;
  return table;
}

std::uint64_t TestMachine::map(std::uint64_t root, unsigned start_level, std::uint64_t input,
                               std::uint64_t output, std::uint64_t bytes,
                               std::uint64_t attributes) {
  constexpr std::uint64_t kTable = 3, kPage = 3, kBlock = 1, kAccessFlag = 1 << 10;
  const unsigned leaf = bytes == kFrameBytes ? 3 : bytes == 2u << 20 ? 2 : 1;
  std::uint64_t table = root;
  for (unsigned level = start_level;; ++level) {
    const unsigned shift = 39 - 9 * level;
    // The first level is wider when its tables are concatenated.
    const std::uint64_t index =
        level == start_level ? bits(input, 47, shift) : bits(input, shift + 8, shift);
    const std::uint64_t address = table + 8 * index;
    if (level == leaf) {
      write64(address, output | attributes | kAccessFlag | (level == 3 ? kPage : kBlock));
      return address;
    }
    std::uint64_t entry = read64(address);
    if ((entry & 1) == 0) {
      entry = new_table() | kTable;
      write64(address, entry);
    }
    table = entry & mask(47, 12);
  }
}

void TestMachine::enable_stage1(El regime, unsigned n) {
  constexpr std::uint64_t kT0sz16 = 16, kWalks = 0x3500;  // SH0 inner, ORGN0, IRGN0 write-back
  const bool el2 = regime == El::el2;
  std::uint64_t& root = roots_[static_cast<unsigned>(regime)];
  if (root == 0) root = new_table();
  sys(el2 ? SysReg::TTBR0_EL2 : SysReg::TTBR0_EL1, n) = root;
  sys(el2 ? SysReg::TCR_EL2 : SysReg::TCR_EL1, n) =
      el2 ? Tcr{kT0sz16 | kWalks}.with(tcr_el2::PS, 5).value
          : Tcr{kT0sz16 | kWalks}.with(tcr_el1::IPS, 5).with(tcr_el1::EPD1, 1).value;
  sys(el2 ? SysReg::MAIR_EL2 : SysReg::MAIR_EL1, n) = 0x04ff;  // 0: Normal WB, 1: Device-nGnRE
  std::uint64_t& sctlr = sys(el2 ? SysReg::SCTLR_EL2 : SysReg::SCTLR_EL1, n);
  sctlr = Sctlr{sctlr}.with(sctlr::M, 1).with(sctlr::C, 1).with(sctlr::I, 1).value;
  core(n).context_changed();
}

std::uint64_t TestMachine::map_stage1(El regime, std::uint64_t va, std::uint64_t pa,
                                      std::uint64_t bytes, std::uint64_t attributes) {
  std::uint64_t& root = roots_[static_cast<unsigned>(regime)];
  if (root == 0) root = new_table();
  return map(root, 0, va, pa, bytes, attributes);
}

void TestMachine::enable_stage2(unsigned vmid, unsigned n) {
  constexpr std::uint64_t kT0sz24 = 24, kWalks = 0x3500, kRes1 = 1ull << 31;
  if (stage2_root_ == 0) stage2_root_ = new_table(2);
  sys(SysReg::VTTBR_EL2, n) = VttbrEl2{stage2_root_}.with(vttbr_el2::VMID, vmid).value;
  sys(SysReg::VTCR_EL2, n) =
      VtcrEl2{kT0sz24 | kWalks | kRes1}.with(vtcr_el2::PS, 2).with(vtcr_el2::SL0, 1).value;
  std::uint64_t& hcr = sys(SysReg::HCR_EL2, n);
  hcr = HcrEl2{hcr}.with(hcr_el2::VM, 1).with(hcr_el2::RW, 1).value;
  core(n).context_changed();
}

std::uint64_t TestMachine::map_stage2(std::uint64_t ipa, std::uint64_t pa, std::uint64_t bytes,
                                      std::uint64_t attributes) {
  if (stage2_root_ == 0) stage2_root_ = new_table(2);
  return map(stage2_root_, 1, ipa, pa, bytes, attributes);
}

}  // namespace armature::cpu::testing
