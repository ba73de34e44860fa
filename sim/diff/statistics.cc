#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/base/user_error.h"
#include "sim/diff/diff.h"

namespace armature {
namespace {

using Json = nlohmann::ordered_json;

// Ratios with as many digits as anybody reads.
std::string value_text(const Json& value) {
  return value.is_number_float() ? fmt::format("{:.6g}", value.get<double>()) : value.dump();
}

Json statistics_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const Json root = Json::parse(file, nullptr, false);
  if (!root.is_object() || !root.contains("statistics") || !root["statistics"].is_object()) {
    throw UserError(fmt::format("diff: '{}' is no statistics file of run --stats", path));
  }
  for (const auto& [name, entry] : root["statistics"].items()) {
    if (!entry.is_object() || !entry.contains("value")) {
      throw UserError(fmt::format("diff: '{}': statistic '{}' has no value", path, name));
    }
  }
  return root["statistics"];
}

std::string change(const Json& a, const Json& b) {
  if (!a.is_number() || !b.is_number()) return "";
  const double from = a.get<double>();
  const double by = b.get<double>() - from;
  return from == 0 ? fmt::format("  ({:+g})", by)
                   : fmt::format("  ({:+g}, {:+.2f} %)", by, 100 * by / from);
}

}  // namespace

Differences diff_statistics(const std::string& a, const std::string& b) {
  const Json left = statistics_of(a);
  const Json right = statistics_of(b);
  Differences differences;
  for (const auto& [name, entry] : left.items()) {
    if (!right.contains(name)) {
      differences.push_back(fmt::format("{}: {} | (absent)", name, value_text(entry["value"])));
    } else if (const Json& other = right[name]["value"]; entry["value"] != other) {
      differences.push_back(fmt::format("{}: {} | {}{}", name, value_text(entry["value"]),
                                        value_text(other), change(entry["value"], other)));
    }
  }
  for (const auto& [name, entry] : right.items()) {
    if (!left.contains(name)) {
      differences.push_back(fmt::format("{}: (absent) | {}", name, value_text(entry["value"])));
    }
  }
  return differences;
}

}  // namespace armature
