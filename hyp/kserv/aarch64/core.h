// The processor's side of KServ: cores, interrupts, UARTs, stage 1.
#pragma once

#include <array>
#include <cstdint>

#include "hyp/kserv/device_tree.h"
#include "hyp/kserv/machine.h"

namespace armature::kserv::aarch64 {

struct alignas(64) Core {
  std::uint32_t number = 0;  // entry.S knows its offset
  std::uint64_t affinity = 0;
  std::uint64_t redistributor = 0;
};

struct Uart {
  std::uint64_t base = 0;
  std::uint32_t intid = 0;
};

struct Board {
  std::array<Core, machine::kMaxCores> cores{};
  unsigned core_count = 0;
  std::array<Uart, 8> uarts{};
  unsigned uart_count = 0;
  Range ram{};
  std::uint64_t distributor = 0;
  Range redistributors{};
};
extern Board g_board;

// Reads the device tree; stage 1 maps what it names. Works with the MMU off.
void read_board(const DeviceTree& tree);
void build_tables(const DeviceTree& tree);

void open_distributor();
void open_core_interrupts(Core& core);
void send_character(unsigned uart, char c);
// UART 0 before anything else works.
void open_uarts();

}  // namespace armature::kserv::aarch64
