// What writer and reader of the binary log agree on.
#pragma once

#include <cstdint>
#include <string>

#include "sim/stats/run_metadata.h"
#include "sim/trace/text.h"

namespace armature {

inline constexpr char kLogMagic[8] = {'A', 'R', 'M', 'A', 'L', 'O', 'G', '\n'};
inline constexpr std::uint32_t kLogVersion = 1;
inline constexpr std::uint32_t kLogBlockMagic = 0x314b4c42;  // "BLK1"
inline constexpr std::uint32_t kLogEndMagic = 0x31444e45;    // "END1"
inline constexpr std::uint32_t kLogBlockEvents = 4096;
inline constexpr std::uint32_t kLogHeaderBytesMax = 1u << 20;

struct LogBlockHeader {
  std::uint32_t magic = kLogBlockMagic;
  std::uint32_t events = 0;
  std::uint32_t packed_bytes = 0;
  std::uint32_t reserved = 0;
};
struct LogEnd {
  std::uint32_t magic = kLogEndMagic;
  std::uint32_t reserved = 0;
  std::uint64_t events = 0;
};
static_assert(sizeof(LogBlockHeader) == 16 && sizeof(LogEnd) == 16);

std::string log_header_json(const RunMetadata& run);
// Throws nlohmann::json exceptions or std::runtime_error when `header` is not ours.
LogAlphabet alphabet_from_json(const std::string& header);
RunMetadata run_from_json(const std::string& header);

}  // namespace armature
