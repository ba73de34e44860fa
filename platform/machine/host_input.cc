#include "platform/machine/host_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "sim/base/user_error.h"

namespace armature::platform {
namespace {

// One line an input: time in 1/16 cycles, channel, bytes in hexadecimal.
constexpr const char* kHeader = "armature host input 1";

std::vector<std::uint8_t> from_hex(const std::string& text, const std::string& where) {
  std::vector<std::uint8_t> bytes;
  if (text.size() % 2 != 0) throw UserError(where + ": odd number of hexadecimal digits");
  for (std::size_t i = 0; i < text.size(); i += 2) {
    std::size_t used = 0;
    unsigned long value = 0;
    try {
      value = std::stoul(text.substr(i, 2), &used, 16);
    } catch (const std::exception&) {
      used = 0;
    }
    if (used != 2) throw UserError(where + ": expected hexadecimal bytes");
    bytes.push_back(static_cast<std::uint8_t>(value));
  }
  return bytes;
}

}  // namespace

void HostInputQueue::push(HostInput::Channel channel, std::vector<std::uint8_t> bytes) {
  if (!replaying_ && !bytes.empty()) live_.push_back({{}, channel, std::move(bytes)});
}

std::vector<HostInput> HostInputQueue::take(Cycles now) {
  std::vector<HostInput> due;
  while (!replay_.empty() && replay_.front().time <= now) {
    due.push_back(std::move(replay_.front()));
    replay_.pop_front();
  }
  if (now < fixed_until_) {
    note(due);
    return due;
  }
  for (HostInput& input : live_) {
    input.time = now;
    if (record_.is_open()) {
      record_ << input.time.sixteenths << ' ' << static_cast<unsigned>(input.channel) << ' ';
      for (const auto byte : input.bytes) record_ << fmt::format("{:02x}", byte);
      record_ << '\n' << std::flush;
    }
    due.push_back(std::move(input));
  }
  live_.clear();
  note(due);
  return due;
}

void HostInputQueue::note(const std::vector<HostInput>& due) {
  if (remembers_) taken_.insert(taken_.end(), due.begin(), due.end());
}

void HostInputQueue::rewind(Cycles time, Cycles fixed_until) {
  fixed_until_ = std::max(fixed_until_, fixed_until);
  const auto first =
      std::lower_bound(taken_.begin(), taken_.end(), time,
                       [](const HostInput& input, Cycles bound) { return input.time < bound; });
  replay_.insert(replay_.begin(), std::make_move_iterator(first),
                 std::make_move_iterator(taken_.end()));
  taken_.erase(first, taken_.end());
}

void HostInputQueue::record_to(const std::string& path) {
  path_ = path;
  record_.open(path, std::ios::trunc);
  if (!record_) throw UserError(fmt::format("{}: cannot be written", path));
  record_ << kHeader << '\n' << std::flush;
}

void HostInputQueue::replay_from(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw UserError(fmt::format("{}: cannot be opened", path));
  std::string line;
  if (!std::getline(file, line) || line != kHeader) {
    throw UserError(
        fmt::format("{}: not a recording of host input (expected '{}')", path, kHeader));
  }
  replaying_ = true;
  Cycles last{};
  for (unsigned number = 2; std::getline(file, line); ++number) {
    const std::string where = fmt::format("{}:{}", path, number);
    HostInput input;
    unsigned channel = 0;
    const std::size_t first = line.find(' ');
    const std::size_t second = first == std::string::npos ? first : line.find(' ', first + 1);
    if (second == std::string::npos) throw UserError(where + ": expected 'time channel bytes'");
    try {
      input.time = {std::stoull(line.substr(0, first))};
      channel = static_cast<unsigned>(std::stoul(line.substr(first + 1, second - first - 1)));
    } catch (const std::exception&) {
      throw UserError(where + ": expected numbers for time and channel");
    }
    if (channel > static_cast<unsigned>(HostInput::Channel::keyboard) || input.time < last) {
      throw UserError(where + ": unknown channel, or time runs backwards");
    }
    last = input.time;
    input.channel = static_cast<HostInput::Channel>(channel);
    input.bytes = from_hex(line.substr(second + 1), where);
    replay_.push_back(std::move(input));
  }
}

void HostInputQueue::discard_before(Cycles now) {
  while (!replay_.empty() && replay_.front().time < now) replay_.pop_front();
}

}  // namespace armature::platform
