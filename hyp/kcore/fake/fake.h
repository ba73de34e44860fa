// The processor on the host: does what hyp/kcore/arch.h, processor.h and crypto.h say, notes the
// order of barriers and TLB maintenance, and can play the worst that other cores may do meanwhile.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hyp/kcore/core/core.h"
#include "hyp/kcore/core/processor.h"
#include "hyp/kcore/kcore.h"

namespace armature::kcore::fake {

enum class Op : std::uint8_t {
  order_before_link, descriptor, clean, firmware,
  write_vttbr, isb, dsb_ishst, dsb_ish, dsb_sy, tlbi_ipas2e1is, tlbi_vmalle1is, tlbi_vmalls12e1is,
  tlbi_alle1is, ic_ialluis, zero_page, clean_page, run_vcpu,
};
struct Step {
  Op op;
  std::uint64_t value = 0;  // descriptor, VTTBR, address, or firmware function
  bool operator==(const Step&) const = default;
};

struct FirmwareRequest {
  std::uint64_t function, x1, x2, x3;
};

// RAM at its own physical address, so that a pointer is a physical address as on the machine. Beside
// it what is in memory behind the caches: the two differ where a line is dirty.
class Ram {
 public:
  static constexpr std::uint64_t kBase = 0x4000'0000;
  explicit Ram(std::uint64_t bytes);
  ~Ram();
  Ram(const Ram&) = delete;
  Ram& operator=(const Ram&) = delete;
  PhysicalRange range() const { return {{kBase}, bytes_}; }
  std::uint64_t& word(std::uint64_t address) { return *reinterpret_cast<std::uint64_t*>(address); }
  // What a Non-cacheable read sees.
  std::uint64_t& word_in_memory(std::uint64_t address);
  void clean(std::uint64_t page);

 private:
  std::uint64_t bytes_;
  std::vector<std::uint8_t> memory_;
};

// Translations that other cores may hold. At every step of KCore they refill whatever a walk can give
// them, from the new value of a descriptor or, until a DSB, from the old one. Maintenance is done when
// a DSB completes it, and without a DSB between in the worse order.
class Observers {
 public:
  void watch(std::uint64_t vttbr, std::uint64_t ipa, unsigned start_level) {
    watched_.push_back({vttbr, ipa, start_level});
  }
  void clear() { *this = {}; }
  // Whether some core can still reach `ipa` of that VTTBR.
  bool can_reach(std::uint64_t vttbr, std::uint64_t ipa) const {
    return combined_.contains({vmid(vttbr), ipa}) || stage2_.contains({vmid(vttbr), ipa});
  }
  void before_descriptor(std::uint64_t* entry) { pending_.insert({entry, *entry}); }
  void step(const Step& step);

 private:
  using Key = std::pair<std::uint64_t, std::uint64_t>;  // VMID, IPA page
  struct Watch {
    std::uint64_t vttbr, ipa;
    unsigned start_level;
  };
  static std::uint64_t vmid(std::uint64_t vttbr) { return vttbr >> 48; }
  void refill();
  bool walk_finds(const Watch& watch) const;
  void complete();

  std::vector<Watch> watched_;
  std::map<std::uint64_t*, std::uint64_t> pending_;  // descriptors whose old value is still about
  std::set<Key> stage2_, combined_;
  std::vector<std::pair<Step, std::uint64_t>> maintenance_;  // not yet completed, with its VMID
  std::uint64_t vttbr_ = 0, vttbr_in_use_ = 0;
};

struct Processor {
  bool records = true;
  std::vector<Step> steps;
  Observers* observers = nullptr;
  Ram* ram = nullptr;
  std::vector<FirmwareRequest> requests;
  std::function<std::int64_t(const FirmwareRequest&)> firmware;  // 0 when empty
  std::string console;
  std::uint64_t vttbr = 0;
  unsigned core_number = 0, list_registers = 4, pa_bits = 44;
  // What a vCPU does; an interrupt ends its stay at once when empty.
  std::function<arch::GuestExit(ShadowContext&, const arch::GuestRun&)> guest;
  std::function<bool(ShadowContext&, std::uint64_t)> emulated_register;
};
extern Processor processor;

// What halt_this_core throws.
struct Halted {};

// A fresh processor; no core is known and the machine is not halted.
void reset();

}  // namespace armature::kcore::fake
