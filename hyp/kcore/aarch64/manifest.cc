// The manifest (hyp/abi/manifest.h): where KCore's state lies, said to the world outside.
#include "hyp/abi/manifest.h"

#include <string_view>

#include "hyp/kcore/aarch64/el2_tables.h"
#include "hyp/kcore/kcore.h"

extern "C" {
extern const void* const kcore_ttbr0_el2;  // TTBR0_EL2: KCore's own stage 1, read by entry.S
extern const char kcore_load_mailbox[], kcore_load_manifest[], kcore_load_sealed[],
    kcore_load_vm_page[];
}

namespace armature::kcore::aarch64 {
namespace {

using namespace abi;

constexpr Core& kCore = g_kcore.core;
constexpr ManifestArray kVms{abi::kMaxVms + 1, sizeof(Vm)};
constexpr ManifestArray kVcpus{abi::kMaxVcpus, sizeof(Vcpu)};

constexpr ManifestRecord record(RecordKind kind, const volatile void* where, Principal principal,
                                std::string_view name) {
  ManifestRecord made{};
  made.kind = kind;
  made.address.symbol = where;
  made.principal = principal;
  name.copy(made.name, sizeof(made.name) - 1);
  return made;
}

// The same for each VM, or for each vCPU of each VM.
constexpr ManifestRecord of_vms(ManifestRecord made) {
  made.principal = Principal::first_vm;
  made.outer = kVms;
  return made;
}
constexpr ManifestRecord of_vcpus(ManifestRecord made) {
  made.inner = kVcpus;
  return of_vms(made);
}

constexpr ManifestRecord lock(const TicketLock& where, Guarded guards, Principal principal,
                              unsigned rank, std::string_view name) {
  ManifestRecord made = record(RecordKind::lock, &where, principal, name);
  made.lock = {TicketLock::kNextOffset, TicketLock::kServingOffset, guards, rank};
  return made;
}

constexpr ManifestRecord tables(RecordKind kind, const void* where, unsigned long bytes,
                                Principal principal, ManifestTables what, std::string_view name) {
  ManifestRecord made = record(kind, where, principal, name);
  made.bytes = bytes;
  made.tables = what;
  return made;
}

template <typename T>
constexpr ManifestRecord guarded(const T& data, Guarded by, std::string_view name) {
  ManifestRecord made = record(RecordKind::guarded, &data, Principal::kcore, name);
  made.bytes = sizeof(T);
  made.guarded_by = by;
  return made;
}

constexpr ManifestRecord data_of_vcpu(RecordKind kind, const void* where, unsigned long bytes,
                                      std::string_view name) {
  ManifestRecord made = of_vcpus(record(kind, where, Principal::first_vm, name));
  made.bytes = bytes;
  return made;
}

constexpr ManifestRecord cores(ManifestRecord made) {
  made.outer = {kMaxCpus, sizeof(Cpu)};
  return made;
}

constexpr ManifestRecord oracle(const char* load, Datum datum, std::string_view name) {
  ManifestRecord made = record(RecordKind::oracle_site, load, Principal::kcore, name);
  made.datum = datum;
  return made;
}

constexpr ManifestRecord ownership() {
  ManifestRecord made =
      record(RecordKind::ownership, kCore.pages.range_table(), Principal::kcore, "pages");
  made.outer = {PageArray::kMaxRanges, PageArray::kRangeBytes};
  made.ownership = {PageArray::kBaseOffset,          PageArray::kBytesOffset,
                    PageArray::kEntriesOffset,       sizeof(Page),
                    __builtin_offsetof(Page, owner), __builtin_offsetof(Page, count),
                    __builtin_offsetof(Page, gfn)};
  made.guarded_by = Guarded::ownership;
  return made;
}

constexpr ManifestRecord kcore_memory() {
  ManifestRecord made =
      record(RecordKind::kcore_memory, &g_kcore.memory[0], Principal::kcore, "kcore");
  made.outer = {2, sizeof(PhysicalRange)};
  return made;
}

constexpr unsigned kRootLevel = KCORE_STAGE2_LEVELS == 4 ? 0 : 1;
constexpr ManifestTables kStage2Root{2, kRootLevel, 0, KCORE_STAGE2_LEVELS == 4 ? 4096 : 8192};
constexpr ManifestTables kStage2Pool{2, 0, 1, 0};
constexpr Vm& kVm = kCore.vms[0];
constexpr Vcpu& kVcpu = kVm.vcpus[0];

constexpr ManifestRecord kRecords[] = {
    lock(g_kcore.cpus.lock, Guarded::cpu_power, Principal::kcore, 1, "cpus"),
    of_vms(lock(kVm.lock, Guarded::vm, Principal::first_vm, 1, "vm")),
    lock(kCore.core_lock, Guarded::vmids, Principal::kcore, 2, "core"),
    lock(kCore.s2page_lock, Guarded::ownership, Principal::kcore, 3, "s2page"),
    lock(kCore.kserv.lock(), Guarded::tables, Principal::kserv, 4, "kserv tables"),
    of_vms(lock(kVm.stage2.lock(), Guarded::tables, Principal::first_vm, 4, "vm tables")),
    lock(g_kcore.console_lock, Guarded::console, Principal::kcore, 5, "console"),

    tables(RecordKind::root, &kcore_ttbr0_el2, 8, Principal::kcore, {1, 1, 0, 4096}, "kcore"),
    tables(RecordKind::root, kCore.kserv.vttbr_cell(), 8, Principal::kserv, kStage2Root, "kserv"),
    of_vms(tables(RecordKind::root, kVm.stage2.vttbr_cell(), 8, Principal::first_vm, kStage2Root,
                  "vm")),
    tables(RecordKind::table_pool, &g_el2_tables, El2Tables::kPages* kPageBytes, Principal::kcore,
           {1, 0, 0, 0}, "kcore"),
    tables(RecordKind::table_pool, kCore.kserv.pool_cells(), 0, Principal::kserv, kStage2Pool,
           "kserv"),
    of_vms(tables(RecordKind::table_pool, kVm.stage2.pool_cells(), 0, Principal::first_vm,
                  kStage2Pool, "vm")),

    ownership(),
    kcore_memory(),
    guarded(kCore.scratch, Guarded::ownership, "scratch"),
    guarded(kCore.snapshots, Guarded::ownership, "snapshots"),
    guarded(kCore.next_vmid, Guarded::vmids, "next VMID"),
    guarded(kCore.table_pages, Guarded::vmids, "table pages"),
    guarded(kCore.table_pages_left, Guarded::vmids, "table pages left"),
    cores(guarded(g_kcore.cpus.cpus[0].power, Guarded::cpu_power, "core's power")),
    of_vms(guarded(kVm.state, Guarded::vm, "VM's state")),
    of_vms(guarded(kVm.images, Guarded::vm, "VM's images")),
    of_vms(guarded(kVm.last_vcpu, Guarded::vm, "VM's last vCPU")),
    of_vcpus(guarded(kVcpu.state, Guarded::vm, "vCPU's state")),

    of_vms(record(RecordKind::vm_state, &kVm.state, Principal::first_vm, "VM's state")),
    data_of_vcpu(RecordKind::vcpu_state, &kVcpu.state, 4, "vCPU's state"),
    data_of_vcpu(RecordKind::shadow, &kVcpu.saved, sizeof(SavedVcpu), "vCPU"),
    data_of_vcpu(RecordKind::mailbox, &kVcpu.mailbox, sizeof(Mailbox), "mailbox"),
    oracle(kcore_load_mailbox, Datum::mailbox, "mailbox"),
    oracle(kcore_load_manifest, Datum::manifest, "manifest"),
    oracle(kcore_load_sealed, Datum::sealed, "sealed"),
    oracle(kcore_load_vm_page, Datum::vm_page, "VM's page"),
};
constexpr unsigned kRecordCount = sizeof(kRecords) / sizeof(kRecords[0]);

struct ManifestNote {
  unsigned name_bytes, descriptor_bytes, type;
  char name[12];
  ManifestHeader header;
  ManifestRecord records[kRecordCount];
};

constexpr ManifestNote make_note() {
  ManifestNote note{sizeof(kManifestOwner),
                    sizeof(ManifestHeader) + sizeof(kRecords),
                    kManifestType,
                    {},
                    {kManifestVersion, sizeof(ManifestRecord), kRecordCount, 0},
                    {}};
  for (unsigned n = 0; n < sizeof(kManifestOwner); ++n) note.name[n] = kManifestOwner[n];
  for (unsigned n = 0; n < kRecordCount; ++n) note.records[n] = kRecords[n];
  return note;
}

[[gnu::section(".note.armature"), gnu::used]] constinit const ManifestNote g_note = make_note();

}  // namespace
}  // namespace armature::kcore::aarch64

constinit const void* const kcore_ttbr0_el2 = &armature::kcore::aarch64::g_el2_tables;
