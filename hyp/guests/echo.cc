// Reads a line from its UART and says it again.
#include "hyp/guests/guest.h"

extern "C" void guest_main(std::uint64_t) {
  static char line[80];
  guest::print("echo: say something");
  guest::read_line(line, sizeof(line));
  guest::print("echo: ", line);
  guest::print("echo: done");
}
