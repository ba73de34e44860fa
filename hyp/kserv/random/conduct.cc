// A KServ that makes random calls: between the slices of the VMs that it serves as an honest one does, and
// at every entry into one.
#include "hyp/kserv/conduct.h"

#include "hyp/kserv/hostile/support.h"
#include "hyp/kserv/log.h"
#include "hyp/kserv/random/calls.h"
#include "hyp/kserv/random/puppet.h"
#include "hyp/kserv/random/race.h"
#include "hyp/kserv/random/toy.h"

namespace armature::kserv::random {
namespace {

using abi::Call;

constexpr unsigned kPuppet = 0, kVictim = 1;  // VMs of the boot manifest
constexpr unsigned kToys = 3;          // of each core
constexpr unsigned kCallsAtOnce = 60;  // between two slices

struct Player {
  Random random;
  std::array<Toy, kToys> toys;
  Racer racer;
  std::atomic<bool> plays{false};
};
std::array<Player, machine::kMaxCores> g_players;
std::uint64_t g_seed = 1, g_wanted = 10'000;
std::atomic<bool> g_has_printed{false};

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') fail("random: not a number: ", text);
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

// Of VMs and vCPUs that are none, of a VM in whatever state with a page that is none.
void call_nothing(Random& random) {
  static constexpr Call kOfVm[] = {Call::timer_set_cntvoff, Call::vcpu_run,        Call::clear_vm_s2_range,
                                   Call::set_boot_info,     Call::remap_vm_image,  Call::verify_vm_images,
                                   Call::register_vcpu,     Call::encrypt_buf,     Call::decrypt_buf,
                                   Call::save_crypt_vcpu,   Call::load_crypt_vcpu, Call::phys_addr_ioremap};
  const std::uint64_t nobody[] = {0, 256 + random.below(1 << 20), random.next() | 1ull << 40, ~0ull};
  const std::uint64_t victim = g_kserv.vms[kVictim].vmid;
  switch (random.below(7)) {
    case 0: make(Expect::refused, static_cast<Call>(33 + random.below(1 << 16)), random.next()); return;
    case 1: make(Expect::refused, static_cast<Call>(random.below(6)), random.next(), random.next()); return;
    case 2: make(Expect::accepted, Call::kcore_info, random.below(6)); return;
    case 3: make(Expect::refused, Call::kcore_info, 6 + random.next() / 2); return;
    case 4: make(Expect::accepted, Call::enable_s2_trans); return;
    case 5: make(Expect::refused, Call::vcpu_run, victim, abi::kMaxVcpus + random.below(1000)); return;
    default: break;
  }
  make(Expect::refused, kOfVm[random.below(std::size(kOfVm))], nobody[random.below(std::size(nobody))],
       random.next(), random.next(), random.next());
}

void play(unsigned calls) {
  Player& player = g_players[machine::this_core()];
  if (calls_made() >= g_wanted) return;
  player.plays = true;
  for (unsigned n = 0; n < calls && calls_made() < g_wanted; ++n) {
    const std::uint64_t what = player.random.below(16);
    if (what == 0) {
      call_nothing(player.random);
    } else if (what <= 4) {
      player.racer.play(player.random);
    } else {
      player.toys[player.random.below(kToys)].play(player.random);
    }
  }
  player.plays = false;
}

// Once everybody has stopped.
bool is_over() {
  if (calls_made() < g_wanted) return false;
  for (const Player& player : g_players) {
    if (player.plays) return false;
  }
  if (!g_has_printed.exchange(true)) print_calls(g_seed);
  return true;
}

}  // namespace
}  // namespace armature::kserv::random

namespace armature::kserv::conduct {

using namespace random;

void begin(const DeviceTree& tree) {
  hostile::learn_board(tree);
  if (const auto seed = boot_option(tree, "random.seed")) g_seed = number(*seed);
  if (const auto calls = boot_option(tree, "random.calls")) g_wanted = number(*calls);
  for (unsigned n = 0; n < g_players.size(); ++n) g_players[n].random = Random(g_seed << 8 | n);
  // find_vms comes later, and fills it.
  set_puppet(g_kserv.vms[kPuppet]);
}

void between_slices() {
  if (g_kserv.vms[kVictim].vmid != 0) play(kCallsAtOnce);
}

std::int64_t enter(Vm& vm, Vcpu& vcpu) {
  if (g_kserv.vms[kVictim].vmid != 0) play(1);
  return machine::call(abi::Call::vcpu_run, vm.vmid, vcpu.task.id);
}

void before_offer(Vm&, const Range&) {}

// The victim lives twice, and as long as there is something to look out for.
std::uint64_t answer(Vm& vm, std::uint64_t function) {
  constexpr std::uint64_t kNotSupported = ~std::uint64_t{0};
  switch (static_cast<abi::GuestCall>(static_cast<std::uint32_t>(function))) {
    case abi::GuestCall::may_end: return vm.runs_left != 0 ? calls_made() >= g_wanted / 2 : is_over();
    default: return kNotSupported;  // ends a puppet of ours at once
  }
}

void before_pages_return(Vm&) {}
void after_pages_returned(Vm&) {}

}  // namespace armature::kserv::conduct
