// A plain statement of what the calls of KCore do to ownership and states: one thread, whole maps, no
// tables, no locks, no barriers, no cryptography. Written from hyp/abi and the specification, apart
// from the code of KCore, which is compared with it call by call (tests/hyp_core/model_test.cc).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "hyp/abi/calls.h"
#include "hyp/abi/mailbox.h"

namespace armature::model {

inline constexpr std::uint64_t kPage = 4096, kBlock = 2 << 20;
inline constexpr std::uint64_t kKServ = 0, kKCore = abi::kMaxVms + 1;

struct PageState {
  std::uint64_t owner = kKServ, count = 0, gfn = 0;
  bool exported = false;
  // Which page of data it holds: 0 is all zeroes, other numbers are contents that somebody wrote.
  std::uint64_t contents = 0;
};

// RAM by address of a page.
class Ram {
 public:
  Ram(std::uint64_t base, std::uint64_t bytes) : base_(base), pages_(bytes / kPage) {}
  PageState* find(std::uint64_t pa) {
    const std::uint64_t n = (pa - base_) / kPage;
    return pa % kPage == 0 && n < pages_.size() ? &pages_[n] : nullptr;  // wraps below the base
  }
  const PageState* find(std::uint64_t pa) const { return const_cast<Ram*>(this)->find(pa); }
  PageState& operator[](std::uint64_t pa) { return *find(pa); }
  std::uint64_t begin() const { return base_; }
  std::uint64_t end() const { return base_ + pages_.size() * kPage; }

 private:
  std::uint64_t base_;
  std::vector<PageState> pages_;
};

enum class VmState { ready, verified, powered_off, exporting };
enum class VcpuState { unused, ready };
enum class Waits { nothing, memory, mmio, hypercall };

struct Vcpu {
  VcpuState state = VcpuState::unused;
  std::uint64_t mailbox = 0;
  bool is_on = false, ran = false, sealed = false;
  Waits waits = Waits::nothing;
  std::uint64_t gpa = 0;  // memory
};

struct Image {
  std::uint64_t gpa = 0, bytes = 0, mapped = 0;
  std::uint64_t pages() const { return (bytes + kPage - 1) / kPage; }
};

struct Vm {
  VmState state = VmState::ready;
  std::uint64_t tables = 0;             // pages it may use
  std::map<std::uint64_t, std::uint64_t> pages;  // gpa -> pa, of each page
  std::set<std::uint64_t> blocks;       // gpa of what is mapped by a block
  std::set<std::uint64_t> level2, level3;  // which tables there are, by gpa / 1 GiB and gpa / 2 MiB
  std::vector<Image> images;
  std::array<Vcpu, abi::kMaxVcpus> vcpus;
  std::uint64_t memory_bytes = 0;
  std::uint64_t import_from = 0, import_next = 0;
};

// A sealed record, as far as it can be imported.
struct Record {
  abi::SealedKind kind;
  std::uint64_t source, sequence, index, contents;
  Vcpu vcpu;
  bool operator==(const Record& other) const { return source == other.source && sequence == other.sequence; }
};

struct Export {
  std::uint64_t pages_left = 0, vcpus_left = 0, next = 0, importer = 0, vcpu_mask = 0, memory_bytes = 0;
};

// What a vCPU does while it runs.
struct GuestEvent {
  enum class Kind { interrupt, wait, memory, mmio, hypercall, grant, revoke, cpu_on, cpu_off, system_off, sgi };
  Kind kind = Kind::interrupt;
  std::uint64_t address = 0, bytes = 0;  // memory, mmio, grant, revoke, entry of cpu_on
  std::uint64_t target = 0;              // cpu_on
};

struct RunResult {
  std::int64_t result;
  abi::PageOutcome page = abi::PageOutcome::none;
  std::vector<std::int64_t> answers;  // x0 after each grant, revoke and refused cpu_on
};

class Model {
 public:
  // RAM [base, base + bytes), of which KCore has the first pages; `tables` pages for tables of VMs.
  Model(std::uint64_t base, std::uint64_t bytes, std::uint64_t kcore_pages, std::uint64_t tables);

  std::int64_t register_kvm(std::uint64_t tables);
  std::int64_t register_vcpu(std::uint64_t vmid, std::uint64_t vcpuid, std::uint64_t mailbox);
  std::int64_t set_boot_info(std::uint64_t vmid, std::uint64_t gpa, std::uint64_t bytes);
  std::int64_t remap_vm_image(std::uint64_t vmid, std::uint64_t pa, std::uint64_t image, std::uint64_t pages);
  // `owner_agrees`: the manifest is signed, about these images, and their contents are as signed.
  std::int64_t verify_vm_images(std::uint64_t vmid, std::uint64_t manifest, bool owner_agrees,
                                std::uint64_t memory_bytes);
  std::int64_t phys_addr_ioremap(std::uint64_t vmid, std::uint64_t gpa, std::uint64_t pa, std::uint64_t bytes);
  std::int64_t clear_vm_s2_range(std::uint64_t vmid, std::uint64_t pa, std::uint64_t bytes);
  std::int64_t timer_set_cntvoff(std::uint64_t vmid);
  RunResult vcpu_run(std::uint64_t vmid, std::uint64_t vcpuid, const abi::MailboxIn& in, bool in_is_well_formed,
                     const std::vector<GuestEvent>& guest);
  // `record`: the one whose header is at the header's place, nothing when KServ has changed that.
  // `ciphertext_fits`: the page still holds what was sealed with it.
  std::int64_t encrypt_buf(std::uint64_t vmid, std::uint64_t in, std::uint64_t out, std::uint64_t header,
                           std::optional<Record>& record);
  std::int64_t decrypt_buf(std::uint64_t vmid, std::uint64_t page, std::uint64_t header,
                           const std::optional<Record>& at_header, bool ciphertext_fits);
  std::int64_t save_crypt_vcpu(std::uint64_t vmid, std::uint64_t vcpuid, std::uint64_t out,
                               std::optional<Record>& record);
  std::int64_t load_crypt_vcpu(std::uint64_t vmid, std::uint64_t vcpuid, std::uint64_t in,
                               const std::optional<Record>& record, bool ciphertext_fits);

  enum class Touch { reached, halted };
  Touch kserv_touch(std::uint64_t pa);

  // The invariants of the specification; the first that fails, or nullptr.
  const char* broken_invariant() const;

  Ram ram;
  std::set<std::uint64_t> kserv_maps;
  std::map<std::uint64_t, Vm> vms;
  std::map<std::uint64_t, Export> exports;
  std::uint64_t tables_left;

 private:
  Vm* find(std::uint64_t vmid);
  bool is_kservs(std::uint64_t pa) const;
  std::int64_t check_map(const Vm& vm, std::uint64_t gpa, std::uint64_t pa, std::uint64_t pages, bool blocks) const;
  void map(Vm& vm, std::uint64_t gpa, std::uint64_t pa, std::uint64_t pages, bool blocks);
  void assign(std::uint64_t vmid, Vm& vm, std::uint64_t gpa, std::uint64_t pa, std::uint64_t pages);
  void give_back(std::uint64_t pa);
  void stop(Vm& vm, VmState state);
  std::int64_t grant(std::uint64_t vmid, Vm& vm, const GuestEvent& event);
  std::int64_t answer(std::uint64_t vmid, Vm& vm, Vcpu& vcpu, const abi::MailboxIn& in, RunResult& result);
  std::int64_t check_record(std::uint64_t vmid, const Vm& vm, const std::optional<Record>& record,
                            abi::SealedKind kind) const;
  void accept(std::uint64_t vmid, Vm& vm, const Record& record);
};

}  // namespace armature::model
