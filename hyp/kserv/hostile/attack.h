// An attack of KServ on its VMs or on KCore. It ends in a refusal, or KCore halts the machine; an
// attack that comes back from what should halt has got through.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "hyp/kserv/vm.h"

namespace armature::kserv::hostile {

struct Verdict {
  bool refused = false;
  const char* what = "";     // how it was refused, or what got through
  std::uint64_t detail = 0;  // a Result, a value, a count
};

enum class Moment : std::uint8_t {
  between,  // on core 0, while the victim's vCPUs are where they are
  entry,    // a vCPU of the victim is about to be entered; its mailbox is filled
  offer,    // the same, and the mailbox offers memory
  made,     // the victim's memory is being offered, from the first page on; judged at its end
  stopped,  // it has powered off, its pages are still its own
  gone,     // its pages are KServ's again
  granted,  // a page is granted, `granted_page`; it is revoked before `between`
};

enum class End : std::uint8_t { refused, halted };

struct Attack {
  std::string_view name;
  Moment when;
  End expected;
  Verdict (*run)(Vm& victim, Vcpu* vcpu);  // vcpu: at entry and offer
};

std::span<const Attack> access_attacks();    // loads, stores, fetches, walks
std::span<const Attack> page_attacks();      // calls that give pages away
std::span<const Attack> call_attacks();      // numbers, states
std::span<const Attack> image_attacks();     // what is verified
std::span<const Attack> entry_attacks();     // the mailbox
std::span<const Attack> core_attacks();      // two cores at once, power states
std::span<const Attack> register_attacks();  // EL2's registers, what a VM leaves in KServ's
std::span<const Attack> leftover_attacks();  // what stays in a page when it changes hands

extern std::uint64_t granted_page;  // where it lies; kNone before

// Of the leftovers: memory that is about to be offered.
void note_offer(const Range& memory);

// Expects every result in turn to be a refusal.
class Refusals {
 public:
  void expect(std::int64_t result, const char* what) {
    ++count_;
    if (result < 0 || got_through_ != nullptr) return;
    got_through_ = what;
    result_ = static_cast<std::uint64_t>(result);
  }
  Verdict verdict() const {
    return got_through_ != nullptr ? Verdict{false, got_through_, result_}
                                   : Verdict{true, "tries", count_};
  }

 private:
  const char* got_through_ = nullptr;
  std::uint64_t result_ = 0, count_ = 0;
};

}  // namespace armature::kserv::hostile
