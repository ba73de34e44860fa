// KServ from its first C++ instruction to the loop in which every core ends.
#include "hyp/abi/boot.h"
#include "hyp/kserv/aarch64/core.h"
#include "hyp/kserv/aarch64/registers.h"
#include "hyp/kserv/conduct.h"
#include "hyp/kserv/exits.h"
#include "hyp/kserv/log.h"
#include "hyp/kserv/vm.h"

extern "C" std::uint8_t kserv_image_start[], kserv_image_end[];
extern "C" void kserv_secondary_entry();
extern "C" void kserv_user_trip();

namespace armature::kserv {

void write_log_line(std::string_view text) { g_kserv.consoles.log(text); }

void fail_with(std::string_view text) {
  g_kserv.consoles.log(text);
  g_kserv.consoles.finish();
  machine::power_off();
}

namespace machine {

std::int64_t call(abi::Call number, std::uint64_t x1, std::uint64_t x2, std::uint64_t x3,
                  std::uint64_t x4) {
  register std::uint64_t r0 asm("x0") = static_cast<std::uint64_t>(number);
  register std::uint64_t r1 asm("x1") = x1;
  register std::uint64_t r2 asm("x2") = x2;
  register std::uint64_t r3 asm("x3") = x3;
  register std::uint64_t r4 asm("x4") = x4;
  // Memory: KCore reads and writes the mailbox, and pages change hands.
  asm volatile("hvc #0" : "+r"(r0) : "r"(r1), "r"(r2), "r"(r3), "r"(r4) : "memory");
  return static_cast<std::int64_t>(r0);
}

namespace {
constexpr std::uint64_t kPsciCpuOn = 0xc400'0003, kPsciSystemOff = 0x8400'0008;

std::int64_t firmware(std::uint64_t function, std::uint64_t x1, std::uint64_t x2,
                      std::uint64_t x3) {
  register std::uint64_t r0 asm("x0") = function;
  register std::uint64_t r1 asm("x1") = x1;
  register std::uint64_t r2 asm("x2") = x2;
  register std::uint64_t r3 asm("x3") = x3;
  asm volatile("smc #0"
               : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3)
               :
               : "memory", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
                 "x15", "x16", "x17");
  return static_cast<std::int64_t>(r0);
}
}  // namespace

std::uint64_t now() {
  asm volatile("isb" ::: "memory");  // not before what comes first in the program
  return KSERV_READ_REGISTER(CNTPCT_EL0);
}
std::uint64_t ticks_per_second() { return KSERV_READ_REGISTER(CNTFRQ_EL0); }
unsigned this_core() { return static_cast<unsigned>(KSERV_READ_REGISTER(TPIDR_EL1)); }

void user_trip() { kserv_user_trip(); }

void power_off() {
  firmware(kPsciSystemOff, 0, 0, 0);
  for (;;) asm volatile("wfi");
}

}  // namespace machine

namespace aarch64 {
namespace {

std::atomic<unsigned> g_cores_up{0};

void sleep_until_something() {
  machine::set_timer(g_kserv.scheduler.next_wake());
  asm volatile("dsb sy\n wfi" ::: "memory");
}

[[noreturn]] void run_core() {
  const unsigned self = machine::this_core();
  for (;;) {
    machine::serve_interrupts();
    conduct::between_slices();
    if (Task* task = g_kserv.scheduler.pick(self))
      run_slice(*task);
    else
      sleep_until_something();
  }
}

void start_cores() {
  for (unsigned n = 1; n < g_board.core_count; ++n) {
    Core& core = g_board.cores[n];
    // The new core reads its number with its caches off.
    asm volatile("dc civac, %0\n dsb sy" : : "r"(&core) : "memory");
    const std::int64_t result = machine::firmware(
        machine::kPsciCpuOn, core.affinity, reinterpret_cast<std::uint64_t>(&kserv_secondary_entry),
        reinterpret_cast<std::uint64_t>(&core));
    if (result != 0) {
      log("core ", n, " does not start: PSCI ", result);
      continue;
    }
    while (g_cores_up.load(std::memory_order_acquire) <= n) asm volatile("yield");
  }
}

// All of RAM but KCore, the tree, this image, the modules and the bookkeeping itself.
void open_pages(const DeviceTree& tree, std::uint64_t tree_address) {
  const Range image{reinterpret_cast<std::uint64_t>(kserv_image_start),
                    static_cast<std::uint64_t>(kserv_image_end - kserv_image_start)};
  // Behind the last module lies memory that nobody has.
  std::uint64_t after = image.end();
  const auto chosen = tree.child(*tree.root(), "chosen");
  for (auto node = chosen ? tree.first_child(*chosen) : chosen; node;
       node = tree.next_sibling(*node)) {
    const auto reg =
        tree.is_compatible(*node, ARMATURE_MODULE_COMPATIBLE) ? tree.reg(*node, 0) : std::nullopt;
    if (reg && reg->end() > after) after = reg->end();
  }
  const Range bookkeeping{(after + kPageBytes - 1) & ~(kPageBytes - 1),
                          PageAllocator::bytes_for(g_board.ram.bytes)};
  if (bookkeeping.end() > g_board.ram.end()) fail("no RAM is left behind the modules");
  g_kserv.pages.open(g_board.ram, reinterpret_cast<void*>(bookkeeping.base));
  g_kserv.pages.reserve(bookkeeping);
  g_kserv.pages.reserve(image);
  g_kserv.pages.reserve({tree_address & ~(kPageBytes - 1), abi::kDeviceTreeBytes});
  const auto reserved = tree.child(*tree.root(), "reserved-memory");
  for (auto node = reserved ? tree.first_child(*reserved) : reserved; node;
       node = tree.next_sibling(*node)) {
    if (const auto reg = tree.reg(*node, 0)) g_kserv.pages.reserve(*reg);
  }
  reserve_modules(tree, g_kserv.pages);
}

// At most the 512 pages of a block.
void open_footprint(const DeviceTree& tree) {
  std::uint64_t pages = 0;
  for (const char c : boot_option(tree, "kserv.footprint").value_or(std::string_view{})) {
    if (c >= '0' && c <= '9') pages = pages * 10 + static_cast<unsigned>(c - '0');
  }
  if (pages == 0) return;
  const auto block = g_kserv.pages.block(kKServ);
  if (!block || pages > kBlockPages)
    fail("kserv.footprint: more than ", kBlockPages, " pages, or no memory");
  g_kserv.footprint = *block;
  g_kserv.footprint_pages = pages;
}

}  // namespace

extern "C" void kserv_main(std::uint64_t tree_address) {
  KSERV_WRITE_REGISTER(TPIDR_EL1, 0);
  open_uarts();
  g_kserv.consoles.open(1, 1, send_character);
  const DeviceTree tree(reinterpret_cast<const std::uint8_t*>(tree_address), abi::kDeviceTreeBytes);
  if (!tree.root() || g_board.ram.bytes == 0) fail("no device tree at ", Hex{tree_address});
  open_distributor();
  open_core_interrupts(g_board.cores[0]);
  open_pages(tree, tree_address);
  g_cores_up = 1;
  start_cores();
  log(g_cores_up.load(), " of ", g_board.core_count, " cores, ", g_board.uart_count, " UARTs, ",
      g_kserv.pages.free_pages() >> 8, " MiB of ", g_board.ram.bytes >> 20, " MiB free");

  const std::int64_t version = machine::call(abi::Call::enable_s2_trans);
  if (version != static_cast<std::int64_t>(abi::kVersion)) {
    fail("KCore runs no VMs: enable_s2_trans gives ", version, ", wanted ", abi::kVersion);
  }
  const std::int64_t registers =
      machine::call(abi::Call::kcore_info, static_cast<std::uint64_t>(abi::Info::list_registers));
  if (registers <= 0) fail("KCore has no list registers");
  g_kserv.list_registers = static_cast<unsigned>(registers);
  g_kserv.has_ring = boot_option(tree, "kserv.ring") == std::string_view("on");
  open_footprint(tree);
  g_kserv.has_user_trips = boot_option(tree, "kserv.user") == std::string_view("on");
  conduct::begin(tree);
  find_vms(tree);
  g_kserv.consoles.open(g_board.uart_count, g_kserv.vm_count, send_character);
  if (g_kserv.vms_alive == 0) fail("no VM to run");
  // Held by this loop, so that VMs that end at once do not end the machine before all are made.
  ++g_kserv.vms_alive;
  for (unsigned n = 0; n < g_kserv.vm_count; ++n) {
    if (g_kserv.vms[n].life == VmLife::running) create(g_kserv.vms[n]);
  }
  if (--g_kserv.vms_alive == 0) fail("all VMs have ended");
  run_core();
}

extern "C" void kserv_secondary_main(Core* core) {
  KSERV_WRITE_REGISTER(TPIDR_EL1, core->number);
  open_core_interrupts(*core);
  g_cores_up.fetch_add(1, std::memory_order_release);
  run_core();
}

extern "C" [[noreturn]] void kserv_exception(std::uint64_t vector, std::uint64_t esr,
                                             std::uint64_t pc, std::uint64_t far) {
  // Past the console's lock, whose holder may be this core.
  const Line line("\r\nkserv| exception ", vector, " on core ", machine::this_core(), ": ESR_EL1 ",
                  Hex{esr}, ", pc ", Hex{pc}, ", FAR_EL1 ", Hex{far}, "\r\n");
  for (const char c : line.text()) send_character(0, c);
  machine::power_off();
}

}  // namespace aarch64
}  // namespace armature::kserv
