#include "platform/cli/command_tree.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>

#include "sim/arch/sysreg.h"
#include "sim/base/user_error.h"
#include "sim/config/preset.h"
#include "sim/event/alphabet.h"
#include "sim/trace/kinds.h"

namespace armature::platform {
namespace {

void add_paths(const CLI::App& app, const std::string& words, std::vector<CommandPath>& out) {
  out.push_back({words, &app});
  for (const CLI::App* sub : app.get_subcommands(nullptr)) {
    add_paths(*sub, words.empty() ? sub->get_name() : words + " " + sub->get_name(), out);
  }
}

const CLI::App* subcommand(const CLI::App& app, const std::string& word) {
  for (const CLI::App* sub : app.get_subcommands(nullptr)) {
    if (sub->get_name() == word) return sub;
  }
  return nullptr;
}

const CLI::Option* option_of(const CLI::App& app, const std::string& word) {
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional() && option->check_name(word)) return option;
  }
  return nullptr;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    for (const auto& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

std::string suggestion(const std::string& word, const std::vector<std::string>& names) {
  const std::vector<std::string_view> views(names.begin(), names.end());
  const auto nearest = nearest_match(word, views);
  return nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest);
}

}  // namespace

std::vector<Command> add_commands(CLI::App& app) {
  std::vector<Command> commands{add_run_command(app), add_sign_command(app), add_bugs_command(app),
                                add_diff_command(app), add_lab_command(app)};
  for (const auto add : {add_info_commands, add_trace_commands, add_manual_commands}) {
    for (const Command& command : add(app)) commands.push_back(command);
  }
  return commands;
}

std::vector<CommandPath> command_paths(const CLI::App& app) {
  std::vector<CommandPath> paths;
  add_paths(app, "", paths);
  return paths;
}

ValueHint value_hint(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  ValueHint hint;
  if (type == "PRESET") {
    for (const CpuPreset& preset : cpu_presets()) hint.words.emplace_back(preset.name);
  } else if (type == "KINDS") {
    for (const auto name : event_kind_words()) hint.words.emplace_back(name);
  } else if (type == "EVENT") {
    for (const auto& event : event_alphabet()) hint.words.emplace_back(event.name);
  } else if (type == "REGISTER") {
    for (const auto& reg : sysreg_table()) hint.words.emplace_back(reg.name);
  } else if (type == "DIRECTORY") {
    hint.kind = ValueHint::Kind::directory;
  } else if (type.starts_with("FILE") || type == "LOG" || type == "A" || type == "B") {
    hint.kind = ValueHint::Kind::file;
  } else if (type.find('|') != type.npos && type.find_first_of("=,[:") == type.npos) {
    hint.words = CLI::detail::split(type, '|');  // "user|none"
    std::erase_if(hint.words, [](const std::string& word) {
      return std::all_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    });
  }
  if (!hint.words.empty()) hint.kind = ValueHint::Kind::words;
  return hint;
}

std::string explain_unknown(const CLI::App& app, const std::vector<std::string>& arguments,
                            const std::string& message) {
  const CLI::App* at = &app;
  std::string path = "armature";
  for (std::size_t n = 0; n < arguments.size(); ++n) {
    const std::string& argument = arguments[n];
    if (argument.empty() || argument == "--") break;
    if (argument[0] == '-' && argument.size() > 1) {
      const auto equals = argument.find('=');
      const std::string word = argument.substr(0, equals);
      const CLI::Option* option = option_of(*at, word);
      if (option == nullptr) {
        if (argument[1] != '-' && option_of(*at, word.substr(0, 2)) != nullptr) continue;  // -m1G
        return fmt::format("no option '{}'{}; see {} --help", word,
                           suggestion(word, option_names(*at)), path);
      }
      if (equals == std::string::npos && option->get_items_expected_max() > 0) ++n;  // its value
      continue;
    }
    const auto subcommands = at->get_subcommands(nullptr);
    if (subcommands.empty()) continue;  // a positional argument
    const CLI::App* next = subcommand(*at, argument);
    if (next == nullptr) {
      std::vector<std::string> names;
      for (const CLI::App* sub : subcommands) names.push_back(sub->get_name());
      return fmt::format("no command '{}'{}; see {} --help", argument, suggestion(argument, names),
                         path);
    }
    at = next;
    path += " " + argument;
  }
  const auto space = path.find(' ');
  const std::string place = space == path.npos ? "" : path.substr(space + 1) + ": ";
  if (!at->get_subcommands(nullptr).empty()) {
    std::vector<std::string> names;
    for (const CLI::App* sub : at->get_subcommands(nullptr)) names.push_back(sub->get_name());
    return fmt::format("{}a command is missing; allowed: {}", place, fmt::join(names, ", "));
  }
  return place + message;
}

}  // namespace armature::platform
