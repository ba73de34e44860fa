#include "sim/stats/registry.h"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/base/assert.h"
#include "sim/base/user_error.h"

namespace armature {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_dotted_name(std::string_view name) {
  bool word_before = false;
  for (const char c : name) {
    if (!is_word(c) && !(c == '.' && word_before)) return false;
    word_before = is_word(c);
  }
  return word_before;
}

nlohmann::ordered_json number(const StatisticValue& value) {
  if (const auto* count = std::get_if<std::uint64_t>(&value)) return *count;
  const double real = std::get<double>(value);
  if (!std::isfinite(real)) return nullptr;
  return real;
}

std::string number_text(const StatisticValue& value) {
  if (const auto* count = std::get_if<std::uint64_t>(&value)) return fmt::format("{}", *count);
  return fmt::format("{:.6f}", std::get<double>(value));
}

std::string quantum_text(std::uint64_t quantum) {
  return quantum == 0 ? "insn" : fmt::format("{}", quantum);
}

}  // namespace

void StatisticsRegistry::insert(Source source) {
  ARMATURE_ASSERT(is_dotted_name(source.name));
  for (const auto& other : sources_) ARMATURE_ASSERT(other.name != source.name);
  sources_.push_back(std::move(source));
}

void StatisticsRegistry::add(std::string name, std::string unit, std::string description,
                             std::function<std::uint64_t()> value) {
  insert({std::move(name), std::move(unit), std::move(description), std::move(value)});
}
void StatisticsRegistry::add_real(std::string name, std::string unit, std::string description,
                                  std::function<double()> value) {
  insert({std::move(name), std::move(unit), std::move(description), std::move(value)});
}
void StatisticsRegistry::add(std::string name, std::string unit, std::string description,
                             const std::uint64_t& counter) {
  insert({std::move(name), std::move(unit), std::move(description),
          [&counter]() -> StatisticValue { return counter; }});
}

std::vector<Statistic> StatisticsRegistry::snapshot() const {
  std::vector<Statistic> values;
  values.reserve(sources_.size());
  for (const auto& source : sources_) {
    values.push_back({source.name, source.unit, source.description, source.value()});
  }
  return values;
}

std::vector<Statistic> difference(const std::vector<Statistic>& later,
                                  const std::vector<Statistic>& earlier) {
  ARMATURE_ASSERT(later.size() == earlier.size());
  std::vector<Statistic> result = later;
  for (std::size_t i = 0; i < result.size(); ++i) {
    ARMATURE_ASSERT(result[i].name == earlier[i].name);
    if (auto* count = std::get_if<std::uint64_t>(&result[i].value)) {
      *count -= std::get<std::uint64_t>(earlier[i].value);
    }
  }
  return result;
}

std::string statistics_json(const RunMetadata& run, const std::vector<Statistic>& statistics) {
  nlohmann::ordered_json root;
  auto& about = root["run"];
  about["preset"] = run.preset;
  about["quantum"] = quantum_text(run.quantum);
  about["seed"] = run.seed;
  about["cores"] = run.cores;
  for (const auto& [key, value] : run.more) about[key] = value;
  root["statistics"] = nlohmann::ordered_json::object();
  for (const auto& s : statistics) {
    root["statistics"][s.name] = {
        {"value", number(s.value)}, {"unit", s.unit}, {"description", s.description}};
  }
  return root.dump(1) + "\n";
}

std::string statistics_text(const RunMetadata& run, const std::vector<Statistic>& statistics) {
  std::string text = "\n---------- Begin Simulation Statistics ----------\n";
  text += fmt::format("# preset {}\n# quantum {}\n# seed {}\n# cores {}\n", run.preset,
                      quantum_text(run.quantum), run.seed, run.cores);
  for (const auto& [key, value] : run.more) text += fmt::format("# {} {}\n", key, value);
  for (const auto& s : statistics) {
    text += fmt::format("{:<44} {:>14} # {} ({})\n", s.name, number_text(s.value), s.description,
                        s.unit);
  }
  return text + "\n---------- End Simulation Statistics   ----------\n";
}

void write_statistics(const std::string& path, const RunMetadata& run,
                      const std::vector<Statistic>& statistics) {
  const std::string text =
      path.ends_with(".json") ? statistics_json(run, statistics) : statistics_text(run, statistics);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.flush();
  if (!file) throw UserError(fmt::format("stats: cannot write '{}'", path));
}

}  // namespace armature
