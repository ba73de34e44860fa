// A machine made of words, and events in the order in which a core would cause them.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "sim/arch/sysreg.h"
#include "sim/check/checker_set.h"
#include "sim/check/checkers.h"
#include "sim/check/tlbi_scope.h"

namespace armature::check::test {

class FakeMachine final : public MachineView {
 public:
  std::map<std::uint64_t, std::uint64_t> words{};
  std::map<std::uint64_t, std::vector<TableEntry>> tables{};  // by descriptor
  std::set<std::uint64_t> dirty{}, old_instructions{};        // lines
  std::set<std::uint64_t> watched_descriptors{};

  std::uint64_t read64(PhysicalAddress address) const override {
    const auto place = words.find(address.value);
    return place == words.end() ? 0 : place->second;
  }
  bool is_ram(PhysicalAddress) const override { return true; }
  bool line_differs_at_poc(PhysicalAddress line) const override {
    return dirty.contains(line.value);
  }
  bool instructions_differ(PhysicalAddress line) const override {
    return old_instructions.contains(line.value);
  }
  std::vector<TableEntry> table_entries(PhysicalAddress descriptor) const override {
    const auto place = tables.find(descriptor.value);
    return place == tables.end() ? std::vector<TableEntry>{} : place->second;
  }
  void watch(PhysicalAddress, std::uint64_t) override {}
  void watch_entries_of(PhysicalAddress descriptor) override {
    watched_descriptors.insert(descriptor.value);
  }
};

// Two cores, one lock that guards KServ's tables (0) and one that guards the page array (1), KServ's
// root at kRoot with VMID 0 and VM 1's at kVmRoot with VMID 1.
class CheckTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kRoot = 0x4100'0000, kVmRoot = 0x4200'0000;
  static constexpr std::uint64_t kLeaf = 0x4100'3008, kVmLeaf = 0x4200'3010;  // descriptors
  static constexpr std::uint64_t kPage = 0x5000'0000;
  static constexpr std::uint64_t kValid = kPage | 0x7ff;  // level 3, AF, inner shareable, RW

  CheckTest() {
    scene.cores = 2;
    scene.machine = &machine;
    Manifest& m = scene.manifest;
    m.locks.push_back({.name = "kserv tables",
                       .word = {0x4010'0000},
                       .serving_offset = 4,
                       .principal = kHost,
                       .rank = 4,
                       .guards_tables = true});
    m.locks.push_back({.name = "s2page",
                       .word = {0x4010'0040},
                       .serving_offset = 4,
                       .principal = kFirmware,
                       .rank = 3,
                       .guards_owners = true});
    m.roots.push_back({.name = "kserv", .cell = {0x4010'0080}, .principal = kHost});
    m.roots.push_back({.name = "vm", .cell = {0x4010'0088}, .principal = kFirstVm + 1});
    machine.words[0x4010'0080] = kRoot;
    machine.words[0x4010'0088] = kVmRoot | 1ull << 48;
    machine.tables[kLeaf] = {leaf(kRoot, 0, kPage)};
    machine.tables[kVmLeaf] = {leaf(kVmRoot, 1, 0x8000'0000)};
  }
  static TableEntry leaf(std::uint64_t root, std::uint16_t vmid, std::uint64_t ipa) {
    TableEntry entry;
    entry.root = {root};
    entry.stage = 2;
    entry.vmid = vmid;
    entry.input = ipa;
    return entry;
  }
  void use(std::unique_ptr<Checker> made) { checker = std::move(made); }
  void use(std::string_view name) {
    for (const CheckerDescription& known : architecture_checkers()) {
      if (known.name == name) use(known.make(scene));
    }
    ASSERT_NE(checker, nullptr);
  }

  // ---- events
  Event& make(EventKind kind, std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint32_t d) {
    event = {};
    event.sequence = ++sequence;
    event.cycle = sequence * 16;
    event.pc = 0x4000'0000 + sequence * 4;
    event.kind = kind;
    event.core = static_cast<std::uint8_t>(core);
    event.el = 2;
    event.a = a;
    event.b = b;
    event.c = c;
    event.d = d;
    return event;
  }
  void send(EventKind kind, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
            std::uint32_t d = 0) {
    make(kind, a, b, c, d);
    if ((checker->kinds() & event_bit(kind)) != 0) checker->on(event);
  }
  void store(std::uint64_t descriptor, std::uint64_t before, std::uint64_t after,
             std::uint16_t vmid = 0, unsigned level = 3, unsigned stage = 2, unsigned regime = 0) {
    send(EventKind::table_write, descriptor, before, after,
         level | stage << 3 | regime << 5 | std::uint32_t{vmid} << 8);
    machine.words[descriptor] = after;
  }
  // A DSB also completes what this core has issued.
  void dsb(unsigned crm = 0xb) {
    send(EventKind::barrier, 0, 0, 0, crm);
    if ((crm & 3) == 3 && issued[core].first != 0) {
      send(EventKind::tlbi_complete, issued[core].first, issued[core].second, 0, 1);
      issued[core] = {};
    }
  }
  void isb() { send(EventKind::barrier, 0, 0, 0, 2 << 4 | 0xf); }
  void tlbi(Tlbi op, std::uint64_t operand = 0, std::uint16_t vmid = 0, bool broadcast = true) {
    send(EventKind::tlbi, operand, vmid, 0,
         static_cast<std::uint32_t>(op) | std::uint32_t{broadcast} << 8);
    if (issued[core].first == 0) issued[core].first = sequence;
    issued[core].second = sequence;
  }
  void write_register(SysReg reg, std::uint64_t value, std::uint64_t old = 0) {
    send(EventKind::sysreg_write, value, old, 0, static_cast<std::uint32_t>(reg));
  }
  void return_to_el1() { send(EventKind::exception_return, 0x3c5, 0, 0, 2u << 16 | 1u << 18); }
  void take_lock(unsigned lock) { send(EventKind::lock_acquire, 0, 0, 0, lock); }
  void release_lock(unsigned lock) { send(EventKind::lock_release, 0, 0, 0, lock); }
  void give(std::uint64_t page, Principal from, Principal to) {
    send(EventKind::owner_change, page, from, to);
  }

  // Expects one violation whose text holds all of `parts`.
  template <typename... Parts>
  void expect_violation(const Parts&... parts) {
    ASSERT_EQ(checker->verdicts().size(), 1u);
    const Verdict& verdict = checker->verdicts()[0];
    EXPECT_EQ(verdict.severity, Severity::violation);
    EXPECT_FALSE(verdict.proof.empty());
    for (const std::string& part : std::vector<std::string>{parts...}) {
      EXPECT_NE(verdict.what.find(part), std::string::npos) << part << " in: " << verdict.what;
    }
  }
  void expect_nothing() {
    for (const Verdict& verdict : checker->verdicts()) ADD_FAILURE() << verdict.what;
  }

  FakeMachine machine;
  Scene scene;
  std::unique_ptr<Checker> checker;
  unsigned core = 0;
  Event event{};
  std::uint64_t sequence = 0;
  std::map<unsigned, std::pair<std::uint64_t, std::uint64_t>> issued;
};

}  // namespace armature::check::test
