#include <fmt/format.h>
#include <zstd.h>

#include "sim/base/user_error.h"
#include "sim/trace/log.h"
#include "sim/trace/log_format.h"

namespace armature {

struct LogWriter::Packer {
  Packer()
      : context(ZSTD_createCCtx()), packed(ZSTD_compressBound(kLogBlockEvents * sizeof(Event))) {
    // Records repeat themselves: a fast level packs them about seven to one, and slower ones not
    // much better for more of a run's time.
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, -4);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  }
  ~Packer() { ZSTD_freeCCtx(context); }
  ZSTD_CCtx* context;
  std::vector<char> packed;
};

LogWriter::LogWriter(std::string path, const RunMetadata& run)
    : path_(std::move(path)),
      file_(path_, std::ios::binary | std::ios::trunc),
      packer_(std::make_unique<Packer>()) {
  block_.reserve(kLogBlockEvents);
  const std::string header = log_header_json(run);
  const auto length = static_cast<std::uint32_t>(header.size());
  write(kLogMagic, sizeof kLogMagic);
  write(&kLogVersion, sizeof kLogVersion);
  write(&length, sizeof length);
  write(header.data(), header.size());
}

LogWriter::~LogWriter() {
  try {
    close();
  } catch (const UserError&) {
    // close() is the place to learn of it
  }
}

void LogWriter::on_event(const Event& event) {
  block_.push_back(event);
  ++events_;
  if (block_.size() == kLogBlockEvents) write_block();
}

void LogWriter::close() {
  if (!file_.is_open()) return;
  if (!block_.empty()) write_block();
  const LogEnd end{.events = events_};
  write(&end, sizeof end);
  file_.close();
  if (!file_) throw UserError(fmt::format("trace: cannot write '{}'", path_));
}

void LogWriter::write_block() {
  const std::size_t packed =
      ZSTD_compress2(packer_->context, packer_->packed.data(), packer_->packed.size(),
                     block_.data(), block_.size() * sizeof(Event));
  if (ZSTD_isError(packed) != 0) {
    throw UserError(fmt::format("trace: '{}': {}", path_, ZSTD_getErrorName(packed)));
  }
  const LogBlockHeader header{.events = static_cast<std::uint32_t>(block_.size()),
                              .packed_bytes = static_cast<std::uint32_t>(packed)};
  block_.clear();
  write(&header, sizeof header);
  write(packer_->packed.data(), packed);
}

void LogWriter::write(const void* data, std::size_t bytes) {
  file_.write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));
  if (!file_) throw UserError(fmt::format("trace: cannot write '{}'", path_));
}

}  // namespace armature
