// Who runs on a core, owns a page or tags an entry, for people: a name and a colour of a set that the
// colour-blind can tell apart (Okabe and Ito).
#pragma once

#include <cstdint>
#include <string>

namespace armature::platform {
class Machine;
}

namespace armature::platform::display {

// The least privileged software first; VM n is vm + n.
enum class Principal : std::uint16_t { asleep, el0, el1, el2, kserv, kcore, vm };
constexpr Principal vm_principal(unsigned number) {
  return static_cast<Principal>(static_cast<unsigned>(Principal::vm) + number);
}
std::string principal_name(Principal principal);

// 0xAABBGGRR, as Dear ImGui packs colours.
using Colour = std::uint32_t;
Colour principal_colour(Principal principal);
Colour vmid_colour(unsigned vmid);

// Of what `core` executes now. A stage 2 is KServ's when the manifest says so, else its VMID names the VM.
Principal running_on(Machine& machine, unsigned core);

}  // namespace armature::platform::display
