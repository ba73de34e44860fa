#include "platform/machine/snapshot.h"

#include <fmt/format.h>

#include "platform/machine/machine.h"
#include "sim/base/user_error.h"
#include "sim/snapshot/archive.h"

namespace armature::platform {

void save_snapshot(Machine& machine, const std::string& path, const std::vector<Section>& more) {
  ArchiveWriter archive;
  for (const auto& [name, bytes] : machine.save()) archive.add(name, bytes);
  for (const auto& [name, bytes] : more) archive.add(name, bytes);
  archive.write(path);
}

std::vector<Section> load_snapshot(Machine& machine, const std::string& path) {
  const Archive archive = Archive::read(path);
  std::vector<Section> sections;
  for (const auto& name : archive.names()) sections.emplace_back(name, archive.section(name));
  try {
    machine.load(sections);
  } catch (const UserError& error) {
    throw UserError(fmt::format("{}: {}", path, error.what()));
  }
  return sections;
}

}  // namespace armature::platform
