#include "hyp/kserv/aarch64/core.h"

namespace armature::kserv::aarch64 {

constinit Board g_board;

namespace {

constexpr std::uint32_t kSpiBase = 32;

void read_cpus(const DeviceTree& tree, DeviceTree::Node cpus) {
  const std::uint32_t cells = tree.cell(cpus, "#address-cells").value_or(1);
  for (auto node = tree.first_child(cpus); node; node = tree.next_sibling(*node)) {
    if (tree.text(*node, "device_type") != std::string_view("cpu")) continue;
    if (g_board.core_count == machine::kMaxCores) return;
    Core& core = g_board.cores[g_board.core_count];
    core.number = g_board.core_count++;
    core.affinity = tree.cell(*node, "reg", 0).value_or(0);
    if (cells == 2) core.affinity = core.affinity << 32 | tree.cell(*node, "reg", 1).value_or(0);
  }
}

// The first UART is the one that the tree names as its output: KCore speaks there too.
void add_uart(const Uart& uart, bool is_output) {
  if (g_board.uart_count == g_board.uarts.size()) return;
  unsigned place = g_board.uart_count++;
  if (is_output) {
    for (; place > 0; --place) g_board.uarts[place] = g_board.uarts[place - 1];
  }
  g_board.uarts[place] = uart;
}

}  // namespace

void read_board(const DeviceTree& tree) {
  const auto root = tree.root();
  if (!root) return;
  const auto chosen = tree.child(*root, "chosen");
  const std::string_view output =
      chosen ? tree.text(*chosen, "stdout-path").value_or(std::string_view{}) : std::string_view{};
  for (auto node = tree.first_child(*root); node; node = tree.next_sibling(*node)) {
    const auto reg = tree.reg(*node, 0);
    if (tree.name(*node) == "cpus") {
      read_cpus(tree, *node);
    } else if (tree.text(*node, "device_type") == std::string_view("memory")) {
      if (reg && g_board.ram.bytes == 0) g_board.ram = *reg;
    } else if (tree.is_compatible(*node, "arm,gic-v3") && reg) {
      g_board.distributor = reg->base;
      g_board.redistributors = tree.reg(*node, 1).value_or(Range{});
    } else if (tree.is_compatible(*node, "arm,pl011") && reg) {
      const bool is_output = output.size() > 1 && output.substr(1) == tree.name(*node);
      add_uart({reg->base, kSpiBase + tree.cell(*node, "interrupts", 1).value_or(0)}, is_output);
    }
  }
}

}  // namespace armature::kserv::aarch64
