// `armature lab`: the labs are Python programs beside the simulator; this hands the words on.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "platform/cli/commands.h"
#include "sim/base/user_error.h"

namespace armature::platform {
namespace {

namespace fs = std::filesystem;

CLI::App* g_command = nullptr;  // CLI11 wants its callbacks without an argument

// $ARMATURE_LABS, or python/labs of the tree that this program was built in (build/PRESET/armature).
fs::path labs_program(const fs::path& build) {
  if (const char* folder = std::getenv("ARMATURE_LABS")) return fs::path(folder) / "labs.py";
  return build / ".." / ".." / "python" / "labs" / "labs.py";
}

int run() {
  std::error_code error;
  const fs::path build = fs::read_symlink("/proc/self/exe", error).parent_path();
  const fs::path program = labs_program(build);
  if (!fs::exists(program)) {
    throw UserError(fmt::format("{}: cannot be opened; ARMATURE_LABS names the folder of the labs",
                                program.lexically_normal().string()));
  }
  std::vector<std::string> words{"python3", program.lexically_normal().string(), "--build",
                                 build.string()};
  for (const auto& word : g_command->remaining()) words.push_back(word);
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const char* const python = "/usr/bin/python3";
  execv(fs::exists(python) ? python : "python3", arguments.data());
  throw UserError(fmt::format("lab: {} cannot be started: {}", python, std::strerror(errno)));
}

}  // namespace

Command add_lab_command(CLI::App& app) {
  g_command = app.add_subcommand("lab", "labs for students: list, start, check, grade");
  g_command->prefix_command();
  g_command->set_help_flag("");
  return {g_command, run};
}

}  // namespace armature::platform
