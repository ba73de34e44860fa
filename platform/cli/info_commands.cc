#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>

#include "cpu/decode.h"
#include "platform/cli/commands.h"
#include "platform/cli/info_tables.h"
#include "platform/machine/machine.h"
#include "sim/arch/sysreg.h"
#include "sim/base/user_error.h"
#include "sim/config/preset.h"
#include "sim/event/alphabet.h"
#include "sim/trace/kinds.h"

namespace armature::platform {
namespace {

// What follows `info regs` and the like: only this row. Empty: all.
std::string g_name;

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

// Whether a row of that name is wanted, without regard to case. A row of the decode table stands for
// several instructions joined by _: LDXR_LDAXR.
bool wanted(std::string_view name) {
  const std::string row = upper(name);
  const std::string asked = upper(g_name);
  return asked.empty() || row == asked || row.starts_with(asked + "_") ||
         row.ends_with("_" + asked) || row.find("_" + asked + "_") != row.npos;
}

// Throws UserError with the nearest of `names` when g_name is none of them.
void require_known(std::string_view what, const std::vector<std::string_view>& names) {
  if (g_name.empty() || std::any_of(names.begin(), names.end(), wanted)) return;
  std::string_view nearest = nearest_match(g_name, names);
  if (nearest.empty()) nearest = nearest_match(upper(g_name), names);
  throw UserError(fmt::format("no {} '{}'{}", what, g_name,
                              nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest)));
}

// The rows of a table by their names.
template <typename Rows>
std::vector<std::string_view> names_of(const Rows& rows) {
  std::vector<std::string_view> names;
  for (const auto& row : rows) names.push_back(row.name);
  return names;
}

int info_presets() {
  require_known("preset", names_of(cpu_presets()));
  for (const CpuPreset& p : cpu_presets()) {
    if (!wanted(p.name)) continue;
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
  require_known("register", names_of(sysreg_table()));
  for (const SysRegInfo& reg : sysreg_table()) {
    if (!wanted(reg.name)) continue;
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
  require_known("event", names_of(event_alphabet()));
  for (const EventDescription& event : event_alphabet()) {
    if (!wanted(event.name)) continue;
    fmt::print("{:18} {}{}\n", event.name, event.meaning,
               is_canonical(event.kind) ? "" : " (not canonical)");
    std::string fields;
    for (const auto& field : event.fields) {
      if (!field.name.empty()) fields += (fields.empty() ? "" : ", ") + std::string(field.name);
    }
    if (!fields.empty()) fmt::print("{:18}   {}\n", "", fields);
  }
  if (g_name.empty()) fmt::print("\n{}\n", describe_event_kinds());
  return 0;
}

int info_instructions() {
  std::vector<std::string_view> names;
  for (const cpu::Row* row : cpu::all_rows()) names.push_back(row->name);
  require_known("instruction", names);
  for (const cpu::Row* row : cpu::all_rows()) {
    if (!wanted(row->name)) continue;
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
  info->footer(
      "Examples:\n"
      "  armature info regs hcr_el2\n"
      "  armature info events tlb_drop\n"
      "  armature info instructions ldaxr\n"
      "  armature info stats coreN.dtlb");
  const auto add = [&](const char* name, const char* help, const char* row) {
    CLI::App* command = info->add_subcommand(name, help);
    if (row != nullptr) {
      command->add_option("name", g_name, "only this one (default all)")->type_name(row);
    }
    return command;
  };
  return {{add("presets", "CPU presets: TLBs, caches and identification", "PRESET"), info_presets},
          {add("regs", "system registers: encoding, access, title", "REGISTER"), info_regs},
          {add("events", "the event alphabet and its groups", "EVENT"), info_events},
          {add("instructions", "the decode table", "INSTRUCTION"), info_instructions},
          {add("stats", "statistics: name, unit, meaning", "STATISTIC"),
           [] { return info_stats(g_name); }},
          {add("options", "what `armature run` can be asked for, and the keys of --vm", "OPTION"),
           [] { return info_options(g_name); }},
          {add("checkers", "checkers of --check: what each proves, by which rule", "CHECKER"),
           [] { return info_checkers(g_name); }},
          {add("machine", "the memory map and the devices' registers", nullptr), info_machine}};
}

}  // namespace armature::platform
