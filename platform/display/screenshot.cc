#include "platform/display/screenshot.h"

#include <fmt/format.h>
#include <png.h>

#include <charconv>

#include "platform/machine/console.h"
#include "platform/machine/machine.h"
#include "sim/base/user_error.h"

namespace armature::platform::display {
namespace {

constexpr const char* kAllowed =
    "end, cycle=N, instructions=N, event=tlbi|tlbi_complete|violation[:N], console=REGEX";

[[noreturn]] void refuse(std::string_view condition) {
  throw UserError(
      fmt::format("screenshot: condition '{}' is not allowed; allowed: {}", condition, kAllowed));
}

std::uint64_t number(std::string_view digits, std::string_view condition) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) refuse(condition);
  return value;
}

}  // namespace

Screenshot::Screenshot(const std::string& specification) {
  const std::size_t at = specification.find('@');
  path_ = specification.substr(0, at);
  const std::string condition = at == std::string::npos ? "end" : specification.substr(at + 1);
  if (path_.empty()) throw UserError("screenshot: allowed: FILE@CONDITION, FILE a PNG to write");
  const std::size_t equals = condition.find('=');
  const std::string key = condition.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : condition.substr(equals + 1);
  if (condition == "end") return;
  if (key == "cycle" || key == "instructions") {
    kind_ = key == "cycle" ? Kind::cycle : Kind::instructions;
    number_ = number(value, condition);
  } else if (key == "event") {
    kind_ = Kind::event;
    const std::size_t colon = value.find(':');
    number_ = colon == std::string::npos ? 1 : number(value.substr(colon + 1), condition);
    const std::string name = value.substr(0, colon);
    bool found = false;
    for (const auto& description : event_alphabet()) {
      if (description.name != name || (History::kinds() & event_bit(description.kind)) == 0)
        continue;
      event_ = description.kind;
      found = true;
    }
    if (!found) refuse(condition);
  } else if (key == "console") {
    kind_ = Kind::console;
    try {
      expression_ = std::regex(value);
    } catch (const std::regex_error& error) {
      throw UserError(
          fmt::format("screenshot: '{}' is not a regular expression: {}", value, error.what()));
    }
  } else {
    refuse(condition);
  }
}

bool Screenshot::holds(const Machine& machine, const History& history) const {
  switch (kind_) {
    case Kind::end:
      return false;
    case Kind::cycle:
      return machine.now().whole() >= number_;
    case Kind::instructions:
      return machine.instructions() >= number_;
    case Kind::event:
      return history.count(event_) >= number_;
    case Kind::console:
      for (const auto& console : machine.consoles) {
        if (std::regex_search(console->tail(), expression_)) return true;
      }
      return false;
  }
  return false;
}

bool Screenshot::is_due(const Machine& machine, const History& history) {
  if (taken_ || !holds(machine, history)) return false;
  return taken_ = true;
}

void write_png(const std::string& path, const std::vector<std::uint32_t>& pixels, unsigned width,
               unsigned height) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = PNG_FORMAT_RGBA;
  if (png_image_write_to_file(&image, path.c_str(), 0, pixels.data(), 0, nullptr) == 0) {
    throw UserError(fmt::format("{}: cannot be written: {}", path, image.message));
  }
}

}  // namespace armature::platform::display
