// What texts and pictures of a run need to know of its machine.
#pragma once

#include "sim/report/report.h"
#include "sim/trace/text.h"

namespace armature::platform {

class Machine;

// Mnemonics of the operations in events.
EventNames event_names();
// What only the machine knows, for its report: statistics and the end of its first console.
Report::Results report_results(Machine& machine);

}  // namespace armature::platform
