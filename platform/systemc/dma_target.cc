#include "platform/systemc/dma_target.h"

namespace armature::platform {

DmaTarget::DmaTarget(sc_core::sc_module_name name) : sc_module(name) {
  socket.register_b_transport(this, &DmaTarget::b_transport);
}

void DmaTarget::b_transport(int, tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  payload.set_dmi_allowed(false);
  if (payload.get_byte_enable_ptr() != nullptr ||
      payload.get_streaming_width() < payload.get_data_length()) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return;
  }
  const PhysicalAddress pa{payload.get_address()};
  bool done = true;
  if (payload.is_read()) {
    done = memory_->read(pa, {payload.get_data_ptr(), payload.get_data_length()});
  } else if (payload.is_write()) {
    done = memory_->write(pa, {payload.get_data_ptr(), payload.get_data_length()});
  }
  payload.set_response_status(done ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

}  // namespace armature::platform
