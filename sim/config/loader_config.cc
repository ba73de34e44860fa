#include "sim/config/loader_config.h"

#include <fmt/format.h>

#include "sim/base/user_error.h"
#include "sim/config/value.h"

namespace armature {
namespace {

using Payload = LoaderConfig::Payload;

constexpr std::string_view kLoaderKeys = "file, addr, cpu-num, force-raw, data, data-len, data-be";
constexpr std::string_view kGuestKeys = "addr, kernel, initrd, bootargs";

[[noreturn]] void no_key(std::string_view model, std::string_view key, std::string_view allowed) {
  throw UserError(fmt::format("device: {}: no key '{}'; allowed: {}", model, key, allowed));
}

void set_loader_key(LoaderConfig& loader, std::string_view key, std::string_view value) {
  if (key == "file") {
    loader.file = value;
  } else if (key == "addr") {
    loader.address = parse_number("device: loader: addr", value, 0, ~0ull);
  } else if (key == "cpu-num") {
    loader.core = static_cast<unsigned>(parse_number("device: loader: cpu-num", value, 0, 15));
  } else if (key == "force-raw") {
    loader.raw = parse_flag("device: loader: force-raw", value);
  } else if (key == "data") {
    loader.data = parse_number("device: loader: data", value, 0, ~0ull);
  } else if (key == "data-len") {
    loader.data_bytes =
        static_cast<unsigned>(parse_number("device: loader: data-len", value, 1, 8));
  } else if (key == "data-be") {
    loader.big_endian = parse_flag("device: loader: data-be", value);
  } else {
    no_key("loader", key, kLoaderKeys);
  }
}

void set_guest_key(LoaderConfig& loader, std::string_view key, std::string_view value) {
  if (key == "addr") {
    loader.address = parse_number("device: guest-loader: addr", value, 0, ~0ull);
  } else if (key == "kernel" || key == "initrd") {
    if (!loader.file.empty()) {
      throw UserError("device: guest-loader: kernel and initrd exclude each other");
    }
    loader.file = value;
    loader.payload = key == "kernel" ? Payload::kernel : Payload::ramdisk;
  } else if (key == "bootargs") {
    loader.bootargs = value;
  } else {
    no_key("guest-loader", key, kGuestKeys);
  }
}

void check_loader(const LoaderConfig& loader) {
  const bool has_data = loader.data.has_value() || loader.data_bytes != 0;
  if (has_data && (!loader.data || loader.data_bytes == 0 || !loader.address)) {
    throw UserError("device: loader: data needs data-len and addr as well");
  }
  if (has_data && !loader.file.empty()) {
    throw UserError("device: loader: file and data exclude each other");
  }
  if (loader.file.empty() && !has_data && !(loader.address && loader.core)) {
    throw UserError("device: loader: needs file, or addr with data or cpu-num");
  }
}

void check_guest(const LoaderConfig& loader) {
  if (!loader.address || loader.file.empty()) {
    throw UserError("device: guest-loader: needs addr, and kernel or initrd");
  }
}

std::string doubled_commas(std::string_view text) {
  std::string out;
  for (const char c : text) out.append(c == ',' ? 2 : 1, c);
  return out;
}

}  // namespace

LoaderConfig parse_loader(std::string_view text) {
  const std::string model = take_pair(text);
  if (model != "loader" && model != "guest-loader") {
    throw UserError(
        fmt::format("device: '{}' is not allowed; allowed: loader, guest-loader", model));
  }
  const bool guest = model == "guest-loader";
  LoaderConfig loader;
  while (!text.empty()) {
    const std::string pair = take_pair(text);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view key = std::string_view(pair).substr(0, equals);
    const std::string_view value =
        equals < pair.size() ? std::string_view(pair).substr(equals + 1) : std::string_view{};
    guest ? set_guest_key(loader, key, value) : set_loader_key(loader, key, value);
  }
  guest ? check_guest(loader) : check_loader(loader);
  return loader;
}

std::string dump_loader(const LoaderConfig& loader) {
  const std::string file = doubled_commas(loader.file);
  if (loader.payload != Payload::none) {
    return fmt::format(
        "guest-loader,addr={:#x},{}={}{}", *loader.address,
        loader.payload == Payload::kernel ? "kernel" : "initrd", file,
        loader.bootargs.empty() ? "" : ",bootargs=" + doubled_commas(loader.bootargs));
  }
  std::string out = "loader";
  if (!file.empty()) out += ",file=" + file;
  if (loader.address) out += fmt::format(",addr={:#x}", *loader.address);
  if (loader.core) out += fmt::format(",cpu-num={}", *loader.core);
  if (loader.raw) out += ",force-raw=on";
  if (loader.data) {
    out += fmt::format(",data={:#x},data-len={}", *loader.data, loader.data_bytes);
    if (loader.big_endian) out += ",data-be=on";
  }
  return out;
}

}  // namespace armature
