// The `armature` command.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "platform/cli/commands.h"
#include "sim/base/user_error.h"
#include "sim/config/schema.h"

extern "C" __attribute__((visibility("default"))) int sc_main(int, char**) { return 99; }

namespace {

using armature::platform::Command;

// The unknown words of a failed parse, with the nearest option each.
std::string explain_unknown(const std::vector<std::string>& arguments, const std::string& message) {
  std::vector<std::string> names{"--help", "--version", "--config", "--dump-config"};
  for (const auto& option : armature::run_options())
    names.push_back("--" + std::string(option.name));
  for (const char* subcommand : {"run", "sign", "lab", "info", "trace", "diff"})
    names.emplace_back(subcommand);
  std::vector<std::string_view> views(names.begin(), names.end());
  for (const auto& argument : arguments) {
    const std::string word = argument.substr(0, argument.find('='));
    const bool known = std::find(names.begin(), names.end(), word) != names.end();
    const bool is_command = &argument == &arguments.front() && word[0] != '-';
    if (is_command && !known) {
      const auto nearest = armature::nearest_match(word, views);
      return fmt::format("no command '{}'{}; see armature --help", word,
                         nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest));
    }
    if (known || message.find(word) == std::string::npos) continue;
    if (const auto nearest = armature::nearest_match(word, views); !nearest.empty()) {
      return fmt::format("no option '{}'; did you mean '{}'?", word, nearest);
    }
    return fmt::format("no option '{}'; see armature run --help", word);
  }
  return message;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Armature: a full-system Armv8-A simulator that shows every translation event",
               "armature"};
  app.set_version_flag("--version", "armature 0.1");
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  armature run -kernel Image -initrd initrd.cpio -append console=ttyAMA0 -smp 2 -m 1G\n"
      "  armature run --firmware kcore.elf -kernel Image -initrd initrd.cpio --table\n"
      "  armature run -smp 2 --vm guest=build/release/hyp/hello.guest,vcpus=2\n"
      "  armature run -bios u-boot.bin\n"
      "  armature lab start 4 shootdown --seed 42\n"
      "  armature info regs | less\n"
      "  armature trace dump run.trace");
  std::vector<Command> commands{armature::platform::add_run_command(app),
                                armature::platform::add_sign_command(app),
                                armature::platform::add_diff_command(app),
                                armature::platform::add_lab_command(app)};
  for (const Command& command : armature::platform::add_info_commands(app))
    commands.push_back(command);
  for (const Command& command : armature::platform::add_trace_commands(app))
    commands.push_back(command);

  std::vector<std::string> arguments;
  try {
    arguments = armature::platform::normalise_arguments(argc, argv);
    auto reversed = std::vector<std::string>(arguments.rbegin(), arguments.rend());
    app.parse(reversed);
    for (const Command& command : commands) {
      if (command.app->parsed()) return command.run();
    }
    return 0;
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "armature: %s\n", explain_unknown(arguments, error.what()).c_str());
    return 2;
  } catch (const armature::UserError& error) {
    std::fprintf(stderr, "armature: %s\n", error.what());
    return 2;
  }
}
