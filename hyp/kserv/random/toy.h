// A VM that a player makes of the guest `puppet`, and all that the player knows of it: so it can tell of
// every call whether KCore must take or refuse it, and of every word of the VM's memory what it is. Toys
// are played by one core each.
#pragma once

#include <array>
#include <cstdint>

#include "hyp/abi/guest.h"
#include "hyp/abi/image.h"
#include "hyp/abi/mailbox.h"
#include "hyp/kserv/random/random.h"
#include "hyp/kserv/vm.h"

namespace armature::kserv::random {

class Toy {
 public:
  // Does one thing with it, mostly one call; right or wrong, as it is.
  void play(Random& random);
  // A page that is its own for good, to be asked for by others; kNone when it has none.
  std::uint64_t some_page(Random& random) const;
  std::uint64_t vmid() const { return vmid_; }

 private:
  static constexpr unsigned kVcpus = 2, kMaxPages = 24;
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};

  enum class State : std::uint8_t { none, ready, verified, over };
  enum class Waits : std::uint8_t { nothing, memory, mmio, hypercall };
  struct Page {
    std::uint64_t gpa, pa, bytes;
    std::uint32_t value;  // of its first word
    std::uint32_t grants;
  };
  struct Vcpu {
    std::uint64_t mailbox = kNone;
    bool is_on = false;
    Waits waits = Waits::nothing;
    std::uint64_t gpa = 0;       // memory
    std::uint32_t expected = 0;  // the result that it will report
    bool is_told = false;        // it carries out `told`
    abi::PuppetCommand told{};
    std::uint64_t told_gpa = 0;
    std::uint32_t told_value = 0;
  };
  struct Record {
    std::uint64_t page, header;  // header: of a page's record
    unsigned vcpu;               // of a vCPU's
  };

  void begin(Random& random);
  void build(Random& random);
  void spoil_building(Random& random);
  void verify(Random& random);
  void live(Random& random);
  void spoil_living(Random& random);
  void run(Random& random, unsigned n);
  std::uint64_t fill_mailbox(Random& random, Vcpu& vcpu, abi::MailboxIn& in);
  void after_exit(unsigned n, const abi::MailboxOut& out);
  void after_psci(Vcpu& vcpu, const abi::MailboxOut& out);
  void report(Vcpu& vcpu, std::uint32_t result);
  std::uint64_t tell(Random& random, unsigned n);
  void look_at_granted(Random& random);
  void move(Random& random);
  bool export_all(Random& random, std::array<Record, kMaxPages + kVcpus>& records, unsigned& count);
  void import_all(Random& random, Toy& to, std::array<Record, kMaxPages + kVcpus>& records, unsigned count);
  void freeze(Random& random);
  void clear(Random& random);
  void take_back(std::uint64_t from, std::uint64_t bytes, std::int64_t result);

  Page* page_at(std::uint64_t gpa);
  unsigned owned_within(std::uint64_t from, std::uint64_t bytes) const;
  abi::Mailbox& mail(unsigned n) const { return *reinterpret_cast<abi::Mailbox*>(vcpus_[n].mailbox); }

  State state_ = State::none;
  std::uint64_t vmid_ = 0;
  bool has_image_ = false, has_device_ = false;
  std::array<Vcpu, kVcpus> vcpus_{};
  std::array<Page, kMaxPages> pages_{};
  unsigned page_count_ = 0;
  std::uint32_t next_value_ = 1;
};

}  // namespace armature::kserv::random
