// Every statistic of a machine under gem5-like names.
#pragma once

#include "sim/config/run_config.h"
#include "sim/stats/registry.h"
#include "sim/stats/run_metadata.h"

namespace armature::platform {

class Machine;

RunMetadata run_metadata(const RunConfig& config);

// The registry reads the machine in place: it must not outlive it.
void add_machine_statistics(Machine& machine, StatisticsRegistry& registry);

// Writes config.stats. Throws UserError.
void write_machine_statistics(Machine& machine);

}  // namespace armature::platform
