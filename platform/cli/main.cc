// The `armature` command.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>
#include <vector>

#include "platform/cli/command_tree.h"
#include "platform/cli/commands.h"
#ifdef ARMATURE_DISPLAY
#include "platform/display/window.h"
#endif
#include "sim/base/user_error.h"

extern "C" __attribute__((visibility("default"))) int sc_main(int, char**) { return 99; }

namespace {

using armature::platform::Command;

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
      "  armature trace dump run.trace\n"
      "  armature man | man -l -\n"
      "  source <(armature completion bash)");
#ifdef ARMATURE_DISPLAY
  armature::platform::set_front_end(armature::platform::display::make_window);
#endif
  const std::vector<Command> commands = armature::platform::add_commands(app);

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
    std::fprintf(stderr, "armature: %s\n",
                 armature::platform::explain_unknown(app, arguments, error.what()).c_str());
    return 2;
  } catch (const armature::UserError& error) {
    std::fprintf(stderr, "armature: %s\n", error.what());
    return 2;
  }
}
