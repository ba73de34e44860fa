#include "sim/trace/log_format.h"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "sim/base/types.h"

namespace armature {
namespace {

using Json = nlohmann::ordered_json;

Json record_field(const char* name, std::size_t offset, const char* numpy_type) {
  return {{"name", name}, {"offset", offset}, {"type", numpy_type}};
}

Json record_layout() {
  return {record_field("sequence", offsetof(Event, sequence), "<u8"),
          record_field("cycle", offsetof(Event, cycle), "<u8"),
          record_field("pc", offsetof(Event, pc), "<u8"),
          record_field("kind", offsetof(Event, kind), "<u1"),
          record_field("core", offsetof(Event, core), "<u1"),
          record_field("el", offsetof(Event, el), "<u1"),
          record_field("vmid", offsetof(Event, vmid), "<u2"),
          record_field("asid", offsetof(Event, asid), "<u2"),
          record_field("a", offsetof(Event, a), "<u8"),
          record_field("b", offsetof(Event, b), "<u8"),
          record_field("c", offsetof(Event, c), "<u8"),
          record_field("d", offsetof(Event, d), "<u4"),
          record_field("sub", offsetof(Event, sub), "<u4")};
}

}  // namespace

std::string log_header_json(const RunMetadata& run) {
  Json root;
  root["format"] = "armature-event-log";
  root["version"] = kLogVersion;
  root["record_bytes"] = sizeof(Event);
  root["cycle_unit"] = "1/16 cycle";
  root["record"] = record_layout();
  root["words"] = {"a", "b", "c", "d"};
  Json kinds = Json::array();
  for (const auto& kind : current_alphabet()) {
    Json fields = Json::array();
    for (const auto& field : kind.fields) {
      fields.push_back({{"name", field.name},
                        {"word", field.word},
                        {"hi", field.hi},
                        {"lo", field.lo},
                        {"format", field.decimal ? "decimal" : "hex"}});
    }
    kinds.push_back({{"number", kinds.size()},
                     {"name", kind.name},
                     {"meaning", kind.meaning},
                     {"canonical", kind.canonical},
                     {"fields", fields}});
  }
  root["kinds"] = kinds;
  Json& about = root["run"];
  about = {
      {"preset", run.preset}, {"quantum", run.quantum}, {"seed", run.seed}, {"cores", run.cores}};
  for (const auto& [key, value] : run.more) about[key] = value;
  root["configuration"] = run.configuration;
  return root.dump();
}

RunMetadata run_from_json(const std::string& header) {
  const Json root = Json::parse(header);
  RunMetadata run;
  for (const auto& [key, value] : root.at("run").items()) {
    if (key == "preset") {
      run.preset = value;
    } else if (key == "quantum") {
      run.quantum = value;
    } else if (key == "seed") {
      run.seed = value;
    } else if (key == "cores") {
      run.cores = value;
    } else {
      run.more.emplace_back(key, value);
    }
  }
  run.configuration = root.value("configuration", "");
  if (run.cores == 0 || run.cores > kCoresMax) throw std::runtime_error("cores are impossible");
  return run;
}

LogAlphabet alphabet_from_json(const std::string& header) {
  const Json root = Json::parse(header);
  if (root.at("record_bytes") != sizeof(Event) || root.at("record") != record_layout()) {
    throw std::runtime_error("another record layout");
  }
  LogAlphabet alphabet;
  for (const auto& kind : root.at("kinds")) {
    LogKind result{kind.at("name"), kind.at("meaning"), kind.at("canonical"), {}};
    for (const auto& field : kind.at("fields")) {
      LogField f{field.at("name"), field.at("word"), field.at("hi"), field.at("lo"),
                 field.at("format") == "decimal"};
      if (f.word > 3 || f.hi > 63 || f.lo > f.hi) throw std::runtime_error("a field is impossible");
      result.fields.push_back(std::move(f));
    }
    alphabet.push_back(std::move(result));
  }
  return alphabet;
}

}  // namespace armature
