// A small machine for tests of the cpu: RAM, caches, MMUs and cores, with a fake bus, GIC and
// firmware. Programs are words in RAM; registers are set through core().state.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "cache/hierarchy.h"
#include "cpu/core.h"
#include "cpu/ports.h"
#include "mmu/mmu.h"

namespace armature::cpu::testing {

inline constexpr PhysicalAddress kRam{0x4000'0000};
inline constexpr std::uint64_t kRamBytes = 64 << 20;
inline constexpr std::uint64_t kCode = 0x4000'0000;  // where run() puts programs
inline constexpr std::uint64_t kVectorsEl1 = 0x4001'0000;
inline constexpr std::uint64_t kVectorsEl2 = 0x4001'8000;
inline constexpr std::uint64_t kData = 0x4010'0000;
inline constexpr std::uint64_t kTables = 0x4100'0000;  // page tables grow from here
inline constexpr std::uint64_t kDevice = 0x0900'0000;  // the fake bus answers in [0, RAM)

// Devices: a register file by address. Addresses in `broken` answer with a slave error.
struct FakeBus final : Bus {
  BusResponse read(CoreId, PhysicalAddress pa, unsigned size, std::uint64_t& value) override;
  BusResponse write(CoreId, PhysicalAddress pa, unsigned size, std::uint64_t value) override;
  std::map<std::uint64_t, std::uint64_t> registers;
  std::set<std::uint64_t> broken;
  struct Access {
    bool write;
    std::uint64_t pa, value;
    unsigned size;
  };
  std::vector<Access> log;
};

struct FakeGic final : GicPort {
  std::uint64_t read(CoreId core, SysReg reg, bool virtual_access) override;
  void write(CoreId core, SysReg reg, std::uint64_t value, bool virtual_access) override;
  bool hypervisor_traps(CoreId core, SysReg reg) const override;
  Lines lines(CoreId core) override { return line[core.value]; }
  void set_ppi(CoreId core, unsigned intid, bool level) override;
  std::uint64_t changes() const override { return change_count; }

  Lines line[kCoresMax];
  std::set<SysReg> trapped;
  std::uint64_t change_count = 0;
  struct Access {
    CoreId core;
    SysReg reg;
    bool write, virtual_access;
    std::uint64_t value;
  };
  std::vector<Access> log;
  std::map<SysReg, std::uint64_t> values;  // what reads return
  std::map<unsigned, bool> ppi[kCoresMax];
};

struct FakeFirmware final : FirmwarePort {
  Conduit conduit() const override { return used; }
  void call(Core& caller) override;
  Conduit used = Conduit::smc;
  unsigned calls = 0;
  std::uint64_t answer = 0x1234;  // goes to x0
  bool turns_off = false;         // the caller sleeps for good
};

struct EventLog final : EventListener {
  void on_event(const Event& event) override { events.push_back(event); }
  unsigned count(EventKind kind) const;
  // The last event of this kind; fails the test when there is none.
  Event last(EventKind kind) const;
  std::vector<Event> events;
};

struct MachineOptions {
  unsigned cores = 1;
  bool has_el2 = true;
  const char* preset = "cortex-a57";
};

// The machine without GoogleTest, for tests that need several.
class TestMachine {
 public:
  explicit TestMachine(MachineOptions options = {});
  ~TestMachine();

  CpuPreset preset;
  MemoryMap memory;
  EventBus events;
  EventLog log;
  FakeBus bus;
  FakeGic gic;
  FakeFirmware firmware;
  std::unique_ptr<cache::Hierarchy> caches;
  std::vector<std::unique_ptr<mmu::Mmu>> mmus;
  std::unique_ptr<mmu::ShootdownQueue> shootdown;
  std::unique_ptr<mmu::TableFrames> tables;
  std::unique_ptr<Machine> machine;
  std::vector<std::unique_ptr<Core>> cores;

  Core& core(unsigned n = 0) { return *cores[n]; }
  CoreState& state(unsigned n = 0) { return cores[n]->state; }
  std::uint64_t& sys(SysReg reg, unsigned n = 0) { return cores[n]->state[reg]; }

  // Through the coherent port, as a user's write: visible to every core.
  void write32(std::uint64_t pa, std::uint32_t value);
  void write64(std::uint64_t pa, std::uint64_t value);
  std::uint32_t read32(std::uint64_t pa);
  std::uint64_t read64(std::uint64_t pa);

  // Sets EL, SPSel and VBARs, context and interrupts changed. The core is runnable at kCode.
  void enter(El el, unsigned sp_sel = 1, unsigned n = 0);
  // Writes the words at pc's physical address (identity) and runs until as many instructions have
  // retired. One that faults does not retire: a NOP at every vector retires in its place.
  void run(std::initializer_list<std::uint32_t> words, unsigned n = 0);
  void step(std::uint64_t instructions = 1, unsigned n = 0);
  // Calls a handler as the engine would for one instruction at pc; pc and time are updated.
  Outcome execute(const std::function<Outcome(Core&, const Insn&)>& handler,
                  const Insn& operands = {}, unsigned n = 0);

  // ---- translation tables, 4 KiB granule
  // Stage 1 of the EL1&0 regime (T0SZ = 16, TTBR0) or of EL2; enables the MMU and caches.
  // A page of `bytes` 4 KiB, 2 MiB or 1 GiB. `attributes` are the descriptor's bits besides type,
  // address and AF; default: Normal, Inner Shareable, EL1 read/write, EL0 none.
  static constexpr std::uint64_t kNormalRw = 0x300;  // SH inner, AttrIndx 0
  static constexpr std::uint64_t kUser = 1 << 6, kReadOnly = 1 << 7, kNonGlobal = 1 << 11;
  static constexpr std::uint64_t kDeviceAttribute = 1 << 2;  // AttrIndx 1
  void enable_stage1(El regime, unsigned n = 0);
  std::uint64_t map_stage1(El regime, std::uint64_t va, std::uint64_t pa, std::uint64_t bytes,
                           std::uint64_t attributes = kNormalRw);
  // Stage 2: 40-bit IPA, start at level 1, VTTBR and VTCR; HCR_EL2.VM is set.
  static constexpr std::uint64_t kStage2Rw = 0x3c0 | 0x3c | 0x300;  // S2AP RW, WB, inner
  static constexpr std::uint64_t kStage2Ro = 0x340 | 0x3c | 0x300;
  static constexpr std::uint64_t kStage2Device = 0x3c0 | 0x4;
  void enable_stage2(unsigned vmid = 1, unsigned n = 0);
  std::uint64_t map_stage2(std::uint64_t ipa, std::uint64_t pa, std::uint64_t bytes,
                           std::uint64_t attributes = kStage2Rw);  // address of the descriptor

 private:
  std::uint64_t new_table(unsigned pages = 1);
  std::uint64_t map(std::uint64_t root, unsigned start_level, std::uint64_t input,
                    std::uint64_t output, std::uint64_t bytes, std::uint64_t attributes);

  std::uint64_t next_table_ = kTables;
  std::uint64_t roots_[3] = {0, 0, 0};  // [1] EL1&0, [2] EL2
  std::uint64_t stage2_root_ = 0;
};

// One core with EL2, at EL1.
class CoreFixture : public ::testing::Test, public TestMachine {
 protected:
  explicit CoreFixture(MachineOptions options = {}) : TestMachine(options) {}
};

namespace word {  // a few encodings, so that tests can spell programs
inline constexpr std::uint32_t nop = 0xd503'201f, eret = 0xd69f'03e0, isb = 0xd503'3fdf,
                               dsb_ish = 0xd503'3b9f, dsb_sy = 0xd503'3f9f, wfi = 0xd503'207f,
                               wfe = 0xd503'205f, sev = 0xd503'209f, sevl = 0xd503'20bf;
constexpr std::uint32_t svc(std::uint32_t imm) { return 0xd400'0001 | imm << 5; }
constexpr std::uint32_t hvc(std::uint32_t imm) { return 0xd400'0002 | imm << 5; }
constexpr std::uint32_t smc(std::uint32_t imm) { return 0xd400'0003 | imm << 5; }
constexpr std::uint32_t brk(std::uint32_t imm) { return 0xd420'0000 | imm << 5; }
constexpr std::uint32_t movz(unsigned rd, std::uint32_t imm) { return 0xd280'0000 | imm << 5 | rd; }
constexpr std::uint32_t ldr(unsigned rt, unsigned rn) { return 0xf940'0000 | rn << 5 | rt; }
constexpr std::uint32_t str(unsigned rt, unsigned rn) { return 0xf900'0000 | rn << 5 | rt; }
constexpr std::uint32_t sys(std::uint16_t encoding, unsigned rt) {  // also MSR: op0 in bits 15:14
  return 0xd500'0000 | static_cast<std::uint32_t>(encoding) << 5 | rt;
}
constexpr std::uint32_t msr(std::uint16_t encoding, unsigned rt) { return sys(encoding, rt); }
constexpr std::uint32_t mrs(std::uint16_t encoding, unsigned rt) {
  return sys(encoding, rt) | 1u << 21;
}
}  // namespace word

}  // namespace armature::cpu::testing
