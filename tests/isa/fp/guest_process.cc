#include "guest_process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

namespace armature::isa::fp {

namespace {

template <typename Transfer, typename Byte>
void transfer_all(Transfer transfer, int descriptor, Byte* data, std::size_t bytes) {
  while (bytes != 0) {
    const ssize_t done = transfer(descriptor, data, bytes);
    if (done <= 0) throw std::runtime_error("the guest program under qemu-aarch64 has died");
    data += done;
    bytes -= static_cast<std::size_t>(done);
  }
}

}  // namespace

GuestProcess::GuestProcess(const std::string& program) {
  signal(SIGPIPE, SIG_IGN);
  int input[2], output[2];
  if (pipe(input) != 0 || pipe(output) != 0) throw std::runtime_error("no pipe");
  child_ = fork();
  if (child_ < 0) throw std::runtime_error("no process");
  if (child_ == 0) {
    dup2(input[0], 0);
    dup2(output[1], 1);
    for (const int descriptor : {input[0], input[1], output[0], output[1]}) close(descriptor);
    execlp("qemu-aarch64", "qemu-aarch64", "-cpu", "cortex-a57", program.c_str(), nullptr);
    _exit(127);
  }
  close(input[0]);
  close(output[1]);
  to_ = input[1];
  from_ = output[0];
}

GuestProcess::~GuestProcess() {
  close(to_);
  close(from_);
  waitpid(child_, nullptr, 0);
}

// The guest reads a whole batch before it answers, so neither side waits for the other's pipe.
void GuestProcess::run(std::uint32_t word, std::vector<FpState>& states) {
  const FpBatch batch{word, static_cast<std::uint32_t>(states.size())};
  const std::size_t bytes = states.size() * sizeof(FpState);
  transfer_all(write, to_, reinterpret_cast<const char*>(&batch), sizeof(batch));
  transfer_all(write, to_, reinterpret_cast<const char*>(states.data()), bytes);
  transfer_all(read, from_, reinterpret_cast<char*>(states.data()), bytes);
}

}  // namespace armature::isa::fp
