#include "platform/systemc/device_module.h"

#include <cstring>

namespace armature::platform {

DeviceModule::DeviceModule(sc_core::sc_module_name name, Device& device)
    : sc_module(name), device_(device) {
  socket.register_b_transport(this, &DeviceModule::b_transport);
}

void DeviceModule::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  const unsigned size = payload.get_data_length();
  const bool legal = (size == 1 || size == 2 || size == 4 || size == 8) &&
                     payload.get_address() % size == 0 && payload.get_byte_enable_ptr() == nullptr;
  if (!legal) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  std::uint64_t value = 0;
  BusResponse response = BusResponse::okay;
  if (payload.is_read()) {
    response = device_.read(payload.get_address(), size, value);
    std::memcpy(payload.get_data_ptr(), &value, size);
  } else if (payload.is_write()) {
    std::memcpy(&value, payload.get_data_ptr(), size);
    response = device_.write(payload.get_address(), size, value);
  }
  payload.set_response_status(response == BusResponse::okay ? tlm::TLM_OK_RESPONSE
                                                            : tlm::TLM_GENERIC_ERROR_RESPONSE);
}

}  // namespace armature::platform
