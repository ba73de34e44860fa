#include "platform/cli/recording.h"

#include <fmt/format.h>

#include "sim/trace/kinds.h"

namespace armature::platform {
namespace {

// Tarmac has a line for every access; the flag is no part of what a snapshot should hold.
void watch_all_memory(Machine& machine, bool watched) {
  for (const auto& region : machine.memory.regions()) {
    for (std::uint64_t frame = 0; frame < region->size / kFrameBytes; ++frame) {
      std::uint8_t& flags = region->frame_flags[frame];
      flags = static_cast<std::uint8_t>(watched ? flags | kFrameWatched : flags & ~kFrameWatched);
    }
  }
}

}  // namespace

std::string_view stop_reason_text(StopReason reason) {
  switch (reason) {
    case StopReason::running:
    case StopReason::paused:
      return "it was not stopped";
    case StopReason::powered_off:
      return "the guest powered off";
    case StopReason::reset:
      return "the guest asked for a reset";
    case StopReason::exited:
      return "the program ended";
    case StopReason::until_matched:
      return "the console printed what --until waits for";
    case StopReason::instruction_limit:
      return "the limit of instructions was reached";
    case StopReason::time_limit:
      return "the limit of time was reached";
    case StopReason::nothing_can_happen:
      return "every core sleeps and nothing can wake one";
    case StopReason::user_quit:
      return "the user stopped it";
    case StopReason::violation:
      return "a checker found a violation";
  }
  return "?";
}

Recording::Recording(Machine& machine) : machine_(machine) {
  const RunConfig& config = machine.config();
  EventBus& events = machine.events;
  if (!config.trace.empty()) {
    const std::uint64_t kinds = parse_event_kinds(config.trace_events);
    log_ = std::make_unique<LogWriter>(config.trace, run_metadata(config));
    events.add(*log_, kinds);
  }
  if (!config.tarmac.empty()) {
    tarmac_ = std::make_unique<TarmacWriter>(config.tarmac, event_names());
    events.add(*tarmac_, TarmacWriter::kinds());
    // Every instruction gets its IT line: the instruction-by-instruction engine, same results.
    disassembler_ = std::make_unique<Disassembler>();
    registers_ = std::make_unique<RegisterFollower>(config.smp);
    watch_all_memory(machine, true);
    for (auto& core : machine.cores) {
      core->set_options({.fast = false});
      core->set_instruction_observer(this);
    }
  }
  if (!config.perfetto.empty()) {
    perfetto_ =
        std::make_unique<PerfettoWriter>(config.perfetto, run_metadata(config), event_names());
    events.add(*perfetto_, PerfettoWriter::kinds());
  }
  if (config.digest) {
    digest_ = std::make_unique<Digest>();
    events.add(*digest_, canonical_kinds());
  }
  if (!config.report.empty()) {
    report_ = std::make_unique<Report>(run_metadata(config), event_names());
    events.add(*report_, Report::kinds());
  }
  if (config.table) {
    table_ = std::make_unique<TranslationTable>(event_names().tlbi);
    events.add(*table_, TranslationTable::kinds());
  }
}

Recording::~Recording() {
  for (auto& core : machine_.cores) core->set_instruction_observer(nullptr);
}

void Recording::on_instruction(const cpu::Core& core, PhysicalAddress pa, std::uint32_t word) {
  registers_->follow(core.state, core.now(), core.id, *tarmac_);
  const VirtualAddress pc{core.state.pc};
  const std::string text = disassembler_->text(word, pc);
  tarmac_->instruction({core.now(), core.id, core.state.ps.el, core.state.ps.sp_sel,
                        core.retired_now(), pc, pa, word, text});
}

std::vector<Section> Recording::save() const {
  std::vector<Section> sections;
  if (digest_ != nullptr)
    digest_->save(sections.emplace_back("digest", std::vector<std::uint8_t>{}).second);
  return sections;
}

void Recording::load(const std::vector<Section>& sections) {
  for (const auto& [name, bytes] : sections) {
    if (name != "digest" || digest_ == nullptr) continue;
    std::span<const std::uint8_t> in = bytes;
    digest_->load(in);
  }
}

void Recording::close(StopReason reason) {
  if (tarmac_ != nullptr) watch_all_memory(machine_, false);
  if (log_ != nullptr) log_->close();
  if (tarmac_ != nullptr) tarmac_->close();
  if (perfetto_ != nullptr) perfetto_->close();
  if (report_ != nullptr) {
    Report::Results found = report_results(machine_);
    found.ended = stop_reason_text(reason);
    found.checkers = checkers_;
    found.verdicts = verdicts_;
    report_->write(machine_.config().report, found);
  }
}

std::string Recording::summary() const {
  std::string out;
  if (table_ != nullptr) out += table_->text() + "\n";
  out += fmt::format("instructions {}  cycles {}  events {}", machine_.instructions(),
                     machine_.now().whole(), machine_.events.sequence());
  if (digest_ != nullptr) out += fmt::format("  digest {}", digest_->text());
  return out + "\n";
}

}  // namespace armature::platform
