// The machine's state as named byte strings.
#include <fmt/format.h>

#include "platform/devices/pl011.h"
#include "platform/devices/test_port.h"
#include "platform/machine/machine.h"
#include "platform/semihosting/semihosting.h"
#include "sim/base/user_error.h"
#include "sim/config/schema.h"
#include "sim/snapshot/bytes.h"
#include "sim/snapshot/memory.h"

namespace armature::platform {
namespace {

using Bytes = std::vector<std::uint8_t>;

// What must be equal for a snapshot to fit: everything that shapes the machine's state.
std::string shape_of(const RunConfig& c) {
  return fmt::format(
      "machine={} cpu={} smp={} memory={} el={} drives={} net={} rng={} testdev={} semihosting={}",
      c.machine, c.cpu, c.smp, c.memory, c.el, c.drives.size(), c.net_user, c.rng, c.test_port,
      c.semihosting.enabled);
}

void put_text(Bytes& out, const std::string& text) { put(out, Bytes(text.begin(), text.end())); }

std::string take_text(std::span<const std::uint8_t>& in) {
  const Bytes bytes = take_vector<std::uint8_t>(in);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

std::vector<std::pair<std::string, Bytes>> Machine::save(MemoryPart part) {
  for (auto& core : cores) core->normalise_state();
  std::vector<std::pair<std::string, Bytes>> sections;
  const auto section = [&](const std::string& name) -> Bytes& {
    return sections.emplace_back(name, Bytes{}).second;
  };
  put_text(section("shape"), shape_of(config_));
  if (part == MemoryPart::included) save_memory(memory, section("memory"));
  {
    Bytes& out = section("machine");
    put(out, events.sequence());
    put(out, shared->counter.highest);
    psci->save(out);
    cluster->save(out);
    put(out, scripts_);
    put(out, console_seen_);
    put(out, resets_);
    if (test_port_ != nullptr) test_port_->save(out);
  }
  if (semihosting != nullptr) semihosting->save(section("semihosting"));
  caches->save(section("caches"));
  for (unsigned n = 0; n < cores.size(); ++n) {
    put(section(fmt::format("core{}", n)), cores[n]->state);
    put(sections.back().second, cores[n]->statistics);
    mmus[n]->save(section(fmt::format("mmu{}", n)));
  }
  tables->save(section("tables"));
  shootdown->save(section("shootdown"));
  gic->save(section("gic"));
  for (unsigned n = 0; n < kUarts; ++n) {
    Bytes& out = section(fmt::format("console{}", n));
    put(out, std::vector<std::uint8_t>(consoles[n]->input.begin(), consoles[n]->input.end()));
    put_text(out, consoles[n]->tail());
    put(out, consoles[n]->bytes());
  }
  for (const MappedDevice& mapped : devices_) {
    if (mapped.device == &gic->distributor() || mapped.device == &gic->redistributors()) continue;
    mapped.device->save(section(fmt::format("device {:#x}", mapped.base.value)));
  }
  return sections;
}

void Machine::load(const std::vector<std::pair<std::string, Bytes>>& sections, MemoryPart part) {
  const auto section = [&](const std::string& name) -> std::span<const std::uint8_t> {
    for (const auto& [candidate, bytes] : sections) {
      if (candidate == name) return bytes;
    }
    throw UserError(fmt::format("snapshot has no section '{}'", name));
  };
  auto in = section("shape");
  if (const std::string shape = take_text(in); shape != shape_of(config_)) {
    throw UserError(fmt::format("snapshot of another machine: it has {}; this one {}", shape,
                                shape_of(config_)));
  }
  if (part == MemoryPart::included) {
    in = section("memory");
    load_memory(memory, in);
  }
  stop_ = StopReason::running;
  in = section("machine");
  events.restore_sequence(take<std::uint64_t>(in));
  shared->counter.highest = take<std::uint64_t>(in);
  psci->load(in);
  cluster->load(in);
  scripts_ = take<decltype(scripts_)>(in);
  console_seen_ = take<decltype(console_seen_)>(in);
  resets_ = take<std::uint32_t>(in);
  if (test_port_ != nullptr) test_port_->load(in);
  if (semihosting != nullptr) {
    in = section("semihosting");
    semihosting->load(in);
  }
  in = section("caches");
  caches->load(in);
  for (unsigned n = 0; n < cores.size(); ++n) {
    in = section(fmt::format("mmu{}", n));
    mmus[n]->load(in);
  }
  in = section("tables");
  tables->load(in);
  in = section("shootdown");
  shootdown->load(in);
  in = section("gic");
  gic->load(in);
  for (const MappedDevice& mapped : devices_) {
    if (mapped.device == &gic->distributor() || mapped.device == &gic->redistributors()) continue;
    in = section(fmt::format("device {:#x}", mapped.base.value));
    mapped.device->load(in);
  }
  for (unsigned n = 0; n < kUarts; ++n) {
    in = section(fmt::format("console{}", n));
    const auto input = take_vector<std::uint8_t>(in);
    consoles[n]->input.assign(input.begin(), input.end());
    std::string tail = take_text(in);
    consoles[n]->restore(std::move(tail), take<std::uint64_t>(in));
  }
  // Last: devices may have driven their lines while they were loaded.
  for (unsigned n = 0; n < cores.size(); ++n) {
    in = section(fmt::format("core{}", n));
    cores[n]->state = take<cpu::CoreState>(in);
    cores[n]->statistics = take<cpu::Core::Statistics>(in);
    cores[n]->state_replaced();
  }
  // Inside a window its input has been applied already.
  host_input.discard_before(cluster->time() + Cycles{cluster->in_window() ? 1u : 0u});
}

}  // namespace armature::platform
