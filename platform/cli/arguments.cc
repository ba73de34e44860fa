#include <algorithm>

#include "platform/cli/commands.h"
#include "sim/config/schema.h"

namespace armature::platform {

std::vector<std::string> normalise_arguments(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  for (auto& argument : arguments) {
    if (argument == "--") break;
    if (argument.size() < 3 || argument[0] != '-' || argument[1] == '-') continue;
    const std::string name = argument.substr(1, argument.find('=') - 1);
    if (find_option(name) != nullptr || name == "nographic" || name == "config")
      argument.insert(0, "-");
  }
  return arguments;
}

}  // namespace armature::platform
