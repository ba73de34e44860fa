// What to build and run: the one configuration that the command line, TOML and Python fill.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/config/drive_config.h"
#include "sim/config/loader_config.h"
#include "sim/config/semihosting_config.h"
#include "sim/config/tlb_mode.h"
#include "sim/config/vm_config.h"

namespace armature {

inline constexpr unsigned kConsolesMax = 4;  // UARTs of the board

// Where a UART's text goes. The first VM has the first UART, as KCore and KServ have.
struct ConsoleConfig {
  enum class Kind : std::uint8_t { standard_io, file, pseudo_terminal, none };
  unsigned vm = 0;  // 0..3: the UART
  Kind kind = Kind::standard_io;
  std::string file;
};

struct RunConfig {
  // machine
  std::string machine = "virt";
  std::string cpu = "cortex-a57";
  unsigned smp = 1;                      // 1..16
  std::uint64_t memory = 1024ull << 20;  // bytes
  unsigned el = 1;                       // highest implemented Exception level: 1 or 2
  // images
  std::string kernel, initrd, append, dtb, bios, firmware;
  std::vector<VmConfig> vms;            // for KServ, which is the kernel unless one is given
  std::vector<ConsoleConfig> consoles;  // those not named are on standard output
  std::vector<LoaderConfig> loaders;
  std::vector<DriveConfig> drives;
  SemihostingConfig semihosting;
  bool net_user = false;
  bool rng = false;
  bool test_port = false;       // a virtio console whose text "Nq" ends the run
  bool no_reboot = false;       // SYSTEM_RESET ends the run
  bool virtio_console = false;  // hvc0; typed input goes there instead of the first UART
  // time and randomness
  std::uint64_t quantum = 1000;  // cycles a window; 0 = instruction by instruction
  std::uint64_t seed = 1;
  std::uint64_t rtc = 1'700'000'000;  // PL031 at reset, seconds since 1970; never host time
  bool fast = true;
  bool check_fast = false;
  TlbMode tlb = TlbMode::normal;
  // what to record
  std::string trace, trace_events = "tlb,table_write", tarmac, perfetto, report, stats, output;
  bool digest = false;
  std::string check;  // checkers by name, comma-separated; "all"; empty: none
  // scripted typing: each entry waits until the console of VM `vm` prints a match of `expect`
  // (searched in what was printed since that console's entry before), then types `text`
  struct Typing {
    std::string expect, text;
    unsigned vm = 0;
  };
  std::vector<Typing> typing;
  // when to stop
  std::string until;                   // regular expression on any console
  std::uint64_t max_instructions = 0;  // 0 = no limit, over all cores
  std::string save, restore, record, replay;
  // gdb
  std::string gdb;       // "tcp:PORT" on the loopback interface; "" = no server
  bool stopped = false;  // wait for gdb before the first instruction
  std::uint64_t gdb_history = 50'000'000;    // instructions between snapshots for going back; 0 = off
  std::uint64_t gdb_memory = 1024ull << 20;  // bytes of snapshots, beyond which they thin out
  bool table = false;     // print the table of translation events at the end
  std::string emit_qemu;  // directory for the tree and command that boot QEMU
  bool quiet = false;     // no heartbeat
  // what a person looks at
  bool display = false;                  // the window
  std::vector<std::string> screenshots;  // FILE@CONDITION, pictures of the machine view
  unsigned framebuffer_width = 0, framebuffer_height = 0;  // pixels of the guest's screen; 0: none
};

}  // namespace armature
