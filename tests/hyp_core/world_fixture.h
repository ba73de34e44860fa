// A core with RAM, and the hands of KServ and of a VM's owner.
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "hyp/abi/image.h"
#include "hyp/kcore/core/core.h"
#include "hyp/kcore/fake/fake.h"

namespace armature::kcore::test {

inline constexpr std::uint64_t kRam = fake::Ram::kBase;
inline constexpr std::uint64_t kVmBase = abi::kVmMemoryBase;

struct ImagePlan {
  std::uint64_t gpa, bytes;
};

class World {
 public:
  static constexpr std::uint64_t kRamBytes = 8 << 20;
  static constexpr std::uint64_t kKCorePages = 16;  // at the start of RAM
  static constexpr std::size_t kKServTables = 64, kVmTables = 512;

  explicit World(Levels levels = Levels::three);
  // As after boot, faster than making a new one.
  void restart(Levels levels = Levels::three);

  std::int64_t call(abi::Call number, std::uint64_t x1 = 0, std::uint64_t x2 = 0, std::uint64_t x3 = 0,
                    std::uint64_t x4 = 0) {
    return handle_call(core(), {static_cast<std::uint64_t>(number), x1, x2, x3, x4});
  }
  Core& core() { return *core_; }
  fake::Ram& ram() { return ram_; }
  Vm& vm(std::uint64_t vmid) { return core_->vms[vmid]; }
  Page& page(std::uint64_t pa) { return *core_->pages.find({pa}); }

  // KServ reads `pa`: by its stage 2 if mapped, else by a fault. Throws Halted where the machine halts.
  void kserv_touch(std::uint64_t pa);
  bool kserv_maps(std::uint64_t pa) { return core_->kserv.look_up({pa}).is_mapped; }
  bool vm_maps(std::uint64_t vmid, std::uint64_t gpa) { return vm(vmid).stage2.look_up({gpa}).is_mapped; }

  // The owner's manifest for images whose contents lie in RAM at `contents`, one behind the other in
  // whole pages, signed with the test key.
  abi::SignedManifest sign(const std::vector<ImagePlan>& images, std::uint64_t contents,
                           unsigned vcpus = 1, std::uint64_t memory_bytes = 4 << 20);
  static void sign_again(abi::SignedManifest& manifest);

  // A VM with one image of `pages` at the start of its memory, contents from `pa`, mailboxes from
  // `mailbox` on, the manifest at kManifestPage; verified.
  static constexpr std::uint64_t kManifestPage = kRam + 0x1f000;
  std::uint64_t make_vm(std::uint64_t pa = kRam + 0x40000, std::uint64_t pages = 2, unsigned vcpus = 1,
                        std::uint64_t mailbox = kRam + 0x20000);

  abi::Mailbox& mailbox(std::uint64_t vmid, unsigned vcpuid) {
    return *pointer_to<abi::Mailbox>(vm(vmid).vcpus[vcpuid].mailbox);
  }

 private:
  void boot(Levels levels);

  fake::Ram ram_{kRamBytes};
  std::vector<Page> entries_;
  struct alignas(8192) Tables {
    TablePage pages[kKServTables + kVmTables];
  };
  std::unique_ptr<Tables> tables_;
  std::unique_ptr<Core> core_;
};

// What a vCPU does, as an exit of the processor.
arch::GuestExit interrupt();
arch::GuestExit wait_for_interrupt();
arch::GuestExit memory_access(std::uint64_t gpa);
arch::GuestExit device_access(std::uint64_t gpa, bool writes, unsigned bytes, unsigned reg,
                              bool sign_extends = false, bool is_64_bit = true);
arch::GuestExit hvc();
arch::GuestExit smc();
arch::GuestExit system_instruction(unsigned op0, unsigned op1, unsigned crn, unsigned crm, unsigned op2,
                                   unsigned rt, bool reads);

}  // namespace armature::kcore::test
