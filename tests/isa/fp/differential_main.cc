// armature_fp_differential [--states N] [--seed N] [--row NAME]: exit code 0 when nothing differs.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>

#include "differential.h"

int main(int argc, char** argv) {
  armature::isa::fp::DifferentialOptions options{.guest = ARMATURE_FP_GUEST};
  CLI::App app{"Compares every floating-point instruction with qemu-aarch64"};
  app.add_option("--states", options.states, "States to compare in all")->capture_default_str();
  app.add_option("--seed", options.seed, "Seed of instructions and states")->capture_default_str();
  app.add_option("--row", options.row, "Only decode rows whose name contains this");
  app.add_option("--guest", options.guest, "The AArch64 guest program")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    const armature::isa::fp::DifferentialReport report = run_differential(options);
    fmt::print(
        "{}{} instructions ({} UNDEFINED on both sides), {} states, {} differences, seed {}\n",
        report.first, report.instructions, report.undefined, report.states, report.differences,
        options.seed);
    return report.differences == 0 && report.states != 0 ? 0 : 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
}
