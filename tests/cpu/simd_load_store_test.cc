// Loads and stores of SIMD&FP registers and of structures.
#include "tests/cpu/simd_fixture.h"

#include "sim/arch/registers/control.h"
#include "sim/arch/registers/exception.h"

namespace armature::cpu::testing {
namespace {

// Stage 1 on at EL1: two pages of Normal memory at kData, nothing after them, a Device page.
class SimdLoadStore : public SimdFixture {
 protected:
  SimdLoadStore() {
    constexpr std::uint64_t page = 0x1000;
    map_stage1(El::el1, kData, kData, page);
    map_stage1(El::el1, kData + page, kData + page, page);
    map_stage1(El::el1, kDevice, kDevice, page, kDeviceAttribute);
    enable_stage1(El::el1);
    core().refresh_context();
    for (std::uint64_t i = 0; i < 2 * page; i += 8) {
      write64(kData + i, 0x0706'0504'0302'0100 + (i & 0xf8) * 0x0101'0101'0101'0101);
    }
    x(1) = kData;
    state().x[kSp] = kData + 0x800;
  }
  static constexpr std::uint64_t kUnmapped = kData + 0x2000;

  // What the pattern holds: byte at offset n has the value n mod 256.
  static VReg pattern(unsigned offset, unsigned count = 16) {
    VReg v;
    for (unsigned i = 0; i < count; ++i) {
      v.d[i / 8] |= static_cast<std::uint64_t>((offset + i) & 0xff) << i % 8 * 8;
    }
    return v;
  }
  VReg memory_at(std::uint64_t offset) {
    return doubles(read64(kData + offset), read64(kData + offset + 8));
  }
  unsigned exception_class() { return static_cast<unsigned>(Esr{sys(SysReg::ESR_EL1)}[esr::EC]); }
  void set_sctlr(Sctlr value) {
    sys(SysReg::SCTLR_EL1) = value.value;
    core().context_changed();
  }
  Sctlr sctlr() { return Sctlr{sys(SysReg::SCTLR_EL1)}; }
};

// ---- Registers

TEST_F(SimdLoadStore, LoadsOfEverySizeClearTheBitsAbove) {
  v(0) = junk();
  run_one(0x3d40'0c20);  // ldr b0, [x1, #3]
  EXPECT_EQ(v(0), pattern(3, 1));
  run_one(0x7d40'0420);  // ldr h0, [x1, #2]
  EXPECT_EQ(v(0), pattern(2, 2));
  run_one(0xbd40'0420);  // ldr s0, [x1, #4]
  EXPECT_EQ(v(0), pattern(4, 4));
  run_one(0xfd40'0420);  // ldr d0, [x1, #8]
  EXPECT_EQ(v(0), pattern(8, 8));
  run_one(0x3dc0'0420);  // ldr q0, [x1, #16]
  EXPECT_EQ(v(0), pattern(16));
}

TEST_F(SimdLoadStore, StoresWriteOnlyTheirBytes) {
  v(0) = doubles(~0ull, ~0ull);
  run_one(0x7d00'0420);  // str h0, [x1, #2]
  EXPECT_EQ(read64(kData), 0x0706'0504'ffff'0100u);
  run_one(0x3c00'7020);  // stur b0, [x1, #7]
  EXPECT_EQ(read64(kData), 0xff06'0504'ffff'0100u);
  run_one(0x3d80'0820);  // str q0, [x1, #32]
  EXPECT_EQ(memory_at(32), doubles(~0ull, ~0ull));
  EXPECT_EQ(memory_at(48), pattern(48));
  EXPECT_EQ(memory_at(16), pattern(16));
}

TEST_F(SimdLoadStore, UnalignedQuadwordsCrossLinesAndPages) {
  run_one(0x3cc3'9020);  // ldur q0, [x1, #57]
  EXPECT_EQ(v(0), pattern(57));
  x(1) = kData + 0xff9;
  run_one(0x3dc0'0020);  // ldr q0, [x1]
  EXPECT_EQ(v(0), pattern(0xf9));
}

TEST_F(SimdLoadStore, IndexedFormsWriteBackTheBase) {
  run_one(0x3cc2'0c20);  // ldr q0, [x1, #32]!
  EXPECT_EQ(v(0), pattern(32));
  EXPECT_EQ(x(1), kData + 32);
  run_one(0xfc5f'0420);  // ldr d0, [x1], #-16
  EXPECT_EQ(v(0), pattern(32, 8));
  EXPECT_EQ(x(1), kData + 16);
}

TEST_F(SimdLoadStore, RegisterOffsetsExtendAndScale) {
  x(2) = 0xffff'ffff'0000'0003;
  run_one(0x3ce2'5820);  // ldr q0, [x1, w2, uxtw #4]
  EXPECT_EQ(v(0), pattern(48));
  x(1) = kData + 64;
  x(2) = 0xffff'ffff;
  run_one(0xbc62'd820);  // ldr s0, [x1, w2, sxtw #2]
  EXPECT_EQ(v(0), pattern(60, 4));
  x(2) = 5;
  run_one(0x3c62'6820);  // ldr b0, [x1, x2]
  EXPECT_EQ(v(0), pattern(69, 1));
  EXPECT_TRUE(is_undefined(0x3c62'6820 & ~(1u << 14))) << "option<1> = 0";  // ldr b0, [x1, x2]
}

TEST_F(SimdLoadStore, LiteralsAreRelativeToTheInstruction) {
  state().pc = kData;
  run_one(0x9c00'0200);  // ldr q0, .+64
  EXPECT_EQ(v(0), pattern(64));
  state().pc = kData + 0x100;
  run_one(0x1cff'f820);  // ldr s0, .-252
  EXPECT_EQ(v(0), pattern(4, 4));
}

TEST_F(SimdLoadStore, PairsTransferTwoRegisters) {
  run_one(0xad41'0420);  // ldp q0, q1, [x1, #32]
  EXPECT_EQ(v(0), pattern(32));
  EXPECT_EQ(v(1), pattern(48));
  run_one(0x2d00'0420);  // stp s0, s1, [x1, #-0]
  EXPECT_EQ(read64(kData), 0x3332'3130'2322'2120u);
  run_one(0x6c82'0420);  // stp d0, d1, [x1], #32
  EXPECT_EQ(memory_at(0), doubles(pattern(32).d[0], pattern(48).d[0]));
  EXPECT_EQ(x(1), kData + 32);
  run_one(0x6c7e'0c22);  // ldnp d2, d3, [x1, #-32]
  EXPECT_EQ(v(3), doubles(pattern(48).d[0], 0));
}

TEST_F(SimdLoadStore, UnallocatedSizesAreUndefined) {
  EXPECT_TRUE(is_undefined(0xfc80'0020 | 1u << 23)) << "LDUR opc 1x with size 11";
  EXPECT_TRUE(is_undefined(0xfd40'0420 | 1u << 23)) << "opc 11, size 11";  // ldr d0, [x1, #8]
  EXPECT_TRUE(is_undefined(0xad40'0420 | 1u << 30)) << "pair, opc 11";     // ldp q0, q1, [x1]
  EXPECT_TRUE(is_undefined(0x9c00'0200 | 1u << 30)) << "literal, opc 11";  // ldr q0, .+64
}

TEST_F(SimdLoadStore, AFaultInTheSecondOfAPairChangesNoRegister) {
  x(1) = kUnmapped - 16;
  v(0) = v(2) = junk();
  EXPECT_EQ(perform(0xacc1'0820), Outcome::fault);  // ldp q0, q2, [x1], #32
  EXPECT_EQ(v(0), junk());
  EXPECT_EQ(v(2), junk());
  EXPECT_EQ(x(1), kUnmapped - 16);
  EXPECT_EQ(sys(SysReg::FAR_EL1), kUnmapped);
}

TEST_F(SimdLoadStore, AMisalignedStackPointerFaults) {
  set_sctlr(sctlr().with(sctlr::SA, 1));
  state().x[kSp] = kData + 8;
  EXPECT_EQ(perform(0xfd40'03e0), Outcome::fault);  // ldr d0, [sp]
  EXPECT_EQ(exception_class(), 0x26u);
  state().x[kSp] = kData + 8;
  EXPECT_EQ(perform(0x0c40'73e0), Outcome::fault);  // ld1 {v0.8b}, [sp]
  EXPECT_EQ(exception_class(), 0x26u);
}

TEST_F(SimdLoadStore, QuadwordLoadsMustBeAlignedToSixteenWhenChecked) {
  set_sctlr(sctlr().with(sctlr::A, 1));
  x(1) = kData + 8;
  EXPECT_EQ(perform(0x3dc0'0020), Outcome::fault);  // ldr q0, [x1]
  EXPECT_EQ(exception_class(), 0x25u);
  EXPECT_EQ(sys(SysReg::FAR_EL1), kData + 8);
}

TEST_F(SimdLoadStore, DataAbortsOfVectorAccessesHaveNoInstructionSyndrome) {
  x(1) = kUnmapped;
  EXPECT_EQ(perform(0xfd40'0020), Outcome::fault);  // ldr d0, [x1]
  EXPECT_EQ(IssAbort{sys(SysReg::ESR_EL1)}[iss_abort::ISV], 0u);
}

// ---- Multiple structures

TEST_F(SimdLoadStore, Load1FillsRegistersOneAfterTheOther) {
  run_one(0x4c40'203e);  // ld1 {v30.16b, v31.16b, v0.16b, v1.16b}, [x1]
  EXPECT_EQ(v(30), pattern(0));
  EXPECT_EQ(v(31), pattern(16));
  EXPECT_EQ(v(0), pattern(32)) << "register numbers wrap";
  EXPECT_EQ(v(1), pattern(48));
  EXPECT_EQ(x(1), kData) << "no write-back";
}

TEST_F(SimdLoadStore, Load1OfHalfRegistersClearsTheUpperHalves) {
  v(0) = v(1) = junk();
  run_one(0x0c40'ac20);  // ld1 {v0.1d, v1.1d}, [x1]
  EXPECT_EQ(v(0), pattern(0, 8));
  EXPECT_EQ(v(1), pattern(8, 8));
}

TEST_F(SimdLoadStore, Load4SeparatesTheElementsOfStructures) {
  run_one(0x0c40'0020);  // ld4 {v0.8b, v1.8b, v2.8b, v3.8b}, [x1]
  EXPECT_EQ(v(0), low_bytes({0, 4, 8, 12, 16, 20, 24, 28}));
  EXPECT_EQ(v(1), low_bytes({1, 5, 9, 13, 17, 21, 25, 29}));
  EXPECT_EQ(v(3), low_bytes({3, 7, 11, 15, 19, 23, 27, 31}));
}

TEST_F(SimdLoadStore, Load3OfHalfwords) {
  run_one(0x4c40'4420);  // ld3 {v0.8h, v1.8h, v2.8h}, [x1]
  EXPECT_EQ(v(0), halves({0x0100, 0x0706, 0x0d0c, 0x1312, 0x1918, 0x1f1e, 0x2524, 0x2b2a}));
  EXPECT_EQ(v(2), halves({0x0504, 0x0b0a, 0x1110, 0x1716, 0x1d1c, 0x2322, 0x2928, 0x2f2e}));
}

TEST_F(SimdLoadStore, Store2InterleavesAndLoad2Undoes) {
  v(4) = words({1, 2, 3, 4});
  v(5) = words({10, 20, 30, 40});
  run_one(0x4c00'8824);  // st2 {v4.4s, v5.4s}, [x1]
  EXPECT_EQ(memory_at(0), words({1, 10, 2, 20}));
  EXPECT_EQ(memory_at(16), words({3, 30, 4, 40}));
  EXPECT_EQ(memory_at(32), pattern(32));
  run_one(0x4c40'8826);  // ld2 {v6.4s, v7.4s}, [x1]
  EXPECT_EQ(v(6), v(4));
  EXPECT_EQ(v(7), v(5));
}

TEST_F(SimdLoadStore, PostIndexAddsTheBytesTransferredOrARegister) {
  run_one(0x4cdf'6020);  // ld1 {v0.16b, v1.16b, v2.16b}, [x1], #48
  EXPECT_EQ(x(1), kData + 48);
  run_one(0x0cdf'7020);  // ld1 {v0.8b}, [x1], #8
  EXPECT_EQ(x(1), kData + 56);
  x(2) = 0ull - 56;
  run_one(0x0c82'7020);  // st1 {v0.8b}, [x1], x2
  EXPECT_EQ(x(1), kData);
  run_one(0x0ddf'3420);  // ld3 {v0.b, v1.b, v2.b}[5], [x1], #3
  EXPECT_EQ(x(1), kData + 3);
  run_one(0x4dff'cc20);  // ld2r {v0.2d, v1.2d}, [x1], #16
  EXPECT_EQ(x(1), kData + 19);
}

TEST_F(SimdLoadStore, ThePostIndexRegisterMayBeTheBase) {
  x(1) = kData + 16;
  run_one(0x4cc1'7020);  // ld1 {v0.16b}, [x1], x1
  EXPECT_EQ(v(0), pattern(16));
  EXPECT_EQ(x(1), 2 * (kData + 16));
}

TEST_F(SimdLoadStore, PostIndexOfTheStackPointerWritesTheStackPointer) {
  run_one(0x4c9f'73e0);  // st1 {v0.16b}, [sp], #16
  EXPECT_EQ(state().x[kSp], kData + 0x810);
  EXPECT_EQ(x(kZero), 0u);
}

TEST_F(SimdLoadStore, AFaultingStructureLoadChangesNoRegister) {
  x(1) = kUnmapped - 32;
  for (unsigned n = 0; n < 4; ++n) v(n) = junk();
  EXPECT_EQ(perform(0x4cdf'0020),
            Outcome::fault);  // ld4 {v0.16b, v1.16b, v2.16b, v3.16b}, [x1], #64
  for (unsigned n = 0; n < 4; ++n) EXPECT_EQ(v(n), junk()) << n;
  EXPECT_EQ(x(1), kUnmapped - 32);
  EXPECT_EQ(sys(SysReg::FAR_EL1), kUnmapped) << "the first element that faulted";
}

TEST_F(SimdLoadStore, StructureAccessesAlignToTheirElementOnly) {
  set_sctlr(sctlr().with(sctlr::A, 1));
  x(1) = kData + 1;
  run_one(0x4c40'7020);  // ld1 {v0.16b}, [x1]
  EXPECT_EQ(v(0), pattern(1));
  run_one(0x4c00'7020);  // st1 {v0.16b}, [x1]
  x(1) = kData + 4;
  run_one(0x4c40'7820);  // ld1 {v0.4s}, [x1]
  EXPECT_EQ(v(0), pattern(4));
  x(1) = kData + 2;
  EXPECT_EQ(perform(0x4c40'7820), Outcome::fault);  // ld1 {v0.4s}, [x1]
  EXPECT_EQ(exception_class(), 0x25u);
}

TEST_F(SimdLoadStore, ReservedStructuresAreUndefined) {
  constexpr std::uint32_t q = 1u << 30;
  EXPECT_FALSE(is_undefined(0x4c40'8c20));                     // ld2 {v0.2d, v1.2d}, [x1]
  EXPECT_TRUE(is_undefined(0x4c40'8c20 & ~q)) << "LD2 of 1D";  // ld2 {v0.2d, v1.2d}, [x1]
  EXPECT_TRUE(is_undefined(0x4c40'7020 | 1u << 16))
      << "Rm without post-index";                                             // ld1 {v0.16b}, [x1]
  EXPECT_TRUE(is_undefined(0x0d40'4820 | 1u << 10)) << "H with size<0> = 1";  // ld1 {v0.h}[1], [x1]
  EXPECT_TRUE(is_undefined(0x4d40'8420 | 1u << 12)) << "D with S = 1";        // ld1 {v0.d}[1], [x1]
  EXPECT_TRUE(is_undefined(0x0d40'9020 | 1u << 11)) << "S with size = 1x";    // ld1 {v0.s}[1], [x1]
  EXPECT_TRUE(is_undefined(0x4d40'c020 & ~(1u << 22)))
      << "there is no ST1R";                                               // ld1r {v0.16b}, [x1]
  EXPECT_TRUE(is_undefined(0x4d40'c020 | 1u << 12)) << "LD1R with S = 1";  // ld1r {v0.16b}, [x1]
}

// ---- Single structures

TEST_F(SimdLoadStore, ALaneLoadKeepsTheOtherLanes) {
  v(0) = v(1) = junk();
  run_one(0x4d60'5820);  // ld2 {v0.h, v1.h}[7], [x1]
  EXPECT_EQ(v(0), doubles(kJunk, (~kJunk & 0x0000'ffff'ffff'ffff) | 0x0100ull << 48));
  EXPECT_EQ(v(1), doubles(kJunk, (~kJunk & 0x0000'ffff'ffff'ffff) | 0x0302ull << 48));
}

TEST_F(SimdLoadStore, LaneIndicesOfEverySize) {
  v(0) = doubles(0, 0);
  run_one(0x4d40'1420);  // ld1 {v0.b}[13], [x1]
  EXPECT_EQ(v(0), doubles(0, 0)) << "byte 0 of the pattern is 0";
  x(1) = kData + 8;
  run_one(0x4d40'1420);  // ld1 {v0.b}[13], [x1]
  EXPECT_EQ(v(0), doubles(0, 0x08ull << 40));
  run_one(0x0d40'9020);  // ld1 {v0.s}[1], [x1]
  EXPECT_EQ(v(0), doubles(0x0b0a'0908ull << 32, 0x08ull << 40));
  run_one(0x4d40'8420);  // ld1 {v0.d}[1], [x1]
  EXPECT_EQ(v(0), doubles(0x0b0a'0908ull << 32, pattern(8, 8).d[0]));
}

TEST_F(SimdLoadStore, LaneStoresWriteOneStructure) {
  for (unsigned n = 0; n < 4; ++n) v(n) = words({0, 0, 0xc0 + n, 0});
  run_one(0x4d20'a020);  // st4 {v0.s, v1.s, v2.s, v3.s}[2], [x1]
  EXPECT_EQ(memory_at(0), words({0xc0, 0xc1, 0xc2, 0xc3}));
  EXPECT_EQ(memory_at(16), pattern(16));
}

TEST_F(SimdLoadStore, ReplicatingLoadsFillEveryLane) {
  run_one(0x0d40'e420);  // ld3r {v0.4h, v1.4h, v2.4h}, [x1]
  EXPECT_EQ(v(0), low_halves({0x0100, 0x0100, 0x0100, 0x0100}));
  EXPECT_EQ(v(2), low_halves({0x0504, 0x0504, 0x0504, 0x0504}));
  run_one(0x4d40'cc20);  // ld1r {v0.2d}, [x1]
  EXPECT_EQ(v(0), doubles(pattern(0, 8).d[0], pattern(0, 8).d[0]));
}

// ---- Kinds of memory, endianness, traps

TEST_F(SimdLoadStore, StructuresAccessDevicesElementByElement) {
  x(1) = kDevice;
  bus.registers[kDevice + 4] = 0x1234;
  run_one(0x0c40'7820);  // ld1 {v0.2s}, [x1]
  EXPECT_EQ(v(0), low_words({0, 0x1234}));
  ASSERT_EQ(bus.log.size(), 2u);
  EXPECT_EQ(bus.log[0].pa, kDevice);
  EXPECT_EQ(bus.log[1].pa, kDevice + 4);
  EXPECT_EQ(bus.log[0].size, 4u);
}

TEST_F(SimdLoadStore, BigEndianReversesElementsOfStructuresButWholeQuadwords) {
  // Stage 1 off: EE makes its walks big-endian too, and the tables here are not.
  set_sctlr(sctlr().with(sctlr::EE, 1).with(sctlr::M, 0));
  run_one(0x3dc0'0020);  // ldr q0, [x1]
  EXPECT_EQ(v(0), doubles(0x0809'0a0b'0c0d'0e0f, 0x0001'0203'0405'0607));
  run_one(0x4c40'7820);  // ld1 {v0.4s}, [x1]
  EXPECT_EQ(v(0), words({0x0001'0203, 0x0405'0607, 0x0809'0a0b, 0x0c0d'0e0f}));
  run_one(0x4c40'7020);  // ld1 {v0.16b}, [x1]
  EXPECT_EQ(v(0), pattern(0));
  run_one(0x4c00'8420);  // st2 {v0.8h, v1.8h}, [x1]
  EXPECT_EQ(read32(kData), 0x0001u) << "element 0 is 0x0100, stored with its high byte first";
}

TEST_F(SimdLoadStore, AccessesTrapWhenFloatingPointIsDisabled) {
  Insn insn;
  const std::uint32_t accesses[] = {
      0x3d40'0020, 0xad00'0420, 0x4c40'7020};  // ldr b0, [x1]; stp q0, q1, [x1]; ld1 {v0.16b}, [x1]
  for (const std::uint32_t word : accesses) {
    decode(word, {.costs = &preset.costs, .fp_trapped = true}, insn);
    sys(SysReg::CPACR_EL1) = 0;
    core().context_changed();
    EXPECT_EQ(execute(insn.handler, insn), Outcome::fault);
    EXPECT_EQ(exception_class(), 0x07u);
  }
}

// ---- The shortcut through the filter counts as the accesses it stands for

TEST_F(SimdLoadStore, FilterHitsCountElementByElement) {
  run_one(0x4c40'7020);  // fills the filter  // ld1 {v0.16b}, [x1]
  const std::uint64_t before = core().statistics.fast_reads;
  run_one(0x4c40'7020);  // ld1 {v0.16b}, [x1]
  EXPECT_EQ(core().statistics.fast_reads - before, 16u);
  x(1) = kData + 56;
  run_one(0x4c40'7020);  // half in a line the filter has, half in the next  // ld1 {v0.16b}, [x1]
  EXPECT_EQ(v(0), pattern(56));
  const std::uint64_t middle = core().statistics.fast_reads;
  run_one(0x4c40'0820);  // ld4 {v0.4s, v1.4s, v2.4s, v3.4s}, [x1]
  EXPECT_EQ(core().statistics.fast_reads - middle, 16u);
}

TEST_F(SimdLoadStore, TheFilterChangesNoResult) {
  for (const bool fast : {true, false}) {
    core().set_options({.fast = fast, .check_fast = false});
    core().context_changed();
    for (unsigned offset = 0; offset < 64; ++offset) {
      x(1) = kData + offset;
      run_one(0x4c40'4420);  // ld3 {v0.8h, v1.8h, v2.8h}, [x1]
      x(1) = kData + 0x400 + offset;
      run_one(0x4c00'4420);  // st3 {v0.8h, v1.8h, v2.8h}, [x1]
      x(1) = kData + 0x400 + offset;
      run_one(0x4c40'6024);  // ld1 {v4.16b, v5.16b, v6.16b}, [x1]
      ASSERT_EQ(v(4), pattern(offset)) << offset;
      ASSERT_EQ(v(6), pattern(offset + 32)) << offset;
    }
  }
}

}  // namespace
}  // namespace armature::cpu::testing
