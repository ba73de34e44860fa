#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "hyp/abi/manifest.h"
#include "platform/boot/manifest.h"
#include "sim/base/user_error.h"

namespace armature::platform {
namespace {

class ManifestNote : public testing::Test {
 protected:
  std::vector<std::uint8_t> note(unsigned record_bytes = sizeof(abi::ManifestRecord)) const {
    const abi::ManifestHeader header{abi::kManifestVersion, record_bytes,
                                     static_cast<unsigned>(records_.size()), 0};
    std::vector<std::uint8_t> bytes(sizeof header + records_.size() * record_bytes);
    std::memcpy(bytes.data(), &header, sizeof header);
    for (std::size_t n = 0; n < records_.size(); ++n) {
      std::memcpy(bytes.data() + sizeof header + n * record_bytes, &records_[n],
                  std::min<std::size_t>(record_bytes, sizeof(abi::ManifestRecord)));
    }
    return bytes;
  }
  abi::ManifestRecord& add(abi::RecordKind kind, std::uint64_t address, const char* name) {
    abi::ManifestRecord record{};
    record.kind = kind;
    record.address.value = address;
    std::memcpy(record.name, name, std::min(std::strlen(name), sizeof record.name));
    records_.push_back(record);
    return records_.back();
  }
  std::vector<abi::ManifestRecord> records_;
};

TEST_F(ManifestNote, AnImageWithoutANoteHasAnEmptyManifest) {
  EXPECT_TRUE(parse_manifest({}, "x.elf").is_empty());
}

TEST_F(ManifestNote, EachKindOfRecordBecomesAPlainStructure) {
  auto& lock = add(abi::RecordKind::lock, 0x4010'0040, "sixteen letters!");
  lock.lock.serving_offset = 4;
  lock.lock.rank = 3;
  auto& pool = add(abi::RecordKind::table_pool, 0x4020'0000, "kserv");
  pool.bytes = 0x2000;
  pool.principal = abi::Principal::kserv;
  pool.tables.stage = 2;
  pool.tables.level = 1;
  add(abi::RecordKind::root, 0x4010'0080, "kcore").tables = {1, 1, 0, 0x2000};
  const check::Manifest manifest = parse_manifest(note(), "x.elf");
  ASSERT_EQ(manifest.locks.size(), 1u);
  EXPECT_EQ(manifest.locks[0].name, "sixteen letters!");
  EXPECT_EQ(manifest.locks[0].serving().value, 0x4010'0044u);
  EXPECT_EQ(manifest.locks[0].rank, 3u);
  ASSERT_EQ(manifest.pools.size(), 1u);
  EXPECT_EQ(manifest.pools[0].principal, check::kHost);
  EXPECT_EQ(manifest.pools[0].bytes, 0x2000u);
  ASSERT_EQ(manifest.roots.size(), 1u);
  EXPECT_EQ(manifest.roots[0].stage, 1u);
  EXPECT_EQ(manifest.roots[0].bytes, 0x2000u);
}

TEST_F(ManifestNote, ArraysOverVmsAndVcpusAreWrittenOut) {
  auto& lock = add(abi::RecordKind::lock, 0x1000, "vm");
  lock.principal = abi::Principal::first_vm;
  lock.outer = {3, 0x100};
  lock.lock.guards = abi::Guarded::vm;
  auto& state = add(abi::RecordKind::vcpu_state, 0x2000, "vcpu");
  state.outer = {3, 0x100};
  state.inner = {2, 0x10};
  auto& guarded = add(abi::RecordKind::guarded, 0x3000, "images");
  guarded.outer = {3, 0x40};
  guarded.bytes = 0x40;
  guarded.guarded_by = abi::Guarded::vm;
  const check::Manifest manifest = parse_manifest(note(), "x.elf");
  ASSERT_EQ(manifest.locks.size(), 3u);
  EXPECT_EQ(manifest.locks[2].word.value, 0x1200u);
  EXPECT_EQ(manifest.locks[2].principal, check::kFirstVm + 2);
  EXPECT_EQ(manifest.locks[2].name, "vm[2]");
  ASSERT_EQ(manifest.vcpu_states.size(), 6u);
  EXPECT_EQ(manifest.vcpu_states[5].word.value, 0x2210u);
  EXPECT_EQ(manifest.vcpu_states[5].vm, 2u);
  EXPECT_EQ(manifest.vcpu_states[5].vcpu, 1u);
  ASSERT_EQ(manifest.guarded.size(), 3u);
  EXPECT_EQ(manifest.guarded[1].base.value, 0x3040u);
  EXPECT_EQ(manifest.guarded[1].lock, 1);
}

TEST_F(ManifestNote, AnArrayWithoutEndIsTheUsersError) {
  add(abi::RecordKind::shadow, 0x1000, "shadow").outer = {~0u, 0};
  EXPECT_THROW(parse_manifest(note(), "x.elf"), UserError);
}

TEST_F(ManifestNote, LongerRecordsAndUnknownKindsAreSkipped) {
  add(static_cast<abi::RecordKind>(999), 0x1000, "new");
  add(abi::RecordKind::root, 0x2000, "kcore");
  const check::Manifest manifest = parse_manifest(note(sizeof(abi::ManifestRecord) + 32), "x.elf");
  ASSERT_EQ(manifest.roots.size(), 1u);
  EXPECT_EQ(manifest.roots[0].cell.value, 0x2000u);
}

TEST_F(ManifestNote, AnotherVersionIsTheUsersError) {
  auto bytes = note();
  bytes[0] = 77;
  EXPECT_THROW(parse_manifest(bytes, "x.elf"), UserError);
}

TEST_F(ManifestNote, RecordsThatDoNotFitAreTheUsersError) {
  add(abi::RecordKind::root, 0x2000, "kcore");
  auto bytes = note();
  bytes.pop_back();
  EXPECT_THROW(parse_manifest(bytes, "x.elf"), UserError);
  EXPECT_THROW(parse_manifest(std::span(bytes).first(3), "x.elf"), UserError);
}

}  // namespace
}  // namespace armature::platform
