#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "platform/cli/commands.h"
#include "platform/cli/recording.h"
#include "sim/trace/kinds.h"
#include "sim/trace/log.h"
#include "sim/trace/text.h"

namespace armature::platform {
namespace {

std::string g_file;
std::string g_kinds = "all";

int dump() {
  const std::uint64_t kinds = parse_event_kinds(g_kinds);
  LogReader reader(g_file);
  const EventNames names = event_names();
  for (Event event; reader.next(event);) {
    if ((kinds & event_bit(event.kind)) != 0)
      fmt::print("{}\n", event_line(event, reader.alphabet(), names));
  }
  if (!reader.complete())
    fmt::print(stderr, "armature: {}: the log has no end; its run did not finish\n", g_file);
  return 0;
}

}  // namespace

std::vector<Command> add_trace_commands(CLI::App& app) {
  CLI::App* trace = app.add_subcommand("trace", "read event logs");
  trace->require_subcommand(1);
  CLI::App* dump_command = trace->add_subcommand("dump", "one line an event, fields by name");
  dump_command->add_option("file", g_file, "a log written by run --trace")->required();
  dump_command->add_option("--events", g_kinds, "only these kinds or groups (default all)");
  return {{dump_command, dump}};
}

}  // namespace armature::platform
