#include "hyp/kcore/device_tree.h"

namespace armature::kcore {
namespace {

constexpr std::uint32_t kFdtMagic = 0xd00dfeed;
constexpr std::uint32_t kVersion = 17;
constexpr std::uint32_t kBeginNode = 1, kEndNode = 2, kProperty = 3, kNop = 4, kEnd = 9;

constexpr std::uint32_t aligned(std::uint32_t bytes) { return (bytes + 3) & ~3u; }

}  // namespace

std::uint32_t DeviceTree::word(std::size_t at) const {
  if (at + 4 > capacity_) return 0;
  const std::uint8_t* p = blob_ + at;
  return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | p[3];
}

bool DeviceTree::valid() const {
  if (capacity_ < kHeaderBytes || header(kMagic) != kFdtMagic) return false;
  const std::uint64_t total = header(kTotalSize);
  const auto inside = [&](HeaderField offset, HeaderField size) {
    return header(offset) >= kHeaderBytes && std::uint64_t{header(offset)} + header(size) <= total;
  };
  return header(kLastCompatible) <= kVersion && total <= capacity_ &&
         header(kStructOffset) % 4 == 0 && inside(kStructOffset, kStructSize) &&
         inside(kStringsOffset, kStringsSize) && token(0) == kBeginNode;
}

// The token at `offset` of the structure block; kEnd when it lies outside.
std::uint32_t DeviceTree::token(std::uint32_t offset) const {
  if (offset + 4 > header(kStructSize)) return kEnd;
  return word(header(kStructOffset) + offset);
}

std::string_view DeviceTree::string_at(std::size_t at, std::size_t end) const {
  std::size_t length = 0;
  while (at + length < end && blob_[at + length] != 0) ++length;
  return {reinterpret_cast<const char*>(blob_ + at), length};
}

std::string_view DeviceTree::name(Node node) const {
  const std::size_t at = header(kStructOffset) + node.offset + 4;
  return string_at(at, header(kStructOffset) + header(kStructSize));
}

std::uint32_t DeviceTree::after_name(std::uint32_t offset) const {
  return offset + 4 + aligned(static_cast<std::uint32_t>(name({offset}).size()) + 1);
}

std::uint32_t DeviceTree::after_property(std::uint32_t offset) const {
  const std::uint64_t after = std::uint64_t{offset} + 12 + word(header(kStructOffset) + offset + 4);
  return after > header(kStructSize) ? header(kStructSize)
                                     : aligned(static_cast<std::uint32_t>(after));
}

// Where the properties of the node end: its first child or its FDT_END_NODE.
std::uint32_t DeviceTree::after_properties(Node node) const {
  std::uint32_t at = after_name(node.offset);
  for (;;) {
    switch (token(at)) {
      case kProperty: at = after_property(at); break;
      case kNop: at += 4; break;
      default: return at;
    }
  }
}

std::uint32_t DeviceTree::after_node(Node node) const {
  unsigned depth = 0;
  std::uint32_t at = node.offset;
  do {
    switch (token(at)) {
      case kBeginNode: ++depth; at = after_name(at); break;
      case kEndNode: --depth; at += 4; break;
      case kProperty: at = after_property(at); break;
      case kNop: at += 4; break;
      default: return header(kStructSize);
    }
  } while (depth != 0);
  return at;
}

std::optional<DeviceTree::Node> DeviceTree::node_at(std::uint32_t offset) const {
  while (token(offset) == kNop) offset += 4;
  if (token(offset) != kBeginNode) return std::nullopt;
  return Node{offset};
}

std::optional<DeviceTree::Node> DeviceTree::first_child(Node node) const {
  return node_at(after_properties(node));
}

std::optional<DeviceTree::Node> DeviceTree::next_sibling(Node node) const {
  return node_at(after_node(node));
}

std::optional<DeviceTree::Node> DeviceTree::child(Node node, std::string_view wanted) const {
  for (auto at = first_child(node); at; at = next_sibling(*at)) {
    const std::string_view full = name(*at);
    if (full == wanted || full.substr(0, full.find('@')) == wanted) return at;
  }
  return std::nullopt;
}

std::optional<DeviceTree::Node> DeviceTree::find(std::string_view path) const {
  Node node = root();
  while (!path.empty()) {
    if (path.front() != '/') return std::nullopt;
    path.remove_prefix(1);
    const std::string_view step = path.substr(0, path.find('/'));
    path.remove_prefix(step.size());
    if (step.empty()) continue;
    const auto next = child(node, step);
    if (!next) return std::nullopt;
    node = *next;
  }
  return node;
}

std::string_view DeviceTree::property_name(std::uint32_t offset) const {
  const std::uint32_t at = word(header(kStructOffset) + offset + 8);
  if (at >= header(kStringsSize)) return {};
  return string_at(header(kStringsOffset) + at, header(kStringsOffset) + header(kStringsSize));
}

std::optional<std::span<std::uint8_t>> DeviceTree::property(Node node, std::string_view wanted) const {
  for (std::uint32_t at = after_name(node.offset);;) {
    const std::uint32_t kind = token(at);
    if (kind == kNop) {
      at += 4;
      continue;
    }
    if (kind != kProperty) return std::nullopt;
    const std::uint32_t bytes = word(header(kStructOffset) + at + 4);
    if (std::uint64_t{at} + 12 + bytes > header(kStructSize)) return std::nullopt;
    if (property_name(at) == wanted) {
      return std::span(blob_ + header(kStructOffset) + at + 12, bytes);
    }
    at = after_property(at);
  }
}

std::optional<std::string_view> DeviceTree::text(Node node, std::string_view wanted) const {
  const auto value = property(node, wanted);
  if (!value || value->empty()) return std::nullopt;
  const std::size_t at = static_cast<std::size_t>(value->data() - blob_);
  return string_at(at, at + value->size());
}

bool DeviceTree::is_compatible(Node node, std::string_view with) const {
  const auto value = property(node, "compatible");
  if (!value) return false;
  const std::size_t begin = static_cast<std::size_t>(value->data() - blob_);
  const std::size_t end = begin + value->size();
  for (std::size_t at = begin; at < end;) {
    const std::string_view one = string_at(at, end);
    if (one == with) return true;
    at += one.size() + 1;
  }
  return false;
}

std::optional<PhysicalRange> DeviceTree::reg(Node node, unsigned index) const {
  const auto value = property(node, "reg");
  if (!value || (index + 1) * 16 > value->size()) return std::nullopt;
  const std::size_t at = static_cast<std::size_t>(value->data() - blob_) + index * 16;
  const auto pair = [&](std::size_t where) {
    return std::uint64_t{word(where)} << 32 | word(where + 4);
  };
  return PhysicalRange{{pair(at)}, pair(at + 8)};
}

std::optional<std::uint32_t> DeviceTree::cell(Node node, std::string_view wanted) const {
  const auto value = property(node, wanted);
  if (!value || value->size() < 4) return std::nullopt;
  return word(static_cast<std::size_t>(value->data() - blob_));
}

std::optional<DeviceTree::Node> DeviceTree::stdout_node() const {
  const auto chosen = child(root(), "chosen");
  if (!chosen) return std::nullopt;
  auto path = text(*chosen, "stdout-path");
  if (!path) return std::nullopt;
  std::string_view target = path->substr(0, path->find(':'));
  if (!target.empty() && target.front() != '/') {
    const auto aliases = child(root(), "aliases");
    const auto alias = aliases ? text(*aliases, target) : std::nullopt;
    if (!alias) return std::nullopt;
    target = *alias;
  }
  return find(target);
}

bool DeviceTree::set_reg(Node node, const PhysicalRange& range) {
  const auto value = property(node, "reg");
  if (!value || value->size() < 16) return false;
  const std::uint64_t words[] = {range.base.value, range.bytes};
  for (unsigned n = 0; n < 16; ++n) {
    (*value)[n] = static_cast<std::uint8_t>(words[n / 8] >> (56 - n % 8 * 8));
  }
  return true;
}

}  // namespace armature::kcore
