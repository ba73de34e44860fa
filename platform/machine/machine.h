// The whole machine: QEMU's virt board around a cluster of cores. Construct it from a RunConfig and
// run it; every part is reachable for tests, the command and Python.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cache/hierarchy.h"
#include "cpu/core.h"
#include "cpu/unimplemented.h"
#include "mmu/mmu.h"
#include "platform/boot/boot.h"
#include "platform/devices/block_storage.h"
#include "platform/devices/clock.h"
#include "platform/devices/device.h"
#include "platform/gic/gic.h"
#include "platform/machine/cluster.h"
#include "platform/machine/coherent_port.h"
#include "platform/machine/console.h"
#include "platform/machine/host_input.h"
#include "platform/machine/psci.h"
#include "sim/config/run_config.h"

namespace armature::platform {

class Semihosting;
class SystemcBoard;  // modules and sockets: platform/systemc/board.h
class Pl011;
class TestPort;
class UserNetwork;
class VirtioConsole;
class VirtioInput;
class VirtioMmio;
class VirtioNet;

enum class StopReason : std::uint8_t {
  running,      // not stopped: the next call goes on
  paused,       // the same, but in the middle of a window
  powered_off,  // PSCI SYSTEM_OFF
  reset,        // PSCI SYSTEM_RESET, with --no-reboot
  exited,       // the program ended with a status: exit_status()
  until_matched,
  instruction_limit,
  time_limit,
  nothing_can_happen,  // all cores sleep or are off and nothing can ever wake one
  user_quit,
  violation,  // a checker found one
};

class Machine final : public Clock, private mmu::TableFrameObserver {
 public:
  // Builds and loads; throws UserError.
  explicit Machine(const RunConfig& config);
  ~Machine() override;

  // Runs one window, or a piece of one when a limit falls inside. Never blocks on the host.
  // `paused`: `instructions_max` more have retired, or a listener or a stop point asked for a stop,
  // mid-window. As many as `windows_max` may pass, none of which begins at `until` or later, when
  // nothing can happen at their ends; windows() tells how many.
  StopReason run_window(std::uint64_t instructions_max = ~0ull, std::uint64_t windows_max = 1,
                        Cycles until = Cycles{~0ull});
  std::uint64_t windows() const { return cluster->windows(); }  // complete ones so far
  // For listeners: run_window() comes back after the instruction being executed.
  void request_stop();
  // Whether every core sleeps until `wake` (Cycles{~0} for never): the host may sleep as well.
  bool idle(Cycles& wake) const;
  StopReason stop_reason() const { return stop_; }
  // What the program gave to semihosting's SYS_EXIT or to the test port; 0 when it did not.
  std::uint32_t exit_status() const;
  // Resets by PSCI SYSTEM_RESET so far.
  std::uint32_t resets() const { return resets_; }

  Cycles now() const override;
  std::uint64_t instructions() const { return cluster->instructions(); }
  const RunConfig& config() const { return config_; }
  // What the guest did that this machine has no part for, a line each.
  std::vector<std::string> warnings() const;
  const BootPlan& boot_plan() const { return boot_; }

  // Reads and writes of [base, base + bytes) are published from now on, whole frames at a time. Costs
  // speed there, changes nothing that is simulated.
  void watch(PhysicalAddress base, std::uint64_t bytes);

  // The whole state but host files (saving changes nothing that can be seen). load throws UserError
  // and leaves the machine unusable when the bytes are of another configuration.
  // `apart`: the contents of memory are kept in another way (sim/snapshot/frames.h).
  enum class MemoryPart : std::uint8_t { included, apart };
  std::vector<std::pair<std::string, std::vector<std::uint8_t>>> save(
      MemoryPart part = MemoryPart::included);
  void load(const std::vector<std::pair<std::string, std::vector<std::uint8_t>>>& sections,
            MemoryPart part = MemoryPart::included);

  // ---- parts, in the order they depend on each other
  const CpuPreset& preset;
  MemoryMap memory;
  EventBus events;
  std::unique_ptr<cache::Hierarchy> caches;
  std::vector<std::unique_ptr<mmu::Mmu>> mmus;
  std::unique_ptr<mmu::TableFrames> tables;
  std::unique_ptr<mmu::ShootdownQueue> shootdown;
  std::unique_ptr<Gic> gic;
  std::unique_ptr<Psci> psci;
  std::unique_ptr<CoherentPort> coherent;
  HostInputQueue host_input;
  static constexpr unsigned kUarts = 4;
  std::vector<std::unique_ptr<Console>> consoles;  // kUarts
  std::vector<std::unique_ptr<Pl011>> uarts;
  std::unique_ptr<SystemcBoard> board;
  std::unique_ptr<Semihosting> semihosting;  // nullptr when off
  std::unique_ptr<cpu::Machine> shared;
  std::vector<std::unique_ptr<cpu::Core>> cores;
  std::unique_ptr<Cluster> cluster;

  struct MappedDevice {
    PhysicalAddress base{};
    Device* device = nullptr;
  };
  const std::vector<MappedDevice>& devices() const { return devices_; }

 private:
  void frame_became_table(PhysicalAddress frame) override;
  void table_is_about_to_change(PhysicalAddress descriptor) override;
  void build_memory();
  void note_pools();
  void build_devices();
  void build_firmware_devices();
  // What a snapshot or a replay must be able to rely on is kept in memory, not in the file.
  static bool keeps_host_files(const RunConfig& config);
  BlockStorage::Access access_of(const DriveConfig& drive) const;
  void build_virtio();
  void poll_network();
  Cluster::Reach reach(std::uint64_t windows_max, Cycles until);
  void attach(PhysicalAddress base, std::unique_ptr<Device> device);
  void attach(PhysicalAddress base, Device& device);
  void apply_input();
  void feed_consoles();
  bool look_at_consoles();
  void type_script(unsigned vm);
  void build_semihosting();
  bool has_exited() const;
  void reboot();
  bool consoles_are_shared() const { return config_.vms.size() > kUarts; }

  RunConfig config_;
  BootPlan boot_;
  StopReason stop_ = StopReason::running;
  std::vector<MappedDevice> devices_;
  std::vector<std::unique_ptr<Device>> owned_devices_;
  std::vector<Timed*> timed_;
  std::unique_ptr<UserNetwork> network_;
  VirtioNet* net_ = nullptr;  // and the slots that carry them; nullptr when absent
  VirtioMmio* net_slot_ = nullptr;
  VirtioConsole* virtio_console_ = nullptr;
  VirtioMmio* virtio_console_slot_ = nullptr;
  std::unique_ptr<TestPort> test_port_;
  std::uint32_t resets_ = 0;
  VirtioInput* keyboard_ = nullptr;
  VirtioMmio* keyboard_slot_ = nullptr;
  Cycles next_poll_{};
  cpu::UnimplementedLog unimplemented_;
  struct Expressions;
  std::unique_ptr<Expressions> expressions_;
  std::array<std::uint64_t, kUarts> console_seen_{};  // bytes when it was last looked at
  // The entries of config.typing for one VM.
  struct Script {
    std::uint64_t done = 0;   // entries typed
    std::uint64_t until = 0;  // console bytes before which the next entry does not look
  };
  static constexpr unsigned kScripts = 10;
  std::array<Script, kScripts> scripts_{};
};

}  // namespace armature::platform
