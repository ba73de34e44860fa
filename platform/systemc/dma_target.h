// The coherent port as a TLM-2.0 target: a user's DMA master binds here. It hands out no DMI.
#pragma once

#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm>

#include "platform/devices/dma_port.h"

namespace armature::platform {

class DmaTarget final : public sc_core::sc_module {
 public:
  tlm_utils::multi_passthrough_target_socket<DmaTarget, 32, tlm::tlm_base_protocol_types, 0,
                                             sc_core::SC_ZERO_OR_MORE_BOUND>
      socket{"socket"};

  explicit DmaTarget(sc_core::sc_module_name name);
  void set_memory(DmaPort& memory) { memory_ = &memory; }

 private:
  void b_transport(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  DmaPort* memory_ = nullptr;
};

}  // namespace armature::platform
