#include "platform/display/principal.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "platform/machine/machine.h"
#include "sim/arch/registers/control.h"
#include "sim/base/bits.h"

namespace armature::platform::display {
namespace {

constexpr Colour rgb(unsigned red, unsigned green, unsigned blue) {
  return 0xff000000u | blue << 16 | green << 8 | red;
}

// Okabe and Ito, "Color Universal Design"; black is left out, the background is dark.
constexpr std::array<Colour, 7> kPalette{rgb(86, 180, 233), rgb(230, 159, 0),   rgb(0, 158, 115),
                                         rgb(240, 228, 66), rgb(204, 121, 167), rgb(0, 114, 178),
                                         rgb(213, 94, 0)};
constexpr Colour kGrey = rgb(150, 150, 150);

// Whether `vttbr` is what a cell of the manifest holds for KServ's tables.
bool is_kservs(Machine& machine, std::uint64_t vttbr) {
  for (const auto& root : machine.boot_plan().manifest.roots) {
    if (root.principal != check::kHost) continue;
    std::uint64_t value = 0;
    const std::uint8_t* host = machine.memory.host(root.cell);  // the coherent value
    if (host != nullptr) std::memcpy(&value, host, sizeof value);
    if (value == vttbr) return true;
  }
  return false;
}

}  // namespace

std::string principal_name(Principal principal) {
  switch (principal) {
    case Principal::asleep:
      return "asleep";
    case Principal::el0:
      return "EL0";
    case Principal::el1:
      return "EL1";
    case Principal::el2:
      return "EL2";
    case Principal::kserv:
      return "KServ";
    case Principal::kcore:
      return "KCore";
    default:
      return fmt::format("VM {}",
                         static_cast<unsigned>(principal) - static_cast<unsigned>(Principal::vm));
  }
}

Colour vmid_colour(unsigned vmid) {
  return vmid == 0 ? kGrey : kPalette[(vmid - 1) % kPalette.size()];
}

Colour principal_colour(Principal principal) {
  switch (principal) {
    case Principal::asleep:
      return rgb(48, 48, 52);
    case Principal::el0:
      return rgb(205, 205, 205);
    case Principal::el1:
    case Principal::kserv:
      return kGrey;
    case Principal::el2:
    case Principal::kcore:
      return kPalette[6];
    default:
      return vmid_colour(static_cast<unsigned>(principal) - static_cast<unsigned>(Principal::vm));
  }
}

Principal running_on(Machine& machine, unsigned core) {
  const auto& state = machine.cores[core]->state;
  if (state.sleep != cpu::Sleep::running) return Principal::asleep;
  const bool has_firmware = !machine.boot_plan().manifest.is_empty();
  if (state.ps.el == El::el2) return has_firmware ? Principal::kcore : Principal::el2;
  if (machine.config().el == 2 && HcrEl2{state[SysReg::HCR_EL2]}.has(hcr_el2::VM)) {
    const std::uint64_t vttbr = state[SysReg::VTTBR_EL2];
    const auto vmid = static_cast<unsigned>(bits(vttbr, 63, 48));
    return is_kservs(machine, vttbr) ? Principal::kserv : vm_principal(vmid);
  }
  return state.ps.el == El::el0 ? Principal::el0 : Principal::el1;
}

}  // namespace armature::platform::display
