#include "platform/cli/planted_bugs.h"

#include <fmt/format.h>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "platform/cli/checks.h"
#include "platform/machine/machine.h"
#include "sim/base/user_error.h"
#include "sim/config/schema.h"

namespace armature::platform {
namespace {

// KServ with VMs, or a bare-metal kernel in its place where KServ is too well-behaved.
void choose_workload(const BugOptions& options, std::string_view bug, RunConfig& config) {
  if (bug == "kcore_page_for_kserv") {
    config.kernel = options.programs + "/a_kernel_that_reads_kcore_halts_the_machine.img";
    return;
  }
  config.kernel = options.hyp + "/kserv.img";
  for (const char* vm : {"hello.guest,vcpus=2,runs=2", "ipi.guest,vcpus=2"}) {
    config.vms.push_back(parse_vm(fmt::format("guest={}/{}", options.hyp, vm)));
  }
}

RunConfig configuration(const BugOptions& options, std::string_view bug, std::string_view mode,
                        std::uint64_t seed) {
  RunConfig config;
  config.firmware = fmt::format("{}/planted/kcore-{}.elf", options.hyp, bug);
  config.el = 2;
  config.smp = 2;
  config.seed = seed;
  // Another interleaving for each seed.
  config.quantum = 200 + seed * 277 % 1800;
  config.check = "all";
  find_option("tlb")->set(config, mode);
  config.max_instructions = options.max_instructions;
  choose_workload(options, bug, config);
  return config;
}

// In the child: a line for each rule that was broken, then how the run ended.
std::string run_here(const RunConfig& config) {
  Machine machine(config);
  Checks checks(machine);
  StopReason reason = StopReason::running;
  while (reason == StopReason::running) reason = machine.run_window();
  std::string out;
  std::map<check::Rule, bool> seen;
  for (const check::Verdict& verdict : checks.set()->verdicts()) {
    if (verdict.severity != check::Severity::violation || seen[verdict.rule]) continue;
    seen[verdict.rule] = true;
    out += fmt::format("{} {}\n", static_cast<unsigned>(verdict.rule), verdict.what);
  }
  if (reason != StopReason::powered_off) {
    out += fmt::format("end {}\n", reason == StopReason::instruction_limit ? "instruction limit"
                                                                           : "every core sleeps");
  }
  return out;
}

void read_line(std::string_view line, BugRun& run) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return;
  const std::string_view word = line.substr(0, space);
  const std::string rest(line.substr(space + 1));
  if (word == "end") {
    run.end = rest;
  } else if (word == "error") {
    throw UserError(rest);
  } else {
    run.caught.emplace(static_cast<check::Rule>(std::stoul(std::string(word))), rest);
  }
}

}  // namespace

const std::vector<PlantedBug>& planted_bugs() {
  static const std::vector<PlantedBug> bugs{
#define PLANTED_BUG(number, name, meaning) {number, #name, meaning},
#include "hyp/abi/planted_bugs.def"
#undef PLANTED_BUG
  };
  return bugs;
}

BugRun run_planted(const BugOptions& options, std::string_view bug, std::string_view mode,
                   std::uint64_t seed) {
  const auto start = std::chrono::steady_clock::now();
  int ends[2];
  if (pipe(ends) != 0) throw UserError("bugs: no pipe");
  const pid_t child = fork();
  if (child < 0) throw UserError("bugs: no process");
  if (child == 0) {
    close(ends[0]);
    std::string text;
    try {
      text = run_here(configuration(options, bug, mode, seed));
    } catch (const std::exception& error) {
      text = fmt::format("error {}\n", error.what());
    }
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t count = write(ends[1], text.data() + done, text.size() - done);
      if (count <= 0) break;
      done += static_cast<std::size_t>(count);
    }
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t count; (count = read(ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(count));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  BugRun run;
  if (!WIFEXITED(status)) run.end = fmt::format("signal {}", WTERMSIG(status));
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    read_line(std::string_view(text).substr(at, end - at), run);
    at = end + 1;
  }
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return run;
}

}  // namespace armature::platform
