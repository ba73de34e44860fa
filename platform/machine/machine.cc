#include "platform/machine/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <regex>

#include "platform/boot/firmware.h"
#include "platform/devices/block_storage.h"
#include "platform/devices/fw_cfg.h"
#include "platform/devices/pflash.h"
#include "platform/devices/pl011.h"
#include "platform/devices/pl031.h"
#include "platform/devices/pl061.h"
#include "platform/devices/test_port.h"
#include "platform/devices/user_network.h"
#include "platform/devices/virtio_blk.h"
#include "platform/devices/virtio_console.h"
#include "platform/devices/virtio_input.h"
#include "platform/devices/virtio_mmio.h"
#include "platform/devices/virtio_net.h"
#include "platform/devices/virtio_rng.h"
#include "platform/machine/memory_layout.h"
#include "platform/semihosting/semihosting.h"
#include "platform/systemc/board.h"
#include "sim/base/user_error.h"
#include "sim/config/schema.h"
#include "sim/snapshot/bytes.h"

namespace armature::platform {

// Compiled expressions: --until, and what --type waits for.
struct Machine::Expressions {
  std::optional<std::regex> until;
  std::vector<std::regex> typing;
};

namespace {

// CHOICE: what checkers know of a machine ends with it.
bool ends_at_reset(const RunConfig& config) { return config.no_reboot || !config.check.empty(); }

}  // namespace

Machine::Machine(const RunConfig& config)
    : preset(cpu_preset(config.cpu)), config_(with_firmware(config)) {
  validate(config_);
  build_memory();
  boot_ = load_images(config_, memory);
  expressions_ = std::make_unique<Expressions>();
  if (!config_.until.empty()) expressions_->until.emplace(config_.until);
  for (const auto& typing : config_.typing) expressions_->typing.emplace_back(typing.expect);

  caches = std::make_unique<cache::Hierarchy>(preset, config_.smp, config_.seed, memory, events);
  tables = std::make_unique<mmu::TableFrames>(memory, events);
  tables->add_observer(*this);
  note_pools();
  std::vector<mmu::Mmu*> targets;
  for (unsigned n = 0; n < config_.smp; ++n) {
    mmus.push_back(std::make_unique<mmu::Mmu>(CoreId{static_cast<std::uint8_t>(n)},
                                              with_tlb_mode(preset, config_.tlb), config_.seed,
                                              memory, *caches, events));
    mmus.back()->set_table_frames(tables.get());
    targets.push_back(mmus.back().get());
  }
  shootdown = std::make_unique<mmu::ShootdownQueue>(targets, events);
  shootdown->set_table_frames(tables.get());
  if (config_.tlb != TlbMode::normal) {
    shootdown->set_adversary(config_.seed);
    tables->set_walks_before_writes();
  }
  gic = std::make_unique<Gic>(config_.smp, preset.gic_priority_bits, preset.gic_list_registers);
  psci = std::make_unique<Psci>(config_.el == 2 ? Psci::Conduit::smc : Psci::Conduit::hvc);
  coherent = std::make_unique<CoherentPort>(memory, *caches, *tables);
  board = std::make_unique<SystemcBoard>();
  board->set_memory(*coherent);
  shared =
      std::make_unique<cpu::Machine>(cpu::Machine{preset, config_.el == 2, memory, events, *caches,
                                                  *shootdown, *tables, board->bus(), *gic, *psci});
  shared->unimplemented = &unimplemented_;
  for (unsigned n = 0; n < config_.smp; ++n) {
    cores.push_back(
        std::make_unique<cpu::Core>(CoreId{static_cast<std::uint8_t>(n)}, *shared, *mmus[n]));
    cores.back()->set_options({config_.fast, config_.check_fast});
    shared->cores.push_back(cores.back().get());
    mmus[n]->set_adversary(config_.tlb, config_.seed, &cores[n]->translation_context(),
                           &cores[n]->context_is_dirty());
  }
  cluster = std::make_unique<Cluster>(*shared, config_.quantum);
  board->set_cluster(*cluster);
  build_devices();
  if (config_.semihosting.enabled) build_semihosting();
  cores[0]->reset(boot_.entry, 0);
}

Machine::~Machine() = default;

void Machine::note_pools() {
  for (const auto& pool : boot_.manifest.pools) {
    if (pool.is_cell) continue;
    tables->note_pool(pool.base, pool.bytes, pool.stage == 2 ? mmu::Regime::el10 : mmu::Regime::el2,
                      pool.stage == 2 ? Stage::stage2 : Stage::stage1, pool.level);
  }
}

void Machine::build_memory() {
  memory.add("ram", layout::kRam, config_.memory, true);
  memory.add("flash0", layout::kFlash, layout::kFlashBytes, false);
  memory.add("flash1", layout::kFlash + layout::kFlashBytes, layout::kFlashBytes, false);
}

void Machine::attach(PhysicalAddress base, Device& device) {
  board->attach(base, device, fmt::format("{}_{:x}", device.name(), base.value));
  devices_.push_back({base, &device});
  if (auto* timed = dynamic_cast<Timed*>(&device)) timed_.push_back(timed);
}

void Machine::attach(PhysicalAddress base, std::unique_ptr<Device> device) {
  attach(base, *device);
  owned_devices_.push_back(std::move(device));
}

void Machine::build_devices() {
  const auto spi = [&](unsigned number) {
    return InterruptLine{gic.get(), layout::kSpiBase + number};
  };
  attach(layout::kGicDistributor, gic->distributor());
  attach(layout::kGicRedistributors, gic->redistributors());
  const std::pair<PhysicalAddress, unsigned> places[kUarts] = {{layout::kUart0, layout::kSpiUart0},
                                                               {layout::kUart1, layout::kSpiUart1},
                                                               {layout::kUart2, layout::kSpiUart2},
                                                               {layout::kUart3, layout::kSpiUart3}};
  for (unsigned n = 0; n < kUarts; ++n) {
    consoles.push_back(std::make_unique<Console>());
    uarts.push_back(
        std::make_unique<Pl011>(fmt::format("uart{}", n), *consoles[n], spi(places[n].second)));
    attach(places[n].first, *uarts[n]);
  }
  attach(layout::kRtc, std::make_unique<Pl031>(*this, static_cast<std::uint32_t>(config_.rtc),
                                               spi(layout::kSpiRtc)));
  attach(layout::kGpio, std::make_unique<Pl061>(spi(layout::kSpiGpio)));
  build_firmware_devices();
  build_virtio();
}

// What -bios looks at: fw_cfg and the flash banks.
void Machine::build_firmware_devices() {
  auto fw_cfg = std::make_unique<FwCfg>(*coherent);
  fw_cfg->set_item_u64(fw_cfg_key::kRamSize, config_.memory);
  fw_cfg->set_item_u16(fw_cfg_key::kCpus, static_cast<std::uint16_t>(config_.smp));
  fw_cfg->set_item_u16(fw_cfg_key::kCpusMax, static_cast<std::uint16_t>(config_.smp));
  if (!boot_.kernel.empty()) fw_cfg->set_kernel(std::move(boot_.kernel));
  if (!boot_.initrd.empty()) fw_cfg->set_initrd(std::move(boot_.initrd));
  if (!config_.append.empty()) fw_cfg->set_command_line(config_.append);
  attach(layout::kFwCfg, std::move(fw_cfg));
  for (const auto& region : memory.regions()) {
    if (region->is_ram) continue;
    auto flash = std::make_unique<Pflash>(region->name, *region);
    for (const DriveConfig& drive : config_.drives) {
      if (!drive.bank || region->base != layout::kFlash + *drive.bank * layout::kFlashBytes) {
        continue;
      }
      if (const auto access = access_of(drive); access == BlockStorage::Access::in_place) {
        flash->write_through(std::make_unique<BlockStorage>(drive.file, access));
      }
    }
    attach(region->base, std::move(flash));
  }
}

bool Machine::keeps_host_files(const RunConfig& config) {
  return !config.save.empty() || !config.restore.empty() || !config.record.empty() ||
         !config.replay.empty() || !config.gdb.empty();
}

BlockStorage::Access Machine::access_of(const DriveConfig& drive) const {
  const bool overlay = keeps_host_files(config_);
  using Access = BlockStorage::Access;
  return drive.read_only             ? Access::read_only
         : drive.snapshot || overlay ? Access::overlay
                                     : Access::in_place;
}

// Devices take the slots from the last one down, as on QEMU; the others are empty.
void Machine::build_virtio() {
  std::vector<std::unique_ptr<VirtioDevice>> virtio;
  for (const DriveConfig& drive : config_.drives) {
    if (drive.bank) continue;
    const auto number = virtio.size();
    virtio.push_back(std::make_unique<VirtioBlk>(
        fmt::format("disk{}", number), std::make_unique<BlockStorage>(drive.file, access_of(drive)),
        fmt::format("armature-{}", number)));
  }
  VirtioNet* net = nullptr;
  if (config_.net_user) {
    // A replay brings the frames of the recorded run; nothing of the host's network is touched.
    if (config_.replay.empty()) network_ = std::make_unique<UserNetwork>(UserNetwork::Options{});
    auto device = std::make_unique<VirtioNet>("net0", kQemuMac, *this, network_.get());
    net = device.get();
    virtio.push_back(std::move(device));
  }
  if (config_.rng) virtio.push_back(std::make_unique<VirtioRng>("rng0", config_.seed));
  if (config_.virtio_console) {
    auto device = std::make_unique<VirtioConsole>("hvc0", *consoles[0]);
    virtio_console_ = device.get();
    virtio.push_back(std::move(device));
  }
  if (config_.test_port) {
    test_port_ = std::make_unique<TestPort>();
    virtio.push_back(std::make_unique<VirtioConsole>("testdev", *test_port_));
  }
  if (config_.framebuffer_width != 0) {
    auto device = std::make_unique<VirtioInput>("keyboard0");
    keyboard_ = device.get();
    virtio.push_back(std::move(device));
  }
  for (unsigned n = 0; n < layout::kVirtioSlots; ++n) {
    const unsigned slot = layout::kVirtioSlots - 1 - n;
    std::unique_ptr<VirtioDevice> device;
    if (n < virtio.size()) device = std::move(virtio[n]);
    const VirtioDevice* plain = device.get();
    auto transport = std::make_unique<VirtioMmio>(
        std::move(device), *coherent,
        InterruptLine{gic.get(), layout::kSpiBase + layout::kSpiVirtio + slot});
    if (plain != nullptr && plain == net) {
      net_ = net;
      net_slot_ = transport.get();
    }
    if (plain != nullptr && plain == virtio_console_) virtio_console_slot_ = transport.get();
    if (plain != nullptr && plain == keyboard_) keyboard_slot_ = transport.get();
    attach(layout::kVirtio + slot * layout::kVirtioStride, std::move(transport));
  }
}

// What the host's sockets delivered becomes host input, at most every 100 us of simulated time.
void Machine::poll_network() {
  constexpr Cycles kPollInterval = Cycles::whole(kCoreHertz / 10'000);
  const Cycles time = cluster->time();
  if (network_ == nullptr || (time < next_poll_ && !cluster->all_asleep())) return;
  next_poll_ = time + kPollInterval;
  network_->poll(time);
  for (Frame& frame : network_->take_frames())
    host_input.push(HostInput::Channel::network, std::move(frame));
}

void Machine::frame_became_table(PhysicalAddress frame) {
  for (auto& core : cores) core->frame_write_protected(frame);
}

void Machine::table_is_about_to_change(PhysicalAddress) {
  if (config_.tlb == TlbMode::normal) return;
  for (auto& mmu : mmus) mmu->prefetch();
}

void Machine::watch(PhysicalAddress base, std::uint64_t bytes) {
  const PhysicalAddress end = base + bytes;
  for (PhysicalAddress at = base.aligned_down(kFrameBytes); at < end; at = at + kFrameBytes) {
    if (memory.find(at) == nullptr || (memory.frame_flags(at) & kFrameWatched) != 0) continue;
    memory.frame_flags(at) |= kFrameWatched;
    for (auto& core : cores) core->frame_watched(at);
  }
}

std::vector<std::string> Machine::warnings() const {
  std::vector<std::string> lines;
  for (const auto& access : unimplemented_.unimplemented_sysregs) {
    const unsigned e = access.encoding;
    lines.push_back(
        fmt::format("unimplemented system register S{}_{}_C{}_C{}_{} {} at pc {:#x}: UNDEFINED",
                    e >> 14, e >> 11 & 7, e >> 7 & 15, e >> 3 & 15, e & 7,
                    access.write ? "written" : "read", access.pc));
  }
  return lines;
}

Cycles Machine::now() const { return cluster->time(); }

bool Machine::idle(Cycles& wake) const {
  if (!cluster->all_asleep()) return false;
  wake = cluster->next_wake();
  for (const Timed* timed : timed_) wake = std::min(wake, timed->deadline());
  wake = std::min({wake, host_input.next_replay(), board->next_activity()});
  return true;
}

void Machine::apply_input() {
  poll_network();
  for (HostInput& input : host_input.take(cluster->time())) {
    const auto channel = static_cast<unsigned>(input.channel);
    if (input.channel == HostInput::Channel::network) {
      if (net_ != nullptr) net_->receive(*net_slot_, input.bytes);
    } else if (input.channel == HostInput::Channel::keyboard) {
      if (keyboard_ != nullptr && input.bytes.size() == 3) {
        const auto key = static_cast<std::uint16_t>(input.bytes[0] | input.bytes[1] << 8);
        keyboard_->press(*keyboard_slot_, key, input.bytes[2] != 0);
      }
    } else if (channel < kUarts) {
      auto& queue = consoles[channel]->input;
      queue.insert(queue.end(), input.bytes.begin(), input.bytes.end());
    }
  }
  feed_consoles();
}

void Machine::feed_consoles() {
  if (virtio_console_ != nullptr) {
    auto& queue = consoles[0]->input;
    while (!queue.empty() && virtio_console_->push(*virtio_console_slot_, queue.front()))
      queue.pop_front();
  }
  if (semihosting != nullptr) semihosting->wake(shared->cores);
  for (unsigned n = virtio_console_ != nullptr ? 1 : 0; n < kUarts; ++n) {
    // A program that talks to its host need not have switched on the UART it shares the line with.
    if (n == 0 && semihosting != nullptr && !uarts[0]->is_enabled()) continue;
    auto& queue = consoles[n]->input;
    while (!queue.empty() && uarts[n]->can_accept() && uarts[n]->push(queue.front()))
      queue.pop_front();
  }
}

// VM N has UART N, or, when there are more VMs than UARTs, a share of the first
// (hyp/kserv/consoles.h).
void Machine::type_script(unsigned vm) {
  Script& script = scripts_[vm];
  std::size_t skip = script.done;
  std::size_t entry = 0;
  for (; entry < config_.typing.size(); ++entry) {
    if (config_.typing[entry].vm == vm && skip-- == 0) break;
  }
  if (entry == config_.typing.size()) return;
  Console& console = *consoles[consoles_are_shared() ? 0 : vm];
  const std::string& tail = console.tail();
  const std::uint64_t dropped = console.bytes() - tail.size();
  const std::size_t from = script.until > dropped ? script.until - dropped : 0;
  if (!std::regex_search(tail.begin() + static_cast<std::ptrdiff_t>(from), tail.end(),
                         expressions_->typing[entry])) {
    return;
  }
  constexpr std::uint8_t kChoose = 0x1d;  // Ctrl-]: the digit behind it names who hears
  if (consoles_are_shared()) {
    console.input.push_back(kChoose);
    console.input.push_back(static_cast<std::uint8_t>('0' + vm));
  }
  const auto& text = config_.typing[entry].text;
  console.input.insert(console.input.end(), text.begin(), text.end());
  script.until = console.bytes();
  ++script.done;
}

// True when a console matches --until; looks only at those that printed something since.
bool Machine::look_at_consoles() {
  bool matched = false;
  for (unsigned n = 0; n < kUarts; ++n) {
    const Console& console = *consoles[n];
    if (console.bytes() == console_seen_[n]) continue;
    console_seen_[n] = console.bytes();
    for (unsigned vm = 0; vm < kScripts; ++vm) {
      if ((consoles_are_shared() ? 0 : vm) == n) type_script(vm);
    }
    matched |= expressions_->until && std::regex_search(console.tail(), *expressions_->until);
  }
  return matched;
}

void Machine::request_stop() {
  for (auto& core : cores) core->request_stop();
}

// How far the windows may be joined: input, devices and models are looked at between them.
Cluster::Reach Machine::reach(std::uint64_t windows_max, Cycles until) {
  const auto waits = [](const auto& console) { return !console->input.empty(); };
  if (windows_max < 2 || config_.tlb != TlbMode::normal ||
      std::any_of(consoles.begin(), consoles.end(), waits)) {
    return {};
  }
  Cycles due = std::min(until, host_input.next_replay());
  for (const Timed* timed : timed_) due = std::min(due, timed->deadline());
  if (network_ != nullptr) due = std::min(due, next_poll_);
  return {windows_max, due};
}

StopReason Machine::run_window(std::uint64_t instructions_max, std::uint64_t windows_max,
                               Cycles until) {
  if (stop_ != StopReason::running) return stop_;
  if (!cluster->in_window()) {  // what is left of a window goes on as if it had not been stopped
    apply_input();
    Cycles wake{};
    if (idle(wake)) {
      // ~0: only the host can wake it now; the caller decides whether more input may come.
      if (wake.sixteenths == ~0ull) return StopReason::nothing_can_happen;
      if (wake > cluster->time()) cluster->skip_to(wake);
    }
  }
  std::uint64_t left = ~0ull;
  if (config_.max_instructions != 0) {
    const std::uint64_t done = instructions();
    if (done >= config_.max_instructions) return stop_ = StopReason::instruction_limit;
    left = config_.max_instructions - done;
  }
  const bool complete =
      board->run_window(std::min(left, instructions_max), reach(windows_max, until));
  shared->stop_requested = false;
  if (complete) {
    for (Timed* timed : timed_) {
      if (timed->deadline() <= cluster->time()) timed->advance(cluster->time());
    }
  }
  if (has_exited()) return stop_ = StopReason::exited;
  switch (psci->power_request()) {
    case Psci::PowerRequest::off:
      return stop_ = StopReason::powered_off;
    case Psci::PowerRequest::reset:
      if (ends_at_reset(config_)) return stop_ = StopReason::reset;
      // At the window's end, wherever the run has been stopped before.
      if (complete) reboot();
      break;
    case Psci::PowerRequest::none:
      break;
  }
  if (complete) {
    return look_at_consoles() ? stop_ = StopReason::until_matched : StopReason::running;
  }
  if (config_.max_instructions != 0 && instructions() >= config_.max_instructions)
    return stop_ = StopReason::instruction_limit;
  return StopReason::paused;
}

}  // namespace armature::platform
