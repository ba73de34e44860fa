// Which events a recorder or a hook takes: decided in C++, so that what is not wanted costs Python
// nothing.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/event/event.h"

namespace armature::python {

// Everything that is not empty must hold.
struct EventSelection {
  std::string kinds;  // as sim/trace/kinds.h
  std::vector<unsigned> cores, els, vmids, asids;
  using Ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;  // first and last address
  Ranges pc, va, pa;
  // Fields of the kinds by name, each with its allowed values. A kind without the field never
  // matches.
  std::vector<std::pair<std::string, std::vector<std::uint64_t>>> fields;
};

class EventFilter {
 public:
  // Throws UserError for an unknown kind, or a field that none of the kinds has.
  explicit EventFilter(const EventSelection& selection);

  std::uint64_t kinds() const { return kinds_; }  // for EventBus::add()
  // `event` is of one of kinds().
  bool matches(const Event& event) const;

 private:
  struct FieldTest {
    const EventField* field = nullptr;
    std::vector<std::uint64_t> values;
  };
  struct KindTests {
    std::vector<const EventField*> va, pa;  // fields that hold such an address
    std::vector<FieldTest> fields;
  };

  EventSelection selection_;
  std::uint64_t kinds_;
  std::array<KindTests, kEventKinds> tests_;
};

}  // namespace armature::python
