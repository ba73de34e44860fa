// KCore from its first C++ instruction to the kernel's first instruction.
#include "hyp/abi/boot.h"
#include "hyp/kcore/aarch64/console.h"
#include "hyp/kcore/aarch64/el2_tables.h"
#include "hyp/kcore/aarch64/layout.h"
#include "hyp/kcore/aarch64/roots.h"
#include "hyp/kcore/aarch64/system_register.h"
#include "hyp/kcore/boot_information.h"
#include "hyp/kcore/kcore.h"
#include "hyp/kcore/panic.h"
#include "hyp/kcore/psci.h"

extern "C" [[noreturn]] void kcore_enter_el1(std::uint64_t entry, std::uint64_t x0,
                                             std::uint64_t spsr, std::uint64_t stack_top);

namespace armature::kcore::aarch64 {
namespace {

// A 40-bit input address in three levels (Arm ARM, concatenated translation tables for the initial
// stage 2 lookup): T0SZ = 64 - 40, and SL0 = 1 starts at level 1 with 1,024 entries.
std::uint64_t vtcr_value() {
  const std::uint64_t range = id_aa64mmfr0_el1::PARange::get(KCORE_READ_REGISTER(ID_AA64MMFR0_EL1));
  const std::uint64_t kPa40Bits = 2;
  return vtcr_el2::RES1 | vtcr_el2::T0SZ::make(64 - kIntermediateAddressBits) |
         vtcr_el2::SL0::make(1) | vtcr_el2::IRGN0::make(1) | vtcr_el2::ORGN0::make(1) |
         vtcr_el2::SH0::make(3) | vtcr_el2::TG0::make(0) |
         vtcr_el2::PS::make(range < kPa40Bits ? range : kPa40Bits);
}

// The EL2 registers that decide what EL1 may do on this core, and the EL1 state of a core that has
// just come out of reset.
void prepare_core_for_kernel() {
  KCORE_WRITE_REGISTER(HCR_EL2, hcr_el2::RW | hcr_el2::TSC | hcr_el2::AMO | hcr_el2::SWIO | hcr_el2::VM);
  KCORE_WRITE_REGISTER(VTCR_EL2, vtcr_value());
  KCORE_WRITE_REGISTER(VTTBR_EL2, physical(kcore_kserv_vttbr).value);
  KCORE_WRITE_REGISTER(VPIDR_EL2, KCORE_READ_REGISTER(MIDR_EL1));
  KCORE_WRITE_REGISTER(VMPIDR_EL2, KCORE_READ_REGISTER(MPIDR_EL1));
  KCORE_WRITE_REGISTER(CNTHCTL_EL2, cnthctl_el2::EL1PCTEN | cnthctl_el2::EL1PCEN);
  KCORE_WRITE_REGISTER(CNTVOFF_EL2, 0);
  KCORE_WRITE_REGISTER(CNTHP_CTL_EL2, 0);
  KCORE_WRITE_REGISTER(CPTR_EL2, cptr_el2::RES1);
  KCORE_WRITE_REGISTER(HSTR_EL2, 0);
  // MDCR_EL2: no trap, and HPMN gives EL1 every event counter.
  KCORE_WRITE_REGISTER(MDCR_EL2, pmcr_el0::N::get(KCORE_READ_REGISTER(PMCR_EL0)));
  if (id_aa64pfr0_el1::GIC::get(KCORE_READ_REGISTER(ID_AA64PFR0_EL1)) != 0) {
    enable_gic_registers();
    KCORE_WRITE_REGISTER(S3_4_C12_C11_0, 0);  // ICH_HCR_EL2: no virtual CPU interface
  }
  KCORE_WRITE_REGISTER(SCTLR_EL1, sctlr_el1::RES1);
  // The registers above decide how the kernel's addresses translate: they take effect before its
  // TLB entries of whatever came before are dropped. After reset those are unknown, for this core.
  asm volatile("isb\n tlbi alle1\n ic iallu\n dsb nsh\n isb" ::: "memory");
}

[[noreturn]] void enter_kernel(Cpu& cpu, const KernelEntry& start) {
  prepare_core_for_kernel();
  kcore_enter_el1(start.entry.value, start.context, spsr_el2::kEl1h | spsr_el2::kDaifMasked,
                  cpu.stack_top);
}

void open_console(const DeviceTree& tree) {
  const auto node = tree.stdout_node();
  if (!node || !tree.is_compatible(*node, "arm,pl011")) return;
  const auto reg = tree.reg(*node, 0);
  if (reg && g_el2_tables.map({page_of(reg->base), kPageBytes}, Mapping::device)) {
    g_console.open(reg->base);
  }
}

void name_cpus(const BootInformation& boot) {
  CpuTable& cpus = g_kcore.cpus;
  for (unsigned n = 0; n < boot.cpu_count; ++n) {
    Cpu& cpu = cpus.cpus[n];
    cpu.number = n;
    cpu.affinity = boot.cpu_affinities[n];
    cpu.stack_top = physical(kcore_stacks_start).value + (n + 1) * kStackBytes;
  }
  cpus.count = boot.cpu_count;
}

}  // namespace

extern "C" void kcore_build_el2_tables() { g_el2_tables.build(); }

extern "C" void kcore_main() {
  DeviceTree tree(pointer_to<std::uint8_t>({abi::kDeviceTreeBase}), abi::kDeviceTreeBytes);
  if (!tree.valid()) panic("no device tree at ", Hex{abi::kDeviceTreeBase});
  open_console(tree);
  g_el2_tables.seal();
  g_kcore.memory.set_kcore({physical(kcore_image_start),
                            static_cast<std::uint64_t>(kcore_image_end - kcore_image_start)});
  const BootInformation boot = read_boot_information(tree, g_kcore.memory);
  name_cpus(boot);
  Cpu* self = g_kcore.cpus.find(KCORE_READ_REGISTER(MPIDR_EL1));
  if (self == nullptr) panic("the device tree does not name the core that KCore started on");
  if (self->number != 0) panic("KCore started on core ", self->number, ", expected core 0");
  self->power = Power::on;
  KCORE_WRITE_REGISTER(TPIDR_EL2, physical(self).value);
  hand_over_tree(tree, g_kcore.memory);
  // A kernel may read its tree before its caches are on.
  arch::clean_to_poc(pointer_to<void>({abi::kDeviceTreeBase}), tree.bytes());
  print("EL2, ", boot.cpu_count, boot.cpu_count == 1 ? " core, " : " cores, ",
        g_kcore.memory.ram_bytes() >> 20, " MiB of RAM; KCore keeps ",
        Hex{g_kcore.memory.kcore().base.value}, "..",
        Hex{g_kcore.memory.kcore().base.value + g_kcore.memory.kcore().bytes - 1});
  print("kernel at ", Hex{boot.kernel.base.value}, ", EL1, stage 2 of ",
        std::uint64_t{kIntermediateAddressBits}, " bits, empty");
  enter_kernel(*self, {{boot.kernel.base.value}, abi::kDeviceTreeBase});
}

extern "C" void kcore_secondary_main(Cpu& self) {
  KCORE_WRITE_REGISTER(TPIDR_EL2, physical(&self).value);
  const KernelEntry start = arrive(g_kcore.cpus, self);
  if (machine_is_halted()) arch::halt_this_core();
  enter_kernel(self, start);
}

}  // namespace armature::kcore::aarch64
