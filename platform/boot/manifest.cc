#include "platform/boot/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "hyp/abi/manifest.h"
#include "sim/base/user_error.h"

namespace armature::platform {
namespace {

std::string name_of(const abi::ManifestRecord& record) {
  return {record.name, strnlen(record.name, sizeof record.name)};
}

void add(const abi::ManifestRecord& record, check::Manifest& manifest) {
  const PhysicalAddress address{record.address.value};
  const auto principal = static_cast<check::Principal>(record.principal);
  switch (record.kind) {
    case abi::RecordKind::lock:
      manifest.locks.push_back({.name = name_of(record),
                                .word = address,
                                .next_offset = record.next_offset,
                                .serving_offset = record.serving_offset,
                                .principal = principal,
                                .guards = static_cast<unsigned>(record.guards),
                                .rank = record.rank});
      return;
    case abi::RecordKind::table_pool:
      manifest.pools.push_back({.name = name_of(record),
                                .base = address,
                                .bytes = record.bytes,
                                .principal = principal,
                                .stage = record.stage,
                                .level = record.level});
      return;
    case abi::RecordKind::root:
      manifest.roots.push_back({.name = name_of(record),
                                .cell = address,
                                .principal = principal,
                                .stage = record.stage,
                                .level = record.level});
      return;
  }
}

}  // namespace

check::Manifest parse_manifest(std::span<const std::uint8_t> note, const std::string& file) {
  check::Manifest manifest;
  if (note.empty()) return manifest;
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
  for (unsigned n = 0; n < header.records; ++n) {
    abi::ManifestRecord record{};
    std::memcpy(&record, note.data() + sizeof header + std::size_t{n} * header.record_bytes,
                std::min<std::size_t>(header.record_bytes, sizeof record));
    add(record, manifest);
  }
  return manifest;
}

}  // namespace armature::platform
