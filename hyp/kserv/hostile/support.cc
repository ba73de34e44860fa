#include "hyp/kserv/hostile/support.h"

#include <cstring>
#include <utility>

#include "hyp/kserv/aarch64/core.h"
#include "hyp/kserv/aarch64/registers.h"
#include "hyp/kserv/log.h"

extern "C" std::uint8_t hostile_vectors[];
extern "C" std::uint64_t kserv_level1_table[512];  // mmu.cc
extern "C" {
volatile std::uint64_t hostile_expected[armature::kserv::machine::kMaxCores];
}

namespace armature::kserv::hostile {
namespace {

std::array<std::uint64_t, 2> g_kcore{};  // its image, its tables

// The window's last GiB of KServ's 512.
constexpr std::uint64_t kWindow = std::uint64_t{511} << 30;
alignas(4096) std::uint64_t g_level2[512], g_level3[512];

// Descriptors (Arm ARM, VMSAv8-64 translation table format descriptors).
constexpr std::uint64_t kTable = 0b11, kPage = 0b11, kAccessFlag = 1 << 10, kInnerShareable = 3 << 8;
constexpr std::uint64_t kNoncacheable = 0x44;  // MAIR: Normal, Inner and Outer Non-cacheable

std::atomic<Job> g_job{nullptr};
std::atomic<unsigned> g_job_core{1};
std::atomic<bool> g_done{false};
std::atomic<unsigned> g_here{0};

}  // namespace

void learn_board(const DeviceTree& tree) {
  const auto root = tree.root();
  const auto reserved = root ? tree.child(*root, "reserved-memory") : root;
  unsigned count = 0;
  for (auto node = reserved ? tree.first_child(*reserved) : reserved; node; node = tree.next_sibling(*node)) {
    const auto reg = tree.reg(*node, 0);
    if (reg && count < g_kcore.size()) g_kcore[count++] = reg->base;
  }
  if (g_kcore[0] > g_kcore[1]) std::swap(g_kcore[0], g_kcore[1]);  // the tables lie above
}

void prepare_core() {
  static std::array<bool, machine::kMaxCores> done{};
  if (done[machine::this_core()]) return;
  done[machine::this_core()] = true;
  KSERV_WRITE_REGISTER(VBAR_EL1, reinterpret_cast<std::uint64_t>(hostile_vectors));
  KSERV_WRITE_REGISTER(MAIR_EL1, KSERV_READ_REGISTER(MAIR_EL1) | kNoncacheable << 16);
  asm volatile("isb" ::: "memory");
}

std::uint64_t kcore_page() { return g_kcore[0]; }
std::uint64_t kcore_tables() { return g_kcore[1]; }
std::uint64_t device_page() { return aarch64::g_board.distributor; }
std::uint64_t beyond_ram() { return aarch64::g_board.ram.end(); }

std::uint64_t secret_page(const Vm& victim) {
  // The guest's own part lies behind its image, from the next 2 MiB on.
  return victim.memory.find(2 * kBlockBytes).value_or(kNone);
}

std::uint64_t own_page() {
  const auto page = g_kserv.pages.page(kKServ);
  if (!page) fail("hostile: no memory");
  return *page;
}

volatile std::uint64_t* alias(std::uint64_t address, Alias how, unsigned slot) {
  kserv_level1_table[kWindow >> 30] = reinterpret_cast<std::uint64_t>(g_level2) | kTable;
  g_level2[0] = reinterpret_cast<std::uint64_t>(g_level3) | kTable;
  const std::uint64_t at = kWindow + slot * kPageBytes;
  g_level3[slot] = 0;
  asm volatile("dsb ishst\n tlbi vaae1is, %0\n dsb ish" ::"r"(at >> 12) : "memory");
  g_level3[slot] = (address & ~(kPageBytes - 1)) | kPage | kAccessFlag | kInnerShareable |
                   static_cast<std::uint64_t>(how) << 2;
  asm volatile("dsb ishst\n isb" ::: "memory");
  return reinterpret_cast<volatile std::uint64_t*>(at + address % kPageBytes);
}

bool arm_exception() {
  hostile_expected[machine::this_core()] = 1;
  asm volatile("dsb sy\n isb" ::: "memory");
  return true;
}

bool disarm_exception() {
  asm volatile("dsb sy\n isb" ::: "memory");  // an asynchronous one would have come by now
  const bool came = hostile_expected[machine::this_core()] != 1;
  hostile_expected[machine::this_core()] = 0;
  return came;
}

bool start_on_other_core(Job job) {
  if (aarch64::g_board.core_count < 2) return false;
  g_done = false;
  g_here = 0;
  g_job_core = machine::this_core() == 0 ? 1 : 0;
  g_job = job;
  machine::kick(g_job_core);
  return true;
}

void finish_other_core() {
  while (!g_done) {
    machine::kick(g_job_core);
    const std::uint64_t later = machine::now() + machine::ticks_per_second() / 10'000;
    while (!g_done && machine::now() < later) {
    }
  }
}

bool run_on_other_core(Job job) {
  if (!start_on_other_core(job)) return false;
  finish_other_core();
  return true;
}

void serve_job() {
  if (machine::this_core() != g_job_core) return;
  const Job job = g_job.exchange(nullptr);
  if (job == nullptr) return;
  prepare_core();
  job();
  g_done = true;
}

void meet() {
  const unsigned round = g_here.fetch_add(1) / 2;
  while (g_here / 2 == round) asm volatile("yield");
}

std::int64_t firmware(std::uint64_t function, std::uint64_t x1, std::uint64_t x2, std::uint64_t x3) {
  register std::uint64_t r0 asm("x0") = function;
  register std::uint64_t r1 asm("x1") = x1;
  register std::uint64_t r2 asm("x2") = x2;
  register std::uint64_t r3 asm("x3") = x3;
  asm volatile("smc #0" : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3) : : "memory", "x4", "x5", "x6",
               "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17");
  return static_cast<std::int64_t>(r0);
}

OwnVm::OwnVm(unsigned vcpus) : vcpus_(vcpus) {
  vmid_ = machine::call(abi::Call::register_kvm, 16);
  for (unsigned n = 0; n < vcpus && is_good(); ++n) {
    mailboxes_[n] = own_page();
    std::memset(&mail(n), 0, kPageBytes);
    machine::call(abi::Call::register_vcpu, vmid(), n, mailboxes_[n]);
  }
}

OwnVm::~OwnVm() {
  if (!is_good()) return;
  // Nothing signs for a page of zeroes: the VM is powered off.
  abi::SignedManifest nothing{};
  if (!is_over_) verify(nothing);
  const auto give_back = [&](std::uint64_t page) {
    // What KCore keeps is lost to KServ.
    if (machine::call(abi::Call::clear_vm_s2_range, vmid(), page, kPageBytes) < 0) return;
    g_kserv.pages.release_page(page);
  };
  for (unsigned n = 0; n < vcpus_; ++n) give_back(mailboxes_[n]);
  for (unsigned n = 0; n < count_; ++n) give_back(pages_[n]);
}

void OwnVm::remember(std::uint64_t page) {
  if (count_ < pages_.size()) pages_[count_++] = page;
}

bool OwnVm::load(const Vm& original, unsigned left_out, unsigned changed) {
  const abi::ImageRecord& image = original.manifest.body.images[0];
  const std::int64_t index =
      machine::call(abi::Call::set_boot_info, vmid(), image.load_gpa, image.bytes);
  if (index < 0) return false;
  const std::uint64_t pages = (image.bytes + kPageBytes - 1) / kPageBytes;
  for (std::uint64_t n = 0; n + left_out < pages; ++n) {
    const std::uint64_t page = own_page();
    remember(page);
    auto* to = reinterpret_cast<std::uint8_t*>(page);
    const std::uint64_t left = image.bytes - n * kPageBytes;
    const std::uint64_t bytes = left < kPageBytes ? left : kPageBytes;
    std::memset(to, 0, kPageBytes);
    std::memcpy(to, reinterpret_cast<const std::uint8_t*>(original.images[0].base) + n * kPageBytes, bytes);
    if (n + 1 == pages) to[bytes - 1] = static_cast<std::uint8_t>(to[bytes - 1] + changed);
    if (machine::call(abi::Call::remap_vm_image, vmid(), page, static_cast<std::uint64_t>(index), 1) < 0) {
      return false;
    }
  }
  return true;
}

std::int64_t OwnVm::verify(const abi::SignedManifest& manifest) {
  const std::uint64_t page = own_page();
  std::memset(reinterpret_cast<void*>(page), 0, kPageBytes);
  std::memcpy(reinterpret_cast<void*>(page), &manifest, sizeof(manifest));
  const std::int64_t result = machine::call(abi::Call::verify_vm_images, vmid(), page);
  g_kserv.pages.release_page(page);
  is_over_ = is_over_ || result < 0;
  return result;
}

}  // namespace armature::kserv::hostile
