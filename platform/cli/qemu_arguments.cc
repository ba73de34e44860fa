#include "platform/cli/qemu_arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>
#include <initializer_list>
#include <string_view>

#include "platform/cli/qemu_chardevs.h"
#include "sim/base/user_error.h"
#include "sim/config/schema.h"
#include "sim/config/value.h"

namespace armature::platform {
namespace {

using Words = std::vector<std::string>;

std::string_view before(std::string_view text, char separator) {
  return text.substr(0, text.find(separator));
}

// The value of `key` in "a=1,b=2"; its name may be left out of the first part. The whole list when
// it says nothing of `key`, for the message that refuses it.
std::string value_of(std::string_view key, std::string_view list) {
  std::string_view rest = list;
  for (bool first = true; !rest.empty(); first = false) {
    const std::string_view part = before(rest, ',');
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos && first) return std::string(part);
    if (part.substr(0, equals) == key) return std::string(part.substr(equals + 1));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  }
  return std::string(list);
}

// The value of `key` in "model,a=1,b=2", or "".
std::string property(std::string_view key, std::string_view list) {
  for (bool first = true; !list.empty(); first = false) {
    const std::string pair = take_pair(list);
    if (!first && pair.starts_with(key) && pair[key.size()] == '=')
      return pair.substr(key.size() + 1);
  }
  return {};
}

void only(std::string_view word, std::string_view value,
          std::initializer_list<std::string_view> allowed) {
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return;
  throw UserError(fmt::format("{}: '{}' is not allowed; allowed: {}", word, value,
                              fmt::join(allowed.begin(), allowed.end(), ", ")));
}

Words nothing() { return {}; }

Words device(QemuChardevs& chardevs, std::string_view value) {
  const std::string_view model = before(value, ',');
  if (model == "virtio-rng-device") return {"--rng"};
  if (model == "virtconsole") return chardevs.virtio_console(property("chardev", value));
  if (model == "loader" || model == "guest-loader") return {"--device", std::string(value)};
  only("device", model,
       {"virtio-blk-device", "virtio-net-device", "virtio-serial-device", "virtio-rng-device",
        "virtconsole", "loader", "guest-loader"});
  return {};
}

// A variant of a preset is for the preset table to judge; features are QEMU's.
Words processor(QemuChardevs&, std::string_view value) {
  std::string name(before(value, ','));
  for (std::string_view rest = value.substr(name.size()); !rest.empty();) {
    rest.remove_prefix(1);
    const std::string_view feature = before(rest, ',');
    if (before(feature, '=') == "replacement") {
      name += "," + std::string(feature);
    } else {
      only("cpu: feature", feature, {"pmu=on", "aarch64=on"});
    }
    rest.remove_prefix(feature.size());
  }
  return {"--cpu", name};
}

// base=utc, or a date and time of day, or seconds since 1970; which clock runs it does not matter.
Words real_time_clock(QemuChardevs&, std::string_view value) {
  const std::string base = value_of("base", value);
  if (base == "utc" || base == "localtime" || value.starts_with("clock=")) return {};
  std::tm date{};
  for (const char* form : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"}) {
    const char* end = strptime(base.c_str(), form, &date);
    if (end != nullptr && *end == '\0') return {"--rtc", fmt::format("{}", timegm(&date))};
  }
  return {"--rtc", base};
}

Words network(QemuChardevs&, std::string_view value) {
  const std::string_view kind = before(value, ',');
  if (kind == "nic") return {};  // the device: a backend brings its slot
  return {"--net", std::string(kind)};
}

Words semihosting(QemuChardevs& chardevs, std::string_view value) {
  Words out;
  std::string rest;
  while (!value.empty()) {
    const std::string pair = take_pair(value);
    if (pair.starts_with("chardev=")) {
      out = chardevs.semihosting(std::string_view(pair).substr(8));
      continue;
    }
    if (!rest.empty()) rest += ',';
    for (const char c : pair) rest.append(c == ',' ? 2 : 1, c);
  }
  out.insert(out.end(), {"--semihosting-config", rest.empty() ? "enable=on" : rest});
  return out;
}

struct QemuWord {
  std::string_view name;
  bool takes_value;
  Words (*translate)(QemuChardevs& chardevs, std::string_view value);
};

const QemuWord kWords[] = {
    // -display none: see is_no_display. What the machine does anyway:
    {"nodefaults", false, [](QemuChardevs&, std::string_view) { return nothing(); }},
    {"no-user-config", false, [](QemuChardevs&, std::string_view) { return nothing(); }},
    {"no-acpi", false, [](QemuChardevs&, std::string_view) { return nothing(); }},
    // CHOICE: a machine that is off is over; there is no monitor to look at it with.
    {"no-shutdown", false, [](QemuChardevs&, std::string_view) { return nothing(); }},
    {"name", true, [](QemuChardevs&, std::string_view) { return nothing(); }},
    {"monitor", true,
     [](QemuChardevs&, std::string_view v) {
       return only("monitor", v, {"none", "null"}), Words{};
     }},
    {"parallel", true,
     [](QemuChardevs&, std::string_view v) {
       return only("parallel", v, {"none", "null"}), Words{};
     }},
    {"vga", true,
     [](QemuChardevs&, std::string_view v) { return only("vga", v, {"none"}), Words{}; }},
    {"accel", true,
     [](QemuChardevs&, std::string_view v) {
       return only("accel", before(v, ','), {"tcg"}), Words{};
     }},
    {"global", true,
     [](QemuChardevs&, std::string_view v) {
       return only("global", v, {"virtio-mmio.force-legacy=false", "virtio-mmio.force-legacy=off"}),
              Words{};
     }},
    // CHOICE: the generator of random numbers is seeded, whatever the host has.
    {"object", true,
     [](QemuChardevs&, std::string_view v) {
       return only("object", before(v, ','), {"rng-random", "rng-builtin"}), Words{};
     }},
    {"chardev", true, [](QemuChardevs&, std::string_view) { return nothing(); }},  // read before
    {"mon", true,
     [](QemuChardevs& c, std::string_view v) {
       return c.monitor(value_of("chardev", v)), Words{};
     }},
    // What has another name here:
    {"serial", true, [](QemuChardevs& c, std::string_view v) { return c.serial(v); }},
    {"netdev", true,
     [](QemuChardevs&, std::string_view v) {
       only("netdev", before(v, ','), {"user"});
       return Words{"--net", "user"};
     }},
    {"nic", true,
     [](QemuChardevs&, std::string_view v) {
       only("nic", before(v, ','), {"user", "none"});
       return Words{"--net", std::string(before(v, ','))};
     }},
    {"net", true, network},
    {"smp", true,
     [](QemuChardevs&, std::string_view v) {
       return Words{"--smp", value_of("cpus", v)};
     }},
    {"m", true,
     [](QemuChardevs&, std::string_view v) {
       return Words{"--memory", value_of("size", v)};
     }},
    {"rtc", true, real_time_clock},
    {"pflash", true,
     [](QemuChardevs&, std::string_view v) {
       return Words{"--drive", "if=pflash,file=" + std::string(v)};
     }},
    {"cpu", true, processor},
    {"device", true, device},
    {"semihosting", false,
     [](QemuChardevs&, std::string_view) {
       return Words{"--semihosting-config", "enable=on"};
     }},
    {"semihosting-config", true, semihosting},
};

std::string_view bare(std::string_view argument) {
  if (argument.size() < 2 || argument[0] != '-') return {};
  argument.remove_prefix(argument[1] == '-' ? 2 : 1);
  return argument;
}

const QemuWord* find_word(std::string_view argument) {
  for (const auto& word : kWords) {
    if (word.name == bare(argument)) return &word;
  }
  return nullptr;
}

// "--display" without a value is our own.
bool is_no_display(const Words& arguments, std::size_t n) {
  return arguments[n] == "-display" && n + 1 < arguments.size() && arguments[n + 1] == "none";
}

// The value of an option of ours is no word, whatever it looks like.
bool takes_next(std::string_view argument) {
  for (const OptionSpec& option : run_options()) {
    if (argument != option.alias && bare(argument) != option.name) continue;
    return option.kind != OptionSpec::Kind::flag;
  }
  return bare(argument) == "config";
}

// Whoever names a chardev may stand before it.
void read_chardevs(const Words& arguments, QemuChardevs& chardevs) {
  for (std::size_t n = 0; n + 1 < arguments.size(); ++n) {
    const QemuWord* word = find_word(arguments[n]);
    if (word != nullptr && word->name == "chardev") chardevs.define(arguments[n + 1]);
    if (word != nullptr ? word->takes_value : takes_next(arguments[n])) ++n;
  }
}

}  // namespace

Words translate_qemu_words(const Words& arguments) {
  Words out;
  QemuChardevs chardevs;
  read_chardevs(arguments, chardevs);
  for (std::size_t n = 0; n < arguments.size(); ++n) {
    if (is_no_display(arguments, n)) {
      ++n;
      continue;
    }
    const QemuWord* word = find_word(arguments[n]);
    const bool complete = word != nullptr && (!word->takes_value || n + 1 < arguments.size());
    if (!complete) {
      out.push_back(arguments[n]);
      if (takes_next(arguments[n]) && n + 1 < arguments.size()) out.push_back(arguments[++n]);
      continue;
    }
    const Words ours =
        word->translate(chardevs, word->takes_value ? arguments[++n] : std::string{});
    out.insert(out.end(), ours.begin(), ours.end());
  }
  return out;
}

}  // namespace armature::platform
