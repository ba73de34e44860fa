// How a toy ends: powered off or frozen, moved to another VMID, its pages back at KServ.
#include <cstring>

#include "hyp/kserv/hostile/support.h"
#include "hyp/kserv/random/calls.h"
#include "hyp/kserv/random/puppet.h"
#include "hyp/kserv/random/toy.h"

namespace armature::kserv::random {

using abi::Call;
using hostile::own_page;

// Only the VM can power itself off; KServ can freeze it for an export.
void Toy::freeze(Random& random) {
  const std::uint64_t out = own_page(), header = own_page();
  make(Expect::accepted, Call::encrypt_buf, vmid_, some_page(random), out, header);
  release_page(out);
  release_page(header);
  state_ = State::over;
}

bool Toy::export_all(Random& random, std::array<Record, kMaxPages + kVcpus>& records, unsigned& count) {
  const std::uint64_t headers = own_page();
  for (unsigned n = 0; n < page_count_; ++n) {
    Record record{own_page(), headers + n * sizeof(abi::SealedHeader), 0};
    if (make(Expect::accepted, Call::encrypt_buf, vmid_, pages_[n].pa, record.page, record.header) < 0) return false;
    records[count++] = record;
    if (random.one_in(5)) make(Expect::refused, Call::encrypt_buf, vmid_, pages_[n].pa, record.page, record.header);
  }
  state_ = State::over;
  for (unsigned n = 0; n < kVcpus; ++n) {
    Record record{own_page(), kNone, n};
    if (make(Expect::accepted, Call::save_crypt_vcpu, vmid_, n, record.page) < 0) return false;
    records[count++] = record;
    if (random.one_in(5)) make(Expect::refused, Call::save_crypt_vcpu, vmid_, n, record.page);
  }
  return true;
}

// In their order only. A record that was changed is refused, and its page comes back as zeroes.
void Toy::import_all(Random& random, Toy& to, std::array<Record, kMaxPages + kVcpus>& records, unsigned count) {
  for (unsigned n = 0; n < kVcpus; ++n) {
    to.vcpus_[n] = vcpus_[n];
    to.vcpus_[n].mailbox = own_page();
    std::memset(&to.mail(n), 0, kPageBytes);
    make(Expect::accepted, Call::register_vcpu, to.vmid_, n, to.vcpus_[n].mailbox);
  }
  const bool tampers = random.one_in(4);
  const unsigned which = tampers ? static_cast<unsigned>(random.below(page_count_)) : count;
  for (unsigned n = 0; n < count; ++n) {
    Record& record = records[n];
    if (record.header == kNone) {
      make(Expect::refused, Call::load_crypt_vcpu, to.vmid_, 1 - record.vcpu, record.page);
      make(Expect::accepted, Call::load_crypt_vcpu, to.vmid_, record.vcpu, record.page);
      continue;
    }
    if (n + 1 < page_count_ && random.one_in(3)) {
      make(Expect::refused, Call::decrypt_buf, to.vmid_, records[n + 1].page, records[n + 1].header);
    }
    make(Expect::refused, Call::decrypt_buf, to.vmid_, pages_[n].pa, record.header);  // the VM's old page
    if (n == which) reinterpret_cast<std::uint8_t*>(record.page)[random.below(kPageBytes)] ^= 1u << random.below(8);
    make(n == which ? Expect::refused : Expect::accepted, Call::decrypt_buf, to.vmid_, record.page, record.header);
    if (n == which) {
      must(word(record.page) == 0, "a record that was refused leaves", record.page, word(record.page));
      make(Expect::refused, Call::verify_vm_images, to.vmid_, record.page);
      to.state_ = State::over;
      return;
    }
    to.pages_[to.page_count_++] = {pages_[n].gpa, record.page, kPageBytes, pages_[n].value, 0};
    record.page = kNone;  // it is the VM's now
  }
  to.state_ = State::verified;
}

// The whole VM goes through KServ's hands, sealed, and lives on under another VMID.
void Toy::move(Random& random) {
  std::array<Record, kMaxPages + kVcpus> records{};
  unsigned count = 0;
  Toy to;
  if (export_all(random, records, count)) {
    const std::int64_t vmid = make(Expect::either, Call::register_kvm, kPuppetTables);
    if (vmid >= 0) {
      to.vmid_ = static_cast<std::uint64_t>(vmid);
      to.state_ = State::ready;
      to.next_value_ = next_value_;
      import_all(random, to, records, count);
    }
  }
  if (count != 0) release_page(records[0].header & ~(kPageBytes - 1));
  for (unsigned n = 0; n < count; ++n) {
    if (records[n].page != kNone) release_page(records[n].page);
  }
  take_back(0, ~(kPageBytes - 1), make(Expect::accepted, Call::clear_vm_s2_range, vmid_, 0, ~(kPageBytes - 1)));
  *this = to;
}

unsigned Toy::owned_within(std::uint64_t from, std::uint64_t bytes) const {
  std::uint64_t pages = 0;
  for (unsigned n = 0; n < page_count_; ++n) {
    if (pages_[n].pa - from < bytes) pages += pages_[n].bytes / kPageBytes;
  }
  return static_cast<unsigned>(pages);
}

// What is KServ's again is zero, whoever looks.
void Toy::take_back(std::uint64_t from, std::uint64_t bytes, std::int64_t result) {
  must(result == owned_within(from, bytes), "pages that came back", from, static_cast<std::uint64_t>(result));
  for (unsigned n = 0; n < page_count_;) {
    const Page page = pages_[n];
    if (page.pa - from >= bytes) {
      ++n;
      continue;
    }
    for (std::uint64_t at = page.pa; at < page.pa + page.bytes; at += page.bytes / 64) {
      must(*reinterpret_cast<const volatile std::uint64_t*>(at) == 0, "a page comes back with", at, word(at));
    }
    release_memory(page.pa, page.bytes);
    pages_[n] = pages_[--page_count_];
  }
  for (Vcpu& vcpu : vcpus_) {
    if (vcpu.mailbox == kNone || vcpu.mailbox - from >= bytes) continue;
    release_page(vcpu.mailbox);
    vcpu.mailbox = kNone;
  }
  bool has_mailbox = false;
  for (const Vcpu& vcpu : vcpus_) has_mailbox = has_mailbox || vcpu.mailbox != kNone;
  if (page_count_ == 0 && !has_mailbox) state_ = State::none;
}

void Toy::clear(Random& random) {
  const auto n = static_cast<unsigned>(random.below(kVcpus));
  std::uint64_t from = 0, bytes = ~(kPageBytes - 1);
  switch (random.below(8)) {
    case 0: make(Expect::refused, Call::vcpu_run, vmid_, n); return;
    case 1: make(Expect::refused, Call::set_boot_info, vmid_, puppet_image().load_gpa, kPageBytes); return;
    case 2: make(Expect::refused, Call::clear_vm_s2_range, vmid_, 8 + random.below(4000), kPageBytes); return;
    case 3: break;
    default:
      if (page_count_ != 0 && random.one_in(2)) {
        const Page& page = pages_[random.below(page_count_)];
        from = page.pa;
        bytes = page.bytes;
      } else if (vcpus_[n].mailbox != kNone) {
        from = vcpus_[n].mailbox;
        bytes = kPageBytes;
      }
      break;
  }
  take_back(from, bytes, make(Expect::accepted, Call::clear_vm_s2_range, vmid_, from, bytes));
}

}  // namespace armature::kserv::random
