#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "sim/base/user_error.h"
#include "sim/diff/diff.h"
#include "sim/trace/log.h"

namespace armature {
namespace {

namespace fs = std::filesystem;

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  if (!file.good() && !file.eof()) throw UserError(fmt::format("diff: cannot read '{}'", path));
  return text;
}

bool is_log(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  char magic[7] = {};
  file.read(magic, sizeof magic);
  return std::string_view(magic, sizeof magic) == "ARMALOG";
}

void add_log(RunOutput& output, const std::string& path) {
  output.log = path;
  const LogReader reader(path);
  if (output.has_configuration || reader.run().configuration.empty()) return;
  output.configuration = reader.run().configuration;
  output.has_configuration = true;
}

}  // namespace

RunOutput open_run_output(const std::string& path) {
  RunOutput output;
  output.name = path;
  if (fs::is_directory(path)) {
    const fs::path folder(path);
    if (fs::exists(folder / "config.toml")) {
      output.configuration = read_text(folder / "config.toml");
      output.has_configuration = true;
    }
    if (fs::exists(folder / "stats.json")) output.statistics = folder / "stats.json";
    if (fs::exists(folder / "events.trace")) add_log(output, folder / "events.trace");
    if (!output.has_configuration && output.statistics.empty() && output.log.empty()) {
      throw UserError(fmt::format(
          "diff: '{}' holds no config.toml, stats.json or events.trace; run --output writes them",
          path));
    }
    return output;
  }
  if (!fs::is_regular_file(path)) throw UserError(fmt::format("diff: cannot read '{}'", path));
  if (is_log(path)) {
    add_log(output, path);
  } else if (path.ends_with(".json")) {
    output.statistics = path;
  } else if (path.ends_with(".toml")) {
    output.configuration = read_text(path);
    output.has_configuration = true;
  } else {
    throw UserError(
        fmt::format("diff: '{}' is no output of a run; allowed: a folder of run "
                    "--output, an event log, a .json of run --stats, a .toml",
                    path));
  }
  return output;
}

}  // namespace armature
