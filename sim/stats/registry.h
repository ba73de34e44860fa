// Named statistics: whoever counts registers a callback, whoever writes a file asks for all values.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/stats/run_metadata.h"

namespace armature {

using StatisticValue = std::variant<std::uint64_t, double>;

struct Statistic {
  std::string name;         // dotted, from the general to the particular: "core0.dtlb.lookups"
  std::string unit;         // "Count", "Cycle", "Ratio", ...
  std::string description;  // one line
  StatisticValue value;
};

class StatisticsRegistry {
 public:
  // Names consist of [A-Za-z0-9_] and single dots and are unique. The callback must stay valid for
  // the registry's life.
  void add(std::string name, std::string unit, std::string description,
           std::function<std::uint64_t()> value);
  // A derived real value; a ratio of nothing to nothing should be given as NaN.
  void add_real(std::string name, std::string unit, std::string description,
                std::function<double()> value);
  // `counter` read in place.
  void add(std::string name, std::string unit, std::string description,
           const std::uint64_t& counter);

  // All values now, in the order of registration.
  std::vector<Statistic> snapshot() const;
  std::size_t size() const { return sources_.size(); }

 private:
  struct Source {
    std::string name, unit, description;
    std::function<StatisticValue()> value;
  };
  void insert(Source source);
  std::vector<Source> sources_;
};

// later - earlier for the counters of an interval; real values are those of `later`. Both come from
// the same registry.
std::vector<Statistic> difference(const std::vector<Statistic>& later,
                                  const std::vector<Statistic>& earlier);

// {"run": {...}, "statistics": {name: {"value", "unit", "description"}}}; NaN becomes null.
std::string statistics_json(const RunMetadata& run, const std::vector<Statistic>& statistics);

// gem5's form: `name value # description (Unit)` between its banners; the run as `#` lines.
std::string statistics_text(const RunMetadata& run, const std::vector<Statistic>& statistics);

// Writes the one or the other by the file's name (".json" or anything else). Throws UserError.
void write_statistics(const std::string& path, const RunMetadata& run,
                      const std::vector<Statistic>& statistics);

}  // namespace armature
