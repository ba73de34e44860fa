// A Perfetto trace (protobuf; open it at ui.perfetto.dev, it stays on your machine). One nanosecond
// is one cycle.
//
//   process "cores"    a thread a core: slices of who runs there, instants for hypercalls,
//   interrupts
//                      and table writes; a track a core for TLB maintenance; counters
//   process "VM n"     a thread a core the VM's vCPUs run on: slices from vm_enter to vm_exit
//   process "machine"  owner changes, violations and guest marks
//
// A shootdown is a slice on the issuer's maintenance track, from its first TLBI to the DSB that
// completes it. Flows lead from each TLBI to what every core did for it and on to that DSB.
#pragma once

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>

#include "sim/event/bus.h"
#include "sim/stats/run_metadata.h"
#include "sim/trace/text.h"

namespace armature {

class PerfettoWriter : public EventListener {
 public:
  // The kinds it has to be added to the bus with.
  static std::uint64_t kinds();

  // Creates the file. Throws UserError, also from on_event(), when it cannot be written.
  PerfettoWriter(std::string path, const RunMetadata& run, EventNames names = {});
  ~PerfettoWriter() override;
  void on_event(const Event& event) override;
  // Ends open slices, writes the last values of counters.
  void close();

  // Flow of what `target` does for the TLBI with this sequence number.
  static constexpr std::uint64_t flow_id(std::uint64_t tlbi, unsigned target) {
    return tlbi << 5 | target;
  }

 private:
  struct State;
  void write(const void* data, std::size_t bytes);

  std::string path_;
  std::ofstream file_;
  std::unique_ptr<State> state_;
};

// Whether the configuration of a run names firmware at EL2.
bool has_firmware(const RunMetadata& run);

}  // namespace armature
