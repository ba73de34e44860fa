#include "sim/trace/text.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "sim/arch/sysreg.h"
#include "sim/base/bits.h"

namespace armature {
namespace {

// What a cached translation was made from, and the regime it belongs to (word d, alphabet.cc).
constexpr std::array<std::string_view, 3> kEntryKinds{"stage1", "stage2", "combined"};
constexpr std::array<std::string_view, 2> kRegimes{"el10", "el2"};

std::string value_text(const Event& event, const LogKind& kind, const LogField& field,
                       const EventNames& names) {
  const std::uint64_t value = event_field(event, field);
  const auto number = static_cast<unsigned>(value);
  if (field.name == "structure" && value < kTlbStructures) {
    return std::string(tlb_structure_name(static_cast<TlbStructure>(value)));
  }
  if (field.name == "kind" && value < kEntryKinds.size()) return std::string(kEntryKinds[value]);
  if (field.name == "regime" && value < kRegimes.size()) return std::string(kRegimes[value]);
  if (field.name == "op" && kind.name.starts_with("tlbi") && names.tlbi) return names.tlbi(number);
  if (field.name == "op" && kind.name == "cache_maintenance" && names.maintenance) {
    return names.maintenance(number);
  }
  if (field.name == "register" && value < kSysRegs) {
    return std::string(sysreg_info(static_cast<SysReg>(value)).name);
  }
  return field.decimal ? fmt::format("{}", value) : fmt::format("{:#x}", value);
}

}  // namespace

LogAlphabet current_alphabet() {
  LogAlphabet alphabet;
  for (const auto& description : event_alphabet()) {
    LogKind kind{std::string(description.name),
                 std::string(description.meaning),
                 is_canonical(description.kind),
                 {}};
    for (const auto& field : description.fields) {
      if (field.name.empty()) break;
      kind.fields.push_back({std::string(field.name), field.word, field.hi, field.lo,
                             field.format == EventField::Format::decimal});
    }
    alphabet.push_back(std::move(kind));
  }
  return alphabet;
}

std::uint64_t event_field(const Event& event, const LogField& field) {
  const std::uint64_t words[4] = {event.a, event.b, event.c, event.d};
  return bits(words[field.word & 3], field.hi, field.lo);
}

std::string event_line(const Event& event, const LogAlphabet& alphabet, const EventNames& names) {
  const std::string number = event.sub == 0 ? fmt::format("{}", event.sequence)
                                            : fmt::format("{}.{}", event.sequence, event.sub);
  const std::string core =
      event.core == kMasterDevice ? "device" : fmt::format("core{}", event.core);
  std::string line = fmt::format("{:>10} {:>12}.{:02} {:<6} EL{} pc={:#018x} vmid={} asid={} ",
                                 number, event.cycle >> 4, (event.cycle & 15) * 100 / 16, core,
                                 event.el, event.pc, event.vmid, event.asid);
  const auto kind = static_cast<std::size_t>(event.kind);
  if (kind >= alphabet.size()) return line + fmt::format("kind{}", kind);
  line += alphabet[kind].name;
  for (const auto& field : alphabet[kind].fields) {
    line += fmt::format(" {}={}", field.name, value_text(event, alphabet[kind], field, names));
  }
  return line;
}

}  // namespace armature
