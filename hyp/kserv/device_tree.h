// A flattened device tree (Devicetree Specification, Flattened Devicetree format), read only. Every
// offset is checked against the blob.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace armature::kserv {

struct Range {
  std::uint64_t base = 0, bytes = 0;
  std::uint64_t end() const { return base + bytes; }
  bool overlaps(const Range& other) const { return base < other.end() && other.base < end(); }
};

class DeviceTree {
 public:
  // An empty tree when the blob is none, or longer than `capacity`.
  DeviceTree(const std::uint8_t* blob, std::size_t capacity);
  std::size_t bytes() const { return bytes_; }

  // A node: offset of its FDT_BEGIN_NODE in the blob.
  struct Node {
    std::size_t at;
  };
  std::optional<Node> root() const;
  std::optional<Node> first_child(Node node) const;
  std::optional<Node> next_sibling(Node node) const;
  std::optional<Node> child(Node node, std::string_view name) const;  // without unit address
  std::string_view name(Node node) const;
  std::optional<std::span<const std::uint8_t>> property(Node node, std::string_view name) const;
  std::optional<std::string_view> text(Node node, std::string_view name) const;
  std::optional<std::uint32_t> cell(Node node, std::string_view name, unsigned index = 0) const;
  // Two cells of address and two of size, as everywhere on this board.
  std::optional<Range> reg(Node node, unsigned index) const;
  bool is_compatible(Node node, std::string_view with) const;

 private:
  std::uint32_t word(std::size_t at) const;
  std::string_view string(std::size_t at) const;
  bool is_string(std::size_t at, std::string_view wanted) const;
  std::size_t skip_name(std::size_t at) const;
  std::size_t skip_property(std::size_t at) const;
  std::size_t skip_properties(std::size_t at) const;

  const std::uint8_t* blob_;
  std::size_t bytes_ = 0, structure_ = 0, strings_ = 0;
};

// The value of "key=value" among the words of KServ's command line (/chosen, bootargs).
std::optional<std::string_view> boot_option(const DeviceTree& tree, std::string_view key);

}  // namespace armature::kserv
