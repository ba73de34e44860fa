// What a page carries from one owner to the next: lines that are still dirty, words that were not
// zeroed, in the caches or behind them.
#include "hyp/kserv/aarch64/core.h"
#include "hyp/kserv/hostile/attack.h"
#include "hyp/kserv/hostile/support.h"

namespace armature::kserv::hostile {
namespace {

constexpr std::uint64_t kLineBytes = 64;
constexpr std::uint64_t kDirty = 0xd1d1'd1d1'd1d1'd1d1, kBehind = 0xbebe'bebe'bebe'bebe;

Range g_offered{};
std::array<Range, 16> g_pages{};  // of the victim, before they came back
unsigned g_count = 0;

// Every line of the memory that the VM gets holds one value in this core's cache and another in memory.
// If KCore did not clean them away, they would fall over the VM's data later. The VM looks.
Verdict dirty_lines(Vm&, Vcpu*) {
  static std::uint64_t lines = 0, offers = 0;
  for (std::uint64_t at = g_offered.base; at < g_offered.end(); at += kPageBytes) {
    volatile std::uint64_t* behind = alias(at, Alias::noncacheable, 8 + machine::this_core());
    for (std::uint64_t n = 0; n < kPageBytes / 8; n += kLineBytes / 8) {
      behind[n] = kBehind;
      *reinterpret_cast<volatile std::uint64_t*>(at + n * 8) = kDirty;
      ++lines;
    }
  }
  if (++offers < 8) return {false, nullptr, 0};
  return {true, "left to a VM whose data stay, lines", lines};
}

// Notes what is the victim's while it still is.
Verdict note_pages(Vm& victim, Vcpu*) {
  for (std::uint64_t from = 0; g_count < g_pages.size();) {
    const auto run = g_kserv.pages.next_run(victim.use(), from);
    if (!run) break;
    g_pages[g_count++] = *run;
    from = run->end();
  }
  return {g_count != 0, "runs of pages", g_count};
}

bool is_mailbox(const Vm& victim, std::uint64_t page) {
  for (unsigned n = 0; n < victim.vcpu_count(); ++n) {
    if (reinterpret_cast<std::uint64_t>(victim.vcpus[n].mailbox) == page) return true;
  }
  return false;
}

Verdict look_for_leftovers(Vm& victim, Alias how) {
  std::uint64_t pages = 0;
  for (unsigned run = 0; run < g_count; ++run) {
    for (std::uint64_t at = g_pages[run].base; at < g_pages[run].end(); at += kPageBytes, ++pages) {
      if (is_mailbox(victim, at)) continue;
      const volatile std::uint64_t* words = alias(at, how);
      for (unsigned n = 0; n < kPageBytes / 8; ++n) {
        if (words[n] != 0) return {false, "a word at", at + 8 * n};
      }
    }
  }
  return {pages != 0, "pages of zeroes", pages};
}
// First past the caches: a cacheable look would bring lines in.
Verdict leftovers_nc(Vm& v, Vcpu*) { return look_for_leftovers(v, Alias::noncacheable); }
Verdict leftovers(Vm& v, Vcpu*) { return look_for_leftovers(v, Alias::cacheable); }

constexpr Attack kAttacks[] = {
    {"dirty-lines", Moment::made, End::refused, dirty_lines},
    {"note-pages", Moment::stopped, End::refused, note_pages},
    {"leftovers-noncacheable", Moment::gone, End::refused, leftovers_nc},
    {"leftovers", Moment::gone, End::refused, leftovers},
};

}  // namespace

void note_offer(const Range& memory) { g_offered = memory; }

std::span<const Attack> leftover_attacks() { return kAttacks; }

}  // namespace armature::kserv::hostile
