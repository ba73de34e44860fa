#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>

#include "platform/boot/emit_qemu.h"
#include "platform/cli/checks.h"
#include "platform/cli/commands.h"
#include "platform/cli/heartbeat.h"
#include "platform/cli/host_consoles.h"
#include "platform/cli/recording.h"
#include "platform/cli/terminal.h"
#include "platform/gdb/server.h"
#include "platform/machine/machine.h"
#include "platform/machine/snapshot.h"
#include "sim/base/assert.h"
#include "sim/base/user_error.h"
#include "sim/config/schema.h"

namespace armature::platform {
namespace {

struct RunArguments {
  std::vector<std::pair<const OptionSpec*, std::string>>
      values;  // in the order of the command line
  std::string toml;
  bool dump_config = false;
  bool nographic = false;
};
RunArguments g_arguments;  // what CLI11's callbacks fill; used by this command only
volatile std::sig_atomic_t g_interrupted = 0;
FrontEndFactory g_front_end;

std::unique_ptr<FrontEnd> make_front_end(Machine& machine) {
  if (!g_front_end) throw UserError("display: this build has no window (SDL2, Dear ImGui, libpng)");
  return g_front_end(machine);
}

RunConfig make_config() {
  RunConfig config;
  if (!g_arguments.toml.empty()) load_toml(g_arguments.toml, config);
  for (const auto& [option, value] : g_arguments.values) option->set(config, value);
  validate(config);
  return config;
}

// --output DIRECTORY: what a run leaves for diff and for people, under fixed names.
void prepare_output(RunConfig& config) {
  if (config.output.empty()) return;
  const std::filesystem::path folder(config.output);
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) throw UserError(fmt::format("output: cannot make '{}'", config.output));
  std::ofstream file(folder / "config.toml", std::ios::binary | std::ios::trunc);
  file << dump_toml(config);
  file.flush();
  if (!file) throw UserError(fmt::format("output: cannot write into '{}'", config.output));
  if (config.stats.empty()) config.stats = folder / "stats.json";
  if (config.trace.empty()) config.trace = folder / "events.trace";
  if (config.report.empty()) config.report = folder / "report.html";
}

std::string describe_cores(const Machine& machine) {
  std::string out;
  for (const auto& core : machine.cores) {
    const auto& s = core->state;
    constexpr const char* kSleep[] = {"running", "in WFI", "in WFE", "off"};
    out += fmt::format(
        "  core {}: pc {:#x} EL{} {}, {} instructions, ELR_EL1 {:#x} ESR_EL1 {:#x} "
        "FAR_EL1 {:#x}\n",
        core->id.value, s.pc, static_cast<unsigned>(s.ps.el),
        kSleep[static_cast<unsigned>(s.sleep)], s.retired, s[SysReg::ELR_EL1], s[SysReg::ESR_EL1],
        s[SysReg::FAR_EL1]);
  }
  return out;
}

// Waits while a person has paused the machine.
bool wants_to_go_on(FrontEnd& front_end) {
  FrontEnd::Wish wish = front_end.look();
  while (wish == FrontEnd::Wish::stay && g_interrupted == 0) wish = front_end.look();
  return wish != FrontEnd::Wish::leave;
}

// Runs until something stops the machine; host input and output happen between windows.
StopReason run_machine(Machine& machine, Terminal& terminal, HostConsoles& consoles,
                       FrontEnd* front_end, const Checks& checks) {
  Heartbeat heartbeat(!machine.config().quiet);
  constexpr std::uint64_t kLookEvery = 64;  // windows
  for (std::uint64_t window = 0;;) {
    Cycles wake{};
    const bool idle = machine.idle(wake);
    const bool look = idle || window % kLookEvery == 0;
    if (look) {
      int timeout_ms = 0;
      if (idle && !terminal.at_end() && !machine.host_input.replaying()) {
        std::fflush(stdout);
        // A sleeping machine lets the host sleep: until input, or as long as the guest would.
        if (wake.sixteenths == ~0ull) {
          timeout_ms = machine.config().net_user ? 10 : 200;
        } else if (terminal.is_interactive()) {
          timeout_ms = static_cast<int>(std::min<std::uint64_t>(
              (wake - std::min(wake, machine.now())).whole() / (kCoreHertz / 1000), 200));
        }
      }
      consoles.type(terminal.read(timeout_ms));
      consoles.poll(terminal.is_interactive());
      if (terminal.quit_requested() || g_interrupted != 0) return StopReason::user_quit;
      heartbeat.tick(machine);
      if (front_end != nullptr && !wants_to_go_on(*front_end)) return StopReason::user_quit;
    }
    const std::uint64_t before = machine.windows();
    const StopReason reason = machine.run_window(
        ~0ull, checks.set() == nullptr ? kLookEvery - window % kLookEvery : 1);
    window += std::max<std::uint64_t>(machine.windows() - before, 1);
    if (checks.found_violation()) return StopReason::violation;
    if (reason == StopReason::running || reason == StopReason::paused) continue;
    if (reason == StopReason::nothing_can_happen && !terminal.at_end() &&
        !machine.host_input.replaying()) {
      continue;  // somebody may still type
    }
    return reason;
  }
}

// The same with a gdb server in charge of when the machine runs.
StopReason run_under_gdb(Machine& machine, Terminal& terminal, HostConsoles& consoles,
                         const Checks& checks) {
  const RunConfig& config = machine.config();
  gdb::Server server(machine, gdb::parse_address(config.gdb),
                     {.interval = config.gdb_history, .bytes_max = config.gdb_memory});
  fmt::print(stderr, "armature: gdb: target remote 127.0.0.1:{}\n", server.port());
  if (!config.check.empty()) {
    server.target().verdicts = [&checks] {
      return std::span<const check::Verdict>(checks.set()->verdicts());
    };
  }
  using Look = gdb::Server::Look;
  return server.run(config.stopped, [&](int timeout_ms) {
    std::fflush(stdout);
    consoles.type(terminal.read(timeout_ms));
    consoles.poll(terminal.is_interactive());
    if (terminal.quit_requested() || g_interrupted != 0) return Look::quit;
    return terminal.at_end() || machine.host_input.replaying() ? Look::input_over : Look::go_on;
  });
}

// What an assertion of ours prints: where the machine was and how to get there again.
void report_failure(void* context) {
  const auto& machine = *static_cast<const Machine*>(context);
  fmt::print(stderr, "armature: seed {}, cycle {}, event {}\n{}", machine.config().seed,
             machine.now().whole(), machine.events.sequence(), describe_cores(machine));
  fmt::print(stderr, "armature: to replay: armature run --config FILE with FILE:\n{}",
             dump_toml(machine.config()));
}

int run() {
  RunConfig config = make_config();
  if (g_arguments.dump_config) {
    fmt::print("{}", dump_toml(config));
    return 0;
  }
  prepare_output(config);
  Machine machine(config);
  if (!config.emit_qemu.empty()) {
    emit_qemu(machine.config(), machine.boot_plan(), config.emit_qemu);
    return 0;
  }
  set_assertion_reporter(report_failure, &machine);
  if (!config.record.empty()) machine.host_input.record_to(config.record);
  if (!config.replay.empty()) machine.host_input.replay_from(config.replay);
  std::vector<Section> restored;
  if (!config.restore.empty()) restored = load_snapshot(machine, config.restore);
  Recording recording(machine);
  recording.load(restored);
  Checks checks(machine);
  HostConsoles consoles(machine);
  std::signal(SIGINT, [](int) { g_interrupted = 1; });
  StopReason reason = StopReason::running;
  {
    std::unique_ptr<FrontEnd> front_end;
    if (config.display || !config.screenshots.empty()) front_end = make_front_end(machine);
    Terminal terminal;
    reason = config.gdb.empty() ? run_machine(machine, terminal, consoles, front_end.get(), checks)
                                : run_under_gdb(machine, terminal, consoles, checks);
    if (front_end != nullptr) front_end->finish();
  }
  consoles.finish();
  set_assertion_reporter(nullptr, nullptr);
  if (checks.set() != nullptr) {
    std::vector<std::string> checkers;
    for (const auto& checker : checks.set()->checkers()) checkers.emplace_back(checker->name());
    recording.set_verdicts(std::move(checkers), checks.verdicts());
  }
  recording.close(reason);
  if (!config.stats.empty()) write_machine_statistics(machine);
  if (!config.save.empty()) save_snapshot(machine, config.save, recording.save());
  fmt::print(stderr, "{}{}", recording.summary(), checks.report());
  for (const auto& line : machine.warnings()) fmt::print(stderr, "armature: warning: {}\n", line);
  switch (reason) {
    case StopReason::powered_off:
    case StopReason::until_matched:
    case StopReason::instruction_limit:
    case StopReason::user_quit:
      return 0;
    case StopReason::exited:
      return static_cast<int>(machine.exit_status() & 0xff);
    case StopReason::violation:
      return 3;
    case StopReason::reset:
      fmt::print(stderr, "armature: the guest asked for a reset\n");
      return 0;
    default:
      fmt::print(stderr,
                 "armature: the guest is dead: every core sleeps and nothing can wake one\n{}",
                 describe_cores(machine));
      return 1;
  }
}

}  // namespace

void set_front_end(FrontEndFactory factory) { g_front_end = std::move(factory); }

Command add_run_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("run", "build a machine and run it");
  for (const OptionSpec& option : run_options()) {
    std::string names = "--" + std::string(option.name);
    if (!option.alias.empty()) names = std::string(option.alias) + "," + names;
    const OptionSpec* spec = &option;
    CLI::Option* added = nullptr;
    if (option.kind == OptionSpec::Kind::flag) {
      added = command->add_flag_callback(
          names, [spec] { g_arguments.values.emplace_back(spec, "true"); },
          std::string(option.help));
    } else {
      added = command->add_option_function<std::vector<std::string>>(
          names,
          [spec](const std::vector<std::string>& values) {
            for (const auto& value : values) g_arguments.values.emplace_back(spec, value);
          },
          std::string(option.help));
      added->type_name(std::string(option.value_name))->type_size(1)->expected(1);
      if (option.kind == OptionSpec::Kind::list || option.kind == OptionSpec::Kind::tables) {
        added->expected(1, 64)->allow_extra_args(false);
      } else {
        added->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
      }
    }
    added->group(std::string(option.group));
  }
  command
      ->add_option("--config", g_arguments.toml,
                   "TOML file with the same keys; the command line wins")
      ->type_name("FILE");
  command->add_flag("--dump-config", g_arguments.dump_config,
                    "print the whole configuration as TOML and stop");
  command->add_flag("--nographic", g_arguments.nographic,
                    "accepted for QEMU's sake: the console is always on stdio");
  command->footer(
      "One dash is as good as two (-kernel). Ctrl-A x leaves; Ctrl-] and a digit choose the VM "
      "that hears. PSCI SYSTEM_OFF ends the run with "
      "0.\n"
      "Examples:\n"
      "  armature run -kernel Image -initrd initrd.cpio -append 'console=ttyAMA0' -smp 2 --cpu "
      "cortex-a72\n"
      "  armature run --firmware kcore.elf -kernel Image -initrd initrd.cpio -append "
      "console=ttyAMA0 --table\n"
      "  armature run -smp 2 --vm guest=hello.guest,vcpus=2 --vm kernel=Image,initrd=initrd.cpio,"
      "append=console=ttyAMA0,vcpus=2,memory=256M\n"
      "  armature run -kernel Image -initrd initrd.cpio --until 'Run /init' --trace t.bin --events "
      "tlb,table_write\n"
      "  armature run -kernel Image -initrd initrd.cpio --type '# ::uname -a\\n' --type '# "
      "::poweroff -f\\n'");
  return {command, run};
}

}  // namespace armature::platform
