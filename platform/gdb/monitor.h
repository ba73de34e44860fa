// What `monitor COMMAND` answers: the parts of the machine that gdb has no word for.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "platform/gdb/target.h"
#include "sim/event/bus.h"

namespace armature::platform::gdb {

class Monitor final : private EventListener {
 public:
  // Remembers the last canonical events.
  explicit Monitor(Machine& machine);
  ~Monitor() override;

  // The text for the user. Throws UserError for what is no command, with the nearest one.
  std::string run(Target& target, CoreId core, std::string_view line);
  // "EL1 running, VMID 2, 1234 instructions".
  std::string describe_core(Target& target, CoreId core) const;

 private:
  static constexpr std::size_t kEventsKept = 4096;
  void on_event(const Event& event) override;

  Machine& machine_;
  std::deque<Event> events_;
};

}  // namespace armature::platform::gdb
