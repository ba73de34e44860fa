// The commands as data: what help, the manual page, completion and "did you mean" are made from. All
// of it is read from the CLI11 tree, whose run options come from the one schema.
#pragma once

#include <string>
#include <vector>

#include "platform/cli/commands.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace armature::platform {

// Adds every subcommand; returns those that can run.
std::vector<Command> add_commands(CLI::App& app);
// completion and man, which describe `app` itself.
std::vector<Command> add_manual_commands(CLI::App& app);

// Commands that can be run, with their words: {"trace", "dump"}.
struct CommandPath {
  std::string words;  // "trace dump"; "" for `armature` itself
  const CLI::App* app = nullptr;
};
std::vector<CommandPath> command_paths(const CLI::App& app);

// What a value of an option can be: for completion.
struct ValueHint {
  enum class Kind { text, file, directory, words } kind = Kind::text;
  std::vector<std::string> words;
};
ValueHint value_hint(const CLI::Option& option);

// A failed parse in one line, with the nearest word for what is unknown.
std::string explain_unknown(const CLI::App& app, const std::vector<std::string>& arguments,
                            const std::string& message);

// The shell's script, and the manual page as roff (man 1).
std::string completion_bash(const CLI::App& app);
std::string completion_zsh(const CLI::App& app);
std::string manual_page(const CLI::App& app);

}  // namespace armature::platform
