#include "platform/systemc/router.h"

#include <fmt/format.h>

#include "sim/base/user_error.h"

namespace armature::platform {

Router::Router(sc_core::sc_module_name name) : sc_module(name) {
  masters.register_b_transport(this, &Router::b_transport);
  masters.register_transport_dbg(this, &Router::transport_dbg);
}

void Router::map(PhysicalAddress base, std::uint64_t bytes, tlm::tlm_target_socket<>& target,
                 const std::string& what, Waiting waiting) {
  for (const Range& range : ranges_) {
    if (base.value < range.base.value + range.bytes && range.base.value < base.value + bytes) {
      throw UserError(fmt::format("bus: {} at {:#x}..{:#x} overlaps {} at {:#x}..{:#x}", what,
                                  base.value, base.value + bytes - 1, range.what, range.base.value,
                                  range.base.value + range.bytes - 1));
    }
  }
  ranges_.push_back({base, bytes, what, waiting});
  targets.bind(target);
}

int Router::find(std::uint64_t address, std::uint64_t bytes) {
  const auto holds = [&](const Range& range) {
    return address >= range.base.value && address - range.base.value + bytes <= range.bytes;
  };
  if (last_ < static_cast<int>(ranges_.size()) && holds(ranges_[static_cast<unsigned>(last_)])) {
    return last_;
  }
  for (unsigned i = 0; i < ranges_.size(); ++i) {
    if (holds(ranges_[i])) return last_ = static_cast<int>(i);
  }
  return -1;
}

void Router::b_transport(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const std::uint64_t address = payload.get_address();
  const int target = find(address, payload.get_data_length());
  if (target < 0) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  payload.set_address(address - ranges_[static_cast<unsigned>(target)].base.value);
  targets[target]->b_transport(payload, delay);
  payload.set_address(address);
}

unsigned Router::transport_dbg(int, tlm::tlm_generic_payload& payload) {
  const std::uint64_t address = payload.get_address();
  const int target = find(address, payload.get_data_length());
  if (target < 0) return 0;
  payload.set_address(address - ranges_[static_cast<unsigned>(target)].base.value);
  const unsigned done = targets[target]->transport_dbg(payload);
  payload.set_address(address);
  return done;
}

}  // namespace armature::platform
