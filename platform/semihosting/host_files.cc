#include "platform/semihosting/host_files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "sim/base/user_error.h"
#include "sim/snapshot/bytes.h"

namespace armature::platform {
namespace {

using Files = SemihostingConfig::Files;
using Bytes = std::vector<std::uint8_t>;

constexpr unsigned kRead = 0, kWrite = 4, kAppend = 8, kModes = 12;  // plus 1: binary, plus 2: "+"
// Extensions that exist: SYS_EXIT_EXTENDED, and ":tt" opened for appending.
constexpr std::array<std::uint8_t, 5> kFeatures{'S', 'H', 'F', 'B', 0b11};

void put_text(Bytes& out, const std::string& text) { put(out, Bytes(text.begin(), text.end())); }
std::string take_text(std::span<const std::uint8_t>& in) {
  const Bytes bytes = take_vector<std::uint8_t>(in);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

bool HostFiles::fail(HostError error) {
  error_ = error;
  return false;
}

// Only regular files: what a pipe or a device says is not the same twice.
HostFiles::File& HostFiles::file(const std::string& name) {
  if (const auto known = files_.find(name); known != files_.end()) return known->second;
  File& file = files_[name];
  std::error_code failed;
  const auto size = std::filesystem::file_size(name, failed);
  if (failed || size > kFileBytesMax || !std::filesystem::is_regular_file(name, failed))
    return file;
  std::ifstream in(name, std::ios::binary);
  file.exists = in.is_open();
  file.bytes.assign(std::istreambuf_iterator<char>(in), {});
  return file;
}

std::uint64_t HostFiles::open(const std::string& name, unsigned mode) {
  if (mode >= kModes || name.empty()) return fail(HostError::invalid);
  Handle handle{.kind = Kind::plain, .name = name};
  const bool updates = (mode & 2) != 0;
  handle.readable = mode < kWrite || updates;
  handle.writable = mode >= kWrite || updates;
  handle.appends = mode >= kAppend;
  if (name == ":tt") {
    // CHOICE: r is what is typed, w and a are both the console of the first UART.
    handle.kind = mode < kWrite ? Kind::console_input : Kind::console_output;
  } else if (name == ":semihosting-features") {
    if (handle.writable) return fail(HostError::no_access);
    handle.kind = Kind::features;
  } else {
    if (allowed_ == Files::none || (handle.writable && allowed_ != Files::write)) {
      return fail(HostError::no_access);
    }
    File& opened = file(name);
    if (mode < kWrite && !opened.exists) return fail(HostError::no_entry);
    if (handle.writable && mode >= kWrite) {
      opened.changed = opened.changed || !opened.exists || !handle.appends;
      opened.exists = true;
      if (!handle.appends) opened.bytes.clear();
    }
  }
  const auto free = std::find_if(handles_.begin(), handles_.end(),
                                 [](const Handle& h) { return h.kind == Kind::closed; });
  if (free == handles_.end() && handles_.size() == kHandlesMax) return fail(HostError::invalid);
  const auto at = free - handles_.begin();
  if (free == handles_.end()) handles_.emplace_back();
  handles_[static_cast<std::size_t>(at)] = std::move(handle);
  return static_cast<std::uint64_t>(at) + 1;
}

bool HostFiles::is_open(std::uint64_t handle) const {
  return handle - 1 < handles_.size() && handles_[handle - 1].kind != Kind::closed;
}

HostFiles::Kind HostFiles::kind(std::uint64_t handle) const {
  return is_open(handle) ? handles_[handle - 1].kind : Kind::closed;
}

bool HostFiles::give_to_host(const std::string& name) {
  const auto found = files_.find(name);
  if (found == files_.end() || !found->second.changed || !through_) return true;
  std::ofstream out(name, std::ios::binary | std::ios::trunc);
  const Bytes& bytes = found->second.bytes;
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  out.flush();
  if (!out) return fail(HostError::input_output);
  found->second.changed = false;
  return true;
}

bool HostFiles::close(std::uint64_t handle) {
  if (!is_open(handle)) return fail(HostError::bad_handle);
  const Handle closed = std::exchange(handles_[handle - 1], {});
  return closed.kind != Kind::plain || !closed.writable || give_to_host(closed.name);
}

void HostFiles::close_all() {
  for (std::uint64_t handle = 1; handle <= handles_.size(); ++handle) {
    if (is_open(handle)) close(handle);
  }
}

std::span<const std::uint8_t> HostFiles::contents(const Handle& handle) const {
  if (handle.kind == Kind::features) return kFeatures;
  if (handle.kind != Kind::plain) return {};
  const auto found = files_.find(handle.name);
  if (found == files_.end()) return {};
  return found->second.bytes;
}

Bytes HostFiles::peek(std::uint64_t handle, std::size_t bytes) const {
  if (!is_open(handle)) return {};
  const Handle& from = handles_[handle - 1];
  const auto all = contents(from);
  const std::size_t at = std::min<std::uint64_t>(from.position, all.size());
  const auto piece = all.subspan(at, std::min(bytes, all.size() - at));
  return {piece.begin(), piece.end()};
}

void HostFiles::advance(std::uint64_t handle, std::size_t bytes) {
  if (is_open(handle)) handles_[handle - 1].position += bytes;
}

bool HostFiles::write(std::uint64_t handle, std::span<const std::uint8_t> bytes) {
  if (!is_open(handle) || !handles_[handle - 1].writable) return fail(HostError::bad_handle);
  Handle& to = handles_[handle - 1];
  File& written = file(to.name);
  if (to.appends) to.position = written.bytes.size();
  const std::uint64_t end = to.position + bytes.size();
  if (end > kFileBytesMax) return fail(HostError::too_large);
  if (end > written.bytes.size()) written.bytes.resize(end);
  std::copy(bytes.begin(), bytes.end(),
            written.bytes.begin() + static_cast<std::ptrdiff_t>(to.position));
  written.changed = written.exists = true;
  to.position = end;
  return true;
}

bool HostFiles::seek(std::uint64_t handle, std::uint64_t position) {
  if (!is_open(handle)) return fail(HostError::bad_handle);
  const Kind kind = handles_[handle - 1].kind;
  if ((kind != Kind::plain && kind != Kind::features) || position > kFileBytesMax) {
    return fail(HostError::invalid);
  }
  handles_[handle - 1].position = position;
  return true;
}

std::optional<std::uint64_t> HostFiles::length(std::uint64_t handle) const {
  const Kind k = kind(handle);
  if (k != Kind::plain && k != Kind::features) return {};
  return contents(handles_[handle - 1]).size();
}

bool HostFiles::remove(const std::string& name) {
  if (allowed_ != Files::write) return fail(HostError::no_access);
  if (!file(name).exists) return fail(HostError::no_entry);
  file(name) = {};
  std::error_code failed;
  if (through_) std::filesystem::remove(name, failed);
  return true;
}

bool HostFiles::rename(const std::string& from, const std::string& to) {
  if (allowed_ != Files::write) return fail(HostError::no_access);
  if (!file(from).exists) return fail(HostError::no_entry);
  Bytes bytes = file(from).bytes;
  file(to) = {.exists = true, .changed = true, .bytes = std::move(bytes)};
  return give_to_host(to) && remove(from);
}

void HostFiles::save(Bytes& out) const {
  put(out, error_);
  put(out, static_cast<std::uint32_t>(handles_.size()));
  for (const Handle& h : handles_) {
    put(out, h.kind);
    put(out, h.readable);
    put(out, h.writable);
    put(out, h.appends);
    put(out, h.position);
    put_text(out, h.name);
  }
  put(out, static_cast<std::uint32_t>(files_.size()));
  for (const auto& [name, f] : files_) {
    put_text(out, name);
    put(out, f.exists);
    put(out, f.changed);
    put(out, f.bytes);
  }
}

void HostFiles::load(std::span<const std::uint8_t>& in) {
  error_ = take<HostError>(in);
  handles_.clear();
  files_.clear();
  const auto handles = take<std::uint32_t>(in);
  if (handles > kHandlesMax) throw UserError("snapshot of semihosting is damaged");
  for (std::uint32_t n = 0; n < handles; ++n) {
    Handle& h = handles_.emplace_back();
    h.kind = take<Kind>(in);
    h.readable = take<bool>(in);
    h.writable = take<bool>(in);
    h.appends = take<bool>(in);
    h.position = take<std::uint64_t>(in);
    h.name = take_text(in);
  }
  const auto files = take<std::uint32_t>(in);
  for (std::uint32_t n = 0; n < files; ++n) {
    File& f = files_[take_text(in)];
    f.exists = take<bool>(in);
    f.changed = take<bool>(in);
    f.bytes = take_vector<std::uint8_t>(in);
  }
}

}  // namespace armature::platform
