// Memory attributes: decoding, combining, caches off, and what PAR_EL1 shows.
#include "mmu/attributes.h"

#include "tests/mmu/mmu_fixture.h"

namespace armature::mmu::test {
namespace {

class Attributes : public MmuTest {
 protected:
  static constexpr std::uint64_t kVa = 0x5000;
  MemoryAttributes of_guest(std::uint64_t leaf1, std::uint64_t leaf2, std::uint64_t hcr = 0) {
    queue->issue({.op = tlb::TlbiOp::alle1});
    queue->window_end();
    identity_stage2();
    map(kVa, 0x8000'0000, kAf | leaf1);
    map2(0x8000'0000, kRam, kAf | kS2Rw | leaf2);
    TranslationContext c = guest();
    c.hcr |= hcr;
    const auto result = data(c, kVa);
    EXPECT_TRUE(result.ok());
    return result ? result->attributes : MemoryAttributes{};
  }
};

constexpr std::uint64_t kWt = 3 << 2, kOuter = 2ull << 8;

TEST_F(Attributes, MairDecodesEveryKindOfMemory) {
  EXPECT_EQ(s1_attr_decode(0xff, 0, 3), kNormalWriteBack);
  EXPECT_EQ(s1_attr_decode(0x44, 0, 3), kNormalNonCacheable);  // Outer Shareable regardless of SH
  EXPECT_EQ(s1_attr_decode(0x00, 0, 0).type, MemoryType::device_nGnRnE);
  EXPECT_EQ(s1_attr_decode(0x04, 0, 0).type, MemoryType::device_nGnRE);
  EXPECT_EQ(s1_attr_decode(0x08, 0, 0).type, MemoryType::device_nGRE);
  EXPECT_EQ(s1_attr_decode(0x0c, 0, 0).type, MemoryType::device_GRE);
  EXPECT_EQ(s1_attr_decode(0x00, 0, 0).shareability, Shareability::outer);
  EXPECT_EQ(s1_attr_decode(0xbb, 0, 0).inner, Cacheability::write_through);
  EXPECT_EQ(s1_attr_decode(0xf4, 0, 0).inner, Cacheability::non_cacheable);
  EXPECT_EQ(s1_attr_decode(0xf4, 0, 0).outer, Cacheability::write_back);
  EXPECT_EQ(s1_attr_decode(0x77, 0, 2).inner, Cacheability::write_back);     // transient
  EXPECT_EQ(s1_attr_decode(0x33, 0, 2).inner, Cacheability::write_through);  // transient
  EXPECT_EQ(s1_attr_decode(0x00ff'0000, 2, 0).type, MemoryType::normal);
}
TEST_F(Attributes, DeviceBeatsNormal) {
  EXPECT_EQ(of_guest(kDevice, kS2Wb | kInner).type, MemoryType::device_nGnRE);
  EXPECT_EQ(of_guest(kNormal | kInner, kS2Device).type, MemoryType::device_nGnRE);
}
TEST_F(Attributes, StricterDeviceTypeWins) {
  EXPECT_EQ(of_guest(kDevice, 0).type, MemoryType::device_nGnRnE);
  EXPECT_EQ(of_guest(kDevice, 3 << 2).type, MemoryType::device_nGnRE);
}
TEST_F(Attributes, WeakerCacheabilityWins) {
  EXPECT_EQ(of_guest(kNormal | kInner, kS2Wb | kInner), kNormalWriteBack);
  EXPECT_EQ(of_guest(kNonCacheable | kInner, kS2Wb | kInner), kNormalNonCacheable);
  EXPECT_EQ(of_guest(kNormal | kInner, kS2Nc | kInner), kNormalNonCacheable);
  EXPECT_EQ(of_guest(kWt | kInner, kS2Wb | kInner).inner, Cacheability::write_through);
}
TEST_F(Attributes, WiderShareabilityWins) {
  EXPECT_EQ(of_guest(kNormal, kS2Wb).shareability, Shareability::non_shareable);
  EXPECT_EQ(of_guest(kNormal, kS2Wb | kInner).shareability, Shareability::inner);
  EXPECT_EQ(of_guest(kNormal | kOuter, kS2Wb | kInner).shareability, Shareability::outer);
}
TEST_F(Attributes, CdMakesNormalDataNonCacheableAndLeavesDevice) {
  EXPECT_EQ(of_guest(kNormal | kInner, kS2Wb | kInner, kHcrCd), kNormalNonCacheable);
  EXPECT_EQ(of_guest(kDevice, kS2Wb, kHcrCd).type, MemoryType::device_nGnRE);
}
TEST_F(Attributes, IdConcernsFetchesOnly) {
  EXPECT_EQ(of_guest(kNormal | kInner, kS2Wb | kInner, kHcrId), kNormalWriteBack);
  TranslationContext c = guest();
  c.hcr |= kHcrId;
  ASSERT_TRUE(fetch(c, kVa).ok());
  EXPECT_EQ(fetch(c, kVa)->attributes, kNormalNonCacheable);
}
TEST_F(Attributes, CachesOffMakeNormalMemoryNonCacheableAlsoOnATlbHit) {
  map(kVa, kRam);
  EXPECT_EQ(data(el1(), kVa)->attributes, kNormalWriteBack);
  EXPECT_EQ(fetch(el1(), kVa)->attributes, kNormalWriteBack);
  TranslationContext c = el1();
  c.sctlr &= ~kSctlrC;
  EXPECT_EQ(data(c, kVa)->attributes, kNormalNonCacheable);
  EXPECT_EQ(fetch(c, kVa)->attributes, kNormalWriteBack);
  c.sctlr = kSctlrM | kSctlrC;
  EXPECT_EQ(data(c, kVa)->attributes, kNormalWriteBack);
  EXPECT_EQ(fetch(c, kVa)->attributes, kNormalNonCacheable);
}
TEST_F(Attributes, MmuOffDataIsDeviceAndFetchesFollowSctlrI) {
  TranslationContext c = el1();
  c.sctlr = 0;
  EXPECT_EQ(data(c, kRam)->attributes, kDevice_nGnRnE);
  EXPECT_EQ(fetch(c, kRam)->attributes, kNormalNonCacheable);
  c.sctlr = kSctlrI | kSctlrC;
  EXPECT_EQ(data(c, kRam)->attributes, kDevice_nGnRnE);
  EXPECT_EQ(fetch(c, kRam)->attributes.inner, Cacheability::write_through);
}
TEST_F(Attributes, DefaultCacheableIsWriteBackNonShareable) {
  identity_stage2();
  TranslationContext c = guest();
  c.hcr = kHcrDc;
  c.sctlr = 0;
  map2(0x8000'0000, kRam, kAf | kS2Rw | kS2Wb);
  const MemoryAttributes a = data(c, 0x8000'0000)->attributes;
  EXPECT_TRUE(a.is_cacheable());
  EXPECT_EQ(a.shareability, Shareability::non_shareable);
}
TEST_F(Attributes, MmuOffAtStage1KeepsDataDeviceUnderStage2) {
  identity_stage2();
  TranslationContext c = guest();
  c.sctlr = kSctlrI;
  EXPECT_EQ(data(c, kRam)->attributes.type, MemoryType::device_nGnRnE);
  EXPECT_EQ(fetch(c, kRam)->attributes.inner, Cacheability::write_through);
}
TEST_F(Attributes, FetchFromDeviceMemoryIsNonCacheable) {
  map(kVa, kRam, kAf | kDevice);
  EXPECT_EQ(fetch(el1(), kVa)->attributes, kNormalNonCacheable);
}
TEST_F(Attributes, ParShowsMairEncodings) {
  EXPECT_EQ(par_attr(kNormalWriteBack), 0xff);
  EXPECT_EQ(par_attr(kNormalNonCacheable), 0x44);
  EXPECT_EQ(par_attr({.type = MemoryType::device_nGRE}), 0x08);
  EXPECT_EQ(par_shareability(kNormalWriteBack), 3u);
}

}  // namespace
}  // namespace armature::mmu::test
