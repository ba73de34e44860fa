#include "platform/systemc/cluster_module.h"

#include <algorithm>
#include <utility>

#include "platform/systemc/kernel.h"

namespace armature::platform {
namespace {

// A cycle is a nanosecond (kCoreHertz), a sixteenth 62.5 ps: kernel time in picoseconds, rounded
// up.
sc_core::sc_time kernel_time(Cycles span) {
  return sc_core::sc_time::from_value((span.sixteenths * 125 + 1) / 2);
}

}  // namespace

ClusterModule::ClusterModule(sc_core::sc_module_name name, Router& router)
    : sc_module(name), router_(router) {
  SC_HAS_PROCESS(ClusterModule);
  SC_THREAD(run);
  payload_.set_extension(&master_);
  payload_.set_byte_enable_ptr(nullptr);
  socket.bind(router.masters);
}

ClusterModule::~ClusterModule() { payload_.clear_extension(&master_); }

void ClusterModule::run() {
  for (;;) {
    wait(go_);
    try {
      sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
      socket->b_transport(payload_, delay);
    } catch (...) {
      error_ = std::current_exception();
    }
    // Outside the handler: a wait() inside one would hand its exception to other threads.
    returned_ = true;
  }
}

// The target may consume kernel time with wait(): then the instruction goes on after it.
void ClusterModule::transport_in_thread() {
  catch_up();
  returned_ = false;
  go_.notify(sc_core::SC_ZERO_TIME);
  Kernel::start(sc_core::SC_ZERO_TIME);
  while (!returned_)
    Kernel::start(sc_core::sc_time_to_pending_activity() + sc_core::sc_time::from_value(1));
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void ClusterModule::catch_up() {
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  if (due_ > now) Kernel::start(due_ - now);
}

bool ClusterModule::run_window(std::uint64_t instructions_max) {
  if (!started_) {
    Kernel::start(sc_core::SC_ZERO_TIME);  // elaborates, and lets threads reach their first wait
    started_ = true;
  }
  const Cycles start = cluster_->time();
  if (!cluster_->run_window(instructions_max)) return false;
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  due_ = std::max(due_ + kernel_time(cluster_->time() - start), now);
  if (sc_core::sc_pending_activity() && sc_core::sc_time_to_pending_activity() <= due_ - now) {
    catch_up();
  }
  return true;
}

BusResponse ClusterModule::transport(CoreId master, tlm::tlm_command command, PhysicalAddress pa,
                                     unsigned size, std::uint64_t& value) {
  master_.is_core = true;
  master_.number = master.value;
  payload_.set_command(command);
  payload_.set_address(pa.value);
  payload_.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  payload_.set_data_length(size);
  payload_.set_streaming_width(size);
  payload_.set_dmi_allowed(false);
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  if (router_.may_wait(pa, size)) {
    transport_in_thread();
  } else {
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket->b_transport(payload_, delay);
  }
  switch (payload_.get_response_status()) {
    case tlm::TLM_OK_RESPONSE:
      return BusResponse::okay;
    case tlm::TLM_ADDRESS_ERROR_RESPONSE:
      return BusResponse::decode_error;
    default:
      return BusResponse::slave_error;
  }
}

BusResponse ClusterModule::read(CoreId master, PhysicalAddress pa, unsigned size,
                                std::uint64_t& value) {
  value = 0;
  return transport(master, tlm::TLM_READ_COMMAND, pa, size, value);
}

BusResponse ClusterModule::write(CoreId master, PhysicalAddress pa, unsigned size,
                                 std::uint64_t value) {
  return transport(master, tlm::TLM_WRITE_COMMAND, pa, size, value);
}

}  // namespace armature::platform
