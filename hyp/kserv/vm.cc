#include "hyp/kserv/vm.h"

#include <cstring>

#include "hyp/abi/boot.h"
#include "hyp/kserv/conduct.h"
#include "hyp/kserv/log.h"

namespace armature::kserv {

constinit KServ g_kserv;

TaskGroup& group_of(const Task& task) { return task.vm->group; }

const char* name_of(std::int64_t result) {
  switch (static_cast<abi::Result>(result)) {
    case abi::Result::ok: return "ok";
    case abi::Result::unknown_call: return "unknown_call";
    case abi::Result::bad_id: return "bad_id";
    case abi::Result::wrong_state: return "wrong_state";
    case abi::Result::not_yours: return "not_yours";
    case abi::Result::bad_argument: return "bad_argument";
    case abi::Result::exhausted: return "exhausted";
    case abi::Result::bad_image: return "bad_image";
    case abi::Result::bad_seal: return "bad_seal";
    case abi::Result::already_mapped: return "already_mapped";
  }
  return "refused";
}

namespace {

constexpr std::uint64_t whole_pages(std::uint64_t bytes) {
  return (bytes + kPageBytes - 1) & ~(kPageBytes - 1);
}

template <typename Visit>
void for_each_module(const DeviceTree& tree, Visit visit) {
  const auto root = tree.root();
  const auto chosen = root ? tree.child(*root, "chosen") : root;
  for (auto node = chosen ? tree.first_child(*chosen) : chosen; node; node = tree.next_sibling(*node)) {
    if (!tree.is_compatible(*node, ARMATURE_MODULE_COMPATIBLE)) continue;
    const auto range = tree.reg(*node, 0);
    if (range && range->bytes != 0) {
      visit(*node, *range, tree.text(*node, ARMATURE_MODULE_KIND).value_or(std::string_view{}));
    }
  }
}

// The shape that KCore will insist on; what is wrong with it, or nullptr.
const char* fault_of(const Vm& vm) {
  const abi::VmManifest& body = vm.manifest.body;
  if (std::memcmp(body.domain, abi::kManifestDomain, sizeof(body.domain)) != 0) return "not a manifest";
  if (body.vcpus == 0 || body.vcpus > abi::kMaxVcpus) return "vCPUs must be 1..8";
  if (body.image_count == 0 || body.image_count > abi::kMaxImages) return "images must be 1..5";
  if (body.memory_bytes == 0 || body.memory_bytes % kBlockBytes != 0) return "memory is not whole 2 MiB";
  const std::uint64_t end = abi::kVmMemoryBase + body.memory_bytes;
  for (unsigned n = 0; n < body.image_count; ++n) {
    const abi::ImageRecord& image = body.images[n];
    if (vm.images[n].bytes == 0) return "an image has no module";
    if (vm.images[n].bytes < image.bytes) return "an image is longer than its module";
    if (image.bytes == 0 || image.load_gpa % kPageBytes != 0 || image.load_gpa < abi::kVmMemoryBase ||
        image.load_gpa >= end || image.bytes > end - image.load_gpa) {
      return "an image lies outside the VM's memory";
    }
  }
  return nullptr;
}

std::uint64_t pages_needed(const Vm& vm) {
  return vm.memory_bytes() / kPageBytes + vm.vcpu_count() + 1 +
         GuestMemory::pages_needed(vm.memory_bytes());
}

bool refused(const Vm& vm, const char* what, std::int64_t result) {
  if (result >= 0) return false;
  log("vm", vm.slot, " (", vm.manifest.body.name, "): ", what, " refused: ", name_of(result));
  return true;
}

// The next pages of an image, copied so that the module stays for another run. Zeroes up to whole
// pages: the digest covers them.
bool load_piece(Vm& vm, unsigned image, std::uint64_t done, std::uint64_t& piece) {
  const abi::ImageRecord& record = vm.manifest.body.images[image];
  const std::uint64_t gpa = record.load_gpa + done, left = whole_pages(record.bytes) - done;
  const std::uint64_t offset = gpa - abi::kVmMemoryBase;
  std::optional<std::uint64_t> at;
  piece = kPageBytes;
  if (gpa % kBlockBytes == 0 && left >= kBlockBytes && (at = g_kserv.pages.block(vm.use()))) {
    piece = kBlockBytes;
  } else {
    if (vm.memory.break_region(offset)) at = g_kserv.pages.page(vm.use());
  }
  if (!at) {
    log("vm", vm.slot, ": no memory for image ", image);
    return false;
  }
  auto* to = reinterpret_cast<std::uint8_t*>(*at);
  const auto* from = reinterpret_cast<const std::uint8_t*>(vm.images[image].base + done);
  const std::uint64_t bytes = record.bytes - done < piece ? record.bytes - done : piece;
  std::memcpy(to, from, bytes);
  std::memset(to + bytes, 0, piece - bytes);
  if (refused(vm, "remap_vm_image",
              machine::call(abi::Call::remap_vm_image, vm.vmid, *at, image, piece / kPageBytes))) {
    return false;
  }
  vm.memory.note(offset, *at, piece);
  return true;
}

bool load_images(Vm& vm) {
  const abi::VmManifest& body = vm.manifest.body;
  for (unsigned n = 0; n < body.image_count; ++n) {
    const std::int64_t index = machine::call(abi::Call::set_boot_info, vm.vmid,
                                             body.images[n].load_gpa, body.images[n].bytes);
    if (refused(vm, "set_boot_info", index)) return false;
    std::uint64_t piece = 0;
    for (std::uint64_t done = 0; done < whole_pages(body.images[n].bytes); done += piece) {
      if (!load_piece(vm, static_cast<unsigned>(index), done, piece)) return false;
    }
  }
  return true;
}

bool register_vcpus(Vm& vm) {
  for (unsigned n = 0; n < vm.vcpu_count(); ++n) {
    Vcpu& vcpu = vm.vcpus[n];
    const auto mailbox = g_kserv.pages.page(vm.use());
    if (!mailbox) {
      log("vm", vm.slot, ": no memory for a mailbox");
      return false;
    }
    std::memset(reinterpret_cast<void*>(*mailbox), 0, kPageBytes);
    vcpu.mailbox = reinterpret_cast<abi::Mailbox*>(*mailbox);
    vcpu.offered = {};
    vcpu.idle_exits = 0;
    vcpu.busy_slices = 0;
    vcpu.task.vm = &vm;
    vcpu.task.id = n;
    if (refused(vm, "register_vcpu",
                machine::call(abi::Call::register_vcpu, vm.vmid, n, *mailbox))) {
      return false;
    }
    g_kserv.scheduler.add(vcpu.task);
  }
  return true;
}

// Consumes the manifest page in any case; a VM that is not verified is powered off by it.
bool verify(Vm& vm, bool say) {
  const auto page = g_kserv.pages.page(kKServ);
  if (!page) {
    log("vm", vm.slot, ": no memory for the manifest");
    return false;
  }
  std::memset(reinterpret_cast<void*>(*page), 0, kPageBytes);
  std::memcpy(reinterpret_cast<void*>(*page), &vm.manifest, sizeof(vm.manifest));
  const std::int64_t result = machine::call(abi::Call::verify_vm_images, vm.vmid, *page);
  g_kserv.pages.release_page(*page);
  return say ? !refused(vm, "verify_vm_images", result) : result >= 0;
}

// Every page that the VM was given, mailboxes too. Result: how many KCore had to zero.
std::uint64_t take_pages_back(Vm& vm) {
  std::uint64_t zeroed = 0;
  for (std::uint64_t from = 0;;) {
    const auto run = g_kserv.pages.next_run(vm.use(), from);
    if (!run) return zeroed;
    const std::int64_t pages =
        machine::call(abi::Call::clear_vm_s2_range, vm.vmid, run->base, run->bytes);
    from = run->end();
    if (refused(vm, "clear_vm_s2_range", pages)) return zeroed;  // the pages stay the VM's
    zeroed += static_cast<std::uint64_t>(pages);
    g_kserv.pages.release_run(*run);
  }
}

bool set_up(Vm& vm) {
  if (vm.memory_bytes() > GuestMemory::kMaxBytes) {
    log("vm", vm.slot, ": more than ", GuestMemory::kMaxBytes >> 30, " GiB of memory are not supported");
    return false;
  }
  if (!vm.memory.open(g_kserv.pages, vm.memory_bytes())) {
    log("vm", vm.slot, ": no memory");
    vm.memory.close();
    return false;
  }
  const std::uint64_t regions = vm.memory_bytes() / kBlockBytes;
  // The most that the VM's stage 2 can need: a table for each 2 MiB, those above, a pair of roots.
  const std::uint64_t tables = regions + regions / kBlockPages + 6;
  const std::int64_t vmid = machine::call(abi::Call::register_kvm, tables);
  if (refused(vm, "register_kvm", vmid)) {
    vm.memory.close();
    return false;
  }
  vm.vmid = static_cast<std::uint32_t>(vmid);
  vm.time_offset = machine::now();
  if (!refused(vm, "timer_set_cntvoff",
               machine::call(abi::Call::timer_set_cntvoff, vm.vmid, vm.time_offset)) &&
      register_vcpus(vm) && load_images(vm)) {
    if (verify(vm, true)) return true;
  } else {
    verify(vm, false);  // fails, and so powers the unfinished VM off
  }
  take_pages_back(vm);
  vm.memory.close();
  return false;
}

void end(Vm& vm, VmLife life) {
  vm.life = life;
  if (--g_kserv.vms_alive == 0) {
    log("all VMs have ended");
    g_kserv.consoles.finish();
    machine::power_off();
  }
}

}  // namespace

void reserve_modules(const DeviceTree& tree, PageAllocator& pages) {
  for_each_module(tree, [&](DeviceTree::Node, const Range& range, std::string_view) {
    pages.reserve(range);
  });
}

void find_vms(const DeviceTree& tree) {
  // Manifests first: they say how many images there are.
  std::array<bool, kMaxVmSlots> seen{};
  for_each_module(tree, [&](DeviceTree::Node node, const Range& range, std::string_view kind) {
    const std::uint32_t vm = tree.cell(node, ARMATURE_MODULE_VM).value_or(0);
    if (kind != abi::kKindVmManifest && kind != abi::kKindVmImage) return;
    if (vm >= kMaxVmSlots) {
      log("vm", vm, ": left out, KServ has room for ", kMaxVmSlots, " VMs");
      return;
    }
    if (kind == abi::kKindVmManifest) {
      if (range.bytes < sizeof(abi::SignedManifest)) {
        log("vm", vm, ": the manifest has ", range.bytes, " bytes of ", sizeof(abi::SignedManifest));
        return;
      }
      std::memcpy(&g_kserv.vms[vm].manifest, reinterpret_cast<const void*>(range.base),
                  sizeof(abi::SignedManifest));
      g_kserv.vms[vm].manifest.body.name[sizeof(abi::VmManifest::name) - 1] = '\0';
      g_kserv.vms[vm].runs_left = tree.cell(node, ARMATURE_MODULE_RUNS).value_or(1);
      seen[vm] = true;
    } else {
      const std::uint32_t image = tree.cell(node, ARMATURE_MODULE_IMAGE).value_or(0);
      if (image < abi::kMaxImages) g_kserv.vms[vm].images[image] = range;
    }
  });
  std::uint64_t left = g_kserv.pages.free_pages();
  for (unsigned n = 0; n < kMaxVmSlots; ++n) {
    Vm& vm = g_kserv.vms[n];
    vm.slot = n;
    if (!seen[n]) continue;
    g_kserv.vm_count = n + 1;
    if (const char* fault = fault_of(vm)) {
      log("vm", n, " (", vm.manifest.body.name, "): left out, ", fault);
    } else if (pages_needed(vm) > left) {
      log("vm", n, " (", vm.manifest.body.name, "): left out, it needs ", pages_needed(vm) >> 8,
          " MiB and ", left >> 8, " MiB are left");
    } else {
      left -= pages_needed(vm);
      vm.life = VmLife::running;
      ++g_kserv.vms_alive;
    }
  }
}

bool create(Vm& vm) {
  vm.wants_reset = false;
  vm.group.reset();
  vm.uart = {};
  vm.typed_count = 0;
  vm.ring = {};
  vm.reported_hole = false;
  vm.reported_spin = false;
  vm.vgic.reset(vm.vcpu_count(), g_kserv.list_registers);
  if (vm.runs_left != 0) --vm.runs_left;
  if (!set_up(vm)) {
    end(vm, VmLife::ended);
    return false;
  }
  log("vm", vm.slot, " (", vm.manifest.body.name, "): VMID ", vm.vmid, ", ", vm.vcpu_count(),
      " vCPUs, ", vm.memory_bytes() >> 20, " MiB, verified");
  g_kserv.scheduler.start(vm.vcpus[0].task);
  return true;
}

void retire(Vm& vm) {
  g_kserv.consoles.flush(vm.slot);
  if (vm.life == VmLife::crashed) {
    end(vm, VmLife::crashed);
    return;
  }
  conduct::before_pages_return(vm);
  const std::uint64_t zeroed = take_pages_back(vm);
  conduct::after_pages_returned(vm);
  vm.memory.close();
  log("vm", vm.slot, " (", vm.manifest.body.name, "): powered off, ", zeroed,
      " pages taken back; exits: ", vm.exits[1].load(), " interrupt, ", vm.exits[2].load(), " wait, ",
      vm.exits[3].load(), " memory, ", vm.exits[4].load() + vm.exits[5].load(), " mmio, ",
      vm.exits[6].load() + vm.exits[7].load(), " hypercall, ", vm.exits[8].load(), " sgi");
  if (vm.wants_reset || vm.runs_left != 0) {
    create(vm);
    return;
  }
  end(vm, VmLife::ended);
}

void crash(Vm& vm, const char* why, std::uint64_t what) {
  std::array<Task*, abi::kMaxVcpus> tasks{};
  for (unsigned n = 0; n < vm.vcpu_count(); ++n) tasks[n] = &vm.vcpus[n].task;
  log("vm", vm.slot, " (", vm.manifest.body.name, "): stopped, ", why, " ", Hex{what});
  vm.life = VmLife::crashed;
  g_kserv.scheduler.stop_group(vm.vcpus[0].task, vm.vcpu_count(), tasks.data());
}

void notify(Vm& vm, VcpuSet vcpus) {
  for (unsigned n = 0; n < vm.vcpu_count(); ++n) {
    if ((vcpus >> n & 1) != 0) g_kserv.scheduler.notify(vm.vcpus[n].task);
  }
}

}  // namespace armature::kserv
