// A VM as KServ keeps it, from its modules to its end.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "hyp/abi/calls.h"
#include "hyp/abi/image.h"
#include "hyp/abi/mailbox.h"
#include "hyp/kserv/device_tree.h"
#include "hyp/kserv/guest_memory.h"
#include "hyp/kserv/lock.h"
#include "hyp/kserv/page_allocator.h"
#include "hyp/kserv/pl011.h"
#include "hyp/kserv/ring.h"
#include "hyp/kserv/scheduler.h"
#include "hyp/kserv/vgic.h"

namespace armature::kserv {

// The VM's devices: where QEMU's `virt` board has them. The owner's device tree, one of the signed
// images, says the same.
inline constexpr std::uint64_t kVmDistributor = 0x0800'0000, kVmRedistributors = 0x080a'0000,
                               kVmUart = 0x0900'0000, kVmUartBytes = 0x1000;
inline constexpr unsigned kVmUartIntid = 33;

struct Vcpu {
  Task task;
  abi::Mailbox* mailbox = nullptr;
  // Memory offered with the next vcpu_run, and for which of the VM's, from its base on.
  Range offered{};
  std::uint64_t offered_offset = 0;
  unsigned idle_exits = 0;   // waits in a row
  unsigned busy_slices = 0;  // whole slices in a row without a call, an access or a wait
};

enum class VmLife : std::uint8_t { empty, running, crashed, ended };

struct Vm {
  unsigned slot = 0;
  // From the boot modules; constant.
  abi::SignedManifest manifest{};
  std::array<Range, abi::kMaxImages> images{};  // in RAM, read-only
  unsigned runs_left = 0;

  VmLife life = VmLife::empty;
  std::uint32_t vmid = 0;
  std::uint64_t time_offset = 0;  // CNTVOFF
  TaskGroup group;                // guarded by the scheduler
  bool wants_reset = false;

  Lock memory_lock;
  GuestMemory memory;

  Vgic vgic;
  Lock uart_lock;
  Pl011 uart;
  // Typed, not yet in the UART's FIFO: a ring, `typed_count` characters from `typed_first` on.
  std::array<char, 256> typed{};
  unsigned typed_first = 0, typed_count = 0;
  Ring ring;
  std::atomic<bool> reported_hole{false}, reported_spin{false};
  std::array<std::atomic<std::uint64_t>, 10> exits{};  // by ExitReason

  std::array<Vcpu, abi::kMaxVcpus> vcpus;

  std::uint64_t memory_bytes() const { return manifest.body.memory_bytes; }
  unsigned vcpu_count() const { return manifest.body.vcpus; }
  PageUse use() const { return static_cast<PageUse>(kFirstVm + slot); }
};

// All of KServ's state beyond one exit.
struct KServ {
  PageAllocator pages;
  Scheduler scheduler;
  Consoles consoles;
  std::array<Vm, kMaxVmSlots> vms;
  unsigned vm_count = 0;
  std::atomic<unsigned> vms_alive{0};
  unsigned list_registers = 0;
  bool has_ring = false;  // kserv.ring=on
  // For measurements, what a bigger host would do. kserv.user=on: UARTs as if their emulator were a
  // process. kserv.footprint=N: a word in each of N pages is read after every
  // exit.
  std::uint64_t footprint_pages = 0, footprint = 0;  // how many, where the first lies
  bool has_user_trips = false;
};
extern KServ g_kserv;

// Fills g_kserv.vms from the modules below /chosen; what is wrong with one is said, and it is left
// out. Nothing is allocated.
void find_vms(const DeviceTree& tree);
// Of a module: memory that must not be given away.
void reserve_modules(const DeviceTree& tree, PageAllocator& pages);

// Registers, loads and verifies; vCPU 0 is ready when it returns true. False: the VM has ended, and
// why has been said.
bool create(Vm& vm);
// After its last vCPU has left: takes its pages back; makes it again if it wants that.
void retire(Vm& vm);
// A line about the VM, and it never runs again; its memory stays lost, for only the VM itself can
// power off.
void crash(Vm& vm, const char* why, std::uint64_t what);

void notify(Vm& vm, VcpuSet vcpus);
const char* name_of(std::int64_t result);

}  // namespace armature::kserv
