// The SystemC side of a machine: kernel, router, device modules, the cluster's module and the
// coherent port for masters that speak TLM.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/devices/device.h"
#include "platform/systemc/cluster_module.h"
#include "platform/systemc/device_module.h"
#include "platform/systemc/dma_target.h"
#include "platform/systemc/kernel.h"
#include "platform/systemc/router.h"

namespace armature::platform {

class SystemcBoard {
 public:
  SystemcBoard();
  ~SystemcBoard();

  Bus& bus() { return *cluster_; }
  void attach(PhysicalAddress base, Device& device, const std::string& name);
  void set_cluster(Cluster& cluster) { cluster_->set_cluster(cluster); }
  void set_memory(DmaPort& memory) { dma_->set_memory(memory); }
  bool run_window(std::uint64_t instructions_max, Cluster::Reach reach);
  // When a user's model does something by itself; Cycles{~0}: never.
  Cycles next_activity();

  // For a user's own models: make them while a Kernel::Use of kernel() is in scope and before the
  // first window; map() them into the address space; bind their initiators to dma().
  Kernel& kernel() { return kernel_; }
  Router& router() { return *router_; }
  DmaTarget& dma() { return *dma_; }

 private:
  Kernel kernel_;
  std::unique_ptr<Router> router_;
  std::unique_ptr<ClusterModule> cluster_;
  std::unique_ptr<DmaTarget> dma_;
  std::vector<std::unique_ptr<DeviceModule>> modules_;
};

}  // namespace armature::platform
