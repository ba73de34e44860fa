// The files a program opens through semihosting. A file is read from the host once, whole, when it
// is first opened: what happens to it later on the host is not seen, so that a run repeats. What the
// program writes stays here, and reaches the host when a handle is closed, if that was allowed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/config/semihosting_config.h"

namespace armature::platform {

// The numbers that SYS_ERRNO gives, as newlib and QEMU have them.
enum class HostError : std::int32_t {
  none = 0,
  no_entry = 2,
  input_output = 5,
  bad_handle = 9,
  no_access = 13,
  bad_address = 14,
  invalid = 22,
  too_large = 27,
  not_implemented = 38,
};

class HostFiles {
 public:
  static constexpr unsigned kHandlesMax = 256;
  static constexpr std::size_t kFileBytesMax = 256 << 20;
  enum class Kind : std::uint8_t { closed, console_input, console_output, features, plain };

  // `through`: what is written may reach the host.
  HostFiles(SemihostingConfig::Files allowed, bool through)
      : allowed_(allowed), through_(through) {}

  // SYS_OPEN's modes: fopen's r rb r+ r+b w wb w+ w+b a ab a+ a+b as 0..11. A handle, or 0: error().
  std::uint64_t open(const std::string& name, unsigned mode);
  bool close(std::uint64_t handle);
  Kind kind(std::uint64_t handle) const;
  // From and to the handle's position, which moves.
  std::vector<std::uint8_t> peek(std::uint64_t handle, std::size_t bytes) const;
  void advance(std::uint64_t handle, std::size_t bytes);
  bool write(std::uint64_t handle, std::span<const std::uint8_t> bytes);
  bool seek(std::uint64_t handle, std::uint64_t position);
  std::optional<std::uint64_t> length(std::uint64_t handle) const;
  bool remove(const std::string& name);
  bool rename(const std::string& from, const std::string& to);
  void close_all();

  HostError error() const { return error_; }
  bool fail(HostError error);  // remembers it; false

  void save(std::vector<std::uint8_t>& out) const;
  void load(std::span<const std::uint8_t>& in);

 private:
  struct Handle {
    Kind kind = Kind::closed;
    bool readable = false, writable = false, appends = false;
    std::uint64_t position = 0;
    std::string name;
  };
  struct File {
    bool exists = false;
    bool changed = false;  // since it was last given to the host
    std::vector<std::uint8_t> bytes;
  };
  File& file(const std::string& name);
  bool give_to_host(const std::string& name);
  bool is_open(std::uint64_t handle) const;
  std::span<const std::uint8_t> contents(const Handle& handle) const;

  SemihostingConfig::Files allowed_;
  bool through_;
  HostError error_ = HostError::none;
  std::vector<Handle> handles_;        // handle n is element n - 1
  std::map<std::string, File> files_;  // every name ever asked for
};

}  // namespace armature::platform
