// KCore from its first C++ instruction to the kernel's first instruction.
#include <cstring>

#include "hyp/abi/boot.h"
#include "hyp/abi/image.h"
#include "hyp/kcore/aarch64/console.h"
#include "hyp/kcore/aarch64/el2_tables.h"
#include "hyp/kcore/aarch64/layout.h"
#include "hyp/kcore/aarch64/system_register.h"
#include "hyp/kcore/aarch64/world_switch.h"
#include "hyp/kcore/boot_information.h"
#include "hyp/kcore/core/baseline.h"
#include "hyp/kcore/core/processor.h"
#include "hyp/kcore/core/syndrome.h"
#include "hyp/kcore/kcore.h"
#include "hyp/kcore/panic.h"
#include "hyp/kcore/psci.h"

extern "C" [[noreturn]] void kcore_enter_el1(std::uint64_t entry, std::uint64_t x0,
                                             std::uint64_t spsr, std::uint64_t stack_top);

namespace armature::kcore::aarch64 {
namespace {

// Which stage 2 this image has (Arm ARM, VTCR_EL2). Three levels: 40-bit addresses from level 1, 1,024
// entries in two concatenated tables. Four: 44 bits from level 0.
constexpr Levels kLevels = KCORE_STAGE2_LEVELS == 4 ? Levels::four : Levels::three;

std::uint64_t vtcr_value() {
  const std::uint64_t range = id_aa64mmfr0_el1::PARange::get(KCORE_READ_REGISTER(ID_AA64MMFR0_EL1));
  const std::uint64_t kPa48Bits = 5;  // the most without FEAT_LPA
  return vtcr_el2::RES1 | vtcr_el2::T0SZ::make(64 - geometry(kLevels).ipa_bits) |
         vtcr_el2::SL0::make(kLevels == Levels::four ? 2 : 1) | vtcr_el2::IRGN0::make(1) |
         vtcr_el2::ORGN0::make(1) | vtcr_el2::SH0::make(3) | vtcr_el2::TG0::make(0) |
         vtcr_el2::PS::make(range < kPa48Bits ? range : kPa48Bits);
}

// UNKNOWN after reset, and a VM may use fewer than there are.
void clear_list_registers() {
  const unsigned count = arch::list_register_count();
#define KCORE_CLEAR_LR(n) \
  if (count > n) KCORE_WRITE_REGISTER(ICH_LR##n##_EL2, 0);
  KCORE_LIST_REGISTERS(KCORE_CLEAR_LR)
}

// The EL2 registers that decide what EL1 may do on this core, and the EL1 state of a core that has
// just come out of reset.
void prepare_core_for_kernel() {
  load_kserv_traps();
  KCORE_WRITE_REGISTER(VTCR_EL2, vtcr_value());
  KCORE_WRITE_REGISTER(VTTBR_EL2, g_kcore.core.kserv.vttbr());
  KCORE_WRITE_REGISTER(VPIDR_EL2, KCORE_READ_REGISTER(MIDR_EL1));
  KCORE_WRITE_REGISTER(VMPIDR_EL2, KCORE_READ_REGISTER(MPIDR_EL1));
  KCORE_WRITE_REGISTER(CNTVOFF_EL2, 0);
  KCORE_WRITE_REGISTER(CNTHP_CTL_EL2, 0);
  KCORE_WRITE_REGISTER(HSTR_EL2, 0);
  if (has_gic_registers()) {
    enable_gic_registers();
    KCORE_WRITE_REGISTER(ICH_HCR_EL2, 0);  // no virtual CPU interface
    clear_list_registers();
  }
  KCORE_WRITE_REGISTER(SCTLR_EL1, sctlr_el1::RES1);
  // The registers above decide how the kernel's addresses translate: they take effect before its
  // TLB entries of whatever came before are dropped. After reset those are unknown, for this core.
  asm volatile("isb\n tlbi alle1\n ic iallu\n dsb nsh\n isb" ::: "memory");
}

[[noreturn]] void enter_kernel(Cpu& cpu, const KernelEntry& start) {
  prepare_core_for_kernel();
  kcore_enter_el1(start.entry.value, start.context, pstate::kEl1h | pstate::kDaif, cpu.stack_top);
}

void open_console(const DeviceTree& tree) {
  const auto node = tree.stdout_node();
  if (!node || !tree.is_compatible(*node, "arm,pl011")) return;
  const auto reg = tree.reg(*node, 0);
  if (reg && g_el2_tables.map({page_of(reg->base), kPageBytes}, Mapping::device)) {
    g_console.open(reg->base);
  }
}

bool map_data(std::uint64_t from, std::uint64_t end) {
  return g_el2_tables.map({{from}, end - from}, Mapping::data);
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

// All RAM but the image and the tree, which are mapped already: pages change hands under KCore's eyes.
void map_ram(const BootInformation& boot) {
  const std::uint64_t hole = abi::kDeviceTreeBase, hole_end = physical(kcore_image_end).value;
  for (const auto& ram : std::span(boot.ram).first(boot.ram_count)) {
    const std::uint64_t from = ram.base.value, end = from + ram.bytes;
    const std::uint64_t first = from > hole_end ? from : hole_end;
    const bool is_mapped = (from >= hole || map_data(from, end < hole ? end : hole)) &&
                           (first >= end || map_data(first, end));
    if (!is_mapped) panic("RAM beyond the reach of KCore's own tables, at ", Hex{from});
  }
}

// What KCore takes from RAM: the page array and tables. A table maps 2 MiB by page.
struct Shares {
  explicit Shares(std::uint64_t ram_bytes)
      : kserv_tables((ram_bytes >> 21) + (ram_bytes >> 30) + kDeviceTables),
        vm_tables((ram_bytes >> 18) + kSpareVmTables),
        page_array((PageArray::bytes_for(ram_bytes) + kPageBytes - 1) / kPageBytes) {}
  std::uint64_t bytes() const { return (kserv_tables + vm_tables + page_array) * kPageBytes; }

  // Devices that KServ may touch: all below RAM, and windows above it.
  static constexpr std::uint64_t kDeviceTables = 640, kSpareVmTables = 512;
  // VM tables are never freed: enough for all of RAM by pages, eight times over. Even numbers keep
  // roots aligned.
  std::uint64_t kserv_tables, vm_tables, page_array;
};

void open_core(const DeviceTree& tree, const BootInformation& boot, const PhysicalRange& image) {
  Shares shares(boot.ram_bytes());
  shares.kserv_tables += shares.kserv_tables & 1;
  const PhysicalRange room = find_room(tree, boot, image, shares.bytes());
  g_kcore.memory = {image, room};
  auto* tables = pointer_to<TablePage>(room.base);
  initialize(g_kcore.core, {.ram = std::span(boot.ram).first(boot.ram_count),
                            .kcore = g_kcore.memory,
                            .page_entries = reinterpret_cast<Page*>(tables + shares.kserv_tables +
                                                                    shares.vm_tables),
                            .kserv_tables = tables,
                            .vm_tables = tables + shares.kserv_tables,
                            .kserv_table_count = shares.kserv_tables,
                            .vm_table_count = shares.vm_tables,
                            .levels = kLevels});
  std::memcpy(g_kcore.core.public_key, abi::kTestPublicKey, sizeof(abi::kTestPublicKey));
}

// CHOICE: the key that seals exports is half of a digest of the machine's seed, new with every boot;
// the kernel gets as its seed the other half, from which the first does not follow.
void take_seed(const DeviceTree& tree, Core& core) {
  const std::span<std::uint8_t> seed = find_seed(tree);
  if (seed.size() < 16) return;
  crypto::DigestState state;
  std::uint8_t digest[64];
  crypto::digest_begin(state);
  crypto::digest_add(state, seed.data(), seed.size());
  crypto::digest_end(state, digest);
  std::memcpy(core.sealing_key.bytes, digest, sizeof(core.sealing_key.bytes));
  core.has_sealing_key = true;
  std::memset(seed.data(), 0, seed.size());
  std::memcpy(seed.data(), digest + 32, seed.size() < 32 ? seed.size() : 32);
}

void greet(const BootInformation& boot) {
  const auto [image, room] = g_kcore.memory;
  print("EL2, ", boot.cpu_count, boot.cpu_count == 1 ? " core, " : " cores, ",
        boot.ram_bytes() >> 20, " MiB of RAM; KCore keeps ", Hex{image.base.value}, "..",
        Hex{image.last().value}, " and ", Hex{room.base.value}, "..", Hex{room.last().value});
  if (kTrustsKServ) {
    print("kernel at ", Hex{boot.kernel.base.value}, ", EL1, trusted: a baseline for measurements");
  } else {
    print("kernel at ", Hex{boot.kernel.base.value}, ", EL1, stage 2 of ",
          geometry(kLevels).ipa_bits, " bits, empty");
  }
}

}  // namespace

extern "C" void kcore_build_el2_tables() { g_el2_tables.build(); }

extern "C" void kcore_main() {
  DeviceTree tree(pointer_to<std::uint8_t>({abi::kDeviceTreeBase}), abi::kDeviceTreeBytes);
  if (!tree.valid()) panic("no device tree at ", Hex{abi::kDeviceTreeBase});
  open_console(tree);
  const PhysicalRange image{physical(kcore_image_start),
                            static_cast<std::uint64_t>(kcore_image_end - kcore_image_start)};
  const BootInformation boot = read_boot_information(tree, image);
  map_ram(boot);
  g_el2_tables.seal();
  name_cpus(boot);
  Cpu* self = g_kcore.cpus.find(KCORE_READ_REGISTER(MPIDR_EL1));
  if (self == nullptr) panic("the device tree does not name the core that KCore started on");
  if (self->number != 0) panic("KCore started on core ", self->number, ", expected core 0");
  self->power = Power::on;
  KCORE_WRITE_REGISTER(TPIDR_EL2, physical(self).value);
  open_core(tree, boot, image);
  take_seed(tree, g_kcore.core);
  hand_over_tree(tree, g_kcore.memory);
  // A kernel may read its tree before its caches are on.
  arch::clean_to_poc(pointer_to<void>({abi::kDeviceTreeBase}), tree.bytes());
  greet(boot);
  enter_kernel(*self, {{boot.kernel.base.value}, abi::kDeviceTreeBase});
}

extern "C" void kcore_secondary_main(Cpu& self) {
  KCORE_WRITE_REGISTER(TPIDR_EL2, physical(&self).value);
  const KernelEntry start = arrive(g_kcore.cpus, self);
  if (machine_is_halted()) arch::halt_this_core();
  enter_kernel(self, start);
}

}  // namespace armature::kcore::aarch64
