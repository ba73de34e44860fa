// The listeners a run was asked for: event log, Tarmac, digest, table; opened before, closed after.
#pragma once

#include <memory>
#include <string>

#include "platform/cli/disassembler.h"
#include "platform/cli/register_follower.h"
#include "platform/machine/machine.h"
#include "platform/machine/pictures.h"
#include "platform/machine/snapshot.h"
#include "platform/machine/statistics.h"
#include "sim/report/report.h"
#include "sim/stats/translation_table.h"
#include "sim/trace/digest.h"
#include "sim/trace/log.h"
#include "sim/trace/perfetto.h"
#include "sim/trace/tarmac.h"

namespace armature::platform {

std::string_view stop_reason_text(StopReason reason);

class Recording final : private cpu::InstructionObserver {
 public:
  explicit Recording(Machine& machine);
  ~Recording() override;
  // The digest under way as sections of a snapshot, and from one; without a section it starts anew.
  std::vector<Section> save() const;
  void load(const std::vector<Section>& sections);
  // Who checked and what they found, for the report: before close().
  void set_verdicts(std::vector<std::string> checkers, std::vector<check::Verdict> verdicts) {
    checkers_ = std::move(checkers);
    verdicts_ = std::move(verdicts);
  }
  // Closes the files and writes the report; throws UserError when one could not be written.
  void close(StopReason reason);
  // What is printed at the end: table, digest, instruction counts.
  std::string summary() const;

 private:
  void on_instruction(const cpu::Core& core, PhysicalAddress pa, std::uint32_t word) override;

  Machine& machine_;
  std::unique_ptr<Disassembler> disassembler_;
  std::unique_ptr<LogWriter> log_;
  std::unique_ptr<TarmacWriter> tarmac_;
  std::unique_ptr<RegisterFollower> registers_;
  std::unique_ptr<PerfettoWriter> perfetto_;
  std::unique_ptr<Digest> digest_;
  std::unique_ptr<TranslationTable> table_;
  std::unique_ptr<Report> report_;
  std::vector<std::string> checkers_;
  std::vector<check::Verdict> verdicts_;
};

}  // namespace armature::platform
