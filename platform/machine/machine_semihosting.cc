// Semihosting and the test port: how a program ends the run with a status of its own.
#include <algorithm>
#include <tuple>
#include <utility>

#include "platform/devices/test_port.h"
#include "platform/machine/machine.h"
#include "platform/machine/memory_layout.h"
#include "platform/semihosting/semihosting.h"

namespace armature::platform {
namespace {

// The largest range of RAM, in whole pages, that no image was loaded to.
std::pair<std::uint64_t, std::uint64_t> largest_gap(const BootPlan& plan, std::uint64_t memory) {
  const std::uint64_t end = layout::kRam.value + memory;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> taken{{end, end}};
  for (const LoadedPiece& piece : plan.pieces)
    taken.emplace_back(piece.address.value, piece.address.value + piece.bytes);
  std::sort(taken.begin(), taken.end());
  std::pair<std::uint64_t, std::uint64_t> best{};
  std::uint64_t from = layout::kRam.value;
  for (const auto& [begin, behind] : taken) {
    const std::uint64_t to = begin & ~(kFrameBytes - 1);
    if (to > from && to - from > best.second - best.first) best = {from, to};
    from = std::max(from, (behind + kFrameBytes - 1) & ~(kFrameBytes - 1));
  }
  return best;
}

}  // namespace

void Machine::build_semihosting() {
  const SemihostingConfig& config = config_.semihosting;
  Semihosting::World world;
  world.at_el0 = config.at_el0;
  world.command_line = config.arguments;
  if (world.command_line.empty()) {
    world.command_line = config_.kernel;
    if (!config_.append.empty()) world.command_line += " " + config_.append;
  }
  std::tie(world.heap_base, world.heap_limit) = largest_gap(boot_, config_.memory);
  world.rtc = config_.rtc;
  HostFiles files(config.files, !keeps_host_files(config_));
  semihosting =
      std::make_unique<Semihosting>(std::move(world), std::move(files), *consoles[0], *coherent);
  shared->semihosting = semihosting.get();
}

bool Machine::has_exited() const {
  return (semihosting != nullptr && semihosting->exit_status()) ||
         (test_port_ != nullptr && test_port_->exit_status());
}

std::uint32_t Machine::exit_status() const {
  if (semihosting != nullptr && semihosting->exit_status()) return *semihosting->exit_status();
  if (test_port_ != nullptr && test_port_->exit_status()) return *test_port_->exit_status();
  return 0;
}

}  // namespace armature::platform
