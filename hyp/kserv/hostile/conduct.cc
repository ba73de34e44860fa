#include "hyp/kserv/conduct.h"

#include "hyp/kserv/hostile/attack.h"
#include "hyp/kserv/hostile/conduct.h"
#include "hyp/kserv/hostile/support.h"
#include "hyp/kserv/log.h"

namespace armature::kserv::hostile {

std::optional<std::int64_t> entry_taken;
std::uint64_t granted_page = kNone;

namespace {

enum class State : std::uint8_t { unwanted, wanted, running, done };

constexpr std::span<const Attack> (*kGroups[])() = {register_attacks, entry_attacks, call_attacks,
                                                    page_attacks,     image_attacks, core_attacks,
                                                    leftover_attacks, access_attacks};
constexpr unsigned kMaxAttacks = 128;
std::array<std::atomic<State>, kMaxAttacks> g_states{};
std::atomic<bool> g_settled{false};
Vm* g_victim = nullptr;

template <typename Visit>
void for_each_attack(Visit visit) {
  unsigned number = 0;
  for (const auto group : kGroups) {
    for (const Attack& attack : group()) visit(attack, g_states[number++]);
  }
}

bool names(std::string_view list, const Attack& attack) {
  if (list == "all") return attack.expected == End::refused;
  // Preparations come with every list.
  if (attack.when == Moment::granted) return list.find("revoked") != list.npos;
  while (!list.empty()) {
    const std::string_view word = list.substr(0, list.find(','));
    if (word == attack.name) return true;
    list.remove_prefix(word.size() < list.size() ? word.size() + 1 : list.size());
  }
  return false;
}

// Whatever follows, this has been seen.
void say_now(std::string_view name, const char* what, const char* more = "", std::uint64_t detail = 0) {
  if (*more == 0) log("ATTACK ", name, ": ", what);
  else log("ATTACK ", name, ": ", what, ", ", more, " ", Hex{detail});
  g_kserv.consoles.finish();
}

bool is_open(Moment moment) {
  bool open = false;
  for_each_attack([&](const Attack& attack, std::atomic<State>& state) {
    open = open || (attack.when == moment && (state == State::wanted || state == State::running));
  });
  return open;
}

void attack_now(Moment moment, Vm& victim, Vcpu* vcpu) {
  for_each_attack([&](const Attack& attack, std::atomic<State>& state) {
    State wanted = State::wanted;
    if (attack.when != moment || entry_taken || !state.compare_exchange_strong(wanted, State::running)) return;
    if (attack.expected == End::halted) say_now(attack.name, "begins");
    const Verdict verdict = attack.run(victim, vcpu);
    if (verdict.what == nullptr) {  // not now
      state = State::wanted;
      return;
    }
    say_now(attack.name, verdict.refused ? "refused" : "got through", verdict.what, verdict.detail);
    state = State::done;
  });
}

}  // namespace
}  // namespace armature::kserv::hostile

namespace armature::kserv::conduct {

using namespace hostile;

void begin(const DeviceTree& tree) {
  prepare_core();
  learn_board(tree);
  const auto list = boot_option(tree, "attack");
  if (!list) fail("hostile: no attack=NAME on the command line; attack=list names them");
  unsigned wanted = 0;
  for_each_attack([&](const Attack& attack, std::atomic<State>& state) {
    if (*list == "list") {
      log("ATTACK ", attack.name, ": expected ", attack.expected == End::halted ? "halted" : "refused");
    }
    if (!names(*list, attack)) return;
    state = State::wanted;
    ++wanted;
  });
  if (wanted == 0) fail("hostile: ", *list == "list" ? "listed" : "no such attack");
}

// Only core 0 attacks between slices; other cores lend a hand.
void between_slices() {
  serve_job();
  if (machine::this_core() != 0 || !g_settled || g_victim == nullptr) return;
  attack_now(Moment::between, *g_victim, nullptr);
}

std::int64_t enter(Vm& vm, Vcpu& vcpu) {
  serve_job();  // a kick ends a stay in the VM, not the slice
  if (&vm == g_victim && vcpu.offered.bytes != 0) attack_now(Moment::offer, vm, &vcpu);
  if (&vm == g_victim && g_settled && machine::this_core() == 0) {
    attack_now(Moment::entry, vm, &vcpu);
    if (entry_taken) {
      const std::int64_t result = *entry_taken;
      entry_taken.reset();
      return result;
    }
  }
  return machine::call(abi::Call::vcpu_run, vm.vmid, vcpu.task.id);
}

void before_offer(Vm& vm, const Range& memory) {
  if (vm.slot != 0) return;
  g_victim = &vm;
  note_offer(memory);
  attack_now(Moment::made, vm, nullptr);
}

std::uint64_t answer(Vm& vm, std::uint64_t function) {
  constexpr std::uint64_t kNotSupported = ~std::uint64_t{0};
  switch (static_cast<abi::GuestCall>(static_cast<std::uint32_t>(function))) {
    case abi::GuestCall::granted: {
      const std::uint64_t gpa = function >> 32 << 12;
      if (&vm != g_victim) return kNotSupported;
      granted_page = vm.memory.find(gpa - abi::kVmMemoryBase).value_or(kNone);
      attack_now(Moment::granted, vm, nullptr);
      return kNotSupported;
    }
    case abi::GuestCall::settled:
      if (&vm == g_victim) g_settled = true;
      return kNotSupported;
    case abi::GuestCall::may_end:
      return &vm != g_victim || !(is_open(Moment::between) || is_open(Moment::entry));
    default: return kNotSupported;
  }
}

void before_pages_return(Vm& vm) {
  if (&vm == g_victim) attack_now(Moment::stopped, vm, nullptr);
}

void after_pages_returned(Vm& vm) {
  if (&vm == g_victim) attack_now(Moment::gone, vm, nullptr);
}

}  // namespace armature::kserv::conduct
