// armature_isa_fuzz: random instructions on the simulated core and on qemu-aarch64, compared.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>

#include "qemu.h"
#include "session.h"

namespace {

enum ExitCode { kEqual = 0, kDifferent = 1, kUsage = 2 };

}  // namespace

int main(int argc, char** argv) {
  using armature::isa::SessionOptions;
  using armature::isa::SessionResult;
  SessionOptions options;
  options.runner = ARMATURE_ISA_RUNNER;
  bool words = false, slow = false, list = false;
  std::uint64_t only_case = ~0ull;

  CLI::App app{"Compares random A64 instructions with qemu-aarch64 -cpu cortex-a57"};
  app.add_option("--seed", options.seed, "seed of the run");
  app.add_option("--count", options.instructions, "instructions to run");
  app.add_option("--groups", options.generator.groups,
                 "only rows whose group or name contains one of these")
      ->delimiter(',');
  app.add_option("--length", options.generator.length, "mean instructions in a sequence");
  app.add_option("--case", only_case, "start at this case of the seed");
  app.add_option("--reports", options.reports_max, "differences to narrow down and print");
  app.add_flag("--words", words, "single words near the allocated space: what is UNDEFINED");
  app.add_flag("--no-fast", slow, "instruction by instruction, without blocks and L0 filter");
  app.add_flag("--list", list, "print the rows under test and stop");
  CLI11_PARSE(app, argc, argv);
  options.fast = !slow;
  if (only_case != ~0ull) options.first_case = only_case;

  options.replay_prefix = "armature_isa_fuzz";
  if (!options.generator.groups.empty()) {
    options.replay_prefix += fmt::format(" --groups {}", fmt::join(options.generator.groups, ","));
  }
  options.replay_prefix += fmt::format(" --length {}", options.generator.length);
  if (slow) options.replay_prefix += " --no-fast";

  if (list) {
    const armature::isa::Generator generator(options.generator);
    for (const auto* row : generator.rows()) {
      fmt::print("{} {:<28} {}\n", row->pattern, row->name, row->group);
    }
    return kEqual;
  }
  if (!armature::isa::qemu_available()) {
    fmt::print(stderr, "armature_isa_fuzz: qemu-aarch64 is not installed\n");
    return kUsage;
  }
  try {
    const SessionResult result =
        words ? armature::isa::run_words(options) : armature::isa::run_sequences(options);
    fmt::print("{}", result.report);
    for (const auto& [row, count] : result.by_row) fmt::print("{:6} {}\n", count, row);
    fmt::print("{} instructions in {} cases, {} of them ended by a fault, {} different\n",
               result.instructions, result.cases, result.faulted, result.different);
    return result.different == 0 && result.cases != 0 ? kEqual : kDifferent;
  } catch (const std::exception& error) {
    fmt::print(stderr, "armature_isa_fuzz: {}\n", error.what());
    return kUsage;
  }
}
