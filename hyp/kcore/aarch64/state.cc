// Where KCore's state lies, and the manifest that says so to the world outside.
#include <string_view>

#include "hyp/abi/manifest.h"
#include "hyp/kcore/aarch64/console.h"
#include "hyp/kcore/aarch64/el2_tables.h"
#include "hyp/kcore/aarch64/roots.h"
#include "hyp/kcore/kcore.h"

namespace armature::kcore {
namespace {

// A level 2 table covers 1 GiB of intermediate addresses, a level 3 table 2 MiB: enough for 12 GiB
// of RAM touched everywhere.
constexpr std::size_t kLevel2Pages = 64, kLevel3Pages = 6144;

[[gnu::section(".bss.pools")]] constinit Stage2::Root g_kserv_root{};
[[gnu::section(".bss.pools")]] constinit TablePage g_kserv_level2[kLevel2Pages]{};
[[gnu::section(".bss.pools")]] constinit TablePage g_kserv_level3[kLevel3Pages]{};

}  // namespace

constinit KCore g_kcore{
    .memory = MemoryMap(),
    .cpus = {},
    .kserv = Stage2(g_kserv_root, PagePool(g_kserv_level2, kLevel2Pages),
                    PagePool(g_kserv_level3, kLevel3Pages)),
    .console_lock = {},
};

namespace aarch64 {

constinit Console g_console{};

namespace {

using abi::Guarded;
using abi::ManifestRecord;
using abi::Principal;
using abi::RecordKind;

constexpr ManifestRecord lock(const TicketLock& where, Guarded guards, Principal principal,
                              unsigned rank, std::string_view name) {
  ManifestRecord record{};
  record.kind = RecordKind::lock;
  record.principal = principal;
  record.address.symbol = &where;
  record.lock = {TicketLock::kNextOffset, TicketLock::kServingOffset, guards, rank};
  name.copy(record.name, sizeof(record.name));
  return record;
}

constexpr ManifestRecord tables(RecordKind kind, const void* where, unsigned long bytes,
                                Principal principal, unsigned stage, unsigned level,
                                std::string_view name) {
  ManifestRecord record{};
  record.kind = kind;
  record.principal = principal;
  record.address.symbol = where;
  record.bytes = bytes;
  record.tables.stage = stage;
  record.tables.level = level;
  name.copy(record.name, sizeof(record.name));
  return record;
}

constexpr ManifestRecord kRecords[] = {
    lock(g_kcore.cpus.lock, Guarded::cpu_power, Principal::kcore, 1, "cpus"),
    lock(g_kcore.kserv.lock(), Guarded::tables, Principal::kserv, 2, "kserv"),
    lock(g_kcore.console_lock, Guarded::console, Principal::kcore, 3, "console"),
    tables(RecordKind::root, &kcore_ttbr0_el2, 8, Principal::kcore, 1, 1, "kcore"),
    tables(RecordKind::root, &kcore_kserv_vttbr, 8, Principal::kserv, 2, 1, "kserv"),
    // KCore's own pool mixes levels: 0 says so.
    tables(RecordKind::table_pool, &g_el2_tables, El2Tables::kPages * kPageBytes, Principal::kcore,
           1, 0, "kcore"),
    tables(RecordKind::table_pool, &g_kserv_root, sizeof(g_kserv_root), Principal::kserv, 2, 1,
           "kserv"),
    tables(RecordKind::table_pool, &g_kserv_level2, sizeof(g_kserv_level2), Principal::kserv, 2, 2,
           "kserv"),
    tables(RecordKind::table_pool, &g_kserv_level3, sizeof(g_kserv_level3), Principal::kserv, 2, 3,
           "kserv"),
};
constexpr unsigned kRecordCount = sizeof(kRecords) / sizeof(kRecords[0]);

struct ManifestNote {
  unsigned name_bytes, descriptor_bytes, type;
  char name[12];
  abi::ManifestHeader header;
  ManifestRecord records[kRecordCount];
};

constexpr ManifestNote make_note() {
  ManifestNote note{sizeof(abi::kManifestOwner),
                    sizeof(abi::ManifestHeader) + sizeof(kRecords),
                    abi::kManifestType,
                    {},
                    {abi::kManifestVersion, sizeof(ManifestRecord), kRecordCount, 0},
                    {}};
  for (unsigned n = 0; n < sizeof(abi::kManifestOwner); ++n) note.name[n] = abi::kManifestOwner[n];
  for (unsigned n = 0; n < kRecordCount; ++n) note.records[n] = kRecords[n];
  return note;
}

[[gnu::section(".note.armature"), gnu::used]] constinit const ManifestNote g_note = make_note();

}  // namespace
}  // namespace aarch64
}  // namespace armature::kcore

constinit const void* const kcore_ttbr0_el2 = &armature::kcore::aarch64::g_el2_tables;
constinit const void* const kcore_kserv_vttbr = &armature::kcore::g_kserv_root;
