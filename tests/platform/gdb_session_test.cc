// A debugger's view of a small machine, through the protocol but without sockets.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <span>

#include "platform/gdb/registers.h"
#include "platform/gdb/session.h"
#include "sim/check/checker_set.h"
#include "sim/trace/digest.h"
#include "sim/trace/kinds.h"

namespace armature::platform::gdb {
namespace {

// Counts in x1 to 1000, stores each number to `cell` and, with a 7, to `pair`, and powers off.
constexpr std::uint32_t kProgram[] = {
    0xd2a82000,  // +0   movz x0, #0x4100, lsl #16
    0xd2800001,  // +4   movz x1, #0
    0xd28000e2,  // +8   movz x2, #7
    0x91000421,  // +12  loop: add x1, x1, #1
    0xf9000001,  // +16  str x1, [x0]
    0xa9010801,  // +20  stp x1, x2, [x0, #16]
    0xf10fa03f,  // +24  cmp x1, #1000
    0x54ffff81,  // +28  b.ne loop
    0xd2800100,  // +32  movz x0, #8
    0xf2b08000,  // +36  movk x0, #0x8400, lsl #16: PSCI SYSTEM_OFF
    0xd4000002,  // +40  hvc #0
};
constexpr std::uint64_t kCell = 0x4100'0000, kPair = 0x4100'0010;
constexpr unsigned kWindowsMax = 100'000;

class GdbSession : public ::testing::Test {
 protected:
  explicit GdbSession(std::uint64_t quantum = 100) {
    path_ = (std::filesystem::temp_directory_path() / fmt::format("armature-gdb-{}.bin", getpid()))
                .string();
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(kProgram), sizeof kProgram);
    RunConfig config;
    config.kernel = path_;
    config.memory = 64ull << 20;
    config.smp = 2;
    config.quantum = quantum;
    config.gdb = "tcp:0";
    machine = std::make_unique<Machine>(config);
    machine->events.add(digest, canonical_kinds());
    // The boot stub jumps to the program.
    while (machine->cores[0]->state.pc != entry) machine->run_window(1);
    start = machine->instructions();
    target = std::make_unique<Target>(*machine, History::Options{.interval = 1000});
    monitor = std::make_unique<Monitor>(*machine);
    session = std::make_unique<Session>(*target, *monitor);
    ask("qSupported:swbreak+;hwbreak+");
    ask("QStartNoAckMode");
  }
  ~GdbSession() override {
    session.reset();
    monitor.reset();
    target.reset();
    machine->events.remove(digest);
    machine.reset();
    std::filesystem::remove(path_);
  }

  static std::vector<std::string> payloads(const std::string& bytes) {
    PacketReader reader;
    reader.feed({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    std::vector<std::string> all;
    for (Incoming incoming; reader.next(incoming);) all.push_back(incoming.payload);
    return all;
  }
  void send(const std::string& bytes) {
    session->receive({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  }
  void run_while_told() {
    for (unsigned n = 0; n < kWindowsMax && session->is_running(); ++n) {
      if (const auto report = target->run(1)) session->report(*report);
    }
  }
  // Sends a packet, lets the machine run when it asks for it, and returns the last answer.
  std::string ask(const std::string& payload) {
    send(framed(payload));
    run_while_told();
    const auto all = payloads(session->take_output());
    return all.empty() ? "(no answer)" : all.back();
  }
  std::string say(const std::string& command) {
    send(framed("qRcmd," + to_hex(command)));
    std::string text, piece;
    for (const auto& answer : payloads(session->take_output())) {
      if (answer.starts_with("O") && answer != "OK" && from_hex(answer.substr(1), piece))
        text += piece;
    }
    return text;
  }
  std::uint64_t x(unsigned n) const { return machine->cores[0]->state.x[n]; }
  std::uint64_t pc() const { return machine->cores[0]->state.pc - entry; }
  std::uint64_t memory(std::uint64_t address) {
    const auto bytes = target->read_memory({}, address, 8);
    std::uint64_t value = ~0ull;
    if (bytes.size() == 8) std::memcpy(&value, bytes.data(), 8);
    return value;
  }
  std::string point(char letter, unsigned type, std::uint64_t address, unsigned kind) {
    return ask(fmt::format("{}{},{:x},{}", letter, type, address, kind));
  }
  // Everything that a run leaves behind.
  std::string outcome() {
    const auto& core = machine->cores[0]->state;
    return fmt::format("{} {} {} {} {}", core.retired, core.cycles.sixteenths,
                       machine->events.sequence(), digest.text(), memory(kCell));
  }

  // Once without a debugger in the way, and once more with one that interferes all the time.
  void compare_runs() {
    ask("c");
    const std::string undisturbed = outcome();
    // The same run once more, from its beginning, with a debugger that interferes all the time.
    ask("bc");
    EXPECT_EQ(machine->instructions(), start);
    point('Z', 0, entry + 24, 4);
    point('Z', 2, kPair, 8);
    for (unsigned n = 0; n < 50; ++n) {
      ask("c");
      if (pc() == 20) {  // gdb steps over a watchpoint like this
        point('z', 2, kPair, 8);
        ask("s");
        point('Z', 2, kPair, 8);
      }
      ask("s");
      if (n % 10 == 9) ask("bs");
    }
    point('z', 0, entry + 24, 4);
    point('z', 2, kPair, 8);
    ask("c");
    EXPECT_EQ(outcome(), undisturbed);
  }

  Digest digest;
  std::unique_ptr<Machine> machine;
  std::unique_ptr<Target> target;
  std::unique_ptr<Monitor> monitor;
  std::unique_ptr<Session> session;
  std::uint64_t entry = 0x4008'0000;  // where a raw image goes
  std::uint64_t start = 0;            // instructions before the program

 private:
  std::string path_;
};

TEST_F(GdbSession, ABreakpointStopsBeforeItsInstruction) {
  EXPECT_EQ(point('Z', 0, entry + 16, 4), "OK");
  EXPECT_TRUE(ask("vCont;c").starts_with("T05swbreak:;thread:1;"));
  EXPECT_EQ(pc(), 16u);
  EXPECT_EQ(x(1), 1u);
  EXPECT_EQ(memory(kCell), 0u);
}

TEST_F(GdbSession, AStepIsOneInstruction) {
  EXPECT_TRUE(ask("vCont;s:1;c").starts_with("T05thread:1;"));
  EXPECT_EQ(pc(), 4u);
  EXPECT_EQ(x(0), kCell);
  EXPECT_EQ(machine->instructions(), start + 1);
}

TEST_F(GdbSession, ARangeStepGoesOnUntilItIsLeft) {
  ask(fmt::format("vCont;r{:x},{:x}:1", entry, entry + 16));
  EXPECT_EQ(pc(), 16u);
}

TEST_F(GdbSession, ACoreThatIsOffStopsAtOnce) {
  EXPECT_TRUE(ask("vCont;s:2").starts_with("T05thread:2;"));
  EXPECT_EQ(machine->instructions(), start);
}

TEST_F(GdbSession, AWatchpointStopsBeforeTheStore) {
  EXPECT_EQ(point('Z', 2, kCell, 8), "OK");
  EXPECT_TRUE(ask("c").starts_with(fmt::format("T05watch:{:x};", kCell)));
  EXPECT_EQ(pc(), 16u);
  EXPECT_EQ(memory(kCell), 0u);
  EXPECT_EQ(point('z', 2, kCell, 8), "OK");
  ask("s");
  EXPECT_EQ(memory(kCell), 1u);
}

TEST_F(GdbSession, AWatchpointOnTheSecondOfAPairStopsBeforeBoth) {
  point('Z', 2, kPair + 8, 8);
  ask("c");
  EXPECT_EQ(pc(), 20u);
  EXPECT_EQ(memory(kPair), 0u);
}

TEST_F(GdbSession, AReadWatchpointIgnoresStores) {
  point('Z', 3, kCell, 8);
  EXPECT_TRUE(ask("c").starts_with("T20"));  // the machine is off
  EXPECT_EQ(x(1), 1000u);
}

TEST_F(GdbSession, TheRunIsTheSameWithStopsAndSteps) { compare_runs(); }

// Single instructions of the cores in turn, instead of windows.
class GdbSessionInterleaved : public GdbSession {
 protected:
  GdbSessionInterleaved() : GdbSession(0) {}
};

TEST_F(GdbSessionInterleaved, TheRunIsTheSameWithStopsAndSteps) { compare_runs(); }

TEST_F(GdbSession, GoingBackFindsTheStoreThatMadeTheValue) {
  point('Z', 0, entry + 32, 4);
  ask("c");
  EXPECT_EQ(memory(kCell), 1000u);
  point('Z', 2, kCell, 8);
  for (const std::uint64_t value : {1000u, 999u, 998u}) {
    EXPECT_TRUE(ask("bc").starts_with("T05watch:"));
    EXPECT_EQ(pc(), 20u);
    EXPECT_EQ(memory(kCell), value);
    ask("bs");  // gdb looks at the value before the store, and stops there
    EXPECT_EQ(pc(), 16u);
    EXPECT_EQ(memory(kCell), value - 1);
  }
}

TEST_F(GdbSession, AStepBackUndoesOneInstruction) {
  point('Z', 0, entry + 32, 4);
  ask("c");
  const std::uint64_t instructions = machine->instructions();
  std::uint64_t at = instructions;
  for (const std::uint64_t expected : {28u, 24u, 20u, 16u, 12u, 28u}) {
    EXPECT_TRUE(ask("bs").starts_with("T05thread:1;"));
    EXPECT_EQ(pc(), expected);
    EXPECT_EQ(machine->instructions(), --at);
  }
  EXPECT_EQ(x(1), 999u);
  ask("c");
  EXPECT_EQ(pc(), 32u);
  EXPECT_EQ(machine->instructions(), instructions);
}

TEST_F(GdbSession, TheBeginningOfHistoryIsTold) {
  ask("s");
  EXPECT_TRUE(ask("bs").starts_with("T05thread:1;"));
  EXPECT_TRUE(ask("bs").starts_with("T05replaylog:begin;"));
  EXPECT_EQ(pc(), 0u);
}

TEST_F(GdbSession, WritesCountInThePresentAndAreRefusedInThePast) {
  EXPECT_EQ(ask(fmt::format("M{:x},4:2a000000", kCell)), "OK");
  EXPECT_EQ(memory(kCell), 42u);
  EXPECT_EQ(ask("P1=3412000000000000"), "OK");
  EXPECT_EQ(x(1), 0x1234u);
  for (unsigned n = 0; n < 3; ++n) ask("s");
  ask("bs");
  EXPECT_EQ(ask(fmt::format("M{:x},1:00", kCell)), "E01");
  EXPECT_EQ(ask("P1=0000000000000000"), "E01");
  EXPECT_EQ(memory(kCell), 42u);
}

TEST_F(GdbSession, BinaryWritesAreUnescaped) {
  EXPECT_EQ(ask(fmt::format("X{:x},4:#$}}*", kCell)), "OK");
  EXPECT_EQ(ask(fmt::format("m{:x},4", kCell)), to_hex("#$}*"));
}

TEST_F(GdbSession, AnInterruptStopsARunningMachine) {
  send(framed("c"));
  EXPECT_FALSE(target->run(1));
  EXPECT_TRUE(session->is_running());
  send("\x03");
  EXPECT_FALSE(session->is_running());
  EXPECT_TRUE(payloads(session->take_output()).back().starts_with("T02thread:1;"));
  EXPECT_GT(machine->instructions(), start);
}

TEST_F(GdbSession, DetachAndKillSaySo) {
  EXPECT_EQ(ask("D"), "OK");
  EXPECT_EQ(session->end(), Session::End::detached);
  session.reset();
  session = std::make_unique<Session>(*target, *monitor);
  send(framed("k"));
  EXPECT_EQ(session->end(), Session::End::killed);
}

TEST_F(GdbSession, DevicesAreNotReadForADebugger) {
  EXPECT_EQ(ask("m9000000,4"), "E0e");
  EXPECT_EQ(machine->cores[0]->statistics.device_accesses, 0u);
}

TEST_F(GdbSession, EveryRegisterOfTheDescriptionCanBeRead) {
  for (unsigned n = 0; n < register_count(); ++n) {
    EXPECT_EQ(ask(fmt::format("p{:x}", n)).size(), 2 * register_bytes(n)) << n;
  }
  EXPECT_EQ(ask(fmt::format("p{:x}", register_count())), "E16");
}

TEST_F(GdbSession, MonitorExplainsAndForgivesNothing) {
  EXPECT_NE(say("help").find("monitor walk VA"), std::string::npos);
  EXPECT_NE(say("walk 0x41000000").find("PA 0x41000000"), std::string::npos);
  EXPECT_NE(say("wolk 1").find("did you mean 'walk'"), std::string::npos);
  EXPECT_NE(say("cache nonsense").find("is not a number"), std::string::npos);
  EXPECT_NE(say("position").find(fmt::format("instruction {},", start)), std::string::npos);
  for (const char* command : {"tlb", "vm", "events", "stats", "checks", "elf", "info"})
    EXPECT_FALSE(say(command).empty()) << command;
}

// Says that the third store breaks a rule.
struct Accuser : EventListener {
  explicit Accuser(EventBus& bus) : events(bus) {}
  void on_event(const Event& event) override {
    if (event.b != kCell || ++stores != 3) return;
    events.publish(EventKind::violation, event.b, 0, 0, 1u << 16);
  }
  EventBus& events;
  unsigned stores = 0;
};

TEST_F(GdbSession, AViolationStopsTheMachineWithItsProof) {
  Accuser accuser(machine->events);
  machine->memory.frame_flags({kCell}) |= kFrameWatched;
  machine->events.add(accuser, event_bit(EventKind::write));
  const std::vector<check::Verdict> found{{.what = "the first store", .core = 0},
                                          {.what = "the third store", .core = 0}};
  target->verdicts = [&] { return std::span<const check::Verdict>(found); };
  const std::string first = check::verdict_text(found[0]), last = check::verdict_text(found[1]);
  send(framed("c"));
  run_while_told();
  const auto answers = payloads(session->take_output());
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0], "O" + to_hex("armature: " + last + "\n"));
  EXPECT_TRUE(answers[1].starts_with("T05thread:1;"));
  EXPECT_EQ(pc(), 20u);
  EXPECT_EQ(x(1), 3u);
  EXPECT_EQ(say("checks"), first + "\n" + last + "\n");
  machine->events.remove(accuser);
}

TEST_F(GdbSession, AConnectionThatGoesAwayLeavesAFreeMachine) {
  point('Z', 0, entry + 16, 4);
  session.reset();
  StopReason reason = StopReason::running;
  for (unsigned n = 0; n < kWindowsMax && reason == StopReason::running; ++n)
    reason = machine->run_window();
  EXPECT_EQ(reason, StopReason::powered_off);
}

// What a wild client may send: good packets cut, glued, repeated, damaged, and noise.
std::string wild(std::mt19937_64& random) {
  static const std::vector<std::string> kGood{"?",
                                              "g",
                                              "p20",
                                              "p7f",
                                              "m41000000,40",
                                              "M41000000,2:abcd",
                                              "vCont?",
                                              "vCont;c",
                                              "vCont;s:1",
                                              "vCont;r0,10:1",
                                              "Z0,40200010,4",
                                              "z0,40200010,4",
                                              "Z2,41000000,8",
                                              "Z4,0,ffffffffffffffff",
                                              "bs",
                                              "bc",
                                              "qXfer:features:read:target.xml:0,ffff",
                                              "qXfer:features:read:target.xml:ffffffffffffffff,1",
                                              "qfThreadInfo",
                                              "Hg2",
                                              "Hg99",
                                              "T1",
                                              "qRcmd,77616c6b20307830",
                                              "qRcmd,65766e",
                                              "X41000000,3:ab}",
                                              "D1;2",
                                              "vFile:open",
                                              "G00",
                                              "P20=00",
                                              "qThreadExtraInfo,1",
                                              "s",
                                              "c",
                                              "C05",
                                              "!",
                                              "Zx",
                                              "m,",
                                              "vCont;x",
                                              "qSupported"};
  std::string packet = framed(kGood[random() % kGood.size()]);
  switch (random() % 8) {
    case 0:
      packet.resize(random() % packet.size());
      break;
    case 1:
      packet[random() % packet.size()] = static_cast<char>(random());
      break;
    case 2:
      packet.insert(random() % packet.size(), 1, static_cast<char>(random()));
      break;
    case 3:
      packet += "\x03-+";
      break;
    case 4:
      packet = std::string(random() % 300, static_cast<char>(random()));
      break;
    default:
      break;
  }
  return packet;
}

TEST_F(GdbSession, AWildClientNeitherCrashesNorHangsTheMachine) {
  for (const unsigned seed : {1u, 2u, 3u}) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    for (unsigned n = 0; n < 1500; ++n) {
      send(wild(random));
      if (session->is_running()) {
        if (const auto report = target->run(4)) session->report(*report);
      }
      session->take_output();
      if (session->end() != Session::End::none || random() % 200 == 0) {
        session.reset();
        session = std::make_unique<Session>(*target, *monitor);
      }
    }
    // A sane client is still served.
    send("\x03");
    session->take_output();
    session.reset();
    session = std::make_unique<Session>(*target, *monitor);
    ask("QStartNoAckMode");
    EXPECT_EQ(ask("qC").substr(0, 2), "QC");
  }
}

}  // namespace
}  // namespace armature::platform::gdb
