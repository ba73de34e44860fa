// Logs, digests and lists of kinds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "sim/base/user_error.h"
#include "sim/trace/activity.h"
#include "sim/trace/digest.h"
#include "sim/trace/dump.h"
#include "sim/trace/kinds.h"
#include "sim/trace/log.h"
#include "sim/trace/perfetto.h"
#include "sim/trace/replay.h"
#include "sim/trace/tarmac.h"
#include "sim/trace/text.h"

namespace armature {
namespace {

using testing::HasSubstr;

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const char* name) : path_(testing::TempDir() + "armature_" + name) {}
  ~TemporaryFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }
  std::string bytes() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void set(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
  }

 private:
  std::string path_;
};

std::vector<Event> random_events(std::size_t count) {
  std::mt19937_64 random(3);
  std::vector<Event> events(count);
  for (std::size_t n = 0; n < count; ++n) {
    Event& e = events[n];
    e.sequence = n;
    e.cycle = n * 7;
    e.pc = random();
    e.kind = static_cast<EventKind>(random() % kEventKinds);
    e.core = static_cast<std::uint8_t>(random() % 4);
    e.a = random();
    e.b = random();
    e.c = random();
    e.d = static_cast<std::uint32_t>(random());
  }
  return events;
}

// ---- XXH64

TEST(Xxh64, AgreesWithTheChecksumThatZstandardKeepsOfItsContent) {
  // A Zstandard frame ends with the low 32 bits of XXH64 of its content.
  std::mt19937_64 random(1);
  for (const std::size_t size : {1u, 3u, 4u, 7u, 8u, 31u, 32u, 33u, 63u, 64u, 100u, 4096u, 5003u}) {
    std::vector<std::uint8_t> bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    std::vector<std::uint8_t> frame(ZSTD_compressBound(size));
    ZSTD_CCtx* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    frame.resize(ZSTD_compress2(context, frame.data(), frame.size(), bytes.data(), size));
    ZSTD_freeCCtx(context);
    std::uint32_t expected = 0;
    std::memcpy(&expected, frame.data() + frame.size() - 4, 4);
    Xxh64 hash;
    hash.update(bytes);
    EXPECT_EQ(static_cast<std::uint32_t>(hash.value()), expected) << size;
  }
}

TEST(Xxh64, OfNothingIsThePublishedValue) { EXPECT_EQ(Xxh64{}.value(), 0xef46db3751d8e999u); }

TEST(Xxh64, DoesNotDependOnHowTheBytesAreCutUp) {
  std::vector<std::uint8_t> bytes(1000);
  std::mt19937_64 random(2);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  Xxh64 whole, pieces;
  whole.update(bytes);
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = std::min<std::size_t>(bytes.size() - at, random() % 70);
    pieces.update(std::span(bytes).subspan(at, size));
    at += size;
  }
  EXPECT_EQ(whole.value(), pieces.value());
}

// ---- digest

TEST(Digest, SeesEveryFieldOfACanonicalEvent) {
  const auto digest_of = [](const Event& event) {
    Digest digest;
    digest.on_event(event);
    return digest.value();
  };
  const std::uint64_t base = digest_of({});
  std::vector<Event> changed(11);
  changed[0].sequence = 1;
  changed[1].cycle = 1;
  changed[2].pc = 1;
  changed[3].kind = EventKind::wait;
  changed[4].core = 1;
  changed[5].el = 1;
  changed[6].vmid = 1;
  changed[7].asid = 1;
  changed[8].a = 1;
  changed[9].c = 1;
  changed[10].d = 1;
  for (const Event& event : changed) EXPECT_NE(digest_of(event), base);
}

TEST(Digest, IgnoresKindsThatAreNotCanonical) {
  Digest with, without;
  for (const Event& event : random_events(1000)) {
    with.on_event(event);
    if (is_canonical(event.kind)) without.on_event(event);
  }
  EXPECT_EQ(with.value(), without.value());
  EXPECT_LT(with.events(), 1000u);
}

TEST(Digest, DependsOnOrder) {
  Event one, two;
  two.sequence = 1;
  Digest forward, backward;
  forward.on_event(one);
  forward.on_event(two);
  backward.on_event(two);
  backward.on_event(one);
  EXPECT_NE(forward.value(), backward.value());
}

TEST(Digest, IsTheSameWithAnotherListenerOnTheBus) {
  const auto run = [](bool with_other) {
    EventBus bus;
    Digest digest, other;
    bus.add(digest, canonical_kinds());
    if (with_other) bus.add(other, ~0ull);
    for (std::uint64_t n = 0; n < 100; ++n) {
      bus.publish(EventKind::tlb_fill, n);
      bus.publish(EventKind::read, n);
    }
    return digest.value();
  };
  EXPECT_EQ(run(false), run(true));
}

// ---- kinds

TEST(Kinds, NamesAndGroupsAddUp) {
  EXPECT_EQ(parse_event_kinds("table_write"), event_bit(EventKind::table_write));
  EXPECT_EQ(parse_event_kinds(" tlb_fill , wait"),
            event_bit(EventKind::tlb_fill) | event_bit(EventKind::wait));
  EXPECT_EQ(parse_event_kinds(""), 0u);
  EXPECT_EQ(parse_event_kinds("canonical"), canonical_kinds());
}

TEST(Kinds, TheTlbGroupHoldsEveryTlbEventAndNoWalk) {
  const std::uint64_t tlb = parse_event_kinds("tlb");
  for (const auto& description : event_alphabet()) {
    const bool named_tlb = description.name.starts_with("tlb");
    EXPECT_EQ((tlb & event_bit(description.kind)) != 0, named_tlb) << description.name;
  }
}

TEST(Kinds, AllHoldsEveryKindAndNothingMore) {
  std::uint64_t every = 0;
  for (const auto& description : event_alphabet()) every |= event_bit(description.kind);
  EXPECT_EQ(parse_event_kinds("all"), every);
}

TEST(Kinds, AMisspeltWordIsNamedWithItsNearestMatch) {
  EXPECT_THAT(message_of([] { parse_event_kinds("tlb,tabel_write"); }),
              testing::AllOf(HasSubstr("'tabel_write'"), HasSubstr("'table_write'")));
  EXPECT_THAT(message_of([] { parse_event_kinds("something_else"); }), HasSubstr("allowed: all"));
  EXPECT_THAT(message_of([] { parse_event_kinds("tlb,"); }), HasSubstr("''"));
}

// ---- the binary log

TEST(Log, GivesBackEveryEvent) {
  const TemporaryFile file("roundtrip.log");
  const auto events = random_events(10'000);
  {
    LogWriter writer(file.path(), {.preset = "cortex-a57", .quantum = 1000, .seed = 4});
    for (const auto& event : events) writer.on_event(event);
    writer.close();
  }
  LogReader reader(file.path());
  Event event;
  for (const auto& expected : events) {
    ASSERT_TRUE(reader.next(event));
    ASSERT_EQ(0, std::memcmp(&event, &expected, sizeof event));
  }
  EXPECT_FALSE(reader.next(event));
  EXPECT_TRUE(reader.complete());
}

TEST(Log, AnEmptyLogIsComplete) {
  const TemporaryFile file("empty.log");
  LogWriter(file.path(), {}).close();
  LogReader reader(file.path());
  Event event;
  EXPECT_FALSE(reader.next(event));
  EXPECT_TRUE(reader.complete());
}

TEST(Log, TakesOnlyTheKindsItWasAddedFor) {
  const TemporaryFile file("filter.log");
  EventBus bus;
  LogWriter writer(file.path(), {});
  bus.add(writer, parse_event_kinds("tlb"));
  bus.publish(EventKind::tlb_fill);
  bus.publish(EventKind::wait);
  bus.publish(EventKind::tlbi);
  writer.close();
  LogReader reader(file.path());
  Event event;
  ASSERT_TRUE(reader.next(event));
  EXPECT_EQ(event.sequence, 1u);
  ASSERT_TRUE(reader.next(event));
  EXPECT_EQ(event.sequence, 3u);
  EXPECT_FALSE(reader.next(event));
}

TEST(Log, DescribesItsRecordsAndItsRun) {
  const TemporaryFile file("header.log");
  LogWriter(file.path(), {.preset = "m400", .quantum = 100, .seed = 9, .more = {{"image", "x"}}})
      .close();
  const auto header = nlohmann::json::parse(LogReader(file.path()).header());
  EXPECT_EQ(header["run"]["preset"], "m400");
  EXPECT_EQ(header["run"]["image"], "x");
  EXPECT_EQ(header["kinds"].size(), kEventKinds);
  EXPECT_EQ(header["record_bytes"], 64);
  unsigned covered = 0;
  for (const auto& field : header["record"]) {
    covered += static_cast<unsigned>(field["type"].get<std::string>().back() - '0');
  }
  EXPECT_EQ(covered, 63u);  // all but the reserved byte
}

TEST(Log, AnUnfinishedLogIsReadAsFarAsItGoes) {
  const TemporaryFile file("unfinished.log");
  {
    LogWriter writer(file.path(), {});
    for (const auto& event : random_events(10'000)) writer.on_event(event);
    writer.close();
  }
  file.set(file.bytes().substr(0, file.bytes().size() - 100));
  LogReader reader(file.path());
  Event event;
  unsigned events = 0;
  while (reader.next(event)) ++events;
  EXPECT_EQ(events, 8192u);
  EXPECT_FALSE(reader.complete());
}

TEST(Log, ErrorsNameTheFileAndTheCause) {
  const TemporaryFile file("broken.log");
  EXPECT_THAT(message_of([&] { LogReader reader(file.path()); }), HasSubstr("cannot read"));
  file.set("hello, world, this is text");
  EXPECT_THAT(message_of([&] { LogReader reader(file.path()); }),
              testing::AllOf(HasSubstr("broken.log"), HasSubstr("is no event log")));
  {
    LogWriter writer(file.path(), {});
    for (const auto& event : random_events(100)) writer.on_event(event);
  }
  std::string bytes = file.bytes();
  std::string other = bytes;
  other[8] = 9;
  file.set(other);
  EXPECT_THAT(message_of([&] { LogReader reader(file.path()); }), HasSubstr("version 9"));
  other = bytes;
  other[other.size() - 40] ^= 1;
  file.set(other);
  EXPECT_THAT(message_of([&] {
                LogReader reader(file.path());
                Event event;
                while (reader.next(event)) {
                }
              }),
              HasSubstr("damaged"));
  EXPECT_THAT(message_of([] { LogWriter("/nonexistent/x.log", {}); }),
              HasSubstr("/nonexistent/x.log"));
}

TEST(Log, DumpsTheKindsAskedFor) {
  const TemporaryFile file("dump.log");
  EventBus bus;
  LogWriter writer(file.path(), {});
  bus.add(writer, ~0ull);
  bus.publish(EventKind::wait);
  bus.publish(EventKind::tlbi, 0, 0, 0, 1);
  writer.close();
  std::ostringstream all, tlb;
  EXPECT_EQ(dump_log(file.path(), "", {}, all).events, 2u);
  const auto result = dump_log(file.path(), "tlb", {}, tlb);
  EXPECT_EQ(result.events, 1u);
  EXPECT_TRUE(result.complete);
  EXPECT_THAT(all.str(), HasSubstr("wait type=0\n"));
  EXPECT_THAT(tlb.str(), HasSubstr("tlbi operand=0x0"));
  EXPECT_THAT(tlb.str(), testing::Not(HasSubstr("wait")));
}

// ---- replay

class Collector final : public EventListener {
 public:
  void on_event(const Event& event) override { events.push_back(event); }
  std::vector<Event> events;
};

TEST(Replay, GivesEachListenerTheKindsItWants) {
  const TemporaryFile file("replay.trace");
  const auto events = random_events(2000);
  {
    LogWriter writer(file.path(), {});
    for (const Event& event : events) writer.on_event(event);
  }
  Replay replay(file.path());
  Collector tlbi, all;
  replay.add(tlbi, event_bit(EventKind::tlbi));
  replay.add(all, ~0ull);
  const auto result = replay.run();
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(result.events, 2000u);
  EXPECT_EQ(all.events.size(), 2000u);
  EXPECT_FALSE(tlbi.events.empty());
  for (const Event& event : tlbi.events) EXPECT_EQ(event.kind, EventKind::tlbi);
}

TEST(Replay, KnowsTheRunAndItsConfiguration) {
  const TemporaryFile file("replay_run.trace");
  RunMetadata run{.preset = "m400", .quantum = 77, .seed = 5, .cores = 3};
  run.configuration = "# Images\nfirmware = \"kcore.elf\"\n";
  LogWriter(file.path(), run).close();
  const Replay replay(file.path());
  EXPECT_EQ(replay.run_metadata().preset, "m400");
  EXPECT_EQ(replay.run_metadata().quantum, 77u);
  EXPECT_EQ(replay.run_metadata().seed, 5u);
  EXPECT_EQ(replay.run_metadata().cores, 3u);
  EXPECT_EQ(replay.run_metadata().configuration, run.configuration);
  EXPECT_TRUE(has_firmware(replay.run_metadata()));
}

TEST(Replay, SkipsKindsItDoesNotKnowAndRefusesOtherFields) {
  const TemporaryFile file("replay_other.trace");
  {
    LogWriter writer(file.path(), {});
    Event event;
    event.kind = EventKind::wait;
    writer.on_event(event);
    event.kind = EventKind::wake;
    writer.on_event(event);
  }
  const std::string written = file.bytes();
  const auto rewritten = [&](const std::string& from, const std::string& to) {
    std::string bytes = written;
    const auto at = bytes.find(from);
    EXPECT_NE(at, std::string::npos);
    bytes.replace(at, from.size(), to);
    file.set(bytes);
  };
  rewritten("\"wait\"", "\"napp\"");
  Replay replay(file.path());
  Collector all;
  replay.add(all, ~0ull);
  EXPECT_EQ(replay.run().events, 1u);
  ASSERT_EQ(all.events.size(), 1u);
  EXPECT_EQ(all.events[0].kind, EventKind::wake);
  rewritten("\"descriptor_address\"", "\"descriptor_xddress\"");
  EXPECT_THAT(message_of([&] { Replay again(file.path()); }),
              testing::AllOf(HasSubstr("tlb_fill"), HasSubstr("another version")));
}

// ---- who runs

Event core_event(EventKind kind, std::uint32_t d, std::uint8_t el, std::uint16_t vmid = 0) {
  Event event;
  event.kind = kind;
  event.d = d;
  event.el = el;
  event.vmid = vmid;
  return event;
}

TEST(Activity, FollowsExceptionsAndSleep) {
  ActivityTracker tracker;
  EXPECT_EQ(tracker.name(tracker.of(0)), "unknown");
  EXPECT_TRUE(tracker.on_event(core_event(EventKind::tlb_fill, 0, 1)));
  EXPECT_EQ(tracker.name(tracker.of(0)), "EL1");
  EXPECT_FALSE(tracker.on_event(core_event(EventKind::tlb_fill, 0, 1)));
  EXPECT_TRUE(tracker.on_event(core_event(EventKind::exception_entry, 1 << 16 | 2 << 18, 1)));
  EXPECT_EQ(tracker.name(tracker.of(0)), "EL2");
  EXPECT_TRUE(tracker.on_event(core_event(EventKind::wait, 1, 2)));
  EXPECT_EQ(tracker.name(tracker.of(0)), "waiting");
  EXPECT_TRUE(tracker.on_event(core_event(EventKind::wake, 1, 2)));
  EXPECT_EQ(tracker.name(tracker.of(0)), "EL2");
  EXPECT_EQ(tracker.name(tracker.of(1)), "unknown");
}

TEST(Activity, NamesPrincipalsWhenThereIsFirmware) {
  ActivityTracker tracker(true);
  tracker.on_event(core_event(EventKind::exception_entry, 1 << 16 | 2 << 18, 1));
  EXPECT_EQ(tracker.name(tracker.of(0)), "KCore");
  tracker.on_event(core_event(EventKind::exception_return, 2 << 16 | 1 << 18, 1, 0));
  EXPECT_EQ(tracker.name(tracker.of(0)), "KServ EL1");
  tracker.on_event(core_event(EventKind::vm_enter, 0x102, 2));
  tracker.on_event(core_event(EventKind::exception_return, 2 << 16 | 0 << 18, 0, 2));
  EXPECT_EQ(tracker.name(tracker.of(0)), "VM 2 EL0");
  tracker.on_event(core_event(EventKind::exception_entry, 0 << 16 | 2 << 18, 0, 2));
  tracker.on_event(core_event(EventKind::vm_exit, 0x102, 2));
  EXPECT_EQ(tracker.name(tracker.of(0)), "KCore");
}

// ---- text

TEST(Text, ALineNamesEveryFieldOfItsKind) {
  Event event;
  event.sequence = 12;
  event.cycle = 5 << 4 | 8;
  event.kind = EventKind::tlb_fill;
  event.core = 2;
  event.el = 1;
  event.vmid = 3;
  event.a = 0x1000;
  event.b = 0x40001000;
  event.d = 2 | 2 << 3 | 12 << 7 | 3 << 13;
  const std::string line = event_line(event, current_alphabet());
  for (const char* part :
       {"12 ", "5.50", "core2", "EL1", "vmid=3", "tlb_fill", "va=0x1000", "pa=0x40001000",
        "structure=l2", "kind=combined", "regime=el10", "size_log2=12", "level=3"}) {
    EXPECT_THAT(line, HasSubstr(part));
  }
}

TEST(Text, SubEventsAndDevicesAreMarked) {
  Event event;
  event.sequence = 4;
  event.sub = 2;
  event.kind = EventKind::write;
  event.core = kMasterDevice;
  const std::string line = event_line(event, current_alphabet());
  EXPECT_THAT(line, HasSubstr("4.2 "));
  EXPECT_THAT(line, HasSubstr("device"));
}

TEST(Text, TarmacLinesHaveTheFormsThatArmsToolsParse) {
  const TemporaryFile file("tarmac.log");
  TarmacWriter writer(file.path(), {.tlbi = [](unsigned) { return "VAE1"; }});
  writer.instruction(
      {Cycles::whole(10), CoreId{0}, El::el2, 1, 3, {0x40080000}, {0x40080000}, 0xd503201f, "nop"});
  writer.register_value(Cycles::whole(10), CoreId{0}, "X3", "0000000000000007");
  Event event;
  event.cycle = 11 << 4;
  event.kind = EventKind::walk_read;
  event.b = 0x41000000;
  event.c = 0x42000003;
  event.d = 1 | 1 << 13;
  writer.on_event(event);
  event.kind = EventKind::tlb_fill;
  event.a = 0x1000;
  event.b = 0x40001000;
  event.asid = 5;
  event.d = 1 | 21 << 7 | 2 << 13;
  writer.on_event(event);
  event.kind = EventKind::tlbi;
  event.a = 1;
  event.d = 1 | 1 << 8;
  writer.on_event(event);
  event.kind = EventKind::read;
  event.a = 0x1008;
  event.b = 0x40001008;
  event.c = 0x1122334455667788;
  event.d = 8;
  writer.on_event(event);
  event.kind = EventKind::write;
  event.c = 0xab;
  event.d = 1;
  writer.on_event(event);
  event.kind = EventKind::exception_entry;
  event.a = 0x92000007;
  event.b = 0x8000;
  event.c = 0x400;
  event.d = 0x400 | 0 << 16 | 1 << 18;
  writer.on_event(event);
  writer.close();
  EXPECT_EQ(file.bytes(),
            "10 clk cpu0 IT (3) 0000000040080000:000040080000 d503201f O EL2h_n : nop\n"
            "10 clk cpu0 R X3 0000000000000007\n"
            "11 clk cpu0 TTW TLB LPAE 1:1 000041000000 0000000042000003 : TABLE\n"
            "11 clk cpu0 TLB FILL cpu0.l1d 2M 0x0000000000001000:0x000040001000 vmid=0 asid=5\n"
            "11 clk cpu0 R TLBI VAE1IS 00000000:00000001\n"
            "11 clk cpu0 MR8 0000000000001008:000040001008 11223344_55667788\n"
            "11 clk cpu0 MW1 0000000000001008:000040001008 ab\n"
            "11 clk cpu0 E 0000000000000400 00000400 CoreEvent_LOWER_64_SYNC\n"
            "11 clk cpu0 R ELR_EL1 0000000000000400\n"
            "11 clk cpu0 R ESR_EL1 0000000092000007\n"
            "11 clk cpu0 R FAR_EL1 0000000000008000\n");
}

}  // namespace
}  // namespace armature
