// A Tarmac-like text log: the line forms Arm's tools write (IT, R, MR, MW, E, TTW, TLB), one clock
// tick a cycle. Instructions come from whoever executes them one by one; everything else from
// events.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

#include "sim/base/types.h"
#include "sim/event/bus.h"
#include "sim/trace/text.h"

namespace armature {

class TarmacWriter : public EventListener {
 public:
  // The kinds it has to be added to the bus with.
  static std::uint64_t kinds();

  // Creates the file. Throws UserError, also from on_event(), when it cannot be written.
  explicit TarmacWriter(std::string path, EventNames names = {});

  void on_event(const Event& event) override;

  struct Instruction {
    Cycles cycle;
    CoreId core;
    El el = El::el0;
    std::uint64_t number = 0;  // of this core's instructions
    VirtualAddress pc;
    PhysicalAddress pa;
    std::uint32_t opcode = 0;
    std::string_view disassembly;
  };
  void instruction(const Instruction& instruction);

  // Throws UserError when anything could not be written.
  void close();

 private:
  void line(const Event& event, std::string_view rest);
  void write(std::string_view text);

  std::string path_;
  std::ofstream file_;
  EventNames names_;
};

}  // namespace armature
