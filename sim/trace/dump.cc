#include "sim/trace/dump.h"

#include <ostream>
#include <vector>

#include "sim/trace/kinds.h"
#include "sim/trace/log.h"

namespace armature {
namespace {

// Which kind numbers of the log's own alphabet have a name in the list.
std::vector<bool> wanted_kinds(const LogAlphabet& alphabet, std::string_view list) {
  std::vector<bool> wanted(alphabet.size(), list.empty());
  const std::uint64_t kinds = parse_event_kinds(list);
  for (std::size_t number = 0; number < alphabet.size(); ++number) {
    for (const auto& description : event_alphabet()) {
      if ((kinds & event_bit(description.kind)) != 0 && description.name == alphabet[number].name) {
        wanted[number] = true;
      }
    }
  }
  return wanted;
}

}  // namespace

DumpResult dump_log(const std::string& path, std::string_view list, const EventNames& names,
                    std::ostream& out) {
  LogReader reader(path);
  const std::vector<bool> wanted = wanted_kinds(reader.alphabet(), list);
  DumpResult result;
  Event event;
  while (reader.next(event)) {
    if (!wanted[static_cast<std::size_t>(event.kind)]) continue;
    out << event_line(event, reader.alphabet(), names) << '\n';
    ++result.events;
  }
  result.complete = reader.complete();
  return result;
}

}  // namespace armature
