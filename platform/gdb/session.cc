#include "platform/gdb/session.h"

#include <fmt/format.h>

#include <utility>

#include "platform/gdb/registers.h"
#include "sim/base/user_error.h"

namespace armature::platform::gdb {
namespace {

constexpr const char* kNotSupported = "";
constexpr const char* kOk = "OK";
constexpr const char* kBadArguments = "E16";  // EINVAL
constexpr const char* kBadAddress = "E0e";    // EFAULT
constexpr const char* kBusy = "E10";          // EBUSY: the machine runs
constexpr const char* kRefused = "E01";       // EPERM

unsigned thread_of(CoreId core) { return core.value + 1u; }

std::span<const std::uint8_t> as_bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

Session::Session(Target& target, Monitor& monitor) : target_(target), monitor_(monitor) {
  target_.attach();
  last_stop_ = stop_reply(target_.interrupt(selected_));
}

Session::~Session() { target_.detach(); }

void Session::receive(std::span<const std::uint8_t> bytes) {
  reader_.feed(bytes);
  Incoming incoming;
  while (end_ == End::none && reader_.next(incoming)) {
    switch (incoming.kind) {
      case Incoming::Kind::packet:
        if (acknowledges_) output_ += '+';
        packet(incoming.payload);
        break;
      case Incoming::Kind::damaged:
        if (acknowledges_) output_ += '-';
        break;
      case Incoming::Kind::refused:
        if (acknowledges_) output_ += last_reply_;
        break;
      case Incoming::Kind::interrupt:
        if (running_) report(target_.interrupt(selected_));
        break;
    }
  }
}

void Session::reply(std::string_view payload) {
  last_reply_ = framed(payload);
  output_ += last_reply_;
}

// A message for the user, shown while the machine runs.
void Session::say(std::string_view text) {
  constexpr std::size_t kPiece = 1000;
  for (std::size_t at = 0; at < text.size(); at += kPiece) {
    output_ += framed("O" + to_hex(text.substr(at, kPiece)));
  }
}

void Session::packet(std::string_view payload) {
  const bool may_interrupt =
      payload == "k" || payload.starts_with("D") || payload.starts_with("vKill");
  if (running_ && !may_interrupt) {
    reply(payload == "vCtrlC" ? kOk : kBusy);
    if (payload == "vCtrlC") report(target_.interrupt(selected_));
    return;
  }
  std::string text;
  try {
    text = answer(payload);
  } catch (const UserError& error) {
    say(fmt::format("armature: {}\n", error.what()));
    text = kRefused;
  }
  if (running_ || end_ == End::killed) return;  // the answer comes with the stop, or never
  reply(text);
}

std::string Session::answer(std::string_view payload) {
  if (payload.empty()) return kNotSupported;
  const char kind = payload.front();
  const std::string_view rest = payload.substr(1);
  switch (kind) {
    case '?':
      return last_stop_;
    case 'q':
    case 'Q':
      return query(payload);
    case 'H':
      return select_thread(rest);
    case 'T': {
      std::string_view text = rest;
      std::optional<CoreId> core;
      return take_thread(text, core) && core ? kOk : kBadArguments;
    }
    case 'g':
      return read_general();
    case 'G':
      return write_general(rest);
    case 'p':
      return read_one(rest);
    case 'P':
      return write_one(rest);
    case 'm':
      return read_memory(rest);
    case 'M':
      return write_memory(rest, false);
    case 'X':
      return write_memory(rest, true);
    case 'Z':
    case 'z':
      return change_point(rest, kind == 'Z');
    case 'c':
    case 's':
      return rest.empty() ? resume(fmt::format("{}:{}", kind, thread_of(selected_)))
                          : kBadArguments;
    case 'C':
    case 'S':
      return resume(fmt::format("{}:{}", kind == 'C' ? 'c' : 's', thread_of(selected_)));
    case 'b':
      return rest == "s" || rest == "c" ? go_back(rest.front()) : kNotSupported;
    case 'D':
      running_ = false;
      end_ = End::detached;
      return kOk;
    case 'k':
      end_ = End::killed;
      return {};
    case 'v':
      if (payload == "vCont?") return "vCont;c;C;s;S;r";
      if (payload.starts_with("vCont;")) return resume(payload.substr(6));
      if (payload.starts_with("vKill")) {
        reply(kOk);
        end_ = End::killed;
      }
      return kNotSupported;
    default:
      return kNotSupported;
  }
}

// ---- queries

std::string Session::query(std::string_view text) {
  if (text.starts_with("qSupported")) return features(text);
  if (text == "QStartNoAckMode") {
    acknowledges_ = false;
    return kOk;
  }
  if (text.starts_with("qXfer:")) return transfer(text.substr(6));
  if (text.starts_with("qRcmd,")) return monitor(text.substr(6));
  if (text == "qC") return fmt::format("QC{:x}", thread_of(selected_));
  if (text == "qfThreadInfo") {
    std::string list = "m";
    for (unsigned n = 0; n < target_.cores(); ++n)
      list += fmt::format("{}{:x}", n ? "," : "", n + 1);
    return list;
  }
  if (text == "qsThreadInfo") return "l";
  if (take_word(text, "qThreadExtraInfo,")) {
    std::optional<CoreId> core;
    if (!take_thread(text, core) || !core) return kBadArguments;
    return to_hex(monitor_.describe_core(target_, *core));
  }
  if (text.starts_with("qAttached")) return "1";
  if (text.starts_with("qSymbol")) return kOk;
  return kNotSupported;
}

std::string Session::features(std::string_view text) {
  software_break_ = text.find("swbreak+") != std::string_view::npos;
  hardware_break_ = text.find("hwbreak+") != std::string_view::npos;
  std::string features = fmt::format(
      "PacketSize={:x};QStartNoAckMode+;vContSupported+;qXfer:features:read+;swbreak+;hwbreak+",
      kPacketBytesMax);
  if (target_.history().is_on()) features += ";ReverseStep+;ReverseContinue+";
  return features;
}

// features:read:target.xml:OFFSET,LENGTH
std::string Session::transfer(std::string_view text) const {
  if (!take_word(text, "features:read:target.xml:")) return kNotSupported;
  std::uint64_t offset = 0, length = 0;
  if (!take_number(text, offset) || !take_word(text, ",") || !take_number(text, length)) {
    return kBadArguments;
  }
  const std::string& whole = target_description();
  if (offset > whole.size()) return kBadArguments;
  const std::string piece =
      whole.substr(offset, std::min<std::uint64_t>(length, kPacketBytesMax / 2));
  return (offset + piece.size() < whole.size() ? "m" : "l") + piece;
}

std::string Session::monitor(std::string_view text) {
  std::string command;
  if (!from_hex(text, command)) return kBadArguments;
  std::string out;
  try {
    out = monitor_.run(target_, selected_, command);
  } catch (const UserError& error) {
    out = fmt::format("{}\n", error.what());
  }
  say(out);
  return kOk;
}

bool Session::take_thread(std::string_view& text, std::optional<CoreId>& core) const {
  core.reset();
  if (take_word(text, "-1")) return true;
  std::uint64_t number = 0;
  if (!take_number(text, number) || number > target_.cores()) return false;
  if (number != 0) core = CoreId{static_cast<std::uint8_t>(number - 1)};
  return true;
}

std::string Session::select_thread(std::string_view text) {
  if (text.empty()) return kBadArguments;
  const char what = text.front();
  text.remove_prefix(1);
  std::optional<CoreId> core;
  if (!take_thread(text, core)) return kBadArguments;
  if (what == 'g' && core) selected_ = *core;
  return kOk;
}

// ---- registers and memory

std::string Session::read_general() {
  std::string out;
  for (unsigned n = 0; n < kGeneralRegisters; ++n) {
    out += to_hex(read_register(target_.core(selected_), n));
  }
  return out;
}

std::string Session::write_general(std::string_view text) {
  std::string bytes;
  if (!from_hex(text, bytes)) return kBadArguments;
  std::size_t at = 0;
  for (unsigned n = 0; n < kGeneralRegisters; ++n) {
    const unsigned size = register_bytes(n);
    if (at + size > bytes.size()) return kBadArguments;
    target_.write_register(selected_, n, as_bytes(bytes).subspan(at, size));
    at += size;
  }
  return kOk;
}

std::string Session::read_one(std::string_view text) {
  std::uint64_t number = 0;
  if (!take_number(text, number) || number >= register_count()) return kBadArguments;
  return to_hex(read_register(target_.core(selected_), static_cast<unsigned>(number)));
}

std::string Session::write_one(std::string_view text) {
  std::uint64_t number = 0;
  std::string bytes;
  if (!take_number(text, number) || !take_word(text, "=") || !from_hex(text, bytes) ||
      number >= register_count() || bytes.size() != register_bytes(static_cast<unsigned>(number))) {
    return kBadArguments;
  }
  target_.write_register(selected_, static_cast<unsigned>(number), as_bytes(bytes));
  return kOk;
}

std::string Session::read_memory(std::string_view text) {
  std::uint64_t address = 0, length = 0;
  if (!take_number(text, address) || !take_word(text, ",") || !take_number(text, length)) {
    return kBadArguments;
  }
  length = std::min<std::uint64_t>(length, kPacketBytesMax / 2 - 1);
  const auto bytes = target_.read_memory(selected_, address, length);
  return bytes.empty() && length != 0 ? kBadAddress : to_hex(bytes);
}

std::string Session::write_memory(std::string_view text, bool is_binary) {
  std::uint64_t address = 0, length = 0;
  if (!take_number(text, address) || !take_word(text, ",") || !take_number(text, length) ||
      !take_word(text, ":")) {
    return kBadArguments;
  }
  std::string bytes(text);
  if (!is_binary && !from_hex(text, bytes)) return kBadArguments;
  if (bytes.size() != length) return kBadArguments;
  if (length == 0) return kOk;
  return target_.write_memory(selected_, address, as_bytes(bytes)) ? kOk : kBadAddress;
}

// TYPE,ADDRESS,KIND: 0 and 1 break, 2 watches writes, 3 reads, 4 both.
std::string Session::change_point(std::string_view text, bool insert) {
  std::uint64_t type = 0, address = 0, kind = 0;
  if (!take_number(text, type) || !take_word(text, ",") || !take_number(text, address) ||
      !take_word(text, ",") || !take_number(text, kind)) {
    return kBadArguments;
  }
  if (type > 4) return kNotSupported;
  if (type < 2) {
    last_point_is_hardware_ = type == 1;
    if (!insert) target_.remove_breakpoint(address);
    return !insert || target_.insert_breakpoint(address) ? kOk : kBadArguments;
  }
  const cpu::StopPoints::Watchpoint point{address, kind, type != 2, type != 3};
  if (!insert) target_.remove_watchpoint(point);
  return !insert || target_.insert_watchpoint(point) ? kOk : kBadArguments;
}

// ---- running

// vCont actions, "s:2;c": the first one that fits a thread counts. The cores of a machine run
// together in one order, so a thread without an action is not held back: holding one would make
// another run of it. Stepping moves only the cores that come before the stepped one in that order.
std::string Session::resume(std::string_view actions) {
  std::optional<Target::Step> step;
  bool any = false;
  while (!actions.empty()) {
    const std::size_t end = std::min(actions.find(';'), actions.size());
    std::string_view action = actions.substr(0, end);
    actions.remove_prefix(std::min(end + 1, actions.size()));
    if (action.empty()) return kBadArguments;
    const char what = action.front();
    action.remove_prefix(1);
    Target::Step wanted;
    std::uint64_t signal = 0;
    if ((what == 'C' || what == 'S') && !take_number(action, signal)) return kBadArguments;
    if (what == 'r' && (!take_number(action, wanted.range_begin) || !take_word(action, ",") ||
                        !take_number(action, wanted.range_end))) {
      return kBadArguments;
    }
    if (std::string_view("cCsSr").find(what) == std::string_view::npos) return kBadArguments;
    std::optional<CoreId> core;
    if (take_word(action, ":") && !take_thread(action, core)) return kBadArguments;
    if (!action.empty()) return kBadArguments;
    any = true;
    if (what == 'c' || what == 'C' || step) continue;
    wanted.core = core.value_or(selected_);
    step = wanted;
  }
  if (!any) return kBadArguments;
  target_.go(step);
  running_ = true;
  return {};
}

std::string Session::go_back(char how) {
  const StopReport found = how == 's' ? target_.step_back(selected_, interrupted_)
                                      : target_.continue_back(selected_, interrupted_);
  if (!found.text.empty()) say(fmt::format("armature: {}\n", found.text));
  return last_stop_ = stop_reply(found);
}

void Session::report(const StopReport& report) {
  running_ = false;
  if (!report.text.empty()) say(fmt::format("armature: {}\n", report.text));
  last_stop_ = stop_reply(report);
  reply(last_stop_);
}

// The registers that gdb asks for at every stop anyway.
std::string Session::position_of_core(CoreId core) {
  std::string out;
  for (const unsigned number : {29u, kSpNumber, kPcNumber}) {
    out += fmt::format("{:x}:{};", number, to_hex(read_register(target_.core(core), number)));
  }
  return out;
}

std::string Session::stop_reply(const StopReport& report) {
  using Kind = StopReport::Kind;
  constexpr unsigned kSigint = 2, kSigtrap = 5, kSigpwr = 32;  // gdb's numbers
  if (report.kind == Kind::ended) return "W00";
  selected_ = report.core;
  unsigned signal = kSigtrap;
  std::string why;
  switch (report.kind) {
    case Kind::interrupted:
      signal = kSigint;
      break;
    case Kind::machine_off:
      signal = kSigpwr;
      break;
    case Kind::breakpoint:
      if (last_point_is_hardware_ && hardware_break_) why = "hwbreak:;";
      if (!last_point_is_hardware_ && software_break_) why = "swbreak:;";
      break;
    case Kind::watchpoint: {
      const auto& point = report.watchpoint;
      const char* name = !point.reads ? "watch" : !point.writes ? "rwatch" : "awatch";
      why = fmt::format("{}:{:x};", name, point.address);
      break;
    }
    case Kind::history_beginning:
      why = "replaylog:begin;";
      break;
    default:
      break;
  }
  return fmt::format("T{:02x}{}thread:{:x};core:{:x};{}", signal, why, thread_of(report.core),
                     unsigned{report.core.value}, position_of_core(report.core));
}

}  // namespace armature::platform::gdb
