// What checkers may ask of a machine.
#pragma once

#include "platform/machine/machine.h"
#include "sim/check/machine_view.h"

namespace armature::platform {

class CheckView final : public check::MachineView {
 public:
  explicit CheckView(Machine& machine) : machine_(machine) {}

  std::uint64_t read64(PhysicalAddress address) const override;
  bool is_ram(PhysicalAddress address) const override;
  bool line_differs_at_poc(PhysicalAddress line) const override;
  bool instructions_differ(PhysicalAddress line) const override;
  std::vector<check::TableEntry> table_entries(PhysicalAddress descriptor) const override;
  void watch(PhysicalAddress base, std::uint64_t bytes) override;
  void watch_entries_of(PhysicalAddress descriptor) override;

 private:
  Machine& machine_;
};

}  // namespace armature::platform
