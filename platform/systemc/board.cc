#include "platform/systemc/board.h"

// An executable that links libsystemc must define sc_main; ours never runs one.
extern "C" __attribute__((weak, visibility("default"))) int sc_main(int, char**) { return 99; }

namespace armature::platform {

SystemcBoard::SystemcBoard() {
  Kernel::Use use(kernel_);
  router_ = std::make_unique<Router>("router");
  cluster_ = std::make_unique<ClusterModule>("cluster", *router_);
  dma_ = std::make_unique<DmaTarget>("dma");
}

SystemcBoard::~SystemcBoard() {
  Kernel::Use use(kernel_);
  modules_.clear();
  dma_.reset();
  cluster_.reset();
  router_.reset();
}

void SystemcBoard::attach(PhysicalAddress base, Device& device, const std::string& name) {
  Kernel::Use use(kernel_);
  modules_.push_back(std::make_unique<DeviceModule>(name.c_str(), device));
  router_->map(base, device.size(), modules_.back()->socket, name,
               Router::Waiting::never);
}

Cycles SystemcBoard::next_activity() {
  Kernel::Use use(kernel_);
  return cluster_->next_activity();
}

bool SystemcBoard::run_window(std::uint64_t instructions_max, Cluster::Reach reach) {
  Kernel::Use use(kernel_);
  return cluster_->run_window(instructions_max, reach);
}

}  // namespace armature::platform
