#include "sim/config/semihosting_config.h"

#include <fmt/format.h>

#include <array>

#include "sim/base/user_error.h"
#include "sim/config/value.h"

namespace armature {
namespace {

constexpr std::array<std::string_view, 3> kFiles{"none", "read", "write"};

void set_key(SemihostingConfig& semihosting, std::string_view key, std::string_view value) {
  if (key == "enable") {
    semihosting.enabled = parse_flag("semihosting-config: enable", value);
  } else if (key == "userspace") {
    semihosting.at_el0 = parse_flag("semihosting-config: userspace", value);
  } else if (key == "target") {
    if (value != "native" && value != "auto") {
      throw UserError(fmt::format(
          "semihosting-config: target '{}' is not allowed; allowed: native, auto", value));
    }
  } else if (key == "files") {
    for (unsigned n = 0; n < kFiles.size(); ++n) {
      if (kFiles[n] != value) continue;
      semihosting.files = static_cast<SemihostingConfig::Files>(n);
      return;
    }
    throw UserError(fmt::format("semihosting-config: files '{}' is not allowed; allowed: {}", value,
                                fmt::join(kFiles, ", ")));
  } else if (key == "arg") {
    semihosting.arguments += (semihosting.arguments.empty() ? "" : " ") + std::string(value);
  } else {
    throw UserError(fmt::format(
        "semihosting-config: no key '{}'; allowed: enable, target, userspace, files, arg", key));
  }
}

}  // namespace

SemihostingConfig parse_semihosting(std::string_view text) {
  SemihostingConfig semihosting;
  semihosting.enabled = true;
  for (bool first = true; !text.empty(); first = false) {
    const std::string pair = take_pair(text);
    const std::string_view view = pair;
    const std::size_t equals = view.find('=');
    if (equals != std::string_view::npos) {
      set_key(semihosting, view.substr(0, equals), view.substr(equals + 1));
    } else {
      set_key(semihosting, "enable", first ? view : "");
    }
  }
  return semihosting;
}

std::string dump_semihosting(const SemihostingConfig& semihosting) {
  std::string arguments;
  for (const char c : semihosting.arguments) arguments.append(c == ',' ? 2 : 1, c);
  return fmt::format("enable={},userspace={},files={}{}", semihosting.enabled ? "on" : "off",
                     semihosting.at_el0 ? "on" : "off",
                     kFiles[static_cast<unsigned>(semihosting.files)],
                     arguments.empty() ? "" : ",arg=" + arguments);
}

}  // namespace armature
