#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cpu/decode.h"
#include "platform/cli/commands.h"
#include "platform/machine/machine.h"
#include "sim/arch/sysreg.h"
#include "sim/config/preset.h"
#include "sim/event/alphabet.h"
#include "sim/trace/kinds.h"

namespace armature::platform {
namespace {

int info_presets() {
  for (const CpuPreset& p : cpu_presets()) {
    fmt::print("{:12} {}\n", p.name, p.title);
    fmt::print("{:12} TLB entries: L1I {}, L1D {}, L2 {} ({} ways), walk cache {}, IPA cache {}\n",
               "", p.l1_itlb.sets * p.l1_itlb.ways, p.l1_dtlb.sets * p.l1_dtlb.ways,
               p.l2_tlb.sets * p.l2_tlb.ways, p.l2_tlb.ways, p.walk_cache.sets * p.walk_cache.ways,
               p.ipa_cache.sets * p.ipa_cache.ways);
    fmt::print(
        "{:12} caches: L1I {} KiB {}-way, L1D {} KiB {}-way, L2 {} KiB {}-way; {}-bit physical "
        "addresses, "
        "{}-bit ASID, {}-bit VMID\n",
        "", p.l1i.bytes >> 10, p.l1i.ways, p.l1d.bytes >> 10, p.l1d.ways, p.l2.bytes >> 10,
        p.l2.ways, p.physical_address_bits, p.asid_bits, p.vmid_bits);
  }
  return 0;
}

int info_regs() {
  constexpr const char* kAccess[] = {"RO", "RW", "WO"};
  for (const SysRegInfo& reg : sysreg_table()) {
    const auto level = [](std::uint8_t el) {
      return el == kNoElMayAccess ? std::string("-") : fmt::format("EL{}", el);
    };
    const std::string name =
        fmt::format("S{}_{}_C{}_C{}_{}", reg.encoding >> 14, reg.encoding >> 11 & 7,
                    reg.encoding >> 7 & 15, reg.encoding >> 3 & 15, reg.encoding & 7);
    fmt::print("{:18} {:16} {}  read {:3} write {:3}  reset {:#018x}  {:10} {}\n", reg.name, name,
               kAccess[static_cast<unsigned>(reg.access)], level(reg.read_el), level(reg.write_el),
               reg.reset, trap_group_name(reg.trap), reg.title);
  }
  return 0;
}

int info_events() {
  for (const EventDescription& event : event_alphabet()) {
    fmt::print("{:18} {}{}\n", event.name, event.meaning,
               is_canonical(event.kind) ? "" : " (not canonical)");
    std::string fields;
    for (const auto& field : event.fields) {
      if (!field.name.empty()) fields += (fields.empty() ? "" : ", ") + std::string(field.name);
    }
    if (!fields.empty()) fmt::print("{:18}   {}\n", "", fields);
  }
  fmt::print("\n{}\n", describe_event_kinds());
  return 0;
}

int info_instructions() {
  for (const cpu::Row* row : cpu::all_rows()) {
    fmt::print("{} {:28} {:24} reads [{}] writes [{}]\n", row->pattern, row->name, row->group,
               row->reads, row->writes);
  }
  return 0;
}

}  // namespace

int info_machine();  // info_machine.cc

std::vector<Command> add_info_commands(CLI::App& app) {
  CLI::App* info = app.add_subcommand("info", "print the tables the simulator is made from");
  info->require_subcommand(1);
  return {
      {info->add_subcommand("presets", "CPU presets: geometry and identification"), info_presets},
      {info->add_subcommand("regs", "system registers: encoding, access, title"), info_regs},
      {info->add_subcommand("events", "the event alphabet and its groups"), info_events},
      {info->add_subcommand("instructions", "the decode table"), info_instructions},
      {info->add_subcommand("machine", "the memory map and the devices' registers"), info_machine}};
}

}  // namespace armature::platform
