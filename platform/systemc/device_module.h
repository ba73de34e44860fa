// A plain device behind a TLM-2.0 target socket.
#pragma once

#include <tlm_utils/simple_target_socket.h>
#include <tlm>

#include "platform/devices/device.h"

namespace armature::platform {

class DeviceModule final : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<DeviceModule> socket{"socket"};

  DeviceModule(sc_core::sc_module_name name, Device& device);

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  Device& device_;
};

}  // namespace armature::platform
