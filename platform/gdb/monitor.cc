#include "platform/gdb/monitor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <vector>

#include "cpu/translation_context.h"
#include "mmu/explanation.h"
#include "platform/cli/recording.h"
#include "platform/gdb/elf_symbols.h"
#include "platform/machine/statistics.h"
#include "sim/base/bits.h"
#include "sim/base/user_error.h"
#include "sim/check/checker_set.h"
#include "sim/stats/registry.h"
#include "sim/trace/kinds.h"
#include "sim/trace/text.h"

namespace armature::platform::gdb {
namespace {

using Words = std::vector<std::string>;

struct Call {
  Machine& machine;
  Target& target;
  CoreId core;
  const Words& words;  // the command first
  const std::deque<Event>& events;
};

std::uint64_t number(const std::string& text, std::string_view what) {
  const bool is_hex = text.starts_with("0x");
  const char* first = text.data() + (is_hex ? 2 : 0);
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(first, text.data() + text.size(), value, is_hex ? 16 : 10);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw UserError(fmt::format("{}: '{}' is not a number; allowed: 0x... or decimal", what, text));
  }
  return value;
}

const std::string& argument(const Call& call, std::size_t n, std::string_view usage) {
  if (n >= call.words.size()) throw UserError(fmt::format("usage: monitor {}", usage));
  return call.words[n];
}

El level(const std::string& text) {
  if (text == "el0") return El::el0;
  if (text == "el1") return El::el1;
  if (text == "el2") return El::el2;
  throw UserError(
      fmt::format("Exception level: '{}' is not allowed; allowed: el0, el1, el2", text));
}

std::string rights_text(std::uint16_t rights, unsigned shift) {
  const unsigned own = rights >> shift & tlb::kRightsAll;
  return fmt::format("{}{}{}", own & tlb::kRightRead ? 'r' : '-',
                     own & tlb::kRightWrite ? 'w' : '-', own & tlb::kRightExecute ? 'x' : '-');
}

std::string attributes_text(const MemoryAttributes& attributes) {
  if (attributes.is_device()) return "Device";
  return attributes.is_cacheable() ? "Normal Write-Back" : "Normal, not cached";
}

std::string entry_text(const mmu::Mmu::EntryView& view) {
  constexpr std::array<const char*, 3> kKinds{"stage1", "stage2", "combined"};
  const tlb::Entry& e = view.entry;
  std::string out =
      fmt::format("  {:<14} {:>4}  {:#018x} -> {:#014x}  {:>5}K  {:<8} {}  VMID {:<3}",
                  tlb_structure_name(view.structure), view.slot, tlb::event_input(e), e.output,
                  (1ull << e.size_log2) >> 10, kKinds[static_cast<unsigned>(e.kind)],
                  e.regime == tlb::Regime::el2 ? "EL2" : "EL1&0", e.vmid.value);
  out += e.global ? "  global   " : fmt::format("  ASID {:<4}", e.asid.value);
  if (e.table_pointer) return out + fmt::format("  table of level {}\n", e.stage1_level + 1);
  return out + fmt::format("  EL1 {} EL0 {} stage2 {}  filled by event {} at pc {:#x}\n",
                           rights_text(e.rights, tlb::kPrivilegedShift),
                           rights_text(e.rights, tlb::kUnprivilegedShift),
                           rights_text(e.rights, tlb::kStage2Shift), e.sequence, e.pc);
}

// ---- commands

std::string tlb_command(const Call& call) {
  const mmu::Mmu& mmu = *call.machine.mmus[call.core.value];
  std::string out = fmt::format("TLBs of core {}:\n", call.core.value);
  const auto entries = mmu.entries();
  for (const auto& view : entries) out += entry_text(view);
  return out + fmt::format("{} entries\n", entries.size());
}

std::string step_text(const mmu::WalkStep& step) {
  constexpr std::array<const char*, 3> kKinds{"invalid", "table", "leaf"};
  return fmt::format("  {}stage {} level {}  input {:#x}  descriptor at PA {:#x} = {:#018x}  {}\n",
                     step.for_stage1_walk ? "  " : "", static_cast<unsigned>(step.stage),
                     step.level, step.input, step.address.value, step.descriptor,
                     kKinds[static_cast<unsigned>(step.kind)]);
}

std::string fault_text(const FaultRecord& fault) {
  constexpr std::array<const char*, 10> kTypes{"no",
                                               "Address size",
                                               "Translation",
                                               "Access flag",
                                               "Permission",
                                               "Alignment",
                                               "Synchronous External abort",
                                               "Synchronous External abort on a walk",
                                               "TLB conflict",
                                               "Unsupported Exclusive"};
  return fmt::format("  {} fault, stage {} level {}{}\n", kTypes[static_cast<unsigned>(fault.type)],
                     static_cast<unsigned>(fault.stage), fault.level,
                     fault.s2fs1walk ? ", on the stage 1 walk" : "");
}

std::string walk_command(const Call& call) {
  constexpr const char* kUsage = "walk VA [el0|el1|el2]";
  const std::uint64_t va = number(argument(call, 1, kUsage), "walk");
  const cpu::Core& core = *call.machine.cores[call.core.value];
  const El el = call.words.size() > 2 ? level(call.words[2]) : core.state.ps.el;
  if (el == El::el2 && !core.machine.has_el2) throw UserError("walk: this machine has no EL2");
  AccessDescriptor access;
  access.privileged = el != El::el0;
  const auto context = translation_context_of(core.state, el, core.machine.has_el2);
  const auto walk = mmu::explain_walk(context, {va}, access, call.machine.preset,
                                      call.machine.memory, *call.machine.caches);
  std::string out =
      fmt::format("walk of {:#x} at EL{} on core {}: stage 1 {}, stage 2 {}, VMID {}\n", va,
                  static_cast<unsigned>(el), call.core.value, walk.stage1_on ? "on" : "off",
                  walk.stage2_on ? "on" : "off", walk.vmid.value);
  for (const auto& step : walk.steps) out += step_text(step);
  if (walk.fault) {
    out += fault_text(*walk.fault);
  } else {
    if (walk.stage2_on) out += fmt::format("  IPA {:#x}\n", walk.ipa);
    out += fmt::format("  PA {:#x}, {}\n", walk.pa.value, attributes_text(walk.attributes));
  }
  const auto regime = el == El::el2 ? tlb::Regime::el2 : tlb::Regime::el10;
  std::string cached;
  for (const auto& view : call.machine.mmus[call.core.value]->entries()) {
    const tlb::Entry& e = view.entry;
    const bool by_va = e.kind != tlb::EntryKind::stage2_only && !e.table_pointer;
    if (e.regime != regime || !by_va || ((va ^ e.input) & mask(55, 0)) >> e.size_log2 != 0)
      continue;
    cached += entry_text(view);
  }
  return out + (cached.empty() ? "  no TLB of this core holds it\n" : "cached:\n" + cached);
}

std::string bytes_text(std::span<const std::uint8_t, 64> line) {
  std::string out;
  for (std::size_t n = 0; n < line.size(); n += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, line.data() + n, sizeof word);
    out += fmt::format(" {:016x}", word);
  }
  return out + "\n";
}

std::string cache_command(const Call& call) {
  const PhysicalAddress pa{number(argument(call, 1, "cache PA"), "cache")};
  const MemoryRegion* region = call.machine.memory.find(pa);
  if (region == nullptr || !region->is_ram) {
    throw UserError(fmt::format("cache: {:#x} is not in RAM", pa.value));
  }
  std::array<std::uint8_t, 64> coherent{}, pou{}, poc{};
  call.machine.caches->coherent_value(pa, coherent);
  call.machine.caches->pou_value(pa, pou);
  call.machine.caches->poc_value(pa, poc);
  std::string out = fmt::format("line {:#x}\n", pa.aligned_down(kLineBytes).value);
  out += "  coherent" + bytes_text(coherent);
  out += pou == coherent ? "  PoU: the same\n" : "  PoU     " + bytes_text(pou);
  out += poc == coherent ? "  PoC: the same\n" : "  PoC     " + bytes_text(poc);
  return out;
}

std::string vm_command(const Call& call) {
  std::string out;
  for (const auto& core : call.machine.cores) {
    const cpu::CoreState& s = core->state;
    out += fmt::format("core {}: EL{} VTTBR_EL2 {:#x} (VMID {}) VTCR_EL2 {:#x} HCR_EL2 {:#x}\n",
                       core->id.value, static_cast<unsigned>(s.ps.el), s[SysReg::VTTBR_EL2],
                       bits(s[SysReg::VTTBR_EL2], 63, 48), s[SysReg::VTCR_EL2], s[SysReg::HCR_EL2]);
    std::array<unsigned, 256> held{};
    for (const auto& view : call.machine.mmus[core->id.value]->entries()) {
      if (view.entry.regime == tlb::Regime::el10) ++held[view.entry.vmid.value & 0xff];
    }
    for (unsigned vmid = 0; vmid < held.size(); ++vmid) {
      if (held[vmid] != 0) out += fmt::format("  VMID {}: {} TLB entries\n", vmid, held[vmid]);
    }
  }
  return out;
}

std::string events_command(const Call& call) {
  const std::size_t wanted = call.words.size() > 1 ? number(call.words[1], "events") : 20;
  // In the past the later ones have not happened yet.
  const auto end = std::find_if(call.events.begin(), call.events.end(), [&](const Event& event) {
    return event.sequence > call.machine.events.sequence();
  });
  const auto known = static_cast<std::size_t>(end - call.events.begin());
  const LogAlphabet alphabet = current_alphabet();
  std::string out;
  for (std::size_t n = known - std::min(wanted, known); n < known; ++n) {
    out += event_line(call.events[n], alphabet, event_names()) + "\n";
  }
  return out + fmt::format("event {} is the last\n", call.machine.events.sequence());
}

std::string stats_command(const Call& call) {
  StatisticsRegistry registry;
  add_machine_statistics(call.machine, registry);
  const std::string prefix = call.words.size() > 1 ? call.words[1] : "";
  std::string out;
  for (const Statistic& statistic : registry.snapshot()) {
    const auto* count = std::get_if<std::uint64_t>(&statistic.value);
    if (count == nullptr || *count == 0 || !statistic.name.starts_with(prefix)) continue;
    out += fmt::format("{:<40} {:>14}  {}\n", statistic.name, *count, statistic.description);
  }
  return out.empty() ? fmt::format("no statistic '{}...' but zeros\n", prefix) : out;
}

std::string checks_command(const Call& call) {
  if (!call.target.verdicts) return "no checker listens: armature run --check\n";
  std::string out;
  for (const check::Verdict& verdict : call.target.verdicts()) {
    out += check::verdict_text(verdict) + "\n";
  }
  return out.empty() ? "no checker has found anything\n" : out;
}

std::string image_text(El el, const std::string& path, std::uint64_t offset) {
  return fmt::format("EL{}: add-symbol-file {} -o {:#x}\n", static_cast<unsigned>(el), path,
                     offset);
}

// A flat image of ours lies beside the ELF file that it was made from.
std::string image_text_beside(const std::string& image) {
  std::filesystem::path elf(image);
  if (elf.extension() != ".img" && elf.extension() != ".guest") return "";
  elf.replace_extension(".elf");
  return std::filesystem::exists(elf) ? image_text(El::el1, elf.string(), 0) : "";
}

std::string elf_command(const Call& call) {
  constexpr const char* kUsage = "elf [el0|el1|el2 FILE [OFFSET]]";
  if (call.words.size() > 1) {
    const El el = level(call.words[1]);
    const std::string& path = argument(call, 2, kUsage);
    const std::uint64_t offset = call.words.size() > 3 ? number(call.words[3], "elf") : 0;
    for (const CodeRange& range : code_ranges(path)) {
      call.target.restrict_breakpoints(el, range.from + offset, range.to + offset);
    }
    return image_text(el, path, offset) + "breakpoints in its code now count at this level only\n";
  }
  std::string out;
  const RunConfig& config = call.machine.config();
  if (!config.firmware.empty()) out += image_text(El::el2, config.firmware, 0);
  out += image_text_beside(config.kernel);
  for (const VmConfig& vm : config.vms) out += image_text_beside(vm.guest);
  return out +
         "add the symbols of each level with the command behind it; `monitor elf LEVEL FILE "
         "[OFFSET]`\nmakes breakpoints in the code of FILE count at that Exception level only\n";
}

std::string info_command(const Call& call) {
  const RunConfig& config = call.machine.config();
  std::string out =
      fmt::format("{} x {}, {} MB, EL{}, quantum {}, seed {}\n", config.smp, config.cpu,
                  config.memory >> 20, config.el, config.quantum, config.seed);
  for (const auto& region : call.machine.memory.regions()) {
    out += fmt::format("  {:#012x} {:>8} KB  {}\n", region->base.value, region->size >> 10,
                       region->name);
  }
  for (const auto& mapped : call.machine.devices()) {
    out += fmt::format("  {:#012x} {:>8} B   {}\n", mapped.base.value, mapped.device->size(),
                       mapped.device->name());
  }
  return out;
}

std::string position_command(const Call& call) {
  const Position now = position_of(call.machine);
  const History& history = call.target.history();
  std::string out = fmt::format("instruction {}, event {}, window at cycle {}\n", now.instructions,
                                now.events, now.time.whole());
  if (!history.is_on()) return out + fmt::format("no way back: {}\n", history.trouble());
  out += fmt::format(
      "history: from instruction {} to {}, {} snapshots of {} MB, one every {} "
      "instructions\n",
      history.beginning().instructions, std::max(history.end(), now).instructions,
      history.snapshots(), history.bytes() >> 20, history.interval());
  if (history.is_in_past()) out += "this is the past: nothing can be written here\n";
  return out;
}

std::string until_command(const Call& call) {
  const std::uint64_t wanted = number(argument(call, 1, "until INSTRUCTIONS"), "until");
  if (wanted <= call.machine.instructions()) {
    throw UserError(
        fmt::format("until: {} is over; it is {} now", wanted, call.machine.instructions()));
  }
  call.target.stop_at(wanted);
  return fmt::format("the next continue stops at instruction {}\n", wanted);
}

struct Command {
  const char* name;
  const char* usage;
  const char* meaning;
  std::string (*run)(const Call&);
};

constexpr Command kCommands[]{
    {"tlb", "tlb", "every TLB entry of the current core", tlb_command},
    {"walk", "walk VA [el0|el1|el2]", "the walk that the tables describe now, and who caches it",
     walk_command},
    {"cache", "cache PA", "the coherent, PoU and PoC value of a line", cache_command},
    {"vm", "vm", "stage 2 roots and VMIDs of every core", vm_command},
    {"events", "events [N]", "the last N canonical events (default 20)", events_command},
    {"stats", "stats [PREFIX]", "statistics that are not zero (core0.dtlb)", stats_command},
    {"checks", "checks", "what the checkers found", checks_command},
    {"elf", "elf [el0|el1|el2 FILE [OFFSET]]", "symbols of each Exception level", elf_command},
    {"info", "info", "the machine and its memory map", info_command},
    {"position", "position", "where the run is, and how far one can go back", position_command},
    {"until", "until INSTRUCTIONS", "a place in the future where the next continue stops",
     until_command},
};

std::string help() {
  std::string out;
  for (const Command& command : kCommands) {
    out += fmt::format("monitor {:<34} {}\n", command.usage, command.meaning);
  }
  return out;
}

}  // namespace

Monitor::Monitor(Machine& machine) : machine_(machine) {
  machine_.events.add(*this, canonical_kinds());
}

Monitor::~Monitor() { machine_.events.remove(*this); }

void Monitor::on_event(const Event& event) {
  if (events_.size() == kEventsKept) events_.pop_front();
  events_.push_back(event);
}

std::string Monitor::run(Target& target, CoreId core, std::string_view line) {
  std::istringstream in{std::string(line)};
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  if (words.empty() || words.front() == "help") return help();
  std::vector<std::string_view> names;
  for (const Command& command : kCommands) {
    if (words.front() == command.name) {
      return command.run({machine_, target, core, words, events_});
    }
    names.emplace_back(command.name);
  }
  const auto nearest = nearest_match(words.front(), names);
  throw UserError(fmt::format("no monitor command '{}'{}; see monitor help", words.front(),
                              nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest)));
}

std::string Monitor::describe_core(Target& target, CoreId id) const {
  constexpr std::array<const char*, 4> kSleep{"running", "in WFI", "in WFE", "off"};
  const cpu::CoreState& s = target.core(id).state;
  std::string out = fmt::format("core {} EL{} {}", id.value, static_cast<unsigned>(s.ps.el),
                                kSleep[static_cast<unsigned>(s.sleep)]);
  if (machine_.config().el == 2 && s.ps.el != El::el2) {
    out += fmt::format(", VMID {}", bits(s[SysReg::VTTBR_EL2], 63, 48));
  }
  return out + fmt::format(", {} instructions", s.retired);
}

}  // namespace armature::platform::gdb
