#include "platform/machine/pictures.h"

#include <fmt/format.h>

#include "cpu/system_ops.h"
#include "platform/machine/machine.h"
#include "platform/machine/statistics.h"
#include "tlb/tlbi.h"

namespace armature::platform {
namespace {

std::string tlbi_name(unsigned op) {
  return op < static_cast<unsigned>(tlb::TlbiOp::count)
             ? std::string(tlb::tlbi_op_name(static_cast<tlb::TlbiOp>(op)))
             : fmt::format("op{}", op);
}

std::string maintenance_name(unsigned op) {
  return op < static_cast<unsigned>(cpu::CacheOp::count)
             ? std::string(cpu::cache_op_name(static_cast<cpu::CacheOp>(op)))
             : fmt::format("op{}", op);
}

// The last lines that a console printed.
std::string last_lines(const std::string& text) {
  constexpr std::size_t kLines = 40;
  std::size_t at = text.size();
  for (std::size_t lines = 0; at != 0 && lines <= kLines; ++lines) at = text.rfind('\n', at - 1);
  return at == std::string::npos || at == 0 ? text : text.substr(at + 1);
}

}  // namespace

EventNames event_names() { return {tlbi_name, maintenance_name}; }

Report::Results report_results(Machine& machine) {
  Report::Results results;
  StatisticsRegistry registry;
  add_machine_statistics(machine, registry);
  results.statistics = registry.snapshot();
  results.console = last_lines(machine.consoles[0]->tail());
  return results;
}

}  // namespace armature::platform
