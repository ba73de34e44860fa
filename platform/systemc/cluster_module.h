// The cores inside SystemC. A window runs as a plain call, and the kernel only when something in it is
// due: a start of the kernel costs as much as some thousand instructions of a guest. Device accesses
// leave through one initiator socket; those to a target that may wait() are made by an SC_THREAD.
// No state lives here or on the thread's stack.
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

  ClusterModule(sc_core::sc_module_name name, Router& router);
  ~ClusterModule() override;
  void set_cluster(Cluster& cluster) { cluster_ = &cluster; }

  // Runs one window, or several (Cluster::run_window): true when the last is complete, false when
  // `instructions_max` stopped it. Throws what a model threw inside.
  bool run_window(std::uint64_t instructions_max, Cluster::Reach reach);

  // The machine's time at which some other process of the kernel goes on; Cycles{~0}: never.
  Cycles next_activity();

  // Bus, for the cores. The time that a target which may wait() takes, annotated or waited, is charged
  // to the core.
  BusResponse read(CoreId master, PhysicalAddress pa, unsigned size, std::uint64_t& value) override;
  BusResponse write(CoreId master, PhysicalAddress pa, unsigned size, std::uint64_t value) override;

 private:
  void run();
  void synchronise();
  sc_core::sc_time kernel_time_of(Cycles time) const;
  void catch_up(sc_core::sc_time to);
  void transport_in_thread(cpu::Core& core);
  BusResponse transport(CoreId master, tlm::tlm_command command, PhysicalAddress pa, unsigned size,
                        std::uint64_t& value);

  Router& router_;
  Cluster* cluster_ = nullptr;
  bool returned_ = false;
  bool started_ = false;
  // The same moment in both times, and how far the machine has come since.
  Cycles machine_base_{}, left_at_{};
  sc_core::sc_time kernel_base_;
  sc_core::sc_time delay_;  // of the access that the thread makes
  sc_core::sc_event go_;
  std::exception_ptr error_;
  tlm::tlm_generic_payload payload_;
  MasterExtension master_;
};

}  // namespace armature::platform
