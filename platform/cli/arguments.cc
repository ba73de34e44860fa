#include <cctype>

#include "platform/cli/commands.h"
#include "platform/cli/qemu_arguments.h"
#include "sim/config/schema.h"

namespace armature::platform {
namespace {

// "-kernel", "-no-such-word": QEMU's spelling of a long option. "-m" and "-1" are none.
bool is_one_dashed(const std::string& argument) {
  return argument.size() >= 3 && argument[0] == '-' && std::isalpha(argument[1]) != 0;
}

const OptionSpec* option_of(const std::string& argument) {
  for (const auto& option : run_options()) {
    if (!option.alias.empty() && argument == option.alias) return &option;
  }
  return argument.starts_with("--") ? find_option(argument.substr(2)) : nullptr;
}

}  // namespace

std::vector<std::string> normalise_arguments(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments[0] == "run") arguments = translate_qemu_words(arguments);
  for (std::size_t n = 0; n < arguments.size(); ++n) {
    std::string& argument = arguments[n];
    if (argument == "--") break;
    if (is_one_dashed(argument)) argument.insert(0, "-");
    const OptionSpec* option = option_of(argument);
    if (option != nullptr && option->kind != OptionSpec::Kind::flag)
      ++n;  // its value stays as it is
  }
  return arguments;
}

}  // namespace armature::platform
