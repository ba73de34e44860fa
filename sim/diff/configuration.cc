#include <fmt/format.h>

#include <toml++/toml.h>
#include <map>
#include <sstream>

#include "sim/base/user_error.h"
#include "sim/config/schema.h"
#include "sim/diff/diff.h"

namespace armature {
namespace {

// "vm.1.vcpus": every value of a document under its path.
void flatten(const toml::node& node, const std::string& path,
             std::map<std::string, std::string>& out) {
  if (const auto* table = node.as_table()) {
    for (const auto& [key, value] : *table) {
      flatten(value, path.empty() ? std::string(key.str()) : fmt::format("{}.{}", path, key.str()),
              out);
    }
  } else if (const auto* array = node.as_array(); array != nullptr && array->is_array_of_tables()) {
    for (std::size_t n = 0; n < array->size(); ++n) {
      flatten((*array)[n], fmt::format("{}.{}", path, n + 1), out);
    }
  } else {
    std::ostringstream text;
    node.visit([&](const auto& value) { text << value; });
    out[path] = text.str();
  }
}

bool is_where_results_go(const std::string& path) {
  const OptionSpec* option = find_option(path.substr(0, path.find('.')));
  return option != nullptr && (option->group == "Results" || option->group == "Snapshots");
}

std::map<std::string, std::string> values_of(const RunOutput& output) {
  std::map<std::string, std::string> values;
  try {
    flatten(toml::parse(output.configuration), "", values);
  } catch (const toml::parse_error& error) {
    throw UserError(fmt::format("diff: {}:{}: {}", output.name, error.source().begin.line,
                                error.description()));
  }
  std::erase_if(values, [](const auto& value) { return is_where_results_go(value.first); });
  return values;
}

}  // namespace

Differences diff_configurations(const RunOutput& a, const RunOutput& b) {
  const auto left = values_of(a);
  const auto right = values_of(b);
  std::map<std::string, std::string> keys = left;
  keys.insert(right.begin(), right.end());
  const auto value_in = [](const auto& values, const std::string& key) {
    const auto found = values.find(key);
    return found == values.end() ? std::string("(absent)") : found->second;
  };
  Differences differences;
  for (const auto& [key, unused] : keys) {
    const std::string of_a = value_in(left, key);
    const std::string of_b = value_in(right, key);
    if (of_a != of_b) differences.push_back(fmt::format("{}: {} | {}", key, of_a, of_b));
  }
  return differences;
}

}  // namespace armature
