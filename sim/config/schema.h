// The one configuration schema: every key of RunConfig with its name, meaning, how to set it from
// text and how to print it. The command line, TOML files and Python use the same keys.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "sim/config/run_config.h"

namespace armature {

struct OptionSpec {
  enum class Kind : std::uint8_t { flag, value, list, tables };
  std::string_view name;        // the key, and --name; -name is accepted too (QEMU's spelling)
  std::string_view alias;       // "-m", "-M", ... or ""
  std::string_view value_name;  // "FILE", "N", ... ; "" for flags
  std::string_view help;        // units, range, default
  std::string_view group;
  Kind kind;
  // Throws UserError "key: what is wrong; allowed: ...". Flags take "true" or "false".
  void (*set)(RunConfig& config, std::string_view value);
  // The TOML form of the value: quoted string, number, boolean or array; of tables, all of them
  // with their headers.
  std::string (*get)(const RunConfig& config);
};

std::span<const OptionSpec> run_options();
const OptionSpec* find_option(std::string_view name);

// Reads a TOML file into `config`; throws UserError with file, line, key and the nearest match.
void load_toml(const std::string& path, RunConfig& config);
// The whole configuration as TOML.
std::string dump_toml(const RunConfig& config);
// What cannot be: ranges and combinations across keys. Throws UserError.
void validate(const RunConfig& config);

// "512M" -> bytes; suffixes K, M, G (powers of 1024), none = MiB as in QEMU's -m.
std::uint64_t parse_memory_size(std::string_view key, std::string_view text);

}  // namespace armature
