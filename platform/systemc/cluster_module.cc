#include "platform/systemc/cluster_module.h"

#include <algorithm>
#include <utility>

#include "platform/systemc/kernel.h"
#include "sim/base/user_error.h"

namespace armature::platform {
namespace {

// A cycle is a nanosecond (kCoreHertz), a sixteenth 62.5 ps: kernel time in picoseconds, each
// rounded up.
sc_core::sc_time kernel_time(Cycles span) {
  return sc_core::sc_time::from_value((span.sixteenths * 125 + 1) / 2);
}
Cycles cycles_of(sc_core::sc_time span) { return {(span.value() * 2 + 124) / 125}; }

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
      socket->b_transport(payload_, delay_);
    } catch (...) {
      error_ = std::current_exception();
    }
    // Outside the handler: a wait() inside one would hand its exception to other threads.
    returned_ = true;
  }
}

// Kernel time is that of the machine since a first window. A snapshot that was loaded begins anew.
void ClusterModule::synchronise() {
  if (!started_) {
    Kernel::start(sc_core::SC_ZERO_TIME);  // elaborates, and lets threads reach their first wait
    started_ = true;
  } else if (cluster_->time() >= left_at_) {
    return;
  }
  machine_base_ = cluster_->time();
  kernel_base_ = sc_core::sc_time_stamp();
}

sc_core::sc_time ClusterModule::kernel_time_of(Cycles time) const {
  return kernel_base_ + kernel_time(time - machine_base_);
}

// The kernel may be ahead: a target had consumed time.
void ClusterModule::catch_up(sc_core::sc_time to) {
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  if (to > now) Kernel::start(to - now);
}

// TLM-2.0's temporal decoupling: the core is `delay_` ahead of the kernel. The target may add to it, or
// wait() it off and more; the core's time is what both come to in the end.
void ClusterModule::transport_in_thread(cpu::Core& core) {
  catch_up(kernel_time_of(cluster_->time()));
  const sc_core::sc_time before = std::max(kernel_time_of(core.now()), sc_core::sc_time_stamp());
  delay_ = before - sc_core::sc_time_stamp();
  returned_ = false;
  go_.notify(sc_core::SC_ZERO_TIME);
  Kernel::start(sc_core::SC_ZERO_TIME);
  while (!returned_) {
    if (!sc_core::sc_pending_activity()) {
      throw UserError("a SystemC model waits in b_transport for an event that nothing notifies");
    }
    Kernel::start(sc_core::sc_time_to_pending_activity() + sc_core::sc_time::from_value(1));
  }
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  const sc_core::sc_time after = sc_core::sc_time_stamp() + delay_;
  if (after > before) core.charge(cycles_of(after - before));
}

Cycles ClusterModule::next_activity() {
  if (!started_ || !sc_core::sc_pending_activity()) return Cycles{~0ull};
  const sc_core::sc_time at = sc_core::sc_time_stamp() + sc_core::sc_time_to_pending_activity();
  return machine_base_ + cycles_of(at - kernel_base_) + Cycles{1};  // the end of a start() is not in it
}

bool ClusterModule::run_window(std::uint64_t instructions_max, Cluster::Reach reach) {
  synchronise();
  if (reach.windows > 1) {
    const Cycles activity = next_activity();
    reach.due = std::min(reach.due, activity - std::min(activity, Cycles{2}));  // rounded up, and one more
  }
  if (!cluster_->run_window(instructions_max, reach)) return false;
  left_at_ = cluster_->time();
  const sc_core::sc_time end = kernel_time_of(left_at_);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  if (end > now && sc_core::sc_pending_activity() &&
      sc_core::sc_time_to_pending_activity() <= end - now) {
    catch_up(end);
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
    transport_in_thread(cluster_->core(master));
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
