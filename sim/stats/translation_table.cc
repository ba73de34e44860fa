#include "sim/stats/translation_table.h"

#include <fmt/format.h>

#include <numeric>

#include "sim/base/bits.h"

namespace armature {
namespace {

// The field of this name, by the alphabet's own description of the kind.
std::uint64_t field(const Event& event, std::string_view name) {
  const std::uint64_t words[4] = {event.a, event.b, event.c, event.d};
  for (const auto& f : event_alphabet()[static_cast<unsigned>(event.kind)].fields) {
    if (f.name == name) return bits(words[f.word], f.hi, f.lo);
  }
  return 0;
}

std::string stages_name(TranslationTable::Stages stages) {
  switch (stages) {
    case TranslationTable::Stages::stage1:
      return "stage 1";
    case TranslationTable::Stages::stage2:
      return "stage 2";
    case TranslationTable::Stages::both:
      return "1 and 2";
  }
  return "?";
}

std::string regime_name(std::uint8_t regime) { return regime == 0 ? "EL1&0" : "EL2"; }

std::string structure_row(const char* title, const TranslationTable::ByStructure& counts) {
  std::string row = fmt::format("  {:<8} {:<7} {:>5}", title, "", "");
  for (const auto count : counts) row += fmt::format(" {:>10}", count);
  return row + fmt::format(" {:>11}\n", std::accumulate(counts.begin(), counts.end(), 0ull));
}

}  // namespace

std::uint64_t TranslationTable::kinds() {
  using enum EventKind;
  return event_bit(tlb_fill) | event_bit(tlb_evict) | event_bit(tlb_drop) | event_bit(tlbi) |
         event_bit(tlbi_receive) | event_bit(table_write);
}

TranslationTable::TranslationTable(std::function<std::string(unsigned op)> tlbi_name)
    : tlbi_name_(std::move(tlbi_name)) {
  if (!tlbi_name_) tlbi_name_ = [](unsigned op) { return fmt::format("op {}", op); };
}

void TranslationTable::on_event(const Event& event) {
  const auto structure = field(event, "structure") % kTlbStructures;
  switch (event.kind) {
    case EventKind::tlb_fill: {
      const auto regime = static_cast<std::uint8_t>(field(event, "regime"));
      const auto stages = static_cast<Stages>(field(event, "kind"));
      ++fills_[{stages, regime, regime == 0 ? event.vmid : kNoVmid}][structure];
      break;
    }
    case EventKind::tlb_evict:
      ++evictions_[structure];
      break;
    case EventKind::tlb_drop:
      ++drops_[structure];
      break;
    case EventKind::tlbi: {
      FlushCounts& counts = flushes_[static_cast<std::uint8_t>(field(event, "op"))];
      ++counts.issued;
      counts.broadcast += field(event, "broadcast");
      break;
    }
    case EventKind::tlbi_receive: {
      FlushCounts& counts = flushes_[static_cast<std::uint8_t>(field(event, "op"))];
      ++counts.applied;
      counts.dropped += field(event, "dropped");
      break;
    }
    case EventKind::table_write: {
      WriteKey key;
      key.stage = static_cast<std::uint8_t>(field(event, "stage"));
      key.level = static_cast<std::uint8_t>(field(event, "level"));
      key.regime = static_cast<std::uint8_t>(field(event, "regime"));
      key.writer = event.core == kMasterDevice ? kDeviceWriter : event.el;
      WriteCounts& counts = writes_[key];
      ++counts.writes;
      counts.detached += field(event, "detached");
      break;
    }
    default:
      break;
  }
}

std::string TranslationTable::text() const {
  std::string text = "TLB fills\n";
  text += fmt::format("  {:<8} {:<7} {:>5}", "entry", "regime", "VMID");
  for (unsigned s = 0; s < kTlbStructures; ++s) {
    text += fmt::format(" {:>10}", tlb_structure_name(static_cast<TlbStructure>(s)));
  }
  text += fmt::format(" {:>11}\n", "all");
  for (const auto& [key, counts] : fills_) {
    text += fmt::format("  {:<8} {:<7} {:>5}", stages_name(key.stages), regime_name(key.regime),
                        key.vmid == kNoVmid ? "-" : fmt::format("{}", key.vmid));
    for (const auto count : counts) text += fmt::format(" {:>10}", count);
    text += fmt::format(" {:>11}\n", std::accumulate(counts.begin(), counts.end(), 0ull));
  }
  text += structure_row("replaced", evictions_);
  text += structure_row("flushed", drops_);

  text += fmt::format("TLB flushes\n  {:<22} {:>10} {:>10} {:>10} {:>11}\n", "operation", "issued",
                      "broadcast", "applied", "entries");
  for (const auto& [op, counts] : flushes_) {
    text += fmt::format("  {:<22} {:>10} {:>10} {:>10} {:>11}\n", tlbi_name_(op), counts.issued,
                        counts.broadcast, counts.applied, counts.dropped);
  }

  text += fmt::format("Table writes\n  {:<6} {:<7} {:>5}  {:<8} {:>10} {:>10}\n", "stage", "regime",
                      "level", "writer", "writes", "detached");
  for (const auto& [key, counts] : writes_) {
    const std::string writer =
        key.writer == kDeviceWriter ? "device" : fmt::format("EL{}", key.writer);
    text += fmt::format("  {:<6} {:<7} {:>5}  {:<8} {:>10} {:>10}\n", key.stage,
                        regime_name(key.regime), key.level, writer, counts.writes, counts.detached);
  }
  return text;
}

}  // namespace armature
