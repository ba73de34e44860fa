#include "platform/semihosting/semihosting.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "cpu/core.h"
#include "sim/base/bits.h"
#include "sim/snapshot/bytes.h"

namespace armature::platform {
namespace {

enum Operation : std::uint32_t {
  kOpen = 0x01,
  kClose = 0x02,
  kWriteC = 0x03,
  kWrite0 = 0x04,
  kWrite = 0x05,
  kRead = 0x06,
  kReadC = 0x07,
  kIsError = 0x08,
  kIsTty = 0x09,
  kSeek = 0x0a,
  kFlen = 0x0c,
  kTmpNam = 0x0d,
  kRemove = 0x0e,
  kRename = 0x0f,
  kClock = 0x10,
  kTime = 0x11,
  kSystem = 0x12,
  kErrno = 0x13,
  kGetCommandLine = 0x15,
  kHeapInfo = 0x16,
  kExit = 0x18,
  kSyncCache = 0x19,
  kExitExtended = 0x20,
  kElapsed = 0x30,
  kTickFrequency = 0x31,
};

constexpr std::uint64_t kApplicationExit = 0x20026;  // ADP_Stopped_ApplicationExit
constexpr std::uint64_t kFailure = ~0ull;
constexpr std::size_t kTextMax = 64 << 10;      // of a name or of SYS_WRITE0
constexpr std::size_t kTransferMax = 64 << 20;  // of SYS_READ and SYS_WRITE

}  // namespace

// Each answer is what x0 becomes; none: the caller has to wait.
class Semihosting::Call {
 public:
  Call(Semihosting& host, cpu::Core& core)
      : host_(host), files_(host.files_), core_(core), memory_(core, host.port_) {}

  std::optional<std::uint64_t> answer();

 private:
  using Answer = std::optional<std::uint64_t>;

  std::uint64_t fail(HostError error) { return files_.fail(error), kFailure; }
  std::uint64_t status(bool done) { return done ? 0 : kFailure; }

  // Word n of the block that x1 points to.
  bool argument(unsigned n, std::uint64_t& value) {
    const auto bytes = memory_.read(core_.state.x[1] + 8ull * n, sizeof value);
    if (bytes.size() != sizeof value) return files_.fail(HostError::bad_address);
    std::memcpy(&value, bytes.data(), sizeof value);
    return true;
  }
  bool arguments(std::span<std::uint64_t> values) {
    for (unsigned n = 0; n < values.size(); ++n) {
      if (!argument(n, values[n])) return false;
    }
    return true;
  }
  // The name of `length` bytes at `va`.
  bool name(std::uint64_t va, std::uint64_t length, std::string& text) {
    if (length > kTextMax) return files_.fail(HostError::invalid);
    const auto bytes = memory_.read(va, length);
    if (bytes.size() != length) return files_.fail(HostError::bad_address);
    text.assign(bytes.begin(), bytes.end());
    return true;
  }
  void print(std::span<const std::uint8_t> bytes) {
    for (const std::uint8_t byte : bytes) host_.console_.put(byte);
  }

  std::uint64_t open();
  std::uint64_t print_character();
  std::uint64_t print_text();
  std::uint64_t write();
  Answer read();
  Answer read_character();
  std::uint64_t is_terminal();
  std::uint64_t length();
  std::uint64_t temporary_name();
  std::uint64_t remove();
  std::uint64_t rename();
  std::uint64_t command_line();
  std::uint64_t heap_info();
  std::uint64_t exit();
  std::uint64_t elapsed();

  Semihosting& host_;
  HostFiles& files_;
  cpu::Core& core_;
  VirtualMemory memory_;
};

std::uint64_t Semihosting::Call::open() {
  std::array<std::uint64_t, 3> a;  // name, mode, its length
  std::string file;
  if (!arguments(a) || !name(a[0], a[2], file)) return kFailure;
  const std::uint64_t handle = files_.open(file, static_cast<unsigned>(std::min(a[1], 255ul)));
  return handle == 0 ? kFailure : handle;
}

std::uint64_t Semihosting::Call::print_character() {
  const auto byte = memory_.read(core_.state.x[1], 1);
  if (byte.empty()) return fail(HostError::bad_address);
  print(byte);
  return core_.state.x[0];  // the specification leaves it corrupted; QEMU leaves it alone
}

std::uint64_t Semihosting::Call::print_text() {
  std::vector<std::uint8_t> text;
  constexpr std::size_t kPiece = 256;
  for (std::uint64_t va = core_.state.x[1]; text.size() < kTextMax; va += kPiece) {
    const auto piece = memory_.read(va, kPiece);
    const auto end = std::find(piece.begin(), piece.end(), 0);
    text.insert(text.end(), piece.begin(), end);
    if (end != piece.end()) break;
    if (piece.size() != kPiece) return fail(HostError::bad_address);
  }
  print(text);
  return core_.state.x[0];
}

// The number of bytes that were not written.
std::uint64_t Semihosting::Call::write() {
  std::array<std::uint64_t, 3> a;  // handle, buffer, length
  if (!arguments(a)) return kFailure;
  const auto kind = files_.kind(a[0]);
  const auto bytes = memory_.read(a[1], std::min<std::uint64_t>(a[2], kTransferMax));
  if (kind == HostFiles::Kind::console_output) {
    print(bytes);
  } else if (kind != HostFiles::Kind::plain || !files_.write(a[0], bytes)) {
    if (kind != HostFiles::Kind::plain) files_.fail(HostError::bad_handle);
    return a[2];
  }
  return a[2] - bytes.size();
}

// The number of bytes that were not read: all of them at the end of the file. From the console as
// many as have been typed, at least one.
Semihosting::Call::Answer Semihosting::Call::read() {
  std::array<std::uint64_t, 3> a;  // handle, buffer, length
  if (!arguments(a)) return kFailure;
  const std::size_t wanted = std::min<std::uint64_t>(a[2], kTransferMax);
  std::vector<std::uint8_t> bytes;
  const auto kind = files_.kind(a[0]);
  auto& typed = host_.console_.input;
  if (kind == HostFiles::Kind::closed || kind == HostFiles::Kind::console_output) {
    return fail(HostError::bad_handle);
  }
  if (kind == HostFiles::Kind::console_input) {
    if (wanted == 0) return 0;
    if (typed.empty()) return {};
    bytes.assign(typed.begin(),
                 typed.begin() + static_cast<std::ptrdiff_t>(std::min(wanted, typed.size())));
  } else {
    bytes = files_.peek(a[0], wanted);
  }
  if (!memory_.write(a[1], bytes)) return fail(HostError::bad_address);
  if (kind == HostFiles::Kind::console_input) {
    typed.erase(typed.begin(), typed.begin() + static_cast<std::ptrdiff_t>(bytes.size()));
  } else {
    files_.advance(a[0], bytes.size());
  }
  return a[2] - bytes.size();
}

Semihosting::Call::Answer Semihosting::Call::read_character() {
  auto& typed = host_.console_.input;
  if (typed.empty()) return {};
  const std::uint8_t byte = typed.front();
  typed.pop_front();
  return byte;
}

std::uint64_t Semihosting::Call::is_terminal() {
  std::uint64_t handle = 0;
  if (!argument(0, handle)) return kFailure;
  const auto kind = files_.kind(handle);
  if (kind == HostFiles::Kind::closed) return fail(HostError::bad_handle);
  return kind == HostFiles::Kind::console_input || kind == HostFiles::Kind::console_output ? 1 : 0;
}

std::uint64_t Semihosting::Call::length() {
  std::uint64_t handle = 0;
  if (!argument(0, handle)) return kFailure;
  if (const auto bytes = files_.length(handle)) return *bytes;
  return fail(files_.kind(handle) == HostFiles::Kind::closed ? HostError::bad_handle
                                                             : HostError::invalid);
}

std::uint64_t Semihosting::Call::temporary_name() {
  std::array<std::uint64_t, 3> a;  // buffer, identifier 0..255, its length
  if (!arguments(a)) return kFailure;
  std::string text = fmt::format("semihosting-{:02x}.tmp", a[1] & 255);
  text.push_back('\0');
  if (a[1] > 255 || a[2] < text.size()) return fail(HostError::invalid);
  const bool done =
      memory_.write(a[0], {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  return done ? 0 : fail(HostError::bad_address);
}

std::uint64_t Semihosting::Call::remove() {
  std::array<std::uint64_t, 2> a;
  std::string file;
  return status(arguments(a) && name(a[0], a[1], file) && files_.remove(file));
}

std::uint64_t Semihosting::Call::rename() {
  std::array<std::uint64_t, 4> a;
  std::string from;
  std::string to;
  return status(arguments(a) && name(a[0], a[1], from) && name(a[2], a[3], to) &&
                files_.rename(from, to));
}

std::uint64_t Semihosting::Call::command_line() {
  std::array<std::uint64_t, 2> a;  // buffer, its length, which becomes that of the text
  if (!arguments(a)) return kFailure;
  std::string text = host_.world_.command_line;
  text.push_back('\0');
  if (a[1] < text.size()) return fail(HostError::invalid);
  const std::uint64_t size = text.size() - 1;
  std::array<std::uint8_t, sizeof size> word;
  std::memcpy(word.data(), &size, sizeof size);
  const bool done =
      memory_.write(a[0], {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}) &&
      memory_.write(core_.state.x[1] + 8, word);
  return done ? 0 : fail(HostError::bad_address);
}

// Heap and stack share the range and grow towards each other, as QEMU has it.
std::uint64_t Semihosting::Call::heap_info() {
  std::uint64_t block = 0;
  if (!argument(0, block)) return kFailure;
  const Semihosting::World& world = host_.world_;
  const std::array<std::uint64_t, 4> info{world.heap_base, world.heap_limit, world.heap_limit,
                                          world.heap_base};
  std::array<std::uint8_t, sizeof info> bytes;
  std::memcpy(bytes.data(), info.data(), sizeof info);
  return memory_.write(block, bytes) ? 0 : fail(HostError::bad_address);
}

// The status that the program names, or 1 when something else than its end stopped it.
std::uint64_t Semihosting::Call::exit() {
  std::array<std::uint64_t, 2> a;  // reason, status
  if (!arguments(a)) return kFailure;
  host_.exit_status_ = a[0] == kApplicationExit ? static_cast<std::uint32_t>(a[1]) : 1;
  files_.close_all();
  core_.state.sleep = cpu::Sleep::off;
  return core_.state.x[0];
}

std::uint64_t Semihosting::Call::elapsed() {
  const std::uint64_t ticks = core_.now().whole();
  std::array<std::uint8_t, sizeof ticks> bytes;
  std::memcpy(bytes.data(), &ticks, sizeof ticks);
  return memory_.write(core_.state.x[1], bytes) ? 0 : fail(HostError::bad_address);
}

std::optional<std::uint64_t> Semihosting::Call::answer() {
  std::uint64_t first = 0;
  std::array<std::uint64_t, 2> two;
  switch (static_cast<std::uint32_t>(core_.state.x[0])) {
    case kOpen:
      return open();
    case kClose:
      return status(argument(0, first) && files_.close(first));
    case kWriteC:
      return print_character();
    case kWrite0:
      return print_text();
    case kWrite:
      return write();
    case kRead:
      return read();
    case kReadC:
      return read_character();
    case kIsError:
      return argument(0, first) ? bit(first, 63) : kFailure;
    case kIsTty:
      return is_terminal();
    case kSeek:
      return status(arguments(two) && files_.seek(two[0], two[1]));
    case kFlen:
      return length();
    case kTmpNam:
      return temporary_name();
    case kRemove:
      return remove();
    case kRename:
      return rename();
    case kClock:
      return core_.now().whole() / (kCoreHertz / 100);
    case kTime:
      return host_.world_.rtc + core_.now().whole() / kCoreHertz;
    case kErrno:
      return static_cast<std::uint64_t>(files_.error());
    case kGetCommandLine:
      return command_line();
    case kHeapInfo:
      return heap_info();
    case kExit:
    case kExitExtended:
      return exit();
    case kSyncCache:
      return 0;
    case kElapsed:
      return elapsed();
    case kTickFrequency:
      return kCoreHertz;
    case kSystem:
    default:
      return fail(HostError::not_implemented);
  }
}

bool Semihosting::call(cpu::Core& caller) {
  const auto answer = Call(*this, caller).answer();
  waiting_.set(caller.id.value, !answer);
  if (answer) {
    caller.state.x[0] = *answer;
  } else {
    caller.state.sleep = cpu::Sleep::wfi;
  }
  return answer.has_value();
}

void Semihosting::wake(std::span<cpu::Core* const> cores) {
  if (console_.input.empty()) return;
  for (cpu::Core* core : cores) {
    if (!waiting_.test(core->id.value)) continue;
    waiting_.reset(core->id.value);
    if (core->state.sleep == cpu::Sleep::wfi) core->state.sleep = cpu::Sleep::running;
    core->interrupts_changed = true;
  }
}

void Semihosting::reset() {
  files_.close_all();
  waiting_.reset();
}

void Semihosting::save(std::vector<std::uint8_t>& out) const {
  put(out, exit_status_.has_value());
  put(out, exit_status_.value_or(0));
  put(out, std::uint64_t{waiting_.to_ullong()});
  files_.save(out);
}

void Semihosting::load(std::span<const std::uint8_t>& in) {
  const bool exited = take<bool>(in);
  const auto status = take<std::uint32_t>(in);
  exit_status_ = exited ? std::optional(status) : std::nullopt;
  waiting_ = take<std::uint64_t>(in);
  files_.load(in);
}

}  // namespace armature::platform
