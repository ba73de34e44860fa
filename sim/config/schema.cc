#include "sim/config/schema.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <optional>
#include <regex>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/base/types.h"
#include "sim/base/user_error.h"
#include "sim/config/preset.h"
#include "sim/config/value.h"

namespace armature {
namespace {

// "vm12" and what follows its separator; nothing when the text does not begin so.
std::optional<std::pair<unsigned, std::string_view>> take_vm(std::string_view text,
                                                             char separator) {
  if (!text.starts_with("vm")) return {};
  const std::size_t end = text.find_first_not_of("0123456789", 2);
  if (end == 2 || end > 4 || end == std::string_view::npos || text[end] != separator) return {};
  unsigned vm = 0;
  for (std::size_t at = 2; at < end; ++at) vm = vm * 10 + static_cast<unsigned>(text[at] - '0');
  return std::pair{vm, text.substr(end + 1)};
}

// "[vmN:]EXPECT::TEXT" with \n, \r, \t, \\ escapes in TEXT.
RunConfig::Typing parse_typing(std::string_view text) {
  RunConfig::Typing typing;
  if (const auto named = take_vm(text, ':'); named && !named->second.starts_with(':')) {
    std::tie(typing.vm, text) = *named;
  }
  const std::size_t separator = text.find("::");
  if (separator == std::string_view::npos) {
    throw UserError(fmt::format("type: '{}' is not allowed; allowed: [vmN:]EXPECT::TEXT", text));
  }
  typing.expect = text.substr(0, separator);
  const std::string_view body = text.substr(separator + 2);
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body[i] != '\\' || i + 1 == body.size()) {
      typing.text += body[i];
      continue;
    }
    const char next = body[++i];
    typing.text += next == 'n' ? '\n' : next == 'r' ? '\r' : next == 't' ? '\t' : next;
  }
  return typing;
}

std::string dump_typing(const RunConfig::Typing& typing) {
  std::string text;
  for (const char ch : typing.text) {
    text += ch == '\n'   ? "\\n"
            : ch == '\r' ? "\\r"
            : ch == '\t' ? "\\t"
            : ch == '\\' ? "\\\\"
                         : std::string(1, ch);
  }
  return (typing.vm == 0 ? "" : fmt::format("vm{}:", typing.vm)) + typing.expect + "::" + text;
}

// "vmN=stdio|file:PATH|pty|none"
ConsoleConfig parse_console(std::string_view text) {
  ConsoleConfig console;
  const auto named = take_vm(text, '=');
  const std::string_view where = named ? named->second : std::string_view{};
  if (named) console.vm = named->first;
  if (where.starts_with("file:") && where.size() > 5) {
    console.kind = ConsoleConfig::Kind::file;
    console.file = where.substr(5);
  } else if (where == "pty") {
    console.kind = ConsoleConfig::Kind::pseudo_terminal;
  } else if (where == "none") {
    console.kind = ConsoleConfig::Kind::none;
  } else if (where != "stdio") {
    throw UserError(fmt::format(
        "console: '{}' is not allowed; allowed: vmN=stdio, vmN=file:PATH, vmN=pty, vmN=none", text));
  }
  if (console.vm >= kConsolesMax) {
    throw UserError(
        fmt::format("console: '{}' is not allowed; allowed: vm0..vm{}", text, kConsolesMax - 1));
  }
  return console;
}

std::string dump_console(const ConsoleConfig& console) {
  using Kind = ConsoleConfig::Kind;
  return fmt::format("vm{}={}", console.vm,
                     console.kind == Kind::standard_io ? "stdio"
                     : console.kind == Kind::file      ? "file:" + console.file
                     : console.kind == Kind::none      ? "none"
                                                       : "pty");
}

unsigned free_flash_bank(const RunConfig& config) {
  return std::any_of(config.drives.begin(), config.drives.end(),
                     [](const DriveConfig& drive) { return drive.bank == 0u; })
             ? 1
             : 0;
}

// A TOML array of strings.
template <typename Items, typename Text>
std::string dump_list(const Items& items, Text text) {
  std::string out = "[";
  for (const auto& item : items) out += (out.size() > 1 ? ", " : "") + quoted(text(item));
  return out + "]";
}

// The keys of --vm in one help text.
const std::string& vm_help() {
  static const std::string help = [] {
    std::string text = "a virtual machine under KCore and KServ; repeat for more. Keys: ";
    for (const VmKey& key : vm_keys()) {
      text += fmt::format("{}{}: {}", text.back() == ' ' ? "" : "; ", key.name, key.help);
    }
    return text;
  }();
  return help;
}

std::string_view one_of(std::string_view key, std::string_view value,
                        std::initializer_list<std::string_view> allowed) {
  std::string list;
  for (const auto candidate : allowed) {
    if (candidate == value) return candidate;
    list += (list.empty() ? "" : ", ") + std::string(candidate);
  }
  std::string message = fmt::format("{}: '{}' is not allowed; allowed: {}", key, value, list);
  const std::vector<std::string_view> names(allowed);
  if (const auto nearest = nearest_match(value, names); !nearest.empty()) {
    message += fmt::format("; did you mean '{}'?", nearest);
  }
  throw UserError(message);
}

void set_framebuffer(RunConfig& config, std::string_view text) {
  const std::size_t cross = text.find('x');
  config.framebuffer_width = config.framebuffer_height = 0;
  if (text == "none") return;
  if (cross == std::string_view::npos) {
    throw UserError(fmt::format(
        "framebuffer: '{}' is not allowed; allowed: none, or WxH such as 1024x768", text));
  }
  const auto side = [](std::string_view digits) {
    return static_cast<unsigned>(parse_number("framebuffer", digits, 64, 4096));
  };
  config.framebuffer_width = side(text.substr(0, cross));
  config.framebuffer_height = side(text.substr(cross + 1));
}

// Options of QEMU's board that say what this one is anyway.
constexpr std::array<std::string_view, 15> kMachineWords{
    "gic-version=3", "gic-version=max", "its=off", "secure=off", "mte=off", "ras=off", "accel=tcg",
    "acpi=off", "iommu=none", "usb=off", "graphics=off", "dtb-randomness=on",
    "dtb-randomness=off", "dtb-kaslr-seed=on", "dtb-kaslr-seed=off"};

bool is_machine_word(std::string_view word) {
  return std::find(kMachineWords.begin(), kMachineWords.end(), word) != kMachineWords.end();
}

using K = OptionSpec::Kind;
using C = RunConfig;

#define TEXT(key, alias, value_name, help, group)                                              \
  {                                                                                            \
#key, alias, value_name, help, group, K::value,                                            \
        [](C & c, std::string_view v) { c.key = v; }, [](const C& c) { return quoted(c.key); } \
  }
#define NUMBER(name, key, alias, low, high, help, group)                          \
  {                                                                               \
    name, alias, "N", help, group, K::value,                                      \
        [](C& c, std::string_view v) {                                            \
          c.key = static_cast<decltype(c.key)>(parse_number(name, v, low, high)); \
        },                                                                        \
        [](const C& c) { return fmt::format("{}", c.key); }                       \
  }
#define FLAG(name, key, help, group)                                     \
  {                                                                      \
    name, "", "", help, group, K::flag,                                  \
        [](C& c, std::string_view v) { c.key = parse_flag(name, v); },   \
        [](const C& c) { return std::string(c.key ? "true" : "false"); } \
  }

const std::vector<OptionSpec>& table() {
  static const std::vector<OptionSpec> options{
      {"machine", "-M", "NAME",
       "board; only 'virt' (QEMU's map). virt,virtualization=on means --el 2", "Machine", K::value,
       [](C& c, std::string_view v) {
         for (bool first = true; !v.empty(); first = false) {
           const std::size_t comma = std::min(v.find(','), v.size());
           const std::string_view part = v.substr(0, comma);
           v.remove_prefix(std::min(comma + 1, v.size()));
           if (first) {
             const bool versioned = part.starts_with("type=virt") || part.starts_with("virt-");
             c.machine = versioned ? "virt" : one_of("machine", part, {"virt"});
           } else if (part == "virtualization=on") {
             c.el = 2;
           } else if (part == "virtualization=off") {
             c.el = 1;
           } else if (!is_machine_word(part)) {
             throw UserError(
                 fmt::format("machine: option '{}' is not allowed; allowed: "
                             "virtualization=on|off, {}",
                             part, fmt::join(kMachineWords, ", ")));
           }
         }
       },
       [](const C& c) { return quoted(c.machine); }},
      {"cpu", "", "PRESET",
       "cortex-a53, cortex-a57 (default), cortex-a72, seattle or m400; NAME,replacement=POLICY for "
       "all its caches: nru, random or round-robin",
       "Machine", K::value, [](C& c, std::string_view v) { c.cpu = cpu_preset(v).name; },
       [](const C& c) { return quoted(c.cpu); }},
      NUMBER("smp", smp, "", 1, kCoresMax, "cores, 1..16 (default 1)", "Machine"),
      {"memory", "-m", "SIZE", "RAM in MiB or with suffix M, G: 64M..64G (default 1G)", "Machine",
       K::value, [](C& c, std::string_view v) { c.memory = parse_memory_size("memory", v); },
       [](const C& c) { return quoted(fmt::format("{}M", c.memory >> 20)); }},
      NUMBER("el", el, "", 1, 2, "highest Exception level, 1 or 2 (default 1; 2 with --firmware)",
             "Machine"),
      NUMBER("rtc", rtc, "", 0, 0xffffffff, "PL031 at reset, seconds since 1970; never host time",
             "Machine"),
      TEXT(kernel, "", "FILE", "Linux arm64 Image, ELF or raw image", "Images"),
      TEXT(initrd, "", "FILE", "initial RAM disk", "Images"),
      TEXT(append, "", "TEXT", "kernel command line", "Images"),
      TEXT(dtb, "", "FILE", "device tree instead of the machine's own", "Images"),
      TEXT(bios, "", "FILE", "flash image, run from address 0 (U-Boot)", "Images"),
      {"firmware", "", "FILE",
       "EL2 firmware (kcore.elf), which then starts -kernel; implies --el 2", "Images", K::value,
       [](C& c, std::string_view v) {
         c.firmware = v;
         if (!v.empty()) c.el = 2;
       },
       [](const C& c) { return quoted(c.firmware); }},
      {"vm", "", "KEY=VALUE,...", vm_help(), "Virtual machines", K::tables,
       [](C& c, std::string_view v) {
         c.vms.push_back(parse_vm(v));
         c.el = 2;
       },
       [](const C& c) {
         std::string out;
         for (const VmConfig& vm : c.vms) out += "\n" + dump_toml(vm);
         return out;
       }},
      {"console", "", "vmN=stdio|file:PATH|pty|none",
       "where the console of VM N (UART N, 0..3) goes (default stdio)", "Virtual machines", K::list,
       [](C& c, std::string_view v) { c.consoles.push_back(parse_console(v)); },
       [](const C& c) { return dump_list(c.consoles, dump_console); }},
      {"device", "", "loader|guest-loader,KEY=VALUE,...",
       "loader: file=F, addr=A, cpu-num=N, force-raw=on, or addr=A, data=D, data-len=N; "
       "guest-loader: addr=A, kernel=F or initrd=F, bootargs=TEXT (a payload for firmware)",
       "Images", K::list,
       [](C& c, std::string_view v) { c.loaders.push_back(parse_loader(v)); },
       [](const C& c) { return dump_list(c.loaders, dump_loader); }},
      {"drive", "", "FILE[,readonly=on][,snapshot=on][,if=pflash][,unit=N]",
       "raw disk on virtio-blk, or the contents of a flash bank (0 or 1); may be repeated",
       "Devices", K::list, [](C& c, std::string_view v) { c.drives.push_back(parse_drive(v, free_flash_bank(c))); },
       [](const C& c) {
         return dump_list(c.drives, dump_drive);
       }},
      {"net", "", "user|none", "virtio-net with user networking (default none)", "Devices",
       K::value,
       [](C& c, std::string_view v) {
         c.net_user = one_of("net", v, {"user", "none"}) == "user";
       },
       [](const C& c) { return quoted(c.net_user ? "user" : "none"); }},
      {"semihosting-config", "", "enable=on,...",
       "HLT #0xF000 calls the host: console, files, exit status (default off). Keys: enable, "
       "userspace=on (at EL0 too), files=none|read|write (of the host; default read), arg=TEXT "
       "(repeat for more; default: the kernel's name and -append)",
       "Devices", K::value,
       [](C& c, std::string_view v) { c.semihosting = parse_semihosting(v); },
       [](const C& c) { return quoted(dump_semihosting(c.semihosting)); }},
      {"type", "", "[vmN:]EXPECT::TEXT",
       "types TEXT (\\n for Enter) once the console (of VM N) matches EXPECT; repeat for more",
       "Devices", K::list, [](C& c, std::string_view v) { c.typing.push_back(parse_typing(v)); },
       [](const C& c) { return dump_list(c.typing, dump_typing); }},
      FLAG("rng", rng, "virtio-rng, seeded by --seed", "Devices"),
      FLAG("virtio-console", virtio_console,
           "virtio console (hvc0): takes what is typed instead of the UART", "Devices"),
      FLAG("test-port", test_port,
           "virtio console that ends the run with status 2N+1 when the guest prints 'Nq' to it "
           "(QEMU's testdev)",
           "Devices"),
      {"quantum", "", "N|insn",
       "window in cycles, 1..1000000 (default 1000), or insn: single instructions", "Time",
       K::value,
       [](C& c, std::string_view v) {
         c.quantum = v == "insn" ? 0 : parse_number("quantum", v, 1, 1'000'000);
       },
       [](const C& c) { return quoted(c.quantum == 0 ? "insn" : fmt::format("{}", c.quantum)); }},
      NUMBER("seed", seed, "", 0, ~0ull, "of every random choice (default 1)", "Time"),
      {"no-fast", "", "",
       "instruction by instruction: no blocks, no filters (same results, slower)", "Time", K::flag,
       [](C& c, std::string_view v) { c.fast = !parse_flag("no-fast", v); },
       [](const C& c) { return std::string(c.fast ? "false" : "true"); }},
      {"tlb", "", "MODE",
       "normal (default), tiny, infinite, random-evict, prefetch or stale: adversarial, seeded",
       "Machine", K::value, [](C& c, std::string_view v) { c.tlb = parse_tlb_mode(v); },
       [](const C& c) { return quoted(std::string(tlb_mode_name(c.tlb))); }},
      FLAG("check-fast", check_fast, "re-do every fast hit the slow way and compare", "Time"),
      TEXT(until, "", "REGEX", "stop when a console matches", "Stopping"),
      FLAG("no-reboot", no_reboot, "PSCI SYSTEM_RESET ends the run; else the machine boots anew",
           "Stopping"),
      NUMBER("max-instructions", max_instructions, "", 0, ~0ull,
             "stop after N instructions of all cores (0: no limit)", "Stopping"),
      TEXT(trace, "", "FILE", "binary event log", "Results"),
      {"events", "", "KINDS",
       "what --trace records: kinds or groups, comma-separated (see info events)", "Results",
       K::value, [](C& c, std::string_view v) { c.trace_events = v; },
       [](const C& c) { return quoted(c.trace_events); }},
      TEXT(tarmac, "", "FILE", "Tarmac-like text with TTW and TLB lines", "Results"),
      TEXT(perfetto, "", "FILE", "Perfetto trace: open it at ui.perfetto.dev", "Results"),
      TEXT(report, "", "FILE", "one HTML page: timelines, shootdowns, fills, owners, violations",
           "Results"),
      TEXT(output, "", "DIRECTORY",
           "write config.toml, stats.json, events.trace and report.html there (see diff)",
           "Results"),
      TEXT(stats, "", "FILE", "statistics: JSON when FILE ends in .json, else text", "Results"),
      TEXT(check, "", "all|LIST",
           "stop at the first violation of a rule, exit code 3 (see info checkers); 'guest' judges "
           "guests' tables too",
           "Results"),
      FLAG("digest", digest, "print the hash of the canonical event stream", "Results"),
      FLAG("table", table, "print the table of translation events at the end", "Results"),
      TEXT(save, "", "FILE", "write a snapshot when the run stops", "Snapshots"),
      TEXT(restore, "", "FILE", "go on from a snapshot", "Snapshots"),
      TEXT(record, "", "FILE", "record all host input", "Snapshots"),
      TEXT(replay, "", "FILE", "replay recorded host input", "Snapshots"),
      {"gdb", "", "tcp:PORT", "gdb server on a port of this host (loopback only)", "Debugging",
       K::value, [](C& c, std::string_view v) { c.gdb = v; },
       [](const C& c) { return quoted(c.gdb); }},
      {"gdb-default", "-s", "", "the same as --gdb tcp:1234", "Debugging", K::flag,
       [](C& c, std::string_view v) {
         if (parse_flag("gdb-default", v)) c.gdb = "tcp:1234";
       },
       [](const C&) { return std::string("false"); }},
      {"stopped", "-S", "", "wait for gdb before the first instruction", "Debugging", K::flag,
       [](C& c, std::string_view v) { c.stopped = parse_flag("stopped", v); },
       [](const C& c) { return std::string(c.stopped ? "true" : "false"); }},
      NUMBER("gdb-history", gdb_history, "", 0, ~0ull,
             "instructions between the snapshots that going back starts from (0: no going back)",
             "Debugging"),
      {"gdb-memory", "", "SIZE", "bound of those snapshots: 64M..64G (default 1G)", "Debugging",
       K::value,
       [](C& c, std::string_view v) { c.gdb_memory = parse_memory_size("gdb-memory", v); },
       [](const C& c) { return quoted(fmt::format("{}M", c.gdb_memory >> 20)); }},
      {"emit-qemu", "", "DIRECTORY",
       "write the tree and the QEMU command that boots the same images, and stop", "Results",
       K::value, [](C& c, std::string_view v) { c.emit_qemu = v; },
       [](const C& c) { return quoted(c.emit_qemu); }},
      FLAG("quiet", quiet, "no heartbeat on stderr", "Results"),
      FLAG("display", display, "a window with the machine view and the guest's screen", "Display"),
      {"framebuffer", "", "WxH|none",
       "simple framebuffer and virtio keyboard for the guest, such as 1024x768 (default none)",
       "Display", K::value, set_framebuffer,
       [](const C& c) {
         return quoted(c.framebuffer_width == 0
                           ? "none"
                           : fmt::format("{}x{}", c.framebuffer_width, c.framebuffer_height));
       }},
      {"screenshot", "", "FILE@CONDITION",
       "PNG of the machine view at end, cycle=N, instructions=N, event=KIND[:N] or console=REGEX; "
       "may be repeated, needs no display",
       "Display", K::list, [](C& c, std::string_view v) { c.screenshots.emplace_back(v); },
       [](const C& c) {
         std::string out = "[";
         for (const auto& s : c.screenshots) out += (out.size() > 1 ? ", " : "") + quoted(s);
         return out + "]";
       }},
  };
  return options;
}

}  // namespace

std::uint64_t parse_memory_size(std::string_view key, std::string_view text) {
  return parse_size(key, text, {64ull << 20, 64ull << 30, "64M", "64G"});
}

std::span<const OptionSpec> run_options() { return table(); }

const OptionSpec* find_option(std::string_view name) {
  for (const auto& option : table()) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

namespace {

std::string text_of(std::string_view key, const toml::node& value) {
  if (const auto* string = value.as_string()) return string->get();
  if (const auto* number = value.as_integer()) return fmt::format("{}", number->get());
  if (const auto* boolean = value.as_boolean()) return boolean->get() ? "true" : "false";
  throw UserError(fmt::format("{}: expected a string, an integer or a boolean", key));
}

// A table as the command line writes it.
std::string pairs_of(const toml::node& node, const OptionSpec& option) {
  const auto* keys = node.as_table();
  if (keys == nullptr) throw UserError(fmt::format("{0}: expected [[{0}]] tables", option.name));
  std::string text;
  for (const auto& [key, value] : *keys) {
    text += (text.empty() ? "" : ",") + std::string(key.str()) + "=";
    for (const char c : text_of(fmt::format("{}: {}", option.name, key.str()), value)) {
      text.append(c == ',' ? 2 : 1, c);
    }
  }
  return text;
}

std::vector<std::string> texts_of(std::string_view key, const toml::node& node,
                                  const OptionSpec& option) {
  using Kind = OptionSpec::Kind;
  const auto* array = node.as_array();
  if (option.kind == Kind::tables && array == nullptr) {
    throw UserError(fmt::format("{0}: expected [[{0}]] tables", key));
  }
  if (array != nullptr && option.kind != Kind::list && option.kind != Kind::tables) {
    throw UserError(fmt::format("{}: takes one value, not a list", key));
  }
  if (array == nullptr) return {text_of(key, node)};
  std::vector<std::string> texts;
  for (const auto& element : *array) {
    texts.push_back(option.kind == Kind::tables ? pairs_of(element, option)
                                                : text_of(key, element));
  }
  return texts;
}

}  // namespace

void load_toml(const std::string& path, RunConfig& config) {
  toml::table document;
  try {
    document = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    throw UserError(fmt::format("{}:{}: {}", path, error.source().begin.line, error.description()));
  }
  for (const auto& [key, node] : document) {
    const OptionSpec* option = find_option(key.str());
    const auto line = node.source().begin.line;
    if (option == nullptr) {
      std::vector<std::string_view> names;
      for (const auto& known : table()) names.push_back(known.name);
      const auto nearest = nearest_match(key.str(), names);
      throw UserError(
          fmt::format("{}:{}: no key '{}'{}", path, line, key.str(),
                      nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest)));
    }
    try {
      for (const auto& text : texts_of(key.str(), node, *option)) option->set(config, text);
    } catch (const UserError& error) {
      throw UserError(fmt::format("{}:{}: {}", path, line, error.what()));
    }
  }
}

std::string dump_toml(const RunConfig& config) {
  std::string out;
  std::string tables;  // at the end: what follows a table's header belongs to it
  std::string_view group;
  for (const auto& option : table()) {
    if (option.kind == OptionSpec::Kind::tables) {
      tables += option.get(config);
      continue;
    }
    if (option.group != group) {
      group = option.group;
      out += fmt::format("{}# {}\n", out.empty() ? "" : "\n", group);
    }
    out += fmt::format("{} = {}\n", option.name, option.get(config));
  }
  return out + tables;
}

namespace {

void validate_vms(const RunConfig& config) {
  if (config.vms.size() > kVmsMax) {
    throw UserError(fmt::format("vm: {} VMs are more than KServ has room for; allowed: 1..{}",
                                config.vms.size(), kVmsMax));
  }
  for (const VmConfig& vm : config.vms) validate(vm);
  if (!config.vms.empty() && (!config.bios.empty() || !config.dtb.empty())) {
    throw UserError(
        fmt::format("vm: VMs cannot be combined with {}: KCore starts them from the "
                    "machine's own device tree",
                    config.bios.empty() ? "dtb" : "bios"));
  }
  // With more VMs than UARTs KServ puts all on the first, and a digit chooses who hears.
  const std::size_t typed_max = config.vms.size() > kConsolesMax ? 10 : kConsolesMax;
  for (const RunConfig::Typing& typing : config.typing) {
    if (typing.vm >= typed_max || (!config.vms.empty() && typing.vm >= config.vms.size())) {
      throw UserError(fmt::format("type: there is no console of vm{}", typing.vm));
    }
    try {
      std::regex expression(typing.expect);
    } catch (const std::regex_error& error) {
      throw UserError(
          fmt::format("type: '{}' is not a regular expression: {}", typing.expect, error.what()));
    }
  }
}

}  // namespace

void validate(const RunConfig& config) {
  validate_vms(config);
  if (!config.firmware.empty() && config.el != 2) throw UserError("firmware: needs el = 2");
  if (config.check_fast && !config.fast)
    throw UserError("check-fast and no-fast exclude each other");
  if (!config.record.empty() && !config.replay.empty())
    throw UserError("record and replay exclude each other");
  if (config.stopped && config.gdb.empty())
    throw UserError("stopped: needs a gdb server; allowed with: --gdb tcp:PORT or -s");
  if (!config.until.empty()) {
    try {
      std::regex expression(config.until);
    } catch (const std::regex_error& error) {
      throw UserError(
          fmt::format("until: '{}' is not a regular expression: {}", config.until, error.what()));
    }
  }
}

}  // namespace armature
