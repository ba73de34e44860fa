// The binary event log: raw 64-byte records in compressed blocks, behind a header that describes
// them, so that any reader finds its way without this program.
//
//   8 bytes magic, u32 version, u32 length of the header, header (JSON: record layout as NumPy type
//   codes, alphabet, run), blocks {u32 magic, u32 records, u32 packed bytes, u32 0, one Zstandard
//   frame with checksum}, at the end {u32 end magic, u32 0, u64 records}. Little-endian.
#pragma once

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "sim/event/bus.h"
#include "sim/stats/run_metadata.h"
#include "sim/trace/text.h"

namespace armature {

class LogWriter : public EventListener {
 public:
  // Creates the file. Add the writer to the bus with the kinds wanted. Throws UserError, also from
  // on_event(), when the file cannot be written.
  LogWriter(std::string path, const RunMetadata& run);
  ~LogWriter() override;  // closes; a failure then is not reported
  void on_event(const Event& event) override;
  // Writes what is left and the end mark.
  void close();
  std::uint64_t events() const { return events_; }

 private:
  struct Packer;
  void write_block();
  void write(const void* data, std::size_t bytes);

  std::string path_;
  std::ofstream file_;
  std::unique_ptr<Packer> packer_;
  std::vector<Event> block_;
  std::uint64_t events_ = 0;
};

class LogReader {
 public:
  // Throws UserError naming the file when it is no log, of another version or damaged.
  explicit LogReader(std::string path);
  ~LogReader();
  // False at the end. Damage inside the file throws UserError; a missing end (the writer did not
  // finish) only ends the log and leaves complete() false.
  bool next(Event& event);
  // Appends what is left of the current block, or the next one; false at the end.
  bool next_block(std::vector<Event>& events);
  bool complete() const { return complete_; }

  const LogAlphabet& alphabet() const { return alphabet_; }
  const std::string& header() const { return header_; }  // JSON
  const RunMetadata& run() const { return run_; }

 private:
  struct Unpacker;
  bool read_block();
  bool read(void* data, std::size_t bytes);
  [[noreturn]] void refuse(const std::string& what) const;

  std::string path_;
  std::ifstream file_;
  std::unique_ptr<Unpacker> unpacker_;
  std::string header_;
  LogAlphabet alphabet_;
  RunMetadata run_;
  std::vector<Event> block_;
  std::size_t position_ = 0;
  std::uint64_t events_ = 0;
  bool complete_ = false;
};

}  // namespace armature
