#include "hyp/kserv/random/calls.h"

#include "hyp/kserv/log.h"

namespace armature::kserv::random {
namespace {

using abi::Call;

struct Counts {
  const char* name;
  Call number;
  std::atomic<std::uint64_t> accepted{0}, refused{0};
};
Counts g_counts[] = {
    {"enable_s2_trans", Call::enable_s2_trans},   {"timer_set_cntvoff", Call::timer_set_cntvoff},
    {"vcpu_run", Call::vcpu_run},                 {"clear_vm_s2_range", Call::clear_vm_s2_range},
    {"set_boot_info", Call::set_boot_info},       {"remap_vm_image", Call::remap_vm_image},
    {"verify_vm_images", Call::verify_vm_images}, {"register_kvm", Call::register_kvm},
    {"register_vcpu", Call::register_vcpu},       {"encrypt_buf", Call::encrypt_buf},
    {"decrypt_buf", Call::decrypt_buf},           {"save_crypt_vcpu", Call::save_crypt_vcpu},
    {"load_crypt_vcpu", Call::load_crypt_vcpu},   {"phys_addr_ioremap", Call::phys_addr_ioremap},
    {"kcore_info", Call::kcore_info},             {"no call", Call{}},
};
std::atomic<std::uint64_t> g_made{0}, g_wrong{0};

Counts& counts_of(Call number) {
  for (Counts& one : g_counts) {
    if (one.number == number) return one;
  }
  return g_counts[std::size(g_counts) - 1];
}

void wrong() {
  // Whatever follows is about a state that nobody knows.
  if (++g_wrong == 5) fail("RANDOM gives up");
}

}  // namespace

std::int64_t make(Expect expect, Call number, std::uint64_t x1, std::uint64_t x2, std::uint64_t x3,
                  std::uint64_t x4) {
  const std::int64_t result = machine::call(number, x1, x2, x3, x4);
  ++g_made;
  Counts& counts = counts_of(number);
  ++(result >= 0 ? counts.accepted : counts.refused);
  if (expect != Expect::either && (result >= 0) != (expect == Expect::accepted)) {
    log("RANDOM wrong: ", counts.name, "(", Hex{x1}, ", ", Hex{x2}, ", ", Hex{x3}, ", ", Hex{x4}, ") on core ",
        machine::this_core(), " gives ", result, ", expected ",
        expect == Expect::accepted ? "no refusal" : "a refusal");
    wrong();
  }
  return result;
}

void must(bool is_so, const char* what, std::uint64_t where, std::uint64_t found) {
  if (is_so) return;
  log("RANDOM wrong: ", what, ", at ", Hex{where}, ": ", Hex{found});
  wrong();
}

std::uint64_t calls_made() { return g_made; }

void print_calls(std::uint64_t seed) {
  std::uint64_t accepted = 0, refused = 0;
  for (const Counts& one : g_counts) {
    log("RANDOM ", one.name, ": ", one.accepted.load(), " accepted, ", one.refused.load(), " refused");
    accepted += one.accepted;
    refused += one.refused;
  }
  log("RANDOM seed ", seed, ": ", accepted + refused, " calls, ", accepted, " accepted, ", refused, " refused, ",
      g_wrong.load(), " wrong");
}

}  // namespace armature::kserv::random
