#include "platform/cli/qemu_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "sim/base/user_error.h"

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

void only(std::string_view word, std::string_view value,
          std::initializer_list<std::string_view> allowed) {
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return;
  throw UserError(fmt::format("{}: '{}' is not allowed; allowed: {}", word, value,
                              fmt::join(allowed.begin(), allowed.end(), ", ")));
}

Words device(std::string_view value) {
  const std::string_view model = before(value, ',');
  if (model == "virtio-rng-device") return {"--rng"};
  if (model == "virtconsole") return {"--virtio-console"};
  if (model == "loader" || model == "guest-loader") return {"--device", std::string(value)};
  only("device", model,
       {"virtio-blk-device", "virtio-net-device", "virtio-serial-device", "virtio-rng-device",
        "virtconsole", "loader", "guest-loader"});
  return {};
}

Words processor(std::string_view value) {
  const std::string_view name = before(value, ',');
  for (std::string_view rest = value.substr(name.size()); !rest.empty();) {
    rest.remove_prefix(1);
    const std::string_view feature = before(rest, ',');
    only("cpu: feature", feature, {"pmu=on", "aarch64=on"});
    rest.remove_prefix(feature.size());
  }
  return {"--cpu", std::string(name)};
}

struct QemuWord {
  std::string_view name;
  bool takes_value;
  Words (*translate)(std::string_view value);
};

constexpr QemuWord kWords[] = {
    // -display none: see is_no_display
    {"nodefaults", false, [](std::string_view) { return Words{}; }},
    {"no-reboot", false, [](std::string_view) { return Words{}; }},
    {"serial", true,
     [](std::string_view v) {
       return only("serial", v, {"stdio", "mon:stdio"}), Words{};
     }},
    {"monitor", true, [](std::string_view v) { return only("monitor", v, {"none"}), Words{}; }},
    {"accel", true, [](std::string_view v) { return only("accel", v, {"tcg"}), Words{}; }},
    {"netdev", true,
     [](std::string_view v) {
       only("netdev", before(v, ','), {"user"});
       return Words{"--net", "user"};
     }},
    {"nic", true,
     [](std::string_view v) {
       only("nic", before(v, ','), {"user", "none"});
       return Words{"--net", std::string(before(v, ','))};
     }},
    {"smp", true,
     [](std::string_view v) {
       return Words{"--smp", value_of("cpus", v)};
     }},
    {"m", true,
     [](std::string_view v) {
       return Words{"--memory", value_of("size", v)};
     }},
    {"rtc", true,
     [](std::string_view v) {
       return Words{"--rtc", value_of("base", v)};
     }},
    {"pflash", true,
     [](std::string_view v) {
       return Words{"--drive", "if=pflash,file=" + std::string(v)};
     }},
    {"cpu", true, processor},
    {"device", true, device},
};

const QemuWord* find_word(std::string_view argument) {
  if (argument.size() < 2 || argument[0] != '-') return nullptr;
  argument.remove_prefix(argument[1] == '-' ? 2 : 1);
  for (const auto& word : kWords) {
    if (word.name == argument) return &word;
  }
  return nullptr;
}

// "--display" without a value is our own.
bool is_no_display(const Words& arguments, std::size_t n) {
  return arguments[n] == "-display" && n + 1 < arguments.size() && arguments[n + 1] == "none";
}

}  // namespace

Words translate_qemu_words(const Words& arguments) {
  Words out;
  for (std::size_t n = 0; n < arguments.size(); ++n) {
    if (is_no_display(arguments, n)) {
      ++n;
      continue;
    }
    const QemuWord* word = find_word(arguments[n]);
    const bool complete = word != nullptr && (!word->takes_value || n + 1 < arguments.size());
    if (!complete) {
      out.push_back(arguments[n]);
      continue;
    }
    const Words ours = word->translate(word->takes_value ? arguments[++n] : std::string{});
    out.insert(out.end(), ours.begin(), ours.end());
  }
  return out;
}

}  // namespace armature::platform
