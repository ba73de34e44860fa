#include "hyp/kserv/consoles.h"

namespace armature::kserv {

void Consoles::open(unsigned uarts, unsigned vms, Send how) {
  send_ = how;
  vms_ = vms;
  shared_ = uarts < vms || uarts == 0;
}

void Consoles::send(unsigned uart, std::string_view text) {
  if (send_ == nullptr) return;
  for (const char c : text) send_(uart, c);
}

// Ends another writer's unfinished line first.
void Consoles::begin_line(int writer, std::string_view prefix) {
  if (open_line_ == writer) return;
  if (open_line_ != kNobody) send(0, "\r\n");
  send(0, prefix);
  open_line_ = writer;
}

void Consoles::show(unsigned vm) {
  Buffer& buffer = buffers_[vm];
  if (buffer.length == 0) return;
  char prefix[8] = "vm";
  unsigned length = 2;
  if (vm >= 10) prefix[length++] = static_cast<char>('0' + vm / 10);
  prefix[length++] = static_cast<char>('0' + vm % 10);
  prefix[length++] = '|';
  prefix[length++] = ' ';
  begin_line(static_cast<int>(vm), {prefix, length});
  send(0, {buffer.text.data(), buffer.length});
  buffer.length = 0;
}

void Consoles::put(unsigned vm, char c) {
  const Guard guard(lock_);
  if (!shared_) {
    if (vm == 0) {
      begin_line(0, {});
      open_line_ = c == '\n' ? kNobody : 0;
    }
    send(vm, {&c, 1});
    if (open_line_ == kNobody) show_waiting();
    return;
  }
  Buffer& buffer = buffers_[vm];
  if (c == '\r') return;
  if (c == '\n') {
    if (buffer.length == 0 && open_line_ != static_cast<int>(vm)) return;  // no lines of prefix only
    show(vm);
    send(0, "\r\n");
    open_line_ = kNobody;
    return;
  }
  buffer.text[buffer.length++] = c;
  if (buffer.length == buffer.text.size()) show(vm);
}

void Consoles::flush(unsigned vm) {
  const Guard guard(lock_);
  if (shared_) show(vm);
  else show_waiting();
}

void Consoles::show_waiting() {
  if (waiting_.length == 0) return;
  begin_line(kKServ, {});
  send(0, {waiting_.text.data(), waiting_.length});
  waiting_.length = 0;
  open_line_ = kNobody;
}

// A line that vm0 has begun on the same UART is finished first, if it does not take too long.
void Consoles::log(std::string_view text) {
  constexpr std::string_view kPrefix = "kserv| ", kEnd = "\r\n";
  const Guard guard(lock_);
  if (waiting_.length + kPrefix.size() + text.size() + kEnd.size() > waiting_.text.size()) show_waiting();
  for (const std::string_view part : {kPrefix, text, kEnd}) {
    for (const char c : part) {
      if (waiting_.length < waiting_.text.size()) waiting_.text[waiting_.length++] = c;
    }
  }
  if (shared_ || open_line_ != 0) show_waiting();
}

void Consoles::finish() {
  const Guard guard(lock_);
  show_waiting();
}

int Consoles::receiver(unsigned uart, char c) {
  const Guard guard(lock_);
  if (!shared_) return uart < vms_ ? static_cast<int>(uart) : -1;
  if (uart != 0 || vms_ == 0) return -1;
  if (escaped_) {
    escaped_ = false;
    const auto chosen = static_cast<unsigned>(c - '0');
    if (c >= '0' && c <= '9' && chosen < vms_) focus_ = chosen;
    if (c != kEscape) return -1;
  } else if (c == kEscape) {
    escaped_ = true;
    return -1;
  }
  return static_cast<int>(focus_);
}

}  // namespace armature::kserv
