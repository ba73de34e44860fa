// A Tarmac text log: the line forms that Fast Models write and Arm's trace utilities parse (IT, R,
// MR, MW, E; `R TLBI ...` and `R DC ...` for maintenance) with TTW and TLB lines as the models of
// Arm's architecture have them. One clock tick a cycle. Instructions and register values come from
// whoever executes one by one, everything else from events.
//
//   TICK clk CPU IT (N) VA:PA OPCODE O EL1h_n : TEXT    O is the A64 instruction set, h or t the SP
//   TICK clk CPU R NAME VALUE                           what the instruction above changed
//   TICK clk CPU MR8|MW8 VA:PA VALUE                    8 bytes as two words joined by _
//   TICK clk CPU E ELR VECTOR CoreEvent_LOWER_64_SYNC
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
    unsigned sp_sel = 1;       // PSTATE.SP
    std::uint64_t number = 0;  // of this core's instructions
    VirtualAddress pc;
    PhysicalAddress pa;
    std::uint32_t opcode = 0;
    std::string_view disassembly;
  };
  void instruction(const Instruction& instruction);
  // `value` in hexadecimal, as wide as the register.
  void register_value(Cycles cycle, CoreId core, std::string_view name, std::string_view value);

  // Throws UserError when anything could not be written.
  void close();

 private:
  void exception_entry(const Event& event);
  void line(const Event& event, std::string_view rest);
  void write(std::string_view text);

  std::string path_;
  std::ofstream file_;
  EventNames names_;
};

}  // namespace armature
