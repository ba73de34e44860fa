// Completion for bash and zsh.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "platform/cli/command_tree.h"

namespace armature::platform {
namespace {

// The paths of all commands as alternatives of a shell's case.
std::string paths_pattern(const CLI::App& app) {
  std::string out;
  for (const CommandPath& path : command_paths(app)) {
    if (path.words.empty()) continue;
    out += fmt::format("{}'{}'", out.empty() ? "" : "|", path.words);
  }
  return out;
}

std::vector<std::string> words_after(const CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::App* sub : app.get_subcommands(nullptr)) words.push_back(sub->get_name());
  for (const CLI::Option* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) words.push_back("--" + name);
  }
  return words;
}

std::string names_pattern(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const auto& name : option.get_lnames()) names.push_back("--" + name + "|-" + name);
  for (const auto& name : option.get_snames()) names.push_back("-" + name);
  return fmt::format("{}", fmt::join(names, "|"));
}

// Inside single quotes of a zsh _arguments word.
std::string zsh_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else if (c == '[' || c == ']' || c == ':' || c == '\\') {
      out += {'\\', c};
    } else {
      out += c == '\n' ? ' ' : c;
    }
  }
  return out;
}

std::string zsh_action(const CLI::Option& option) {
  const ValueHint hint = value_hint(option);
  switch (hint.kind) {
    case ValueHint::Kind::file:
      return "_files";
    case ValueHint::Kind::directory:
      return "_files -/";
    case ValueHint::Kind::words:
      return fmt::format("({})", fmt::join(hint.words, " "));
    case ValueHint::Kind::text:
      break;
  }
  return " ";
}

std::string zsh_arguments(const CLI::App& app) {
  std::string out = "_arguments -S";
  for (const CLI::Option* option : app.get_options()) {
    const std::string help = zsh_text(option->get_description());
    if (option->get_positional()) {
      out += fmt::format(" \\\n        ':{}:{}'", zsh_text(option->get_name(true)),
                         zsh_action(*option));
      continue;
    }
    const bool takes_value = option->get_items_expected_max() > 0;
    for (const auto& name : option->get_lnames()) {
      out += takes_value ? fmt::format(" \\\n        '*--{}[{}]:{}:{}'", name, help,
                                       zsh_text(option->get_type_name()), zsh_action(*option))
                         : fmt::format(" \\\n        '--{}[{}]'", name, help);
    }
  }
  return out;
}

std::string zsh_commands(const CLI::App& app) {
  std::string out;
  for (const CLI::App* sub : app.get_subcommands(nullptr)) {
    out += fmt::format(" '{}:{}'", sub->get_name(), zsh_text(sub->get_description()));
  }
  return out;
}

}  // namespace

std::string completion_bash(const CLI::App& app) {
  std::string cases, values;
  for (const CommandPath& path : command_paths(app)) {
    std::vector<std::string> words = words_after(*path.app);
    for (const CLI::Option* option : path.app->get_options()) {
      if (!option->get_positional()) continue;
      const ValueHint hint = value_hint(*option);
      words.insert(words.begin(), hint.words.begin(), hint.words.end());
    }
    cases += fmt::format("    '{}') words='{}' ;;\n", path.words, fmt::join(words, " "));
    for (const CLI::Option* option : path.app->get_options()) {
      if (option->get_positional() || option->get_items_expected_max() == 0) continue;
      const ValueHint hint = value_hint(*option);
      std::string action = ":";
      if (hint.kind == ValueHint::Kind::file) action = "_armature_files -f";
      if (hint.kind == ValueHint::Kind::directory) action = "_armature_files -d";
      if (hint.kind == ValueHint::Kind::words) {
        action = fmt::format("_armature_words '{}'", fmt::join(hint.words, " "));
      }
      std::string pattern;
      for (const auto& name : CLI::detail::split(names_pattern(*option), '|')) {
        pattern += fmt::format("{}'{} {}'", pattern.empty() ? "" : "|", path.words, name);
      }
      values += fmt::format("    {}) {}; return ;;\n", pattern, action);
    }
  }
  return fmt::format(R"(# Completion of armature for bash: source <(armature completion bash)
_armature_words() {{
  local before=''
  # A list joined by commas: only its last word is completed.
  [[ $current == *,* ]] && before="${{current%,*}},"
  COMPREPLY=($(compgen -P "$before" -W "$1" -- "${{current##*,}}"))
}}
_armature_files() {{
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$current"))
}}
_armature() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} path='' words='' n
  COMPREPLY=()
  for ((n = 1; n < COMP_CWORD; ++n)); do
    case "$path${{path:+ }}${{COMP_WORDS[n]}}" in
      {}) path+=${{path:+ }}${{COMP_WORDS[n]}} ;;
      *) break ;;
    esac
  done
  case "$path $previous" in
{}  esac
  case "$path" in
{}  esac
  if [[ $current == -* || -z $words || $words != -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
  [[ ${{#COMPREPLY[@]}} -eq 0 && $current != -* ]] && _armature_files -f
}}
complete -F _armature armature
)",
                     paths_pattern(app), values, cases);
}

std::string completion_zsh(const CLI::App& app) {
  std::string cases;
  for (const CommandPath& path : command_paths(app)) {
    if (path.app->get_subcommands(nullptr).empty()) {
      cases += fmt::format("    '{}')\n      {} ;;\n", path.words, zsh_arguments(*path.app));
    } else {
      cases += fmt::format("    '{}')\n      commands=({})\n      _describe command commands ;;\n",
                           path.words, zsh_commands(*path.app));
    }
  }
  return fmt::format(R"(#compdef armature
# Completion of armature for zsh: armature completion zsh > a folder of $fpath/_armature
_armature() {{
  local -a commands
  local path_words='' word
  local -i n
  for ((n = 2; n < CURRENT; ++n)); do
    word=${{words[n]}}
    [[ $word == -* ]] && break
    case "$path_words${{path_words:+ }}$word" in
      {}) path_words+=${{path_words:+ }}$word ;;
      *) break ;;
    esac
  done
  local -i depth=${{#${{(z)path_words}}}}
  words=(armature ${{words[depth + 2,-1]}})
  (( CURRENT -= depth ))
  case "$path_words" in
{}  esac
}}
compdef _armature armature 2>/dev/null || _armature "$@"
)",
                     paths_pattern(app), cases);
}

}  // namespace armature::platform
