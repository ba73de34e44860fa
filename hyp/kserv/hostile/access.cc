// Memory that is not KServ's, reached for directly. KCore cannot refuse an access: the machine halts.
#include "hyp/kserv/aarch64/registers.h"
#include "hyp/kserv/hostile/attack.h"
#include "hyp/kserv/hostile/support.h"

namespace armature::kserv::hostile {
namespace {

constexpr std::uint64_t kMark = 0xbad0'bad0'bad0'bad0;

// What a load gets; a fault instead is a refusal too.
Verdict load(volatile std::uint64_t* at) {
  std::uint64_t value = 0;
  if (faults([&] { value = *at; })) return {true, "an abort", 0};
  return {false, "read", value};
}

Verdict store(volatile std::uint64_t* at) {
  if (faults([&] { *at = kMark; })) return {true, "an abort", 0};
  return {false, "wrote", kMark};
}

Verdict fetch(std::uint64_t address) {
  // A return is the most harmless instruction that may be found there.
  reinterpret_cast<void (*)()>(address)();
  return {false, "executed", address};
}

Verdict read_vm(Vm& v, Vcpu*) { return load(alias(secret_page(v), Alias::cacheable)); }
Verdict read_vm_nc(Vm& v, Vcpu*) { return load(alias(secret_page(v), Alias::noncacheable)); }
Verdict read_vm_device(Vm& v, Vcpu*) { return load(alias(secret_page(v), Alias::device)); }
Verdict write_vm(Vm& v, Vcpu*) { return store(alias(secret_page(v), Alias::cacheable)); }
Verdict write_vm_nc(Vm& v, Vcpu*) { return store(alias(secret_page(v), Alias::noncacheable)); }
Verdict execute_vm(Vm& v, Vcpu*) {
  return fetch(reinterpret_cast<std::uint64_t>(alias(secret_page(v), Alias::cacheable)));
}
Verdict read_kcore(Vm&, Vcpu*) { return load(alias(kcore_page(), Alias::cacheable)); }
Verdict read_kcore_nc(Vm&, Vcpu*) { return load(alias(kcore_page(), Alias::noncacheable)); }
Verdict write_kcore(Vm&, Vcpu*) { return store(alias(kcore_page(), Alias::cacheable)); }
Verdict write_kcore_tables(Vm&, Vcpu*) { return store(alias(kcore_tables(), Alias::cacheable)); }
Verdict execute_kcore(Vm&, Vcpu*) {
  return fetch(reinterpret_cast<std::uint64_t>(alias(kcore_page(), Alias::cacheable)));
}

// Stage 1 tables in memory of others: the walker reads it, and the output addresses tell what.
Verdict walk(std::uint64_t table) {
  const std::uint64_t own = KSERV_READ_REGISTER(TTBR0_EL1);
  asm volatile("msr TTBR0_EL1, %0\n isb\n tlbi vmalle1\n dsb nsh\n isb" ::"r"(table) : "memory");
  asm volatile("at s1e1r, %0\n isb" ::"r"(0x1234'5000ul) : "memory");
  asm volatile("msr TTBR0_EL1, %0\n isb\n tlbi vmalle1\n dsb nsh\n isb" ::"r"(own) : "memory");
  return {false, "walked", KSERV_READ_REGISTER(PAR_EL1)};
}
Verdict walk_vm(Vm& v, Vcpu*) { return walk(secret_page(v)); }
Verdict walk_kcore(Vm&, Vcpu*) { return walk(kcore_tables()); }

// Translations that were filled before the page changed hands.
std::uint64_t g_page = 0;
volatile std::uint64_t* g_stale = nullptr;
std::uint64_t g_sum = 0;

Verdict stale_alias(Vm& victim, Alias how) {
  g_page = own_page();
  g_stale = alias(g_page, how);
  const auto warm = [] { g_sum += *g_stale; };
  if (!run_on_other_core(warm)) warm();
  OwnVm vm;
  const abi::ImageRecord& image = victim.manifest.body.images[0];
  const std::int64_t index =
      machine::call(abi::Call::set_boot_info, vm.vmid(), image.load_gpa, kPageBytes);
  if (machine::call(abi::Call::remap_vm_image, vm.vmid(), g_page, static_cast<std::uint64_t>(index), 1) < 0) {
    return {false, "could not give a page", 0};
  }
  if (!run_on_other_core(warm)) warm();
  return {false, "read after giving", g_sum};
}
Verdict stale(Vm& v, Vcpu*) { return stale_alias(v, Alias::cacheable); }
Verdict stale_nc(Vm& v, Vcpu*) { return stale_alias(v, Alias::noncacheable); }

// A page that was granted, read then, and revoked: the old translations are still warm if KCore forgot
// them.
volatile std::uint64_t* granted_alias(Alias how) {
  return reinterpret_cast<volatile std::uint64_t*>(std::uint64_t{511} << 30) +
         (how == Alias::cacheable ? 4 : 5) * (kPageBytes / 8);
}
Verdict read_granted(Vm&, Vcpu*) {
  alias(granted_page, Alias::cacheable, 4);
  alias(granted_page, Alias::noncacheable, 5);
  const auto warm = [] {
    g_sum += *granted_alias(Alias::cacheable);
    g_sum += *granted_alias(Alias::noncacheable);
  };
  warm();
  run_on_other_core(warm);
  return {true, "read while it was granted", g_sum};
}
Verdict read_revoked(Vm&, Vcpu*) { return load(granted_alias(Alias::cacheable)); }
Verdict read_revoked_nc(Vm&, Vcpu*) { return load(granted_alias(Alias::noncacheable)); }
Verdict write_revoked(Vm&, Vcpu*) { return store(granted_alias(Alias::cacheable)); }
std::uint64_t g_read = 0;
Verdict read_revoked_elsewhere(Vm&, Vcpu*) {
  if (!run_on_other_core([] { g_read = *granted_alias(Alias::cacheable); })) return {true, "needs two cores", 0};
  return {false, "read", g_read};
}

// Between the last look and the verification.
Verdict write_given_image(Vm& victim, Vcpu*) {
  OwnVm vm;
  if (!vm.load(victim)) return {false, "could not load", 0};
  return store(alias(vm.page(0), Alias::cacheable));
}

// The instructions that clean or discard lines reach no further than loads do.
Verdict invalidate_vm(Vm& victim, Vcpu*) {
  volatile std::uint64_t* at = alias(secret_page(victim), Alias::cacheable);
  if (faults([&] { asm volatile("dc ivac, %0\n dsb sy" ::"r"(at) : "memory"); })) return {true, "an abort", 0};
  return {false, "discarded a line", 0};
}

Verdict after_power_off(Vm& victim, Vcpu*) { return read_vm(victim, nullptr); }

constexpr Attack kAttacks[] = {
    {"read-vm-page", Moment::between, End::halted, read_vm},
    {"read-vm-page-noncacheable", Moment::between, End::halted, read_vm_nc},
    {"read-vm-page-as-device", Moment::between, End::halted, read_vm_device},
    {"write-vm-page", Moment::between, End::halted, write_vm},
    {"write-vm-page-noncacheable", Moment::between, End::halted, write_vm_nc},
    {"execute-vm-page", Moment::between, End::halted, execute_vm},
    {"walk-vm-page", Moment::between, End::halted, walk_vm},
    {"invalidate-vm-page", Moment::between, End::halted, invalidate_vm},
    {"read-vm-page-after-power-off", Moment::stopped, End::halted, after_power_off},
    {"read-kcore", Moment::between, End::halted, read_kcore},
    {"read-kcore-noncacheable", Moment::between, End::halted, read_kcore_nc},
    {"write-kcore", Moment::between, End::halted, write_kcore},
    {"write-kcore-tables", Moment::between, End::halted, write_kcore_tables},
    {"execute-kcore", Moment::between, End::halted, execute_kcore},
    {"walk-kcore", Moment::between, End::halted, walk_kcore},
    {"write-given-image", Moment::between, End::halted, write_given_image},
    {"read-granted-page", Moment::granted, End::refused, read_granted},
    {"read-revoked-page", Moment::between, End::halted, read_revoked},
    {"read-revoked-page-noncacheable", Moment::between, End::halted, read_revoked_nc},
    {"read-revoked-page-on-the-other-core", Moment::between, End::halted, read_revoked_elsewhere},
    {"write-revoked-page", Moment::between, End::halted, write_revoked},
    {"stale-alias", Moment::between, End::halted, stale},
    {"stale-alias-noncacheable", Moment::between, End::halted, stale_nc},
};

}  // namespace

std::span<const Attack> access_attacks() { return kAttacks; }

}  // namespace armature::kserv::hostile
