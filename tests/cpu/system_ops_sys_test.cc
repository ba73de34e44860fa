// SYS: cache maintenance, address translation, TLB maintenance; privilege, traps, upgrades.
#include <cstring>

#include "cpu/sysreg_access.h"
#include "cpu/system_instructions.h"
#include "sim/arch/registers/control.h"
#include "sim/arch/registers/exception.h"
#include "sim/arch/registers/translation.h"
#include "tests/cpu/core_fixture.h"

namespace armature::cpu::testing {
namespace {

struct Sys : CoreFixture {
  explicit Sys(MachineOptions options = {.cores = 2}) : CoreFixture(options) {
    sys(SysReg::SCTLR_EL1) |= 1u << 26 | 1u << 14;  // UCI, DZE
    core().context_changed();
  }
  // Normal memory for both regimes: DC ZVA faults on Device memory, which is what MMU off means.
  void map_ram() {
    for (const El regime : {El::el1, El::el2}) {
      enable_stage1(regime);
      map_stage1(regime, 0x4000'0000, 0x4000'0000, 1 << 30);
    }
  }
  static const SystemInstruction& find(std::string_view name) {
    for (const auto& instruction : system_instructions()) {
      if (instruction.name == name) return instruction;
    }
    ADD_FAILURE() << "no instruction " << name;
    return system_instructions().front();
  }
  Outcome op(std::string_view name, std::uint64_t operand = 0) {
    state().x[5] = operand;
    Insn insn;
    insn.rd = 5;
    insn.imm = find(name).encoding;
    insn.word = word::sys(find(name).encoding, 5);
    return execute(execute_sys, insn);
  }
  void set_hcr(HcrEl2 hcr) {
    sys(SysReg::HCR_EL2) = hcr.value;
    core().context_changed();
  }
  Esr syndrome() { return {sys(state().ps.el == El::el2 ? SysReg::ESR_EL2 : SysReg::ESR_EL1)}; }
  bool is_undefined(std::string_view name, El el) {
    enter(el, el == El::el0 ? 0 : 1);
    return op(name) == Outcome::fault && syndrome()[esr::EC] == 0x00;
  }
  bool is_trapped(std::string_view name, El el, El to) {
    enter(el, el == El::el0 ? 0 : 1);
    return op(name, kData) == Outcome::fault && state().ps.el == to && syndrome()[esr::EC] == 0x18;
  }
  bool executes(std::string_view name, El el) {
    enter(el, el == El::el0 ? 0 : 1);
    return op(name, kData) == Outcome::next;
  }
};
constexpr HcrEl2 kHcr{1ull << 31};

// ---- allocation and privilege

TEST_F(Sys, TheTableHasNoEncodingTwice) {
  std::set<std::uint16_t> seen;
  for (const auto& instruction : system_instructions()) {
    EXPECT_TRUE(seen.insert(instruction.encoding).second) << instruction.name;
  }
}

TEST_F(Sys, EverythingIsUndefinedBelowItsLowestLevel) {
  for (const auto& instruction : system_instructions()) {
    for (unsigned el = 0; el < instruction.lowest_el; ++el) {
      EXPECT_TRUE(is_undefined(instruction.name, static_cast<El>(el))) << instruction.name;
    }
  }
}

TEST_F(Sys, EverythingExecutesAtEl2) {
  map_ram();
  for (const auto& instruction : system_instructions()) {
    EXPECT_TRUE(executes(instruction.name, El::el2)) << instruction.name;
  }
}

TEST_F(Sys, UnallocatedEncodingsAreUndefinedAtEl2) {
  const std::uint16_t encodings[] = {sysreg_encoding(1, 6, 8, 7, 0),   // TLBI ALLE3
                                     sysreg_encoding(1, 6, 7, 8, 0),   // AT S1E3R
                                     sysreg_encoding(1, 3, 7, 12, 1),  // DC CVAP, Armv8.2
                                     sysreg_encoding(1, 0, 8, 2, 1),   // TLBI RVAE1IS, Armv8.4
                                     sysreg_encoding(1, 0, 7, 9, 0),   // AT S1E1RP, Armv8.2
                                     sysreg_encoding(1, 0, 8, 7, 4)};
  for (const std::uint16_t encoding : encodings) {
    enter(El::el2);
    Insn insn;
    insn.imm = encoding;
    EXPECT_EQ(execute(execute_sys, insn), Outcome::fault);
    EXPECT_EQ(syndrome()[esr::EC], 0x00u);
  }
}

TEST_F(Sys, SyslIsUndefined) {
  Insn insn;
  insn.imm = sysreg_encoding(1, 0, 7, 8, 0);
  EXPECT_EQ(execute(execute_sysl, insn), Outcome::fault);
  EXPECT_EQ(syndrome()[esr::EC], 0x00u);
}

TEST_F(Sys, TidcpTrapsImplementationDefinedEncodingsOfEl1) {
  set_hcr(kHcr.with(hcr_el2::TIDCP, 1));
  Insn insn;
  insn.imm = sysreg_encoding(1, 0, 15, 4, 0);
  insn.rd = 7;
  execute(execute_sys, insn);
  EXPECT_EQ(state().ps.el, El::el2);
  EXPECT_EQ(syndrome()[esr::EC], 0x18u);
}

// ---- traps

TEST_F(Sys, AtEl0UciEnablesMaintenanceByVaAndDzeZva) {
  map_ram();
  sys(SysReg::SCTLR_EL1) &= ~(1ull << 26 | 1ull << 14);
  for (const char* name : {"DC CVAC", "DC CVAU", "DC CIVAC", "IC IVAU", "DC ZVA"}) {
    EXPECT_TRUE(is_trapped(name, El::el0, El::el1)) << name;
    EXPECT_TRUE(executes(name, El::el1)) << name;
  }
}

TEST_F(Sys, TheEl1TrapOfEl0GoesToEl2WithTge) {
  sys(SysReg::SCTLR_EL1) &= ~(1ull << 26);
  set_hcr(kHcr.with(hcr_el2::TGE, 1));
  EXPECT_TRUE(is_trapped("DC CVAC", El::el0, El::el2));
}

TEST_F(Sys, EachHypervisorTrapCoversItsInstructions) {
  map_ram();
  struct Case {
    HcrEl2 hcr;
    std::set<std::string_view> trapped;
  };
  const Case cases[] = {
      {kHcr.with(hcr_el2::TPC, 1), {"DC IVAC", "DC CVAC", "DC CIVAC"}},
      {kHcr.with(hcr_el2::TPU, 1), {"DC CVAU", "IC IVAU", "IC IALLU", "IC IALLUIS"}},
      {kHcr.with(hcr_el2::TSW, 1), {"DC ISW", "DC CSW", "DC CISW"}},
      {kHcr.with(hcr_el2::TDZ, 1), {"DC ZVA"}},
      {kHcr.with(hcr_el2::TTLB, 1), {}},
  };
  for (const Case& c : cases) {
    set_hcr(c.hcr);
    for (const auto& instruction : system_instructions()) {
      if (instruction.lowest_el == 2) continue;
      const bool expected = instruction.group == SystemGroup::tlbi
                                ? c.hcr.has(hcr_el2::TTLB)
                                : c.trapped.contains(instruction.name);
      EXPECT_EQ(is_trapped(instruction.name, El::el1, El::el2), expected) << instruction.name;
      EXPECT_TRUE(executes(instruction.name, El::el2)) << instruction.name;
    }
  }
}

TEST_F(Sys, ATrapNamesTheInstructionAndItsRegister) {
  set_hcr(kHcr.with(hcr_el2::TSW, 1));
  op("DC CISW");
  EXPECT_EQ(syndrome()[esr::ISS], IssSystem{}
                                      .with(iss_system::Op0, 1)
                                      .with(iss_system::Op1, 0)
                                      .with(iss_system::CRn, 7)
                                      .with(iss_system::CRm, 14)
                                      .with(iss_system::Op2, 2)
                                      .with(iss_system::Rt, 5)
                                      .value);
  EXPECT_EQ(sys(SysReg::ELR_EL2), kCode);
}

// ---- cache maintenance

struct Maintenance : Sys {
  std::uint8_t poc() {
    std::array<std::uint8_t, 64> line;
    caches->poc_value({kData}, line);
    return line[0];
  }
  std::uint8_t pou() {
    std::array<std::uint8_t, 64> line;
    caches->pou_value({kData}, line);
    return line[0];
  }
  void dirty(std::uint8_t value) {
    Cycles cost{};
    caches->write({0}, {kData}, cost).data[0] = value;
  }
  std::uint8_t published() {
    return static_cast<std::uint8_t>(log.last(EventKind::cache_maintenance).d);
  }
};

TEST_F(Maintenance, CvacCleansToPocAndCvauOnlyToPou) {
  dirty(0x11);
  op("DC CVAU", kData + 7);
  EXPECT_EQ(pou(), 0x11);
  EXPECT_EQ(poc(), 0x00);
  op("DC CVAC", kData + 7);
  EXPECT_EQ(poc(), 0x11);
}

TEST_F(Maintenance, IvacAtEl2DiscardsDirtyData) {
  enter(El::el2);
  dirty(0x22);
  op("DC IVAC", kData);
  EXPECT_EQ(poc(), 0x00);
  EXPECT_EQ(published(), static_cast<unsigned>(CacheOp::dc_ivac));
}

TEST_F(Maintenance, IvacAtEl1DiscardsDirtyDataWithoutStage2) {
  dirty(0x22);
  op("DC IVAC", kData);
  std::array<std::uint8_t, 64> line;
  caches->coherent_value({kData}, line);
  EXPECT_EQ(line[0], 0x00);
}

TEST_F(Maintenance, IvacAtEl1UnderStage2CleansToo) {
  enable_stage2();
  map_stage2(0x4000'0000, 0x4000'0000, 1 << 30);
  dirty(0x33);
  EXPECT_EQ(op("DC IVAC", kData), Outcome::next);
  EXPECT_EQ(poc(), 0x33);
  EXPECT_EQ(published(), static_cast<unsigned>(CacheOp::dc_civac));
}

TEST_F(Maintenance, IvacAtEl1WithHcrDcCleansToo) {
  set_hcr(kHcr.with(hcr_el2::DC, 1));
  map_stage2(0x4000'0000, 0x4000'0000, 1 << 30);
  enable_stage2();
  dirty(0x34);
  op("DC IVAC", kData);
  EXPECT_EQ(poc(), 0x34);
}

TEST_F(Maintenance, IvacUnderStage2StillNeedsWritePermission) {
  enable_stage1(El::el1);
  map_stage1(El::el1, kData, kData, 4096, kNormalRw | kReadOnly);
  enable_stage2();
  map_stage2(0x4000'0000, 0x4000'0000, 1 << 30);
  EXPECT_EQ(op("DC IVAC", kData), Outcome::fault);
  EXPECT_EQ(state().ps.el, El::el1);
}

TEST_F(Maintenance, IswAtEl1IsCiswWithSwioOrStage2) {
  op("DC ISW", 0);
  EXPECT_EQ(published(), static_cast<unsigned>(CacheOp::dc_isw));
  set_hcr(kHcr.with(hcr_el2::SWIO, 1));
  op("DC ISW", 0);
  EXPECT_EQ(published(), static_cast<unsigned>(CacheOp::dc_cisw));
  set_hcr(kHcr.with(hcr_el2::VM, 1));
  op("DC ISW", 0);
  EXPECT_EQ(published(), static_cast<unsigned>(CacheOp::dc_cisw));
  enter(El::el2);
  op("DC ISW", 0);
  EXPECT_EQ(published(), static_cast<unsigned>(CacheOp::dc_isw));
}

TEST_F(Maintenance, IallwithFbIsInnerShareableAtEl1Only) {
  op("IC IALLU");
  EXPECT_EQ(published(), static_cast<unsigned>(CacheOp::ic_iallu));
  set_hcr(kHcr.with(hcr_el2::FB, 1));
  op("IC IALLU");
  EXPECT_EQ(published(), static_cast<unsigned>(CacheOp::ic_ialluis));
  enter(El::el2);
  op("IC IALLU");
  EXPECT_EQ(published(), static_cast<unsigned>(CacheOp::ic_iallu));
}

TEST_F(Maintenance, IcIvauDropsTheOldCodeOfEveryCore) {
  Cycles cost{};
  write32(kData, word::nop);
  caches->fetch({1}, {kData}, cost);
  dirty(0x44);
  op("DC CVAU", kData);
  const std::uint8_t* old_line = caches->fetch({1}, {kData}, cost).data;
  EXPECT_EQ(old_line[0], word::nop & 0xff);
  op("IC IVAU", kData);
  EXPECT_EQ(caches->fetch({1}, {kData}, cost).data[0], 0x44);
}

TEST_F(Maintenance, ZvaZeroesTheBlockAndIsNoMaintenanceEvent) {
  map_ram();
  for (unsigned i = 0; i < 24; ++i) write64(kData - 64 + 8 * i, ~0ull);
  EXPECT_EQ(op("DC ZVA", kData + 0x21), Outcome::next);
  for (unsigned i = 0; i < 24; ++i) {
    EXPECT_EQ(read64(kData - 64 + 8 * i), i >= 8 && i < 16 ? 0 : ~0ull);
  }
  EXPECT_EQ(log.count(EventKind::cache_maintenance), 0u);
}

TEST_F(Maintenance, ZvaFaultsOnDeviceMemory) {
  EXPECT_EQ(op("DC ZVA", kData), Outcome::fault);
  EXPECT_EQ(IssAbort{syndrome()[esr::ISS]}[iss_abort::FSC], 0b100001u);
}

TEST_F(Maintenance, ByVaFaultsOnAnUnmappedAddress) {
  enable_stage1(El::el1);
  EXPECT_EQ(op("DC CIVAC", 0x7000'0123), Outcome::fault);
  EXPECT_EQ(syndrome()[esr::EC], 0x25u);
  EXPECT_EQ(sys(SysReg::FAR_EL1), 0x7000'0123u);
  const IssAbort iss{syndrome()[esr::ISS]};
  EXPECT_TRUE(iss.has(iss_abort::CM));
  EXPECT_TRUE(iss.has(iss_abort::WnR));
}

TEST_F(Maintenance, IvacNeedsWritePermissionAndCivacDoesNot) {
  enable_stage1(El::el1);
  map_stage1(El::el1, kData, kData, 4096, kNormalRw | kReadOnly);
  EXPECT_EQ(op("DC CIVAC", kData), Outcome::next);
  EXPECT_EQ(op("DC IVAC", kData), Outcome::fault);
  EXPECT_EQ(IssAbort{syndrome()[esr::ISS]}[iss_abort::FSC], 0b001111u);
}

TEST_F(Maintenance, ByVaOnADeviceDoesNothing) {
  EXPECT_EQ(op("DC CIVAC", kDevice), Outcome::next);
  EXPECT_TRUE(bus.log.empty());
}

// ---- AT

struct AddressTranslation : Sys {
  AddressTranslation() {
    enable_stage1(El::el1);
    map_stage1(El::el1, 0x5000'0000, 0x4020'0000, 4096, kNormalRw);  // EL1 only
    map_stage1(El::el1, 0x5000'1000, 0x4020'1000, 4096, kNormalRw | kUser | kReadOnly);
  }
  ParEl1 at(std::string_view name, std::uint64_t va) {
    EXPECT_EQ(op(name, va), Outcome::next) << name;
    return {sys(SysReg::PAR_EL1)};
  }
};

TEST_F(AddressTranslation, GivesThePhysicalPageInPar) {
  const ParEl1 par = at("AT S1E1R", 0x5000'0123);
  EXPECT_FALSE(par.has(par_el1::F));
  EXPECT_EQ(par[par_el1::PA], 0x4020'0000u >> 12);
}

TEST_F(AddressTranslation, ReportsAFaultInParWithoutAnException) {
  const ParEl1 par = at("AT S1E1W", 0x5000'1000);
  EXPECT_TRUE(par.has(par_el1::F));
  EXPECT_EQ(par[par_el1::FST], 0b001111u);
  EXPECT_EQ(state().ps.el, El::el1);
}

TEST_F(AddressTranslation, TheE0FormsUseThePermissionsOfEl0) {
  EXPECT_TRUE(at("AT S1E0R", 0x5000'0000).has(par_el1::F));
  EXPECT_FALSE(at("AT S1E0R", 0x5000'1000).has(par_el1::F));
  EXPECT_TRUE(at("AT S1E0W", 0x5000'1000).has(par_el1::F));
}

TEST_F(AddressTranslation, AtEl2UsesTheEl1RegimeForE1AndItsOwnForE2) {
  enter(El::el2);
  enable_stage1(El::el2);
  map_stage1(El::el2, 0x5000'0000, 0x4030'0000, 4096, kNormalRw | kUser);
  EXPECT_EQ(at("AT S1E1R", 0x5000'0000)[par_el1::PA], 0x4020'0000u >> 12);
  EXPECT_EQ(at("AT S1E2R", 0x5000'0000)[par_el1::PA], 0x4030'0000u >> 12);
}

TEST_F(AddressTranslation, S12AddsStage2) {
  enable_stage2();
  map_stage2(0x4000'0000, 0x4000'0000, 2 << 20);
  map_stage2(0x4100'0000, 0x4100'0000, 2 << 20);  // the stage 1 tables
  map_stage2(0x4020'0000, 0x4040'0000, 4096);
  enter(El::el2);
  EXPECT_EQ(at("AT S12E1R", 0x5000'0000)[par_el1::PA], 0x4040'0000u >> 12);
  EXPECT_EQ(at("AT S1E1R", 0x5000'0000)[par_el1::PA], 0x4020'0000u >> 12);
  const ParEl1 unmapped = at("AT S12E1R", 0x5000'1000);
  EXPECT_TRUE(unmapped.has(par_el1::F));
  EXPECT_TRUE(unmapped.has(par_el1::S));
}

TEST_F(AddressTranslation, AStage2FaultOnTheWalkFromEl1IsTakenToEl2) {
  enable_stage2();  // nothing mapped: not even the stage 1 tables
  sys(SysReg::PAR_EL1) = 0x77;
  EXPECT_EQ(op("AT S1E1R", 0x5000'0000), Outcome::fault);
  EXPECT_EQ(state().ps.el, El::el2);
  EXPECT_EQ(syndrome()[esr::EC], 0x24u);
  const IssAbort iss{syndrome()[esr::ISS]};
  EXPECT_TRUE(iss.has(iss_abort::S1PTW));
  EXPECT_TRUE(iss.has(iss_abort::CM));
  EXPECT_EQ(sys(SysReg::FAR_EL2), 0x5000'0000u);
  EXPECT_EQ(sys(SysReg::PAR_EL1), 0x77u);
}

// The level that executes AT decides, not the one that the instruction names.
TEST_F(AddressTranslation, AStage2FaultOnTheWalkFromEl2GoesToPar) {
  enable_stage2();
  enter(El::el2);
  for (const char* name : {"AT S1E1R", "AT S12E1R", "AT S1E0R"}) {
    const ParEl1 par = at(name, 0x5000'0000);
    EXPECT_TRUE(par.has(par_el1::F)) << name;
    EXPECT_TRUE(par.has(par_el1::S)) << name;
    EXPECT_TRUE(par.has(par_el1::PTW)) << name;
  }
}

TEST_F(AddressTranslation, AnUnprivilegedAtFromEl1IsTakenToEl2AsWell) {
  enable_stage2();
  EXPECT_EQ(op("AT S1E0R", 0x5000'0000), Outcome::fault);
  EXPECT_EQ(state().ps.el, El::el2);
}

// ---- TLBI

struct Tlbi : Sys {
  const tlb::Invalidation& issued() { return shootdown->pending().back(); }
};

TEST_F(Tlbi, CapturesOperationOperandScopeAndIssuer) {
  sys(SysReg::TCR_EL1) = Tcr{}.with(tcr_el1::AS, 1).value;
  sys(SysReg::VTTBR_EL2) = 0x0a05ull << 48;
  op("TLBI VAE1IS", 0x1234'0000'0005'6789);
  EXPECT_EQ(issued().op, tlb::TlbiOp::vae1);
  EXPECT_TRUE(issued().broadcast);
  EXPECT_EQ(issued().operand, 0x1234'0000'0005'6789u);
  EXPECT_EQ(issued().vmid, Vmid{5});  // 8 bits
  EXPECT_EQ(issued().issuer, CoreId{0});
  op("TLBI VMALLE1");
  EXPECT_EQ(issued().op, tlb::TlbiOp::vmalle1);
  EXPECT_FALSE(issued().broadcast);
}

TEST_F(Tlbi, TheScopeIsThatOfTheIssueNotOfLater) {
  sys(SysReg::VTTBR_EL2) = 5ull << 48;
  op("TLBI VMALLE1IS");
  sys(SysReg::VTTBR_EL2) = 6ull << 48;
  EXPECT_EQ(issued().vmid, Vmid{5});
}

TEST_F(Tlbi, FbBroadcastsTheLocalOperationsOfEl1Only) {
  set_hcr(kHcr.with(hcr_el2::FB, 1));
  op("TLBI VALE1", 1);
  EXPECT_TRUE(issued().broadcast);
  enter(El::el2);
  op("TLBI VALE1", 1);
  EXPECT_FALSE(issued().broadcast);
}

TEST_F(Tlbi, TheUpperAsidBitsCountOnlyWith16BitAsids) {
  sys(SysReg::TCR_EL1) = 0;
  op("TLBI ASIDE1IS", 0x1234ull << 48);
  EXPECT_EQ(issued().operand, 0x0034ull << 48);
  sys(SysReg::TCR_EL1) = Tcr{}.with(tcr_el1::AS, 1).value;
  op("TLBI ASIDE1IS", 0x1234ull << 48);
  EXPECT_EQ(issued().operand, 0x1234ull << 48);
}

TEST_F(Tlbi, EveryEncodingIsTheOperationOfItsName) {
  for (const auto& instruction : system_instructions()) {
    if (instruction.group != SystemGroup::tlbi) continue;
    std::string expected =
        "TLBI " + std::string(tlb::tlbi_op_name(static_cast<tlb::TlbiOp>(instruction.op)));
    if (instruction.inner_shareable) expected += "IS";
    EXPECT_EQ(instruction.name, expected);
  }
}

TEST(SysWithoutEl2, El2OperationsDoNotExistAndTheVmidIs0) {
  TestMachine m{{.has_el2 = false}};
  m.sys(SysReg::VTTBR_EL2) = 7ull << 48;
  Insn insn;
  insn.imm = sysreg_encoding(1, 0, 8, 7, 0);
  EXPECT_EQ(m.execute(execute_sys, insn), Outcome::next);
  EXPECT_EQ(m.shootdown->pending().back().vmid, Vmid{0});
  insn.imm = sysreg_encoding(1, 4, 8, 7, 4);  // TLBI ALLE1
  EXPECT_EQ(m.execute(execute_sys, insn), Outcome::fault);
}

TEST_F(Sys, XzrAsOperandReadsAsZero) {
  sys(SysReg::TCR_EL1) = Tcr{}.with(tcr_el1::AS, 1).value;
  state().x[kSink] = ~0ull;
  Insn insn;
  insn.rd = kSink;
  insn.imm = find("TLBI VMALLE1IS").encoding;
  execute(execute_sys, insn);
  EXPECT_EQ(shootdown->pending().back().operand, 0u);
}

// The encodings, spelled by the assembler.
TEST_F(Sys, EncodingsAreTheAssemblers) {
  const std::pair<const char*, std::uint32_t> expected[] = {
      {"DC IVAC", 0xd5087620},         {"DC ISW", 0xd5087640},
      {"DC CSW", 0xd5087a40},          {"DC CISW", 0xd5087e40},
      {"DC ZVA", 0xd50b7420},          {"DC CVAC", 0xd50b7a20},
      {"DC CVAU", 0xd50b7b20},         {"DC CIVAC", 0xd50b7e20},
      {"IC IALLUIS", 0xd508711f},      {"IC IALLU", 0xd508751f},
      {"IC IVAU", 0xd50b7520},         {"AT S1E1R", 0xd5087800},
      {"AT S1E1W", 0xd5087820},        {"AT S1E0R", 0xd5087840},
      {"AT S1E0W", 0xd5087860},        {"AT S1E2R", 0xd50c7800},
      {"AT S1E2W", 0xd50c7820},        {"AT S12E1R", 0xd50c7880},
      {"AT S12E1W", 0xd50c78a0},       {"AT S12E0R", 0xd50c78c0},
      {"AT S12E0W", 0xd50c78e0},       {"TLBI VMALLE1IS", 0xd508831f},
      {"TLBI VAE1IS", 0xd5088320},     {"TLBI ASIDE1IS", 0xd5088340},
      {"TLBI VAAE1IS", 0xd5088360},    {"TLBI VALE1IS", 0xd50883a0},
      {"TLBI VAALE1IS", 0xd50883e0},   {"TLBI VMALLE1", 0xd508871f},
      {"TLBI VAE1", 0xd5088720},       {"TLBI ASIDE1", 0xd5088740},
      {"TLBI VAAE1", 0xd5088760},      {"TLBI VALE1", 0xd50887a0},
      {"TLBI VAALE1", 0xd50887e0},     {"TLBI IPAS2E1IS", 0xd50c8020},
      {"TLBI IPAS2LE1IS", 0xd50c80a0}, {"TLBI ALLE2IS", 0xd50c831f},
      {"TLBI VAE2IS", 0xd50c8320},     {"TLBI ALLE1IS", 0xd50c839f},
      {"TLBI VALE2IS", 0xd50c83a0},    {"TLBI VMALLS12E1IS", 0xd50c83df},
      {"TLBI IPAS2E1", 0xd50c8420},    {"TLBI IPAS2LE1", 0xd50c84a0},
      {"TLBI ALLE2", 0xd50c871f},      {"TLBI VAE2", 0xd50c8720},
      {"TLBI ALLE1", 0xd50c879f},      {"TLBI VALE2", 0xd50c87a0},
      {"TLBI VMALLS12E1", 0xd50c87df}};
  std::size_t covered = 0;
  for (const auto& [name, encoding] : expected) {
    EXPECT_EQ(word::sys(find(name).encoding, 31), encoding | 31) << name;
    ++covered;
  }
  EXPECT_EQ(covered, system_instructions().size());
}

}  // namespace
}  // namespace armature::cpu::testing
