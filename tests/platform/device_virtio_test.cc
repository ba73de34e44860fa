// The transport and the virtqueues, by means of the entropy device and the console.
#include "platform/devices/virtio_console.h"
#include "platform/devices/virtio_rng.h"
#include "tests/platform/virtio_bench.h"

namespace armature::platform {
namespace {

class VirtioTransportTest : public VirtioBench {
 protected:
  VirtioTransportTest() { plug(std::make_unique<VirtioRng>("rng0", 7)); }
};

TEST_F(VirtioTransportTest, EmptySlotHasMagicVersionAndNoDevice) {
  VirtioMmio empty(nullptr, memory, {});
  EXPECT_EQ(read_register(empty, 0x0), 0x74726976u);
  EXPECT_EQ(read_register(empty, 0x4), 2u);
  EXPECT_EQ(read_register(empty, 0x8), 0u);
  for (std::uint64_t offset = 0; offset < 0x200; offset += 4) {
    EXPECT_EQ(empty.write(offset, 4, ~0u), BusResponse::okay);
    read_register(empty, offset);
  }
}

TEST_F(VirtioTransportTest, IdentifiesAModernEntropyDevice) {
  EXPECT_EQ(reg(0x0), 0x74726976u);
  EXPECT_EQ(reg(0x4), 2u);
  EXPECT_EQ(reg(0x8), 4u);
  set(0x14, 1);
  EXPECT_EQ(reg(0x10), 1u) << "VERSION_1 and no ACCESS_PLATFORM";
  set(0x14, 0);
  EXPECT_EQ(reg(0x10), 3u << 28);
  set(0x14, 2);
  EXPECT_EQ(reg(0x10), 0u);
}

TEST_F(VirtioTransportTest, AccessPlatformIsOfferedOnRequest) {
  VirtioMmio other(std::make_unique<VirtioRng>("rng0", 7), memory, {}, {.access_platform = true});
  other.write(0x14, 4, 1);
  EXPECT_EQ(read_register(other, 0x10), 3u);
}

TEST_F(VirtioTransportTest, FeaturesOkIsRefusedWithoutVersion1) {
  negotiate(0);
  EXPECT_EQ(reg(0x70), 3u);
}

TEST_F(VirtioTransportTest, FeaturesOkIsRefusedForAFeatureNotOffered) {
  negotiate(kFeatureVersion1 | 1);
  EXPECT_EQ(reg(0x70), 3u);
  negotiate(kFeatureVersion1);
  EXPECT_EQ(reg(0x70), 0xbu);
}

TEST_F(VirtioTransportTest, QueuesThatDoNotExistHaveNoSize) {
  EXPECT_EQ(reg(0x34), 256u);
  set(0x30, 1);
  EXPECT_EQ(reg(0x34), 0u);
  set(0x30, 0xffffffff);
  set(0x44, 1);
  EXPECT_EQ(reg(0x44), 0u);
}

TEST_F(VirtioTransportTest, RequestIsAnsweredAndInterrupts) {
  start();
  request(0, {{kData, 16, true}});
  EXPECT_EQ(used_index(0), 1u);
  EXPECT_EQ(used_bytes(0, 0), 16u);
  EXPECT_NE(memory.get<std::uint64_t>(kData), 0u);
  EXPECT_TRUE(interrupt());
  EXPECT_EQ(reg(0x60), 1u);
  acknowledge();
  EXPECT_FALSE(interrupt());
}

TEST_F(VirtioTransportTest, SameSeedGivesTheSameBytes) {
  start();
  request(0, {{kData, 16, true}});
  const auto first = memory.text(kData, 16);
  plug(std::make_unique<VirtioRng>("rng0", 7));
  memory.content.assign(GuestMemory::kBytes, 0);
  start();
  request(0, {{kData, 16, true}});
  EXPECT_EQ(memory.text(kData, 16), first);
  request(0, {{kData, 16, true}});
  EXPECT_NE(memory.text(kData, 16), first);
}

TEST_F(VirtioTransportTest, NothingHappensBeforeDriverOk) {
  negotiate(kFeatureVersion1);
  set_up_queue(0);
  request(0, {{kData, 16, true}});
  EXPECT_EQ(used_index(0), 0u);
}

TEST_F(VirtioTransportTest, NothingHappensOnAQueueThatIsNotReady) {
  start();
  set(0x30, 0);
  set(0x44, 0);
  request(0, {{kData, 16, true}});
  EXPECT_EQ(used_index(0), 0u);
  EXPECT_FALSE(is_broken());
}

TEST_F(VirtioTransportTest, IndirectTableIsFollowed) {
  start(kFeatureVersion1 | kFeatureIndirect);
  const std::uint64_t table = GuestMemory::kBase + 0x8000;
  write_chain(table, {{kData, 4, true}, {kData + 0x100, 4, true}});
  descriptor(ring(0), 3, table, 32, 4, 0);
  make_available(0, 3);
  kick(0);
  EXPECT_EQ(used_bytes(0, 0), 8u);
  EXPECT_EQ(memory.get<std::uint32_t>(used(0) + 4), 3u);
  EXPECT_NE(memory.get<std::uint32_t>(kData + 0x100), 0u);
}

TEST_F(VirtioTransportTest, InterruptIsSuppressedByTheFlag) {
  start();
  memory.set(available(0), std::uint16_t{1});
  request(0, {{kData, 16, true}});
  EXPECT_EQ(used_index(0), 1u);
  EXPECT_FALSE(interrupt());
}

TEST_F(VirtioTransportTest, EventIndexNamesTheRequestThatInterrupts) {
  start(kFeatureVersion1 | kFeatureEventIndex);
  const std::uint64_t used_event = available(0) + 4 + 2 * kSize;
  memory.set(used_event, std::uint16_t{1});
  request(0, {{kData, 16, true}});
  EXPECT_FALSE(interrupt()) << "the driver waits for the second";
  request(0, {{kData, 16, true}});
  EXPECT_TRUE(interrupt());
  EXPECT_EQ(memory.get<std::uint16_t>(used(0) + 4 + 8 * kSize), 2u) << "avail_event";
}

TEST_F(VirtioTransportTest, IndicesWrapAround) {
  start();
  for (unsigned n = 0; n < 70000; ++n) {
    write_chain(ring(0), {{kData, 1, true}});
    make_available(0, 0);
    if (n % kSize == kSize - 1) kick(0);
  }
  kick(0);
  EXPECT_EQ(used_index(0), static_cast<std::uint16_t>(70000));
  EXPECT_FALSE(is_broken());
}

TEST_F(VirtioTransportTest, ResetForgetsEverything) {
  start();
  request(0, {{kData, 16, true}});
  set(0x70, 0);
  EXPECT_EQ(slot->state(), VirtioMmioState{});
  EXPECT_EQ(slot->queue_state(0), VirtqueueState{});
  EXPECT_FALSE(interrupt());
}

TEST_F(VirtioTransportTest, SavedStateGoesOnWhereItWas) {
  start();
  request(0, {{kData, 16, true}});
  Wires other_wires;
  VirtioMmio other(std::make_unique<VirtioRng>("rng0", 99), memory, {&other_wires, kLine});
  copy_state(*slot, other);
  EXPECT_EQ(other.state(), slot->state());
  EXPECT_TRUE(other_wires.levels[kLine]);
  make_available(0, 0);
  other.write(0x50, 4, 0);
  const auto restored = memory.text(kData, 16);
  memory.set(used(0) + 2, std::uint16_t{1});
  kick(0);
  EXPECT_EQ(memory.text(kData, 16), restored);
}

// Negative space: rings a driver must not build. The device breaks, the host does not.

TEST_F(VirtioTransportTest, BrokenRingSetsNeedsResetAndTellsTheDriver) {
  start();
  make_available(0, kSize);
  kick(0);
  EXPECT_TRUE(is_broken());
  EXPECT_EQ(reg(0x60), 2u) << "configuration change";
  EXPECT_TRUE(interrupt());
  make_available(0, 0);
  kick(0);
  EXPECT_EQ(used_index(0), 0u) << "dead until reset";
  memory.content.assign(GuestMemory::kBytes, 0);
  start();
  request(0, {{kData, 16, true}});
  EXPECT_EQ(used_index(0), 1u);
}

TEST_F(VirtioTransportTest, DescriptorLoopBreaksTheDevice) {
  start();
  descriptor(ring(0), 0, kData, 4, 1 | 2, 1);
  descriptor(ring(0), 1, kData, 4, 1 | 2, 0);
  make_available(0, 0);
  kick(0);
  EXPECT_TRUE(is_broken());
}

TEST_F(VirtioTransportTest, NextOutsideTheTableBreaksTheDevice) {
  start();
  descriptor(ring(0), 0, kData, 4, 1 | 2, 9);
  make_available(0, 0);
  kick(0);
  EXPECT_TRUE(is_broken());
}

TEST_F(VirtioTransportTest, ReadableAfterWritableBreaksTheDevice) {
  start();
  request(0, {{kData, 4, true}, {kData, 4, false}});
  EXPECT_TRUE(is_broken());
}

TEST_F(VirtioTransportTest, BufferOutsideMemoryBreaksTheDevice) {
  for (const std::uint64_t address : {std::uint64_t{0}, ~std::uint64_t{3}, GuestMemory::kBase + GuestMemory::kBytes - 2}) {
    start();
    request(0, {{address, 16, true}});
    EXPECT_TRUE(is_broken());
    memory.content.assign(GuestMemory::kBytes, 0);
  }
}

TEST_F(VirtioTransportTest, AvailableIndexTooFarAheadBreaksTheDevice) {
  start();
  memory.set(available(0) + 2, std::uint16_t{kSize + 1});
  kick(0);
  EXPECT_TRUE(is_broken());
}

TEST_F(VirtioTransportTest, BadIndirectTablesBreakTheDevice) {
  const std::uint64_t table = GuestMemory::kBase + 0x8000;
  struct Case {
    std::uint32_t bytes;
    unsigned flags;
    const char* what;
  };
  for (const Case& c : {Case{0, 4, "empty"}, Case{24, 4, "odd length"}, Case{0xfffffff0, 4, "huge"},
                        Case{16, 5, "with next"}}) {
    start();
    write_chain(table, {{kData, 4, true}});
    descriptor(ring(0), 0, table, c.bytes, c.flags, 1);
    make_available(0, 0);
    kick(0);
    EXPECT_TRUE(is_broken()) << c.what;
    memory.content.assign(GuestMemory::kBytes, 0);
  }
  start();
  descriptor(table, 0, table, 16, 4, 0);
  descriptor(ring(0), 0, table, 16, 4, 0);
  make_available(0, 0);
  kick(0);
  EXPECT_TRUE(is_broken()) << "nested";
}

TEST_F(VirtioTransportTest, RingOutsideMemoryBreaksTheDevice) {
  negotiate(kFeatureVersion1);
  set_up_queue(0);
  set(0x44, 0);
  set(0x94, 0xffffffff);
  set(0x44, 1);
  set(0x70, 0xf);
  kick(0);
  EXPECT_TRUE(is_broken());
}

TEST_F(VirtioTransportTest, BadQueueSizesBreakTheDevice) {
  for (const unsigned size : {0u, 3u, 512u, 0xffffffffu}) {
    negotiate(kFeatureVersion1);
    set(0x38, size);
    EXPECT_TRUE(is_broken()) << size;
  }
}

TEST_F(VirtioTransportTest, RandomRingsNeverHurtTheHost) {
  std::uint64_t seed = 12345;
  const auto random = [&] {
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return seed >> 33;
  };
  for (unsigned round = 0; round < 2000; ++round) {
    memory.content.assign(GuestMemory::kBytes, 0);
    start(kFeatureVersion1 | kFeatureIndirect | kFeatureEventIndex);
    for (unsigned n = 0; n < kSize; ++n) {
      descriptor(ring(0), n, GuestMemory::kBase + random() % (GuestMemory::kBytes + 64),
                 static_cast<std::uint32_t>(random() % 3 == 0 ? random() : random() % 64),
                 static_cast<unsigned>(random() % 8), static_cast<unsigned>(random() % (kSize + 1)));
    }
    for (unsigned n = 0; n < 4; ++n) make_available(0, static_cast<unsigned>(random() % (kSize + 1)));
    kick(0);
    EXPECT_LE(used_index(0), 4u);
  }
}

class VirtioConsoleTest : public VirtioBench {
 protected:
  VirtioConsoleTest() {
    auto owned = std::make_unique<VirtioConsole>("console0", terminal);
    console = owned.get();
    plug(std::move(owned));
  }
  Terminal terminal;
  VirtioConsole* console = nullptr;
};

TEST_F(VirtioConsoleTest, TransmitsWhatIsReadable) {
  start(kFeatureVersion1, 2);
  memory.set_text(kData, "hello");
  request(1, {{kData, 2, false}, {kData + 2, 3, false}});
  EXPECT_EQ(terminal.text, "hello");
  EXPECT_EQ(used_bytes(1, 0), 0u);
}

TEST_F(VirtioConsoleTest, TypedBytesWaitForABuffer) {
  start(kFeatureVersion1, 2);
  EXPECT_TRUE(console->push(*slot, 'h'));
  EXPECT_TRUE(console->push(*slot, 'i'));
  EXPECT_EQ(used_index(0), 0u);
  request(0, {{kData, 64, true}});
  EXPECT_EQ(memory.text(kData, 2), "hi");
  EXPECT_EQ(used_bytes(0, 0), 2u);
  EXPECT_TRUE(interrupt());
}

TEST_F(VirtioConsoleTest, TypedBytesAreBounded) {
  for (std::size_t n = 0; n < VirtioConsole::kPendingMax; ++n) EXPECT_TRUE(console->push(*slot, 'x'));
  EXPECT_FALSE(console->push(*slot, 'x'));
}

TEST_F(VirtioConsoleTest, EmergencyWritePrintsWithoutAQueue) {
  reg(0x108, '!', 4);
  EXPECT_EQ(terminal.text, "!");
}

}  // namespace
}  // namespace armature::platform
