// The manual page, and the commands that print it and the completions.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "platform/cli/command_tree.h"

namespace armature::platform {
namespace {

const CLI::App* g_app = nullptr;  // what the commands below describe

// roff takes a leading dot or quote and backslashes as its own, and '-' as a hyphen.
std::string roff(const std::string& text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    line_start = c == '\n';
  }
  return out;
}

std::string option_text(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const auto& name : option.get_snames()) names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) names.push_back("--" + name);
  const bool takes_value = option.get_items_expected_max() > 0;
  std::string text =
      fmt::format(".TP\n\\fB{}\\fR", roff(fmt::format("{}", fmt::join(names, ", "))));
  if (takes_value) text += fmt::format(" \\fI{}\\fR", roff(option.get_type_name()));
  return text + "\n" + roff(option.get_description()) + "\n";
}

std::string synopsis(const CommandPath& path) {
  std::string text = fmt::format(".B armature {}\n", roff(path.words));
  text += "[\\fIoptions\\fR]";
  for (const CLI::Option* option : path.app->get_options()) {
    if (option->get_positional()) text += fmt::format(" \\fI{}\\fR", roff(option->get_type_name()));
  }
  return text + "\n.br\n";
}

std::string command_text(const CommandPath& path) {
  std::string text =
      fmt::format(".SS armature {}\n{}.\n", roff(path.words), roff(path.app->get_description()));
  for (const CLI::Option* option : path.app->get_options()) {
    if (option->get_positional()) {
      text += fmt::format(".TP\n\\fI{}\\fR\n{}\n", roff(option->get_type_name()),
                          roff(option->get_description()));
    }
  }
  for (const std::string& group : path.app->get_groups()) {
    std::string options;
    for (const CLI::Option* option : path.app->get_options()) {
      if (!option->get_positional() && option->get_group() == group) {
        options += option_text(*option);
      }
    }
    if (options.empty()) continue;
    if (group != "Options") text += fmt::format(".PP\n\\fI{}\\fR\n", roff(group));
    text += options;
  }
  if (!path.app->get_footer().empty()) {
    text += fmt::format(".PP\n.nf\n{}\n.fi\n", roff(path.app->get_footer()));
  }
  return text;
}

int print_manual() {
  fmt::print("{}", manual_page(*g_app));
  return 0;
}
int print_bash() {
  fmt::print("{}", completion_bash(*g_app));
  return 0;
}
int print_zsh() {
  fmt::print("{}", completion_zsh(*g_app));
  return 0;
}

}  // namespace

std::string manual_page(const CLI::App& app) {
  std::string lines, commands;
  for (const CommandPath& path : command_paths(app)) {
    if (!path.app->get_subcommands(nullptr).empty()) continue;
    lines += synopsis(path);
    commands += command_text(path);
  }
  return fmt::format(
      ".TH ARMATURE 1 \"\" \"{}\" \"User Commands\"\n"
      ".SH NAME\narmature \\- full\\-system Armv8\\-A simulator that shows every translation "
      "event\n"
      ".SH SYNOPSIS\n{}"
      ".SH DESCRIPTION\n{}.\nOne dash before a long option is as good as two, as in QEMU.\n"
      ".SH COMMANDS\n{}"
      ".SH EXIT STATUS\n.TP\n.B 0\nDone.\n.TP\n.B 1\nThe guest died; for diff: the runs differ.\n"
      ".TP\n.B 2\nA mistake in a file, an option or a value: one line on standard error says "
      "which.\n"
      ".TP\n.B 3\nA checker found a violation.\n"
      ".SH EXAMPLES\n.nf\n{}\n.fi\n",
      app.version(), lines, roff(app.get_description()), commands, roff(app.get_footer()));
}

std::vector<Command> add_manual_commands(CLI::App& app) {
  g_app = &app;
  CLI::App* completion = app.add_subcommand("completion", "print completion for a shell");
  completion->require_subcommand(1);
  completion->footer(
      "Examples:\n"
      "  source <(armature completion bash)\n"
      "  armature completion zsh > ~/.zfunc/_armature");
  CLI::App* man = app.add_subcommand("man", "print the manual page");
  man->footer("Examples:\n  armature man | man -l -");
  return {{completion->add_subcommand("bash", "the script for bash"), print_bash},
          {completion->add_subcommand("zsh", "the function for zsh"), print_zsh},
          {man, print_manual}};
}

}  // namespace armature::platform
