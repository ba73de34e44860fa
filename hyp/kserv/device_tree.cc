#include "hyp/kserv/device_tree.h"

namespace armature::kserv {
namespace {
constexpr std::uint32_t kMagic = 0xd00dfeed;
constexpr std::uint32_t kBeginNode = 1, kEndNode = 2, kProperty = 3, kNop = 4, kEnd = 9;
constexpr std::size_t align4(std::size_t value) { return (value + 3) & ~std::size_t{3}; }
}  // namespace

DeviceTree::DeviceTree(const std::uint8_t* blob, std::size_t capacity) : blob_(blob) {
  bytes_ = 40;  // the header
  if (capacity < bytes_ || word(0) != kMagic || word(4) > capacity) {
    bytes_ = 0;
    return;
  }
  bytes_ = word(4);
  structure_ = word(8);
  strings_ = word(12);
}

// Beyond the blob everything is FDT_END: walks stop.
std::uint32_t DeviceTree::word(std::size_t at) const {
  if (at + 4 > bytes_) return kEnd;
  std::uint32_t value = 0;
  // Words of a tree are aligned, and so is the tree.
  __builtin_memcpy(&value, __builtin_assume_aligned(blob_ + at, 4), sizeof(value));
  return __builtin_bswap32(value);
}

bool DeviceTree::is_string(std::size_t at, std::string_view wanted) const {
  if (at > bytes_ || bytes_ - at <= wanted.size()) return false;
  for (std::size_t n = 0; n < wanted.size(); ++n) {
    if (blob_[at + n] != static_cast<std::uint8_t>(wanted[n])) return false;
  }
  return blob_[at + wanted.size()] == 0;
}

std::string_view DeviceTree::string(std::size_t at) const {
  std::size_t end = at;
  while (end < bytes_ && blob_[end] != 0) ++end;
  if (end >= bytes_) return {};
  return {reinterpret_cast<const char*>(blob_) + at, end - at};
}

std::size_t DeviceTree::skip_name(std::size_t at) const {
  return align4(at + 4 + string(at + 4).size() + 1);
}

std::size_t DeviceTree::skip_property(std::size_t at) const {
  return align4(at + 12 + word(at + 4));
}

std::size_t DeviceTree::skip_properties(std::size_t at) const {
  for (;;) {
    const std::uint32_t token = word(at);
    if (token == kNop) at += 4;
    else if (token == kProperty) at = skip_property(at);
    else return at;
  }
}

std::optional<DeviceTree::Node> DeviceTree::root() const {
  if (bytes_ == 0) return {};
  std::size_t at = structure_;
  while (word(at) == kNop) at += 4;
  if (word(at) != kBeginNode) return {};
  return Node{at};
}

std::optional<DeviceTree::Node> DeviceTree::first_child(Node node) const {
  const std::size_t at = skip_properties(skip_name(node.at));
  if (word(at) != kBeginNode) return {};
  return Node{at};
}

std::optional<DeviceTree::Node> DeviceTree::next_sibling(Node node) const {
  std::size_t at = node.at;
  unsigned depth = 0;
  do {
    switch (word(at)) {
      case kBeginNode: ++depth; at = skip_name(at); break;
      case kEndNode: --depth; at += 4; break;
      case kProperty: at = skip_property(at); break;
      case kNop: at += 4; break;
      default: return {};
    }
  } while (depth != 0);
  while (word(at) == kNop) at += 4;
  if (word(at) != kBeginNode) return {};
  return Node{at};
}

std::string_view DeviceTree::name(Node node) const { return string(node.at + 4); }

std::optional<DeviceTree::Node> DeviceTree::child(Node node, std::string_view wanted) const {
  for (auto n = first_child(node); n; n = next_sibling(*n)) {
    const std::string_view full = name(*n);
    if (full == wanted || full.substr(0, full.find('@')) == wanted) return n;
  }
  return {};
}

std::optional<std::span<const std::uint8_t>> DeviceTree::property(Node node,
                                                                  std::string_view wanted) const {
  for (std::size_t at = skip_name(node.at);;) {
    const std::uint32_t token = word(at);
    if (token == kNop) {
      at += 4;
    } else if (token == kProperty) {
      const std::size_t size = word(at + 4);
      if (at + 12 + size > bytes_) return {};
      if (is_string(strings_ + word(at + 8), wanted)) return std::span(blob_ + at + 12, size);
      at = skip_property(at);
    } else {
      return {};
    }
  }
}

std::optional<std::string_view> DeviceTree::text(Node node, std::string_view wanted) const {
  const auto bytes = property(node, wanted);
  if (!bytes) return {};
  const std::string_view all(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  return all.substr(0, all.find('\0'));
}

std::optional<std::uint32_t> DeviceTree::cell(Node node, std::string_view wanted,
                                              unsigned index) const {
  const auto bytes = property(node, wanted);
  if (!bytes || bytes->size() < 4 * (index + 1)) return {};
  return word(static_cast<std::size_t>(bytes->data() - blob_) + 4 * index);
}

std::optional<Range> DeviceTree::reg(Node node, unsigned index) const {
  const auto bytes = property(node, "reg");
  if (!bytes || bytes->size() < 16 * (index + std::size_t{1})) return {};
  const auto at = static_cast<std::size_t>(bytes->data() - blob_) + 16 * index;
  const auto half = [&](std::size_t n) { return std::uint64_t{word(at + n)} << 32 | word(at + n + 4); };
  return Range{half(0), half(8)};
}

bool DeviceTree::is_compatible(Node node, std::string_view with) const {
  const auto bytes = property(node, "compatible");
  if (!bytes) return false;
  std::string_view list(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  while (!list.empty()) {
    const std::size_t end = list.find('\0');
    if (list.substr(0, end) == with) return true;
    if (end == std::string_view::npos) break;
    list.remove_prefix(end + 1);
  }
  return false;
}

std::optional<std::string_view> boot_option(const DeviceTree& tree, std::string_view key) {
  const auto root = tree.root();
  const auto chosen = root ? tree.child(*root, "chosen") : root;
  std::string_view line =
      chosen ? tree.text(*chosen, "bootargs").value_or(std::string_view{}) : std::string_view{};
  while (!line.empty()) {
    std::string_view word = line.substr(0, line.find(' '));
    if (word.size() > key.size() && word.starts_with(key) && word[key.size()] == '=') {
      word.remove_prefix(key.size() + 1);
      return word;
    }
    line.remove_prefix(word.size() < line.size() ? word.size() + 1 : line.size());
  }
  return {};
}

}  // namespace armature::kserv
