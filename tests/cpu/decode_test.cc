// The decode table as a whole: its rows are well formed, distinct and disjoint.
#include "cpu/decode.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "cpu/pattern.h"

namespace armature::cpu {
namespace {

Insn decoded(std::uint32_t word, bool fp_trapped = false) {
  static const Costs costs;
  Insn insn;
  decode(word, {.costs = &costs, .fp_trapped = fp_trapped}, insn);
  return insn;
}

// The handler of an encoding that is certainly unallocated: op0 = 0b0000, UDF #0.
Handler undefined_handler() { return decoded(0).handler; }

TEST(DecodeTable, EveryRowIsWellFormed) {
  ASSERT_GT(all_rows().size(), 100u);
  for (const Row* row : all_rows()) {
    EXPECT_TRUE(pattern_well_formed(row->pattern)) << row->name;
    EXPECT_NE(row->decode, nullptr) << row->name;
    EXPECT_FALSE(row->group.empty()) << row->name;
  }
}

TEST(DecodeTable, EveryRowHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const Row* row : all_rows()) {
    EXPECT_FALSE(row->name.empty()) << row->pattern;
    EXPECT_TRUE(names.insert(row->name).second) << row->name;
  }
}

TEST(DecodeTable, NoTwoRowsOverlap) {
  const auto rows = all_rows();
  for (std::size_t a = 0; a < rows.size(); ++a) {
    for (std::size_t b = a + 1; b < rows.size(); ++b) {
      EXPECT_FALSE(compile_pattern(rows[a]->pattern).overlaps(compile_pattern(rows[b]->pattern)))
          << rows[a]->name << " and " << rows[b]->name;
    }
  }
}

TEST(DecodeTable, EveryRowStatesItsRegisters) {
  for (const Row* row : all_rows()) {
    EXPECT_TRUE(parse_register_uses(row->reads, row->pattern).has_value())
        << row->name << " reads \"" << row->reads << '"';
    EXPECT_TRUE(parse_register_uses(row->writes, row->pattern).has_value())
        << row->name << " writes \"" << row->writes << '"';
  }
}

TEST(DecodeTable, EveryRowFindsItself) {
  for (const Row* row : all_rows()) {
    const BitPattern pattern = compile_pattern(row->pattern);
    EXPECT_EQ(find_row(pattern.value), row) << row->name;
    EXPECT_EQ(find_row(pattern.value | ~pattern.mask), row) << row->name;
  }
}

TEST(DecodeTable, EveryWordHasTheRowThatALinearSearchFinds) {
  std::uint32_t word = 1;
  for (unsigned n = 0; n < 20'000; ++n) {
    word = word * 1664525 + 1013904223;
    // Numerical Recipes' generator has poor low bits; the table looks at the high ones too.
    const std::uint32_t tried = word ^ word >> 15;
    const Row* expected = nullptr;
    for (const Row* row : all_rows()) {
      if (compile_pattern(row->pattern).matches(tried)) expected = row;
    }
    ASSERT_EQ(find_row(tried), expected) << std::hex << tried;
  }
}

TEST(DecodeTable, ARowThatAcceptsAWordGivesItAHandler) {
  for (const Row* row : all_rows()) {
    const BitPattern pattern = compile_pattern(row->pattern);
    std::uint32_t word = 12345;
    unsigned accepted = 0;
    for (unsigned n = 0; n < 500; ++n) {
      word = word * 1664525 + 1013904223;
      const std::uint32_t tried = ((word ^ word >> 15) & ~pattern.mask) | pattern.value;
      Insn insn;
      if (!row->decode(tried, insn)) continue;
      ++accepted;
      ASSERT_NE(insn.handler, nullptr) << row->name << ' ' << std::hex << tried;
    }
    EXPECT_GT(accepted, 0u) << row->name << " never accepts";
  }
}

TEST(PatternFields, AreTheLettersJoinedHighToLow) {
  constexpr std::string_view pattern = "pll10000hhhhhhhhhhhhhhhhhhhddddd";
  constexpr std::uint32_t word = 0xb0ffffe3;  // adrp x3, with immlo = 01 and immhi all ones
  EXPECT_EQ(extract_field(pattern, 'p', word), 1u);
  EXPECT_EQ(extract_field(pattern, 'l', word), 1u);
  EXPECT_EQ(extract_field(pattern, 'h', word), 0x7ffffu);
  EXPECT_EQ(extract_field(pattern, 'd', word), 3u);
  EXPECT_EQ(insert_field(pattern, 'd', word, 30), word - 3 + 30);
}

TEST(PatternFields, MayStandInSeveralPlaces) {
  constexpr std::string_view pattern = "zz111000001mmmmmx1xs10nnnnnttttt";
  EXPECT_EQ(extract_field(pattern, 'x', 0x0000'e000), 3u);
  EXPECT_EQ(extract_field(pattern, 'x', 0x0000'8000), 2u);
  EXPECT_EQ(insert_field(pattern, 'x', 0, 1), 0x0000'2000u);
}

TEST(RegisterUses, NameOnlyFieldsOfThePattern) {
  constexpr std::string_view pattern = "f0001011000mmmmm000000nnnnnddddd";
  EXPECT_TRUE(parse_register_uses("n|SP m", pattern));
  EXPECT_TRUE(parse_register_uses("", pattern));
  EXPECT_TRUE(parse_register_uses("Vd+3 C FPSR", pattern));
  EXPECT_FALSE(parse_register_uses("a", pattern));
  EXPECT_FALSE(parse_register_uses("f", pattern));  // one bit names no register
  EXPECT_FALSE(parse_register_uses("n ", pattern));
  EXPECT_FALSE(parse_register_uses("Vd+4", pattern));
  EXPECT_FALSE(parse_register_uses("W", pattern));
}

TEST(Decode, KeepsThePositionTheCallerSet) {
  static const Costs costs;
  Insn insn;
  insn.index = 7;
  decode(0xd503201f, {.costs = &costs}, insn);
  EXPECT_EQ(insn.index, 7);
  EXPECT_EQ(insn.word, 0xd503201fu);
}

TEST(Decode, TakesCostsFromThePreset) {
  Costs costs;
  costs.issue_sixteenths = 5;
  costs.divide = 13;
  Insn insn;
  decode(0x91000400, {.costs = &costs}, insn);  // add x0, x0, #1
  EXPECT_EQ(insn.cost, 5);
  decode(0x9ac10c00, {.costs = &costs}, insn);  // sdiv x0, x0, x1
  EXPECT_EQ(insn.cost, 13 * 16);
}

TEST(Decode, BranchesAndContextChangesEndTheirGroup) {
  for (const std::uint32_t word :
       {0x14000000u, 0x54000000u, 0xd65f03c0u, 0xd69f03e0u, 0xd4000001u, 0xd5033fdfu, 0xd503207fu,
        0xd503205fu, 0xd51bd040u, 0xd50342dfu, 0xd508871fu}) {
    EXPECT_NE(decoded(word).flags & kEndsGroup, 0) << std::hex << word;
  }
  for (const std::uint32_t word : {0x91000400u, 0xf9400000u, 0xd503201fu, 0xd53bd040u}) {
    EXPECT_EQ(decoded(word).flags & kEndsGroup, 0) << std::hex << word;
  }
}

struct NamedWord {
  std::uint32_t word;
  const char* name;
};

TEST(Decode, LaterExtensionsAreUndefined) {
  for (const NamedWord& later : {NamedWord{0xc8a07c41, "CAS"}, {0x48207c82, "CASP"},
                                 {0xf8200041, "LDADD"},        {0xf8208041, "SWP"},
                                 {0xf8bfc041, "LDAPR"},        {0xc8df7c41, "LDLAR"},
                                 {0xc89f7c41, "STLLR"},        {0xdac10041, "PACIA"},
                                 {0xdac143e1, "XPACI"},        {0xd65f0bff, "RETAA"},
                                 {0xd71f0841, "BRAA"},         {0xf8200441, "LDRAA"},
                                 {0x9ac13041, "PACGA"},        {0xba000820, "RMIF"},
                                 {0x3a00080d, "SETF8"},        {0xd503309f & 0, "UDF"},
                                 {0x4e849420, "SDOT"},         {0x7e008400, "SQRDMLAH"},
                                 {0x1ee02820, "FADD half"},    {0x0e401400, "FADD vector half"},
                                 {0xce608000, "SHA512H"},      {0x9ac00000, "SUBP"},
                                 {0xd9200000, "STG"},          {0x04200000, "SVE"}}) {
    EXPECT_EQ(decoded(later.word).handler, undefined_handler()) << later.name;
  }
}

TEST(Decode, HaltingInstructionsAreUndefinedWithoutExternalDebug) {
  for (const NamedWord& halting : {NamedWord{0xd4a00001, "DCPS1"},
                                   {0xd4a00002, "DCPS2"},
                                   {0xd4a00003, "DCPS3"},
                                   {0xd6bf03e0, "DRPS"}}) {
    EXPECT_EQ(decoded(halting.word).handler, undefined_handler()) << halting.name;
  }
}

TEST(Decode, UnallocatedHintsAreNops) {
  const Handler nop = decoded(0xd503201f).handler;
  for (const NamedWord& hint : {NamedWord{0xd503233f, "PACIASP"},
                                {0xd50323bf, "AUTIASP"},
                                {0xd50320ff, "XPACLRI"},
                                {0xd503245f, "BTI C"},
                                {0xd503221f, "ESB"},
                                {0xd503229f, "CSDB"},
                                {0xd5032fff, "127"}}) {
    EXPECT_EQ(decoded(hint.word).handler, nop) << hint.name;
  }
  EXPECT_NE(decoded(0xd503203f).handler, nop);  // YIELD
  EXPECT_NE(decoded(0xd503205f).handler, nop);  // WFE
}

TEST(Decode, ReservedFieldsOfBaseInstructionsAreUndefined) {
  for (const NamedWord& reserved : {NamedWord{0x11800000, "ADD imm, shift = 1x"},
                                    {0x0b008000, "ADD w, shift by 32"},
                                    {0x0bc00000, "ADD, ROR"},
                                    {0x0b201400, "ADD ext by 5"},
                                    {0x0a008000, "AND w, shift by 32"},
                                    {0x12400000, "AND w imm, N = 1"},
                                    {0x9240fc00, "AND x imm, all ones"},
                                    {0x1200fc00, "AND imm, element of one bit"},
                                    {0x32800000, "MOVN, opc = 01"},
                                    {0x52c00000, "MOVZ w, hw = 2"},
                                    {0x13400000, "SBFM w, N = 1"},
                                    {0x93000000, "SBFM x, N = 0"},
                                    {0x13008000, "SBFM w, imms = 32"},
                                    {0x13800000 | 1 << 15, "EXTR w, by 32"},
                                    {0x93800000, "EXTR x, N = 0"},
                                    {0x5ac00c00, "REV w, opcode 3"},
                                    {0xdac01800, "1 source, opcode 6"},
                                    {0x1ac04c00, "CRC32X w"},
                                    {0x9ac04000, "CRC32B x"},
                                    {0x1b200000, "SMADDL, sf = 0"},
                                    {0x9b608000, "SMULH, o0 = 1"},
                                    {0x7a400410, "CCMP, o3 = 1"},
                                    {0x1a800800, "CSEL, op2 = 1x"},
                                    {0x54000010, "B.cond, o0 = 1"},
                                    {0xd61f0001, "BR, op4 = 1"},
                                    {0xd4000000, "exception, LL = 0"},
                                    {0xb8e00800, "LDRS w reg, size 2 opc 3"},
                                    {0xf8800400, "PRFM post"},
                                    {0xf8e00000, "LDUR, size 3 opc 3"},
                                    {0x38600000 | 0x0800, "LDRB reg, option 0"},
                                    {0xe9400000, "LDP, opc = 3"},
                                    {0x69000000, "STGP in v8.0"},
                                    {0x68400000, "LDNP, opc = 1"},
                                    {0x08200000, "STXP of bytes"}}) {
    EXPECT_EQ(decoded(reserved.word).handler, undefined_handler()) << reserved.name;
  }
}

TEST(Decode, FpTrapReplacesTheHandlerOfFpInstructionsOnly) {
  for (const Row* row : all_rows()) {
    const BitPattern pattern = compile_pattern(row->pattern);
    const std::uint32_t word = pattern.value | (0x2a5a5a5a & ~pattern.mask);
    const Insn plain = decoded(word), trapped = decoded(word, true);
    if (plain.handler == undefined_handler()) {
      EXPECT_EQ(trapped.handler, undefined_handler()) << row->name;
    } else if (row->fp) {
      EXPECT_NE(trapped.handler, plain.handler) << row->name;
      EXPECT_NE(trapped.flags & kEndsGroup, 0) << row->name;
    } else {
      EXPECT_EQ(trapped.handler, plain.handler) << row->name;
    }
  }
}

TEST(Decode, XzrReadsZeroAndXzrWritesGoToTheSink) {
  const Insn add = decoded(0x8b1f03ff);  // add xzr, xzr, xzr
  EXPECT_EQ(add.rd, kSink);
  EXPECT_EQ(add.rn, kZero);
  EXPECT_EQ(add.rm, kZero);
}

TEST(Decode, Register31IsTheStackPointerWhereTheManualSaysSo) {
  const Insn add = decoded(0x910043ff);  // add sp, sp, #16
  EXPECT_EQ(add.rd, kSp);
  EXPECT_EQ(add.rn, kSp);
  const Insn adds = decoded(0xb10043ff);  // cmn sp, #16
  EXPECT_EQ(adds.rd, kSink);
  EXPECT_EQ(adds.rn, kSp);
  const Insn load = decoded(0xf94003ff);  // ldr xzr, [sp]
  EXPECT_EQ(load.rd, kSink);
  EXPECT_EQ(load.rn, kSp);
}

}  // namespace
}  // namespace armature::cpu
