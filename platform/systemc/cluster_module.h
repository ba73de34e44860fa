// The cores inside SystemC: one SC_THREAD runs the cluster window by window; device accesses leave
// through one initiator socket. No state lives here or on the thread's stack.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm>

#include <cstdint>
#include <exception>

#include "platform/machine/cluster.h"
#include "platform/systemc/router.h"
#include "sim/memory/bus.h"

namespace armature::platform {

class ClusterModule final : public sc_core::sc_module, public Bus {
 public:
  tlm_utils::simple_initiator_socket<ClusterModule> socket{"socket"};

  explicit ClusterModule(sc_core::sc_module_name name);
  ~ClusterModule() override;
  void set_cluster(Cluster& cluster) { cluster_ = &cluster; }

  // Runs one window (sc_start): true when it is complete, false when `instructions_max` stopped it.
  // Rethrows what a model threw inside.
  bool run_window(std::uint64_t instructions_max);

  // Bus, for the cores. A target's annotated delay is charged to the core.
  BusResponse read(CoreId master, PhysicalAddress pa, unsigned size, std::uint64_t& value) override;
  BusResponse write(CoreId master, PhysicalAddress pa, unsigned size, std::uint64_t value) override;

 private:
  void run();
  BusResponse transport(CoreId master, tlm::tlm_command command, PhysicalAddress pa, unsigned size,
                        std::uint64_t& value);

  Cluster* cluster_ = nullptr;
  std::uint64_t instructions_max_ = ~0ull;
  bool complete_ = false;
  bool returned_ = false;
  bool started_ = false;
  sc_core::sc_event go_;
  std::exception_ptr error_;
  tlm::tlm_generic_payload payload_;
  MasterExtension master_;
};

}  // namespace armature::platform
