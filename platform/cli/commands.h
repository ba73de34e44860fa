// The subcommands of `armature`. Each returns the exit code: 0 done, 2 the user's mistake (thrown
// as UserError), 1 the guest died or the machine stopped in a way that was not asked for.
#pragma once

#include <string>
#include <vector>

#include "platform/machine/front_end.h"

namespace CLI {
class App;
}

namespace armature::platform {

// Adds the subcommand to `app`; the returned function runs it when it was chosen.
struct Command {
  CLI::App* app = nullptr;
  int (*run)() = nullptr;
};

Command add_run_command(CLI::App& app);
// What `run --display` and `--screenshot` open; without it they are refused.
void set_front_end(FrontEndFactory factory);
Command add_lab_command(CLI::App& app);
Command add_sign_command(CLI::App& app);
Command add_bugs_command(CLI::App& app);
std::vector<Command> add_info_commands(CLI::App& app);
std::vector<Command> add_trace_commands(CLI::App& app);
Command add_diff_command(CLI::App& app);

// argv with QEMU's one-dash spelling of long options ("-kernel") made two-dashed.
std::vector<std::string> normalise_arguments(int argc, char** argv);

}  // namespace armature::platform
