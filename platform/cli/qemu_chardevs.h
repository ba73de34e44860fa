// QEMU's character devices (-chardev) and where -serial, virtconsole and semihosting connect to them,
// as words of ours.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace armature::platform {

class QemuChardevs {
 public:
  using Words = std::vector<std::string>;

  // "stdio|null|file|pty|testdev,id=ID[,...]". Each throws UserError for what cannot be had.
  void define(std::string_view value);
  // -serial and the console of semihosting are one line: the first UART's.
  Words serial(std::string_view value);
  Words virtio_console(std::string_view id);
  Words semihosting(std::string_view id);
  void monitor(std::string_view id) { find("mon", id); }

 private:
  struct Chardev {
    std::string kind;
    std::string path;
  };
  const Chardev& find(std::string_view word, std::string_view id) const;
  Words line(std::string_view word, const Chardev& chardev);

  std::map<std::string, Chardev, std::less<>> chardevs_;
  std::string line_;  // --console of the first UART, once somebody asked for it
};

}  // namespace armature::platform
