#include "platform/cli/qemu_chardevs.h"

#include <fmt/format.h>

#include "sim/base/user_error.h"
#include "sim/config/value.h"

namespace armature::platform {

void QemuChardevs::define(std::string_view value) {
  Chardev chardev{.kind = take_pair(value)};
  std::string id;
  while (!value.empty()) {
    const std::string pair = take_pair(value);
    if (pair.starts_with("id=")) id = pair.substr(3);
    if (pair.starts_with("path=")) chardev.path = pair.substr(5);
  }
  for (const std::string_view kind : {"stdio", "null", "file", "pty", "testdev"}) {
    if (chardev.kind != kind) continue;
    if (id.empty()) throw UserError("chardev: id= is missing");
    if (kind == "file" && chardev.path.empty()) throw UserError("chardev: file: path= is missing");
    chardevs_[id] = std::move(chardev);
    return;
  }
  throw UserError(fmt::format(
      "chardev: '{}' is not allowed; allowed: stdio, null, file, pty, testdev", chardev.kind));
}

const QemuChardevs::Chardev& QemuChardevs::find(std::string_view word, std::string_view id) const {
  const auto found = chardevs_.find(id);
  if (found == chardevs_.end()) {
    throw UserError(fmt::format("{}: no -chardev has the id '{}'", word, id));
  }
  return found->second;
}

QemuChardevs::Words QemuChardevs::line(std::string_view word, const Chardev& chardev) {
  if (chardev.kind == "testdev") {
    throw UserError(fmt::format("{}: testdev is for virtconsole only", word));
  }
  const std::string console = chardev.kind == "file"   ? "vm0=file:" + chardev.path
                              : chardev.kind == "null" ? "vm0=none"
                                                       : "vm0=" + chardev.kind;
  if (!line_.empty() && line_ != console) {
    throw UserError(
        fmt::format("{}: the first UART and semihosting share one console, which is {} already",
                    word, line_.substr(4)));
  }
  if (line_ == console) return {};
  line_ = console;
  if (chardev.kind == "stdio") return {};
  return {"--console", console};
}

QemuChardevs::Words QemuChardevs::serial(std::string_view value) {
  if (value.starts_with("mon:")) value.remove_prefix(4);
  if (value.starts_with("chardev:")) return line("serial", find("serial", value.substr(8)));
  if (value.starts_with("file:")) return line("serial", {"file", std::string(value.substr(5))});
  if (value == "none" || value == "null") {
    // A second UART that leads nowhere is one that nobody asked for.
    return line_.empty() ? line("serial", {"null", {}}) : Words{};
  }
  if (value == "stdio" || value == "pty") return line("serial", {std::string(value), {}});
  throw UserError(fmt::format(
      "serial: '{}' is not allowed; allowed: stdio, mon:stdio, none, null, pty, file:PATH, "
      "chardev:ID",
      value));
}

QemuChardevs::Words QemuChardevs::virtio_console(std::string_view id) {
  if (id.empty()) return {"--virtio-console"};
  const Chardev& chardev = find("device: virtconsole", id);
  if (chardev.kind == "testdev") return {"--test-port"};
  if (chardev.kind == "stdio") return {"--virtio-console"};
  throw UserError(fmt::format(
      "device: virtconsole: chardev '{}' is not allowed; allowed: stdio, testdev", chardev.kind));
}

QemuChardevs::Words QemuChardevs::semihosting(std::string_view id) {
  return line("semihosting-config", find("semihosting-config", id));
}

}  // namespace armature::platform
