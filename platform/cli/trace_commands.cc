#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <iostream>

#include "platform/cli/commands.h"
#include "platform/cli/recording.h"
#include "sim/report/report.h"
#include "sim/stats/translation_table.h"
#include "sim/trace/digest.h"
#include "sim/trace/dump.h"
#include "sim/trace/kinds.h"
#include "sim/trace/perfetto.h"
#include "sim/trace/replay.h"
#include "sim/trace/tarmac.h"

namespace armature::platform {
namespace {

// What CLI11 fills; one subcommand a process.
std::string g_log;
std::string g_output;
std::string g_kinds = "all";

void warn_if_incomplete(bool complete) {
  if (complete) return;
  fmt::print(stderr, "armature: {}: the log has no end; its run did not finish\n", g_log);
}

int dump() {
  warn_if_incomplete(dump_log(g_log, g_kinds, event_names(), std::cout).complete);
  return 0;
}

// Feeds the log to `writer` and closes it.
template <typename Writer>
int convert(Replay& replay, Writer& writer, std::uint64_t kinds) {
  replay.add(writer, kinds);
  const Replay::Result result = replay.run();
  writer.close();
  warn_if_incomplete(result.complete);
  return 0;
}

int perfetto() {
  Replay replay(g_log);
  PerfettoWriter writer(g_output, replay.run_metadata(), event_names());
  return convert(replay, writer, PerfettoWriter::kinds() | event_bit(EventKind::cache_fill));
}

int tarmac() {
  Replay replay(g_log);
  TarmacWriter writer(g_output, event_names());
  return convert(replay, writer, TarmacWriter::kinds());
}

int report() {
  Replay replay(g_log);
  Report report(replay.run_metadata(), event_names());
  replay.add(report, ~0ull);
  Report::Results results;
  results.complete = replay.run().complete;
  report.write(g_output, results);
  return 0;
}

class KindCounter final : public EventListener {
 public:
  void on_event(const Event& event) override { ++counts_[static_cast<std::size_t>(event.kind)]; }
  std::uint64_t of(EventKind kind) const { return counts_[static_cast<std::size_t>(kind)]; }

 private:
  std::array<std::uint64_t, kEventKinds> counts_{};
};

int replay_command() {
  Replay replay(g_log);
  KindCounter counter;
  TranslationTable table(event_names().tlbi);
  Digest digest;
  replay.add(counter, parse_event_kinds("all"));
  replay.add(table, TranslationTable::kinds());
  replay.add(digest, canonical_kinds());
  const Replay::Result result = replay.run();
  const RunMetadata& run = replay.run_metadata();
  fmt::print("{} events of a run on {}, {} cores, quantum {}, seed {}\n", result.events, run.preset,
             run.cores, run.quantum == 0 ? "insn" : fmt::format("{}", run.quantum), run.seed);
  for (const EventDescription& description : event_alphabet()) {
    if (counter.of(description.kind) == 0) continue;
    fmt::print("  {:<18} {:>10}  {}\n", description.name, counter.of(description.kind),
               description.meaning);
  }
  fmt::print("\n{}\ndigest of the canonical events in the log {}\n", table.text(), digest.text());
  warn_if_incomplete(result.complete);
  return 0;
}

CLI::App* add(CLI::App& trace, const char* name, const char* help) {
  CLI::App* command = trace.add_subcommand(name, help);
  command->add_option("log", g_log, "an event log, written by run --trace")
      ->required()
      ->type_name("LOG");
  return command;
}

CLI::App* add_converter(CLI::App& trace, const char* name, const char* help) {
  CLI::App* command = add(trace, name, help);
  command->add_option("output", g_output, "the file to write")->required()->type_name("FILE");
  return command;
}

}  // namespace

std::vector<Command> add_trace_commands(CLI::App& app) {
  CLI::App* trace = app.add_subcommand("trace", "read and convert event logs");
  trace->require_subcommand(1);
  trace->footer(
      "Examples:\n"
      "  armature run -kernel Image --trace run.trace --events tlb,walk,core,table_write\n"
      "  armature trace dump run.trace --events tlbi_tree\n"
      "  armature trace perfetto run.trace run.perfetto-trace");
  CLI::App* dump_command = add(*trace, "dump", "one line an event, fields by name");
  dump_command->add_option("--events", g_kinds, "only these kinds or groups (default all)")
      ->type_name("KINDS");
  return {
      {dump_command, dump},
      {add_converter(*trace, "perfetto", "convert to Perfetto's format (ui.perfetto.dev)"),
       perfetto},
      {add_converter(*trace, "tarmac", "convert to Tarmac text (no instructions: a log has none)"),
       tarmac},
      {add_converter(*trace, "report", "one HTML page about the run, as run --report writes it"),
       report},
      {add(*trace, "replay", "count the events and rebuild the table of translation events"),
       replay_command},
  };
}

}  // namespace armature::platform
