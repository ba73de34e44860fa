#include "hyp/kserv/conduct.h"

#include "hyp/kserv/vm.h"

namespace armature::kserv::conduct {

void begin(const DeviceTree&) {}
void between_slices() {}

std::int64_t enter(Vm& vm, Vcpu& vcpu) {
  return machine::call(abi::Call::vcpu_run, vm.vmid, vcpu.task.id);
}

void before_offer(Vm&, const Range&) {}

std::uint64_t answer(Vm&, std::uint64_t) {
  constexpr std::uint64_t kNotSupported = ~std::uint64_t{0};
  return kNotSupported;
}

void before_pages_return(Vm&) {}
void after_pages_returned(Vm&) {}

}  // namespace armature::kserv::conduct
