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

void add_uart(const DeviceTree& tree, DeviceTree::Node node) {
  const auto reg = tree.reg(node, 0);
  if (!reg || g_board.uart_count == g_board.uarts.size()) return;
  for (unsigned n = 0; n < g_board.uart_count; ++n) {
    if (g_board.uarts[n].base == reg->base) return;
  }
  g_board.uarts[g_board.uart_count++] = {reg->base,
                                         kSpiBase + tree.cell(node, "interrupts", 1).value_or(0)};
}

// The child of the root that a path of one name means.
std::optional<DeviceTree::Node> node_at(const DeviceTree& tree, DeviceTree::Node root,
                                        std::optional<std::string_view> path) {
  if (!path || path->size() < 2) return {};
  path->remove_prefix(1);
  return tree.child(root, *path);
}

// UART n is /aliases' serial<n>; those without a number come behind. Without aliases the first is the
// one that the tree names as its output: KCore speaks there too.
void read_uarts(const DeviceTree& tree, DeviceTree::Node root) {
  if (const auto aliases = tree.child(root, "aliases")) {
    char name[] = "serial0";
    for (; name[6] <= '9'; ++name[6]) {
      if (const auto node = node_at(tree, root, tree.text(*aliases, name))) add_uart(tree, *node);
    }
  }
  const auto chosen = tree.child(root, "chosen");
  if (chosen) {
    if (const auto node = node_at(tree, root, tree.text(*chosen, "stdout-path"))) add_uart(tree, *node);
  }
  for (auto node = tree.first_child(root); node; node = tree.next_sibling(*node)) {
    if (tree.is_compatible(*node, "arm,pl011")) add_uart(tree, *node);
  }
}

}  // namespace

void read_board(const DeviceTree& tree) {
  const auto root = tree.root();
  if (!root) return;
  read_uarts(tree, *root);
  for (auto node = tree.first_child(*root); node; node = tree.next_sibling(*node)) {
    if (tree.name(*node) == "cpus") {
      read_cpus(tree, *node);
    } else if (tree.text(*node, "device_type") == std::string_view("memory")) {
      const auto reg = tree.reg(*node, 0);
      if (reg && g_board.ram.bytes == 0) g_board.ram = *reg;
    } else if (tree.is_compatible(*node, "arm,gic-v3")) {
      const auto reg = tree.reg(*node, 0);
      if (!reg) continue;
      g_board.distributor = reg->base;
      g_board.redistributors = tree.reg(*node, 1).value_or(Range{});
    }
  }
}

}  // namespace armature::kserv::aarch64
