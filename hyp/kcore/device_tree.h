// A flattened device tree (Devicetree Specification, Flattened Devicetree format) read, and words of it
// changed in place. Nothing in it is trusted to lie within the blob: every offset is checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "hyp/kcore/types.h"

namespace armature::kcore {

class DeviceTree {
 public:
  // `capacity` bytes starting at `blob` may be used; call valid() before anything else.
  DeviceTree(std::uint8_t* blob, std::size_t capacity) : blob_(blob), capacity_(capacity) {}
  bool valid() const;

  // A node, as the offset of its FDT_BEGIN_NODE in the structure block.
  struct Node {
    std::uint32_t offset = 0;
  };
  Node root() const { return {0}; }
  std::string_view name(Node node) const;  // with unit address
  std::optional<Node> first_child(Node node) const;
  std::optional<Node> next_sibling(Node node) const;
  // By name with or without its unit address.
  std::optional<Node> child(Node node, std::string_view name) const;
  // By a full path, "/a/b@1".
  std::optional<Node> find(std::string_view path) const;
  std::optional<std::span<std::uint8_t>> property(Node node, std::string_view name) const;
  std::optional<std::string_view> text(Node node, std::string_view name) const;  // first string
  bool is_compatible(Node node, std::string_view with) const;
  // Pair `index` of a `reg` with two cells of address and two of size, as everywhere in this board.
  std::optional<PhysicalRange> reg(Node node, unsigned index) const;
  std::optional<std::uint32_t> cell(Node node, std::string_view name) const;

  // The node of the console: /chosen stdout-path, aliases followed.
  std::optional<Node> stdout_node() const;

  // Writes pair 0 of a `reg` that is there. False: it is not.
  bool set_reg(Node node, const PhysicalRange& range);

  std::size_t bytes() const { return header(kTotalSize); }

 private:
  // Byte offsets of the header's fields.
  enum HeaderField : std::uint32_t {
    kMagic = 0, kTotalSize = 4, kStructOffset = 8, kStringsOffset = 12,
    kLastCompatible = 24, kStringsSize = 32, kStructSize = 36, kHeaderBytes = 40,
  };
  std::uint32_t header(HeaderField field) const { return word(field); }
  std::uint32_t word(std::size_t at) const;
  std::uint32_t token(std::uint32_t offset) const;
  std::string_view string_at(std::size_t at, std::size_t end) const;
  std::string_view property_name(std::uint32_t offset) const;
  std::uint32_t after_name(std::uint32_t offset) const;
  std::uint32_t after_property(std::uint32_t offset) const;
  std::uint32_t after_properties(Node node) const;
  std::uint32_t after_node(Node node) const;
  std::optional<Node> node_at(std::uint32_t offset) const;

  std::uint8_t* blob_;
  std::size_t capacity_;
};

}  // namespace armature::kcore
