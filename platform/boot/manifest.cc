#include "platform/boot/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "hyp/abi/manifest.h"
#include "sim/base/user_error.h"

namespace armature::platform {
namespace {

// VMs times vCPUs of the largest array that is taken seriously.
constexpr std::uint64_t kObjectsMax = 1 << 16;

// One object of a record: its place in the arrays.
struct Object {
  const abi::ManifestRecord& record;
  unsigned outer, inner;
  PhysicalAddress address{record.address.value + std::uint64_t{outer} * record.outer.stride +
                          std::uint64_t{inner} * record.inner.stride};

  std::string name() const {
    const std::string base(record.name, strnlen(record.name, sizeof record.name));
    return record.outer.count > 1 ? fmt::format("{}[{}]", base, outer) : base;
  }
  check::Principal principal() const {
    const auto first = static_cast<check::Principal>(record.principal);
    return first == check::kFirstVm ? first + outer : first;
  }
};

void add_tables(const Object& o, check::Manifest& manifest) {
  const abi::ManifestTables& tables = o.record.tables;
  if (o.record.kind == abi::RecordKind::root) {
    manifest.roots.push_back({o.name(), o.address, o.principal(), tables.stage, tables.level,
                              tables.root_bytes != 0 ? tables.root_bytes : kFrameBytes});
    return;
  }
  manifest.pools.push_back({o.name(), o.address, tables.is_cell != 0 ? 0 : o.record.bytes,
                            o.principal(), tables.stage, tables.level, tables.is_cell != 0});
}

void add(const Object& o, check::Manifest& manifest) {
  const abi::ManifestRecord& r = o.record;
  switch (r.kind) {
    case abi::RecordKind::lock:
      manifest.locks.push_back({o.name(), o.address, r.lock.next_offset, r.lock.serving_offset,
                                o.principal(), static_cast<unsigned>(r.lock.guards), o.outer,
                                r.lock.rank, r.lock.guards == abi::Guarded::tables,
                                r.lock.guards == abi::Guarded::ownership});
      return;
    case abi::RecordKind::table_pool:
    case abi::RecordKind::root:
      add_tables(o, manifest);
      return;
    case abi::RecordKind::ownership:
      manifest.ownership.push_back(
          {o.address + r.ownership.base_offset, o.address + r.ownership.bytes_offset,
           o.address + r.ownership.entries_offset, r.ownership.entry_bytes,
           r.ownership.owner_offset, r.ownership.count_offset, r.ownership.gfn_offset});
      return;
    case abi::RecordKind::guarded:
      // The lock is looked up when all are known; until then its number.
      manifest.guarded.push_back({o.name(), o.address, r.bytes, -1});
      return;
    case abi::RecordKind::vm_state:
      manifest.vm_states.push_back({o.address, o.outer, 0});
      return;
    case abi::RecordKind::vcpu_state:
      manifest.vcpu_states.push_back({o.address, o.outer, o.inner});
      return;
    case abi::RecordKind::shadow:
      manifest.shadows.push_back({o.address, r.bytes, o.outer, o.inner});
      return;
    case abi::RecordKind::mailbox:
      manifest.mailboxes.push_back({o.address, r.bytes, o.outer, o.inner});
      return;
    case abi::RecordKind::oracle_site:
      manifest.oracle_sites.push_back({o.name(), o.address, static_cast<unsigned>(r.datum)});
      return;
    case abi::RecordKind::kcore_memory:
      manifest.own_memory.push_back({o.address, o.address + 8});
      return;
  }
}

template <typename Visit>
void for_each_object(const std::vector<abi::ManifestRecord>& records, const std::string& file,
                     Visit visit) {
  for (const abi::ManifestRecord& record : records) {
    const std::uint64_t outer = std::max(record.outer.count, 1u);
    const std::uint64_t inner = std::max(record.inner.count, 1u);
    if (outer > kObjectsMax || inner > kObjectsMax / outer) {
      throw UserError(
          fmt::format("{}: its manifest has an array of {} times {} objects; allowed: "
                      "{} in all",
                      file, outer, inner, kObjectsMax));
    }
    for (unsigned n = 0; n < outer; ++n) {
      for (unsigned m = 0; m < inner; ++m) visit(Object{record, n, m});
    }
  }
}

std::vector<abi::ManifestRecord> read_records(std::span<const std::uint8_t> note,
                                              const std::string& file) {
  abi::ManifestHeader header{};
  if (note.size() < sizeof header) {
    throw UserError(fmt::format("{}: its manifest has {} bytes, a header has {}", file, note.size(),
                                sizeof header));
  }
  std::memcpy(&header, note.data(), sizeof header);
  if (header.version != abi::kManifestVersion) {
    throw UserError(fmt::format("{}: its manifest has version {}; allowed: {}", file,
                                header.version, abi::kManifestVersion));
  }
  const std::uint64_t room = note.size() - sizeof header;
  if (header.records != 0 &&
      (header.record_bytes == 0 || header.records > room / header.record_bytes)) {
    throw UserError(fmt::format("{}: its manifest of {} bytes does not hold {} records of {} bytes",
                                file, note.size(), header.records, header.record_bytes));
  }
  std::vector<abi::ManifestRecord> records(header.records);
  for (std::size_t n = 0; n < records.size(); ++n) {
    std::memcpy(&records[n], note.data() + sizeof header + n * header.record_bytes,
                std::min<std::size_t>(header.record_bytes, sizeof(abi::ManifestRecord)));
  }
  return records;
}

}  // namespace

check::Manifest parse_manifest(std::span<const std::uint8_t> note, const std::string& file) {
  check::Manifest manifest;
  if (note.empty()) return manifest;
  const std::vector<abi::ManifestRecord> records = read_records(note, file);
  for_each_object(records, file, [&](const Object& object) { add(object, manifest); });
  std::size_t next = 0;
  for_each_object(records, file, [&](const Object& object) {
    if (object.record.kind != abi::RecordKind::guarded) return;
    manifest.guarded[next++].lock =
        manifest.find_lock(static_cast<unsigned>(object.record.guarded_by), object.outer);
  });
  return manifest;
}

}  // namespace armature::platform
