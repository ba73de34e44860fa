#include "sim/config/schema.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <array>
#include <charconv>
#include <regex>
#include <vector>

#include "sim/base/types.h"
#include "sim/base/user_error.h"
#include "sim/config/preset.h"

namespace armature {
namespace {

std::uint64_t parse_number(std::string_view key, std::string_view text, std::uint64_t low,
                           std::uint64_t high) {
  std::uint64_t value = 0;
  const bool hex = text.starts_with("0x");
  const std::string_view digits = hex ? text.substr(2) : text;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
  if (error != std::errc{} || end != digits.data() + digits.size() || digits.empty() ||
      value < low || value > high) {
    throw UserError(fmt::format("{}: '{}' is not allowed; allowed: {}..{}", key, text, low, high));
  }
  return value;
}

bool parse_flag(std::string_view key, std::string_view text) {
  if (text == "true" || text == "on") return true;
  if (text == "false" || text == "off") return false;
  throw UserError(fmt::format("{}: '{}' is not allowed; allowed: true, false", key, text));
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

// "file=disk.img,readonly=on,snapshot=on" or only the file name; QEMU's if=, format=, id= are taken
// where they mean the same.
DriveConfig parse_drive(std::string_view text) {
  DriveConfig drive;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const std::string_view part = text.substr(at, comma - at);
    at = comma + 1;
    const std::size_t equals = part.find('=');
    const std::string_view key = equals == std::string_view::npos ? "file" : part.substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? part : part.substr(equals + 1);
    if (key == "file") {
      drive.file = value;
    } else if (key == "readonly") {
      drive.read_only = parse_flag("drive: readonly", value);
    } else if (key == "snapshot") {
      drive.snapshot = parse_flag("drive: snapshot", value);
    } else if (key == "format") {
      if (value != "raw")
        throw UserError(fmt::format("drive: format '{}' is not allowed; allowed: raw", value));
    } else if (key != "if" && key != "id") {
      throw UserError(fmt::format(
          "drive: no key '{}'; allowed: file, readonly, snapshot, format, if, id", key));
    }
  }
  if (drive.file.empty()) throw UserError("drive: file= is missing");
  return drive;
}

// "EXPECT::TEXT" with \n, \r, \t, \\ escapes in TEXT.
RunConfig::Typing parse_typing(std::string_view text) {
  const std::size_t separator = text.find("::");
  if (separator == std::string_view::npos) {
    throw UserError(fmt::format("type: '{}' is not allowed; allowed: EXPECT::TEXT", text));
  }
  RunConfig::Typing typing{std::string(text.substr(0, separator)), ""};
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
             c.machine = one_of("machine", part, {"virt"});
           } else if (part == "virtualization=on") {
             c.el = 2;
           } else if (part == "virtualization=off") {
             c.el = 1;
           } else if (part != "gic-version=3" && part != "its=off" && part != "secure=off") {
             throw UserError(
                 fmt::format("machine: option '{}' is not allowed; allowed: "
                             "virtualization=on|off, gic-version=3, its=off, secure=off",
                             part));
           }
         }
       },
       [](const C& c) { return quoted(c.machine); }},
      {"cpu", "", "PRESET", "cortex-a53, cortex-a57 (default), cortex-a72, seattle or m400",
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
      {"drive", "", "FILE[,readonly=on][,snapshot=on]", "raw disk on virtio-blk; may be repeated",
       "Devices", K::list, [](C& c, std::string_view v) { c.drives.push_back(parse_drive(v)); },
       [](const C& c) {
         std::string out = "[";
         for (const auto& d : c.drives) {
           out += (out.size() > 1 ? ", " : "") +
                  quoted(fmt::format("file={},readonly={},snapshot={}", d.file,
                                     d.read_only ? "on" : "off", d.snapshot ? "on" : "off"));
         }
         return out + "]";
       }},
      {"net", "", "user|none", "virtio-net with user networking (default none)", "Devices",
       K::value,
       [](C& c, std::string_view v) {
         c.net_user = one_of("net", v, {"user", "none"}) == "user";
       },
       [](const C& c) { return quoted(c.net_user ? "user" : "none"); }},
      {"type", "", "EXPECT::TEXT",
       "types TEXT (\\n for Enter) once the console matches EXPECT; repeat for more", "Devices",
       K::list, [](C& c, std::string_view v) { c.typing.push_back(parse_typing(v)); },
       [](const C& c) {
         std::string out = "[";
         for (const auto& t : c.typing) {
           std::string text;
           for (const char ch : t.text) {
             text += ch == '\n'   ? "\\n"
                     : ch == '\r' ? "\\r"
                     : ch == '\t' ? "\\t"
                     : ch == '\\' ? "\\\\"
                                  : std::string(1, ch);
           }
           out += (out.size() > 1 ? ", " : "") + quoted(t.expect + "::" + text);
         }
         return out + "]";
       }},
      FLAG("rng", rng, "virtio-rng, seeded by --seed", "Devices"),
      FLAG("virtio-console", virtio_console,
           "virtio console (hvc0): takes what is typed instead of the UART", "Devices"),
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
      FLAG("check-fast", check_fast, "re-do every fast hit the slow way and compare", "Time"),
      TEXT(until, "", "REGEX", "stop when the console matches", "Stopping"),
      NUMBER("max-instructions", max_instructions, "", 0, ~0ull,
             "stop after N instructions of all cores (0: no limit)", "Stopping"),
      TEXT(trace, "", "FILE", "binary event log", "Results"),
      {"events", "", "KINDS",
       "what --trace records: kinds or groups, comma-separated (see info events)", "Results",
       K::value, [](C& c, std::string_view v) { c.trace_events = v; },
       [](const C& c) { return quoted(c.trace_events); }},
      TEXT(tarmac, "", "FILE", "Tarmac-like text with TTW and TLB lines", "Results"),
      TEXT(stats, "", "FILE", "statistics: JSON when FILE ends in .json, else text", "Results"),
      FLAG("digest", digest, "print the hash of the canonical event stream", "Results"),
      FLAG("table", table, "print the table of translation events at the end", "Results"),
      TEXT(save, "", "FILE", "write a snapshot when the run stops", "Snapshots"),
      TEXT(restore, "", "FILE", "go on from a snapshot", "Snapshots"),
      TEXT(record, "", "FILE", "record all host input", "Snapshots"),
      TEXT(replay, "", "FILE", "replay recorded host input", "Snapshots"),
      {"emit-qemu", "", "DIRECTORY",
       "write the tree and the QEMU command that boots the same images, and stop", "Results",
       K::value, [](C& c, std::string_view v) { c.emit_qemu = v; },
       [](const C& c) { return quoted(c.emit_qemu); }},
      FLAG("quiet", quiet, "no heartbeat on stderr", "Results"),
  };
  return options;
}

}  // namespace

std::uint64_t parse_memory_size(std::string_view key, std::string_view text) {
  std::string_view digits = text;
  std::uint64_t unit = 1 << 20;
  if (!digits.empty()) {
    const char suffix = digits.back();
    if (suffix == 'K' || suffix == 'k') unit = 1 << 10;
    if (suffix == 'G' || suffix == 'g') unit = 1 << 30;
    if (suffix < '0' || suffix > '9') digits.remove_suffix(1);
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  constexpr std::uint64_t low = 64ull << 20;
  constexpr std::uint64_t high = 64ull << 30;
  const bool suffix_known =
      text.empty() ||
      std::string_view("0123456789KkMmGg").find(text.back()) != std::string_view::npos;
  if (error != std::errc{} || end != digits.data() + digits.size() || digits.empty() ||
      !suffix_known || value > high / unit || value * unit < low || value * unit % (2 << 20) != 0) {
    throw UserError(
        fmt::format("{}: '{}' is not allowed; allowed: 64M..64G in steps of 2M, such as 512M or 2G",
                    key, text));
  }
  return value * unit;
}

std::span<const OptionSpec> run_options() { return table(); }

const OptionSpec* find_option(std::string_view name) {
  for (const auto& option : table()) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

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
    const auto set = [&](const toml::node& value) {
      std::string text;
      if (const auto* string = value.as_string()) {
        text = string->get();
      } else if (const auto* number = value.as_integer()) {
        text = fmt::format("{}", number->get());
      } else if (const auto* boolean = value.as_boolean()) {
        text = boolean->get() ? "true" : "false";
      } else {
        throw UserError(fmt::format("{}:{}: {}: expected a string, an integer or a boolean", path,
                                    line, key.str()));
      }
      try {
        option->set(config, text);
      } catch (const UserError& error) {
        throw UserError(fmt::format("{}:{}: {}", path, line, error.what()));
      }
    };
    if (const auto* array = node.as_array()) {
      if (option->kind != OptionSpec::Kind::list) {
        throw UserError(
            fmt::format("{}:{}: {}: takes one value, not a list", path, line, key.str()));
      }
      for (const auto& element : *array) set(element);
    } else {
      set(node);
    }
  }
}

std::string dump_toml(const RunConfig& config) {
  std::string out;
  std::string_view group;
  for (const auto& option : table()) {
    if (option.group != group) {
      group = option.group;
      out += fmt::format("{}# {}\n", out.empty() ? "" : "\n", group);
    }
    out += fmt::format("{} = {}\n", option.name, option.get(config));
  }
  return out;
}

void validate(const RunConfig& config) {
  if (!config.firmware.empty() && config.el != 2) throw UserError("firmware: needs el = 2");
  if (config.check_fast && !config.fast)
    throw UserError("check-fast and no-fast exclude each other");
  if (!config.record.empty() && !config.replay.empty())
    throw UserError("record and replay exclude each other");
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
