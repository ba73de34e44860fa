// Data and Instruction Aborts: routing, ISS, FAR and HPFAR.
#include "cpu/exception.h"
#include "cpu/syndrome.h"
#include "sim/arch/registers/control.h"
#include "sim/arch/registers/exception.h"
#include "tests/cpu/core_fixture.h"

namespace armature::cpu::testing {
namespace {

using namespace iss_abort;

constexpr std::uint64_t kVa = 0xffff'1234;
constexpr AccessDescriptor kRead{};
constexpr AccessDescriptor kWrite{.kind = AccessKind::write, .write = true};

FaultRecord stage1(FaultType type, int level = 3) {
  return {.type = type, .level = static_cast<std::int8_t>(level)};
}
FaultRecord stage2(FaultType type, int level = 3) {
  return {.type = type,
          .stage = Stage::stage2,
          .level = static_cast<std::int8_t>(level),
          .ipa = {0xab'cdef'5678}};
}
FaultRecord on_walk(FaultType type) {
  FaultRecord fault = stage2(type);
  fault.s2fs1walk = true;
  return fault;
}

struct Aborts : CoreFixture {
  // Takes the abort as the instruction `encoding` at pc would.
  void take(const FaultRecord& record, const AccessDescriptor& access = kRead,
            std::uint32_t encoding = word::ldr(3, 4)) {
    Insn insn;
    insn.word = encoding;
    execute([&](Core& c, const Insn&) { return data_abort(c, kVa, record, access); }, insn);
  }
  Esr syndrome() { return {sys(state().ps.el == El::el2 ? SysReg::ESR_EL2 : SysReg::ESR_EL1)}; }
  IssAbort iss() { return {syndrome()[esr::ISS]}; }
};

TEST_F(Aborts, AStage1FaultGoesToEl1WithTheSameLevelClass) {
  take(stage1(FaultType::translation));
  EXPECT_EQ(state().ps.el, El::el1);
  EXPECT_EQ(syndrome()[esr::EC], 0x25u);
  EXPECT_EQ(sys(SysReg::FAR_EL1), kVa);
  EXPECT_EQ(sys(SysReg::ELR_EL1), kCode);
}

TEST_F(Aborts, FromEl0TheClassIsLowerLevel) {
  enter(El::el0, 0);
  take(stage1(FaultType::permission));
  EXPECT_EQ(syndrome()[esr::EC], 0x24u);
}

TEST_F(Aborts, AStage1FaultAtEl0GoesToEl2WithTge) {
  enter(El::el0, 0);
  sys(SysReg::HCR_EL2) = HcrEl2{}.with(hcr_el2::TGE, 1).value;
  take(stage1(FaultType::translation));
  EXPECT_EQ(state().ps.el, El::el2);
  EXPECT_EQ(syndrome()[esr::EC], 0x24u);
  EXPECT_EQ(sys(SysReg::FAR_EL2), kVa);
}

TEST_F(Aborts, AFaultAtEl2StaysThere) {
  enter(El::el2);
  take(stage1(FaultType::translation));
  EXPECT_EQ(state().ps.el, El::el2);
  EXPECT_EQ(syndrome()[esr::EC], 0x25u);
}

TEST_F(Aborts, AStage2FaultGoesToEl2) {
  take(stage2(FaultType::translation));
  EXPECT_EQ(state().ps.el, El::el2);
  EXPECT_EQ(syndrome()[esr::EC], 0x24u);
  EXPECT_EQ(sys(SysReg::FAR_EL2), kVa);
}

TEST_F(Aborts, StatusCodesCarryTheLevelWhereTheyHaveOne) {
  const std::pair<FaultType, unsigned> expected[] = {
      {FaultType::address_size, 0b000010},
      {FaultType::translation, 0b000110},
      {FaultType::access_flag, 0b001010},
      {FaultType::permission, 0b001110},
      {FaultType::synchronous_external, 0b010000},
      {FaultType::synchronous_external_on_walk, 0b010110},
      {FaultType::alignment, 0b100001},
      {FaultType::tlb_conflict, 0b110000},
      {FaultType::unsupported_exclusive, 0b110101}};
  for (const auto& [type, code] : expected) {
    take(stage1(type, 2));
    EXPECT_EQ(iss()[FSC], code);
  }
}

// ---- HPFAR

TEST_F(Aborts, HpfarHoldsThePageOfTheIpa) {
  take(stage2(FaultType::translation));
  EXPECT_EQ(sys(SysReg::HPFAR_EL2), 0xab'cdef'5000ull >> 8);
}

TEST_F(Aborts, HpfarIsWrittenForAddressSizeAndAccessFlagFaults) {
  for (const FaultType type : {FaultType::address_size, FaultType::access_flag}) {
    sys(SysReg::HPFAR_EL2) = 0x10;
    enter(El::el1);
    take(stage2(type));
    EXPECT_EQ(sys(SysReg::HPFAR_EL2), 0xab'cdef'5000ull >> 8);
  }
}

TEST_F(Aborts, ADirectStage2PermissionFaultLeavesHpfarUnchanged) {
  sys(SysReg::HPFAR_EL2) = 0x1230;
  take(stage2(FaultType::permission));
  EXPECT_EQ(sys(SysReg::HPFAR_EL2), 0x1230u);
}

TEST_F(Aborts, APermissionFaultOnAStage1WalkWritesHpfar) {
  take(on_walk(FaultType::permission));
  EXPECT_EQ(sys(SysReg::HPFAR_EL2), 0xab'cdef'5000ull >> 8);
}

TEST_F(Aborts, AStage1FaultTakenToEl2LeavesHpfarUnchanged) {
  enter(El::el2);
  sys(SysReg::HPFAR_EL2) = 0x1230;
  take(stage1(FaultType::translation));
  EXPECT_EQ(sys(SysReg::HPFAR_EL2), 0x1230u);
}

// ---- WnR, CM, S1PTW, ISV

TEST_F(Aborts, WnrTellsAWrite) {
  take(stage1(FaultType::permission), kWrite);
  EXPECT_TRUE(iss().has(WnR));
  enter(El::el1);
  take(stage1(FaultType::permission), kRead);
  EXPECT_FALSE(iss().has(WnR));
}

TEST_F(Aborts, CacheMaintenanceAndAtSetCmAndWnr) {
  for (const AccessKind kind : {AccessKind::cache_maintenance, AccessKind::address_translation}) {
    enter(El::el1);
    take(stage2(FaultType::translation), {.kind = kind});
    EXPECT_TRUE(iss().has(CM));
    EXPECT_TRUE(iss().has(WnR));
    EXPECT_FALSE(iss().has(ISV));
  }
}

TEST_F(Aborts, S1ptwTellsAWalkAndSuppressesIsv) {
  take(on_walk(FaultType::translation), kWrite, word::str(3, 4));
  EXPECT_TRUE(iss().has(S1PTW));
  EXPECT_FALSE(iss().has(ISV));
  EXPECT_TRUE(iss().has(WnR));  // of the access that needed the walk
}

TEST_F(Aborts, AStage2FaultDescribesTheLoad) {
  take(stage2(FaultType::translation), kRead, word::ldr(3, 4));
  EXPECT_EQ(
      iss().value,
      IssAbort{}.with(ISV, 1).with(SAS, 3).with(SRT, 3).with(SF, 1).with(FSC, 0b000111).value);
}

TEST_F(Aborts, AStage1FaultDescribesNoLoadAtEl1OrEl2) {
  take(stage1(FaultType::translation));
  EXPECT_FALSE(iss().has(ISV));
  enter(El::el2);
  take(stage1(FaultType::translation));
  EXPECT_FALSE(iss().has(ISV));
}

struct Described {
  const char* name;
  std::uint32_t word;
  bool valid;
  unsigned sas = 0, sse = 0, sf = 0, ar = 0, srt = 0;
};
void PrintTo(const Described& d, std::ostream* out) { *out << d.name; }
struct LoadStoreSyndrome : ::testing::TestWithParam<Described> {};

TEST_P(LoadStoreSyndrome, SaysWhatTheManualSays) {
  const Described& d = GetParam();
  const auto got = load_store_syndrome(d.word);
  ASSERT_EQ(got.has_value(), d.valid);
  if (!d.valid) return;
  EXPECT_EQ(*got, IssAbort{}
                      .with(ISV, 1)
                      .with(SAS, d.sas)
                      .with(SSE, d.sse)
                      .with(SF, d.sf)
                      .with(AR, d.ar)
                      .with(SRT, d.srt)
                      .value);
}

// Encodings from the assembler.
INSTANTIATE_TEST_SUITE_P(
    OfEncodings, LoadStoreSyndrome,
    ::testing::Values(Described{"ldrb w1, [x2]", 0x39400041, true, 0, 0, 0, 0, 1},
                      Described{"ldrsb x1, [x2]", 0x39800041, true, 0, 1, 1, 0, 1},
                      Described{"ldrsb w1, [x2]", 0x39c00041, true, 0, 1, 0, 0, 1},
                      Described{"ldrh w1, [x2]", 0x79400041, true, 1, 0, 0, 0, 1},
                      Described{"ldrsh w7, [x2, #2]", 0x79c00447, true, 1, 1, 0, 0, 7},
                      Described{"ldr w1, [x2]", 0xb9400041, true, 2, 0, 0, 0, 1},
                      Described{"ldrsw x1, [x2]", 0xb9800041, true, 2, 1, 1, 0, 1},
                      Described{"str xzr, [x2]", 0xf900005f, true, 3, 0, 1, 0, 31},
                      Described{"ldur x1, [x2, #-8]", 0xf85f8041, true, 3, 0, 1, 0, 1},
                      Described{"ldtr x1, [x2]", 0xf8400841, true, 3, 0, 1, 0, 1},
                      Described{"sttrb w1, [x2]", 0x38000841, true, 0, 0, 0, 0, 1},
                      Described{"ldr x1, [x2, x3]", 0xf8636841, true, 3, 0, 1, 0, 1},
                      Described{"strh w1, [x2, w3, uxtw #1]", 0x78235841, true, 1, 0, 0, 0, 1},
                      Described{"ldr x1, .", 0x58000001, true, 3, 0, 1, 0, 1},
                      Described{"ldrsw x1, .", 0x98000001, true, 2, 1, 1, 0, 1},
                      Described{"ldar w1, [x2]", 0x88dffc41, true, 2, 0, 0, 1, 1},
                      Described{"ldarb w1, [x2]", 0x08dffc41, true, 0, 0, 0, 1, 1},
                      Described{"stlr x1, [x2]", 0xc89ffc41, true, 3, 0, 1, 1, 1},
                      Described{"ldr x1, [x2], #8 (post-index)", 0xf8408441, false},
                      Described{"str x1, [x2, #8]! (pre-index)", 0xf8008c41, false},
                      Described{"ldp x1, x3, [x2]", 0xa9400c41, false},
                      Described{"ldxr x1, [x2]", 0xc85f7c41, false},
                      Described{"ldaxr x1, [x2]", 0xc85ffc41, false},
                      Described{"stlxr w3, x1, [x2]", 0xc803fc41, false},
                      Described{"ldr q1, [x2]", 0x3dc00041, false},
                      Described{"ldr s1, .", 0x1c000001, false},
                      Described{"ld1 {v1.16b}, [x2]", 0x4c407041, false},
                      Described{"dc civac, x1", 0xd50b7e21, false},
                      Described{"prfm pldl1keep, [x2]", 0xf9800040, false}));

// ---- Instruction Aborts

TEST_F(Aborts, AnInstructionAbortReturnsToTheAddressItCouldNotFetch) {
  state().pc = 0x1'0000;
  instruction_abort(core(), state().pc, stage1(FaultType::translation, 1));
  EXPECT_EQ(syndrome().value, 0x21ull << 26 | 1u << 25 | 0b000101);
  EXPECT_EQ(sys(SysReg::ELR_EL1), 0x1'0000u);
  EXPECT_EQ(sys(SysReg::FAR_EL1), 0x1'0000u);
}

TEST_F(Aborts, AStage2InstructionAbortGoesToEl2WithHpfar) {
  instruction_abort(core(), kVa, stage2(FaultType::access_flag, 2));
  EXPECT_EQ(state().ps.el, El::el2);
  EXPECT_EQ(syndrome().value, 0x20ull << 26 | 1u << 25 | 0b001010);
  EXPECT_EQ(sys(SysReg::HPFAR_EL2), 0xab'cdef'5000ull >> 8);
}

TEST_F(Aborts, AnInstructionAbortOnAStage1WalkSetsS1ptw) {
  instruction_abort(core(), kVa, on_walk(FaultType::permission));
  EXPECT_TRUE(iss().has(S1PTW));
}

// ---- through the whole machine

TEST_F(Aborts, AGuestLoadFromAnUnmappedIpaExitsWithItsDescription) {
  enable_stage2();
  map_stage2(kCode & ~0x1f'ffffull, kCode & ~0x1f'ffffull, 2 << 20);
  state().x[4] = 0x0900'0018;
  run({word::ldr(3, 4)});
  EXPECT_EQ(state().ps.el, El::el2);
  EXPECT_EQ(syndrome()[esr::EC], 0x24u);
  EXPECT_EQ(sys(SysReg::FAR_EL2), 0x0900'0018u);
  EXPECT_EQ(sys(SysReg::HPFAR_EL2), 0x0900'0000ull >> 8);
  EXPECT_EQ(sys(SysReg::ELR_EL2), kCode);
  EXPECT_TRUE(iss().has(ISV));
  EXPECT_EQ(iss()[SRT], 3u);
}

TEST_F(Aborts, AnEl1StoreToAReadOnlyPageFaultsWithWnr) {
  enable_stage1(El::el1);
  map_stage1(El::el1, 0x4000'0000, 0x4000'0000, 2 << 20);
  map_stage1(El::el1, 0x5000'0000, 0x4020'0000, 4096, kNormalRw | kReadOnly);
  state().x[4] = 0x5000'0008;
  run({word::str(3, 4)});
  EXPECT_EQ(syndrome()[esr::EC], 0x25u);
  EXPECT_EQ(sys(SysReg::FAR_EL1), 0x5000'0008u);
  EXPECT_EQ(iss()[FSC], 0b001111u);
  EXPECT_TRUE(iss().has(WnR));
}

TEST_F(Aborts, DcZvaReportsTheAddressOfItsRegister) {
  enable_stage1(El::el1);
  map_stage1(El::el1, 0x4000'0000, 0x4000'0000, 2 << 20);
  state().x[4] = 0x5000'0038;
  run({word::sys(sysreg_encoding(1, 3, 7, 4, 1), 4)});
  EXPECT_EQ(syndrome()[esr::EC], 0x25u);
  EXPECT_EQ(sys(SysReg::FAR_EL1), 0x5000'0038u);
  EXPECT_TRUE(iss().has(WnR));
}

}  // namespace
}  // namespace armature::cpu::testing
