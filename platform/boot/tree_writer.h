// Writes a flattened device tree from its root to its end, by libfdt.
#pragma once

#include <libfdt.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/assert.h"

namespace armature::platform {

// libfdt's errors can only be a buffer that is too small: ours.
class TreeWriter {
 public:
  TreeWriter() : blob_(1 << 20) {
    check(fdt_create(blob_.data(), static_cast<int>(blob_.size())));
    check(fdt_finish_reservemap(blob_.data()));
  }
  void begin(const std::string& name) { check(fdt_begin_node(blob_.data(), name.c_str())); }
  void end() { check(fdt_end_node(blob_.data())); }
  void empty(const char* name) { check(fdt_property(blob_.data(), name, nullptr, 0)); }
  void cells(const char* name, std::initializer_list<std::uint32_t> values) {
    std::vector<fdt32_t> cells;
    for (const auto value : values) cells.push_back(cpu_to_fdt32(value));
    check(fdt_property(blob_.data(), name, cells.data(), static_cast<int>(cells.size() * 4)));
  }
  void text(const char* name, const std::string& value) {
    check(fdt_property(blob_.data(), name, value.c_str(), static_cast<int>(value.size() + 1)));
  }
  void texts(const char* name, std::initializer_list<const char*> values) {
    std::string joined;
    for (const char* value : values) joined.append(value).push_back('\0');
    check(fdt_property(blob_.data(), name, joined.data(), static_cast<int>(joined.size())));
  }
  // Of 64 bits each.
  void reg(std::initializer_list<std::pair<std::uint64_t, std::uint64_t>> ranges) {
    std::vector<fdt64_t> cells;
    for (const auto& [base, bytes] : ranges) {
      cells.push_back(cpu_to_fdt64(base));
      cells.push_back(cpu_to_fdt64(bytes));
    }
    check(fdt_property(blob_.data(), "reg", cells.data(), static_cast<int>(cells.size() * 8)));
  }
  void address(const char* name, std::uint64_t value) {
    cells(name, {static_cast<std::uint32_t>(value >> 32), static_cast<std::uint32_t>(value)});
  }
  std::vector<std::uint8_t> finish() {
    check(fdt_finish(blob_.data()));
    blob_.resize(fdt_totalsize(blob_.data()));
    return std::move(blob_);
  }

 private:
  static void check(int error) { ARMATURE_ASSERT(error == 0); }
  std::vector<std::uint8_t> blob_;
};

}  // namespace armature::platform
