#include "qemu.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace armature::isa {

namespace {

bool write_all(int fd, const void* data, std::size_t bytes) {
  const auto* at = static_cast<const char*>(data);
  while (bytes != 0) {
    const ssize_t put = write(fd, at, bytes);
    if (put <= 0) return false;
    at += put;
    bytes -= static_cast<std::size_t>(put);
  }
  return true;
}

bool read_all(int fd, void* data, std::size_t bytes) {
  auto* at = static_cast<char*>(data);
  while (bytes != 0) {
    const ssize_t got = read(fd, at, bytes);
    if (got <= 0) return false;
    at += got;
    bytes -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

bool qemu_available() { return std::system("qemu-aarch64 --version > /dev/null 2>&1") == 0; }

std::vector<IsaResult> run_qemu(const std::string& runner, std::span<const IsaCase> cases) {
  int in[2], out[2];
  if (pipe(in) != 0 || pipe(out) != 0) throw std::runtime_error("cannot create a pipe");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("cannot start qemu-aarch64");
  if (child == 0) {
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    for (const int fd : {in[0], in[1], out[0], out[1]}) close(fd);
    execlp("qemu-aarch64", "qemu-aarch64", "-cpu", "cortex-a57", runner.c_str(),
           static_cast<char*>(nullptr));
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  const std::uint64_t count = cases.size();
  // The runner reads the whole batch before it answers, so writing first cannot block for ever.
  const bool sent =
      write_all(in[1], &count, sizeof count) && write_all(in[1], cases.data(), cases.size_bytes());
  close(in[1]);
  std::vector<IsaResult> results(cases.size());
  const bool received = sent && read_all(out[0], results.data(), count * sizeof(IsaResult));
  close(out[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!received) throw std::runtime_error("qemu-aarch64 or the runner failed");
  return results;
}

}  // namespace armature::isa
