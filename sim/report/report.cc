#include "sim/report/report.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/base/bits.h"
#include "sim/base/user_error.h"
#include "sim/report/assets.h"
#include "sim/trace/perfetto.h"

namespace armature {
namespace {

// Numbers that may need all 64 bits are text: JavaScript's have 53.
using Json = nlohmann::ordered_json;

std::string hex(std::uint64_t value) { return fmt::format("{:#x}", value); }

Json timeline_json(const Timeline& timeline, unsigned cores) {
  Json root;
  root["bucket"] = timeline.bucket_cycles();
  root["end"] = timeline.end();
  root["activities"] = timeline.activities();
  Json lanes = Json::array();
  for (unsigned core = 0; core < cores; ++core) {
    Json lane = Json::array();
    for (std::size_t bucket = 0; bucket < timeline.used_buckets(); ++bucket) {
      Json shares = Json::array();
      for (std::size_t n = 0; n < timeline.activities().size(); ++n) {
        if (const auto cycles = timeline.shares(core, bucket)[n]) shares.push_back({n, cycles});
      }
      lane.push_back(std::move(shares));
    }
    lanes.push_back(std::move(lane));
  }
  root["cores"] = std::move(lanes);
  Json counts = Json::array();
  for (std::size_t n = 0; n < Timeline::kCounted.size(); ++n) {
    Json values = Json::array();
    for (std::size_t bucket = 0; bucket < timeline.used_buckets(); ++bucket) {
      values.push_back(timeline.count(n, bucket));
    }
    const auto kind = static_cast<std::size_t>(Timeline::kCounted[n]);
    counts.push_back({{"name", event_alphabet()[kind].name}, {"values", std::move(values)}});
  }
  root["counts"] = std::move(counts);
  return root;
}

Json shootdown_json(const Shootdown& shootdown, const EventNames& names) {
  Json operations = Json::array();
  for (const auto& o : shootdown.operations) {
    operations.push_back({{"n", o.sequence},
                          {"t", o.cycle},
                          {"op", names.tlbi(o.op) + (o.broadcast ? "IS" : "")},
                          {"operand", hex(o.operand)},
                          {"pc", hex(o.pc)},
                          {"all", o.broadcast}});
  }
  Json applications = Json::array();
  for (const auto& a : shootdown.applications) {
    applications.push_back(
        {{"tlbi", a.tlbi}, {"t", a.cycle}, {"core", a.target}, {"dropped", a.dropped}});
  }
  return {{"core", shootdown.core},
          {"ops", std::move(operations)},
          {"applied", std::move(applications)},
          {"done", shootdown.completed},
          {"doneN", shootdown.completed_sequence},
          {"donePc", hex(shootdown.completed_pc)},
          {"dropped", shootdown.dropped()}};
}

Json holder_json(const DescriptorLife::Holder& h) {
  constexpr const char* kKinds[] = {"stage 1", "stage 2", "stages 1 and 2", "?"};
  return {
      {"core", h.core},
      {"structure", tlb_structure_name(static_cast<TlbStructure>(h.structure % kTlbStructures))},
      {"kind", kKinds[h.entry_kind & 3]},
      {"size", 1ull << h.size_log2},
      {"vmid", h.vmid},
      {"asid", h.asid},
      {"input", hex(h.input)},
      {"output", hex(h.output)},
      {"from", h.from},
      {"to", h.to},
      {"fill", h.fill},
      {"pc", hex(h.pc)},
      {"end", h.end},
      {"stale", h.stale_from},
      {"staleN", h.stale_at},
      {"tlbi", h.dropped_by}};
}

Json life_json(const DescriptorLife& life, std::uint64_t now, const EventNames& names) {
  Json holders = Json::array();
  for (const auto& holder : life.holders) holders.push_back(holder_json(holder));
  Json marks = Json::array();
  for (const auto& m : life.marks) {
    using Type = DescriptorLife::Mark::Type;
    Json mark{{"core", m.core}, {"t", m.cycle}, {"n", m.sequence}, {"pc", hex(m.pc)}};
    switch (m.type) {
      case Type::write:
        mark["type"] = "write";
        mark["old"] = hex(m.old_value);
        mark["new"] = hex(m.value);
        break;
      case Type::tlbi:
        mark["type"] = "tlbi";
        mark["op"] = names.tlbi(m.op) + (m.broadcast ? "IS" : "");
        mark["operand"] = hex(m.value);
        break;
      case Type::applied:
        mark["type"] = "applied";
        mark["tlbi"] = m.tlbi;
        mark["dropped"] = m.dropped;
        break;
      case Type::completed:
        mark["type"] = "done";
        mark["tlbi"] = m.tlbi;
        break;
    }
    marks.push_back(std::move(mark));
  }
  return {{"descriptor", hex(life.descriptor)},
          {"longest", life.longest_stale(now)},
          {"holders", std::move(holders)},
          {"marks", std::move(marks)}};
}

Json table_json(const TranslationTable& table, const EventNames& names) {
  constexpr const char* kEntries[] = {"stage 1", "stage 2", "stages 1 and 2"};
  Json fills = Json::array();
  for (const auto& [key, counts] : table.fills()) {
    fills.push_back({{"entry", kEntries[static_cast<unsigned>(key.stages) % 3]},
                     {"regime", key.regime == 0 ? "EL1&0" : "EL2"},
                     {"vmid", key.vmid == TranslationTable::kNoVmid ? Json() : Json(key.vmid)},
                     {"counts", counts}});
  }
  Json flushes = Json::array();
  for (const auto& [op, counts] : table.flushes()) {
    flushes.push_back({{"op", names.tlbi(op)},
                       {"issued", counts.issued},
                       {"broadcast", counts.broadcast},
                       {"applied", counts.applied},
                       {"dropped", counts.dropped}});
  }
  Json writes = Json::array();
  for (const auto& [key, counts] : table.writes()) {
    writes.push_back({{"stage", key.stage},
                      {"level", key.level},
                      {"regime", key.regime == 0 ? "EL1&0" : "EL2"},
                      {"writer", key.writer == TranslationTable::kDeviceWriter
                                     ? "device"
                                     : fmt::format("EL{}", key.writer)},
                      {"writes", counts.writes},
                      {"detached", counts.detached}});
  }
  Json structures = Json::array();
  for (unsigned s = 0; s < kTlbStructures; ++s) {
    structures.push_back(tlb_structure_name(static_cast<TlbStructure>(s)));
  }
  return {{"structures", structures}, {"fills", fills},     {"evictions", table.evictions()},
          {"drops", table.drops()},   {"flushes", flushes}, {"writes", writes}};
}

Json owners_json(const PageOwners& owners) {
  Json runs = Json::array();
  for (const auto& run : owners.runs())
    runs.push_back({run.page, run.pages, run.owner, run.former_vm});
  Json moves = Json::array();
  for (const auto& [from_to, count] : owners.moves()) {
    moves.push_back({from_to.first, from_to.second, count});
  }
  return {{"changes", owners.changes()}, {"runs", runs}, {"moves", moves}};
}

}  // namespace

std::uint64_t Report::kinds() {
  return Timeline::kinds() | Shootdowns::kinds() | HeldTranslations::kinds() |
         TranslationTable::kinds() | PageOwners::kinds() | event_bit(EventKind::violation) |
         event_bit(EventKind::guest_mark) | event_bit(EventKind::hypercall);
}

Report::Report(const RunMetadata& run, EventNames names)
    : run_(run),
      names_(std::move(names)),
      timeline_(run.cores, has_firmware(run)),
      held_(names_.tlbi),
      table_(names_.tlbi) {}

void Report::on_event(const Event& event) {
  ++counts_[static_cast<std::size_t>(event.kind)];
  timeline_.on_event(event);
  shootdowns_.on_event(event);
  held_.on_event(event);
  table_.on_event(event);
  owners_.on_event(event);
  if (event.kind == EventKind::violation && violations_.size() < kViolations) {
    violations_.push_back(event);
  }
}

std::string Report::json(const Results& results) {
  timeline_.finish();
  shootdowns_.finish();
  Json root;
  root["run"] = {{"preset", run_.preset},
                 {"quantum", run_.quantum == 0 ? "insn" : fmt::format("{}", run_.quantum)},
                 {"seed", fmt::format("{}", run_.seed)},
                 {"cores", run_.cores},
                 {"ended", results.ended},
                 {"complete", results.complete}};
  for (const auto& [key, value] : run_.more) root["run"][key] = value;
  root["configuration"] = run_.configuration;
  Json kinds = Json::array();
  for (std::size_t n = 0; n < kEventKinds; ++n) {
    if (counts_[n] != 0) {
      kinds.push_back({event_alphabet()[n].name, counts_[n], event_alphabet()[n].meaning});
    }
  }
  root["kinds"] = std::move(kinds);
  root["timeline"] = timeline_json(timeline_, run_.cores);
  Json shootdowns = Json::array();
  for (const auto& shootdown : shootdowns_.kept()) {
    shootdowns.push_back(shootdown_json(shootdown, names_));
  }
  root["shootdowns"] = {{"total", shootdowns_.total()}, {"list", std::move(shootdowns)}};
  Json lives = Json::array();
  for (const auto& life : held_.longest()) {
    lives.push_back(life_json(life, timeline_.end(), names_));
  }
  root["held"] = {{"stale", held_.stale_entries()}, {"list", std::move(lives)}};
  root["table"] = table_json(table_, names_);
  root["owners"] = owners_json(owners_);
  Json verdicts = Json::array();
  for (const check::Verdict& v : results.verdicts) {
    Json proof = Json::array();
    for (const Event& event : v.proof) proof.push_back(event_line(event, alphabet_, names_));
    verdicts.push_back({{"rule", v.rule_name()},
                        {"severity", check::severity_name(v.severity)},
                        {"what", v.what},
                        {"citation", v.citation()},
                        {"object", hex(v.object)},
                        {"core", v.core},
                        {"el", v.el},
                        {"pc", hex(v.pc)},
                        {"t", v.cycle >> 4},
                        {"n", v.sequence},
                        {"proof", std::move(proof)},
                        {"replay", v.replay}});
  }
  if (results.verdicts.empty()) {
    for (const Event& event : violations_) {
      const auto& rule = check::rules()[bits(event.d, 15, 0) % check::kRules];
      const auto severity = static_cast<check::Severity>(bits(event.d, 17, 16) & 1);
      verdicts.push_back({{"rule", rule.name},
                          {"severity", check::severity_name(severity)},
                          {"what", rule.meaning},
                          {"citation", rule.citation},
                          {"object", hex(event.a)},
                          {"core", event.core},
                          {"el", event.el},
                          {"pc", hex(event.pc)},
                          {"t", event.cycle >> 4},
                          {"n", event.sequence},
                          {"proof", {event_line(event, alphabet_, names_)}},
                          {"replay", ""}});
    }
  }
  root["verdicts"] = std::move(verdicts);
  root["checkers"] = results.checkers;
  Json statistics = Json::array();
  for (const Statistic& s : results.statistics) {
    Json value;
    std::visit([&](auto number) { value = number; }, s.value);
    statistics.push_back({s.name, value, s.unit, s.description});
  }
  root["statistics"] = std::move(statistics);
  root["console"] = results.console;
  return root.dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::string Report::html(const Results& results) {
  std::string data = json(results);
  // "</script>" inside a string would end the element.
  for (std::size_t at = 0; (at = data.find("</", at)) != std::string::npos; at += 3) {
    data.replace(at, 2, "<\\/");
  }
  std::string page(report_page());
  const auto put = [&](std::string_view mark, std::string_view text) {
    page.replace(page.find(mark), mark.size(), text);
  };
  put("/*style*/", report_style());
  put("/*script*/", report_script());
  put("/*data*/", data);
  return page;
}

void Report::write(const std::string& path, const Results& results) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << html(results);
  file.flush();
  if (!file) throw UserError(fmt::format("report: cannot write '{}'", path));
}

}  // namespace armature
