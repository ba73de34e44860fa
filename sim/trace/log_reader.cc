#include <fmt/format.h>
#include <zstd.h>

#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

#include "sim/base/user_error.h"
#include "sim/trace/log.h"
#include "sim/trace/log_format.h"

namespace armature {

struct LogReader::Unpacker {
  Unpacker() : context(ZSTD_createDCtx()) {}
  ~Unpacker() { ZSTD_freeDCtx(context); }
  ZSTD_DCtx* context;
  std::vector<char> packed;
};

LogReader::LogReader(std::string path)
    : path_(std::move(path)),
      file_(path_, std::ios::binary),
      unpacker_(std::make_unique<Unpacker>()) {
  if (!file_) throw UserError(fmt::format("trace: cannot read '{}'", path_));
  char magic[sizeof kLogMagic];
  std::uint32_t version = 0;
  std::uint32_t length = 0;
  if (!read(magic, sizeof magic) || std::memcmp(magic, kLogMagic, sizeof magic) != 0) {
    refuse("is no event log");
  }
  if (!read(&version, sizeof version)) refuse("is truncated");
  if (version != kLogVersion) {
    refuse(fmt::format("has version {}, this program reads {}", version, kLogVersion));
  }
  if (!read(&length, sizeof length)) refuse("is truncated");
  if (length > kLogHeaderBytesMax) refuse("has a damaged header");
  header_.resize(length);
  if (!read(header_.data(), length)) refuse("is truncated");
  try {
    alphabet_ = alphabet_from_json(header_);
    run_ = run_from_json(header_);
  } catch (const std::exception& error) {
    refuse(fmt::format("has a header this program cannot use: {}", error.what()));
  }
}

LogReader::~LogReader() = default;

bool LogReader::next(Event& event) {
  if (position_ == block_.size() && !read_block()) return false;
  event = block_[position_++];
  return true;
}

bool LogReader::next_block(std::vector<Event>& events) {
  if (position_ == block_.size() && !read_block()) return false;
  events.insert(events.end(), block_.begin() + static_cast<std::ptrdiff_t>(position_),
                block_.end());
  position_ = block_.size();
  return true;
}

bool LogReader::read_block() {
  LogBlockHeader header;
  block_.clear();
  position_ = 0;
  if (complete_ || !read(&header, sizeof header)) return false;
  if (header.magic == kLogEndMagic) {
    const auto end = std::bit_cast<LogEnd>(header);
    if (end.events != events_) refuse("has lost events");
    complete_ = true;
    return false;
  }
  if (header.magic != kLogBlockMagic || header.events == 0 || header.events > kLogBlockEvents ||
      header.packed_bytes > ZSTD_compressBound(kLogBlockEvents * sizeof(Event))) {
    refuse("is damaged");
  }
  unpacker_->packed.resize(header.packed_bytes);
  if (!read(unpacker_->packed.data(), header.packed_bytes)) return false;
  block_.resize(header.events);
  const std::size_t bytes = block_.size() * sizeof(Event);
  const std::size_t got = ZSTD_decompressDCtx(unpacker_->context, block_.data(), bytes,
                                              unpacker_->packed.data(), unpacker_->packed.size());
  if (ZSTD_isError(got) != 0 || got != bytes) refuse("is damaged");
  for (const Event& event : block_) {
    if (static_cast<std::size_t>(event.kind) >= alphabet_.size()) refuse("is damaged");
  }
  events_ += header.events;
  return true;
}

bool LogReader::read(void* data, std::size_t bytes) {
  file_.read(static_cast<char*>(data), static_cast<std::streamsize>(bytes));
  return file_.gcount() == static_cast<std::streamsize>(bytes);
}

void LogReader::refuse(const std::string& what) const {
  throw UserError(fmt::format("trace: '{}' {}", path_, what));
}

}  // namespace armature
