#include "hyp/kcore/core/inject.h"

#include "hyp/kcore/core/syndrome.h"

namespace armature::kcore {
namespace {

bool from_el1(std::uint64_t state) { return (pstate::M::get(state) & 0b11100) == 0b00100; }

// Arm ARM, AArch64.TakeException to EL1 in Armv8.0: no PAN, UAO or SSBS to keep or set.
void take_to_el1(ShadowContext& context, std::uint64_t syndrome) {
  std::uint64_t offset = 0x400;  // lower EL, AArch64
  if ((context.pstate & pstate::kAArch32) != 0) {
    offset = 0x600;
  } else if (pstate::M::get(context.pstate) == pstate::kEl1h) {
    offset = 0x200;
  } else if (pstate::M::get(context.pstate) == pstate::kEl1t) {
    offset = 0x000;
  }
  context.system.esr_el1 = syndrome | syndrome::IL::make(1);
  context.system.elr_el1 = context.pc;
  context.system.spsr_el1 = context.pstate;
  context.pstate = pstate::kEl1h | pstate::kDaif;
  context.pc = context.system.vbar_el1 + offset;
}

}  // namespace

void inject_undefined(ShadowContext& context) {
  take_to_el1(context, syndrome::EC::make(syndrome::kUnknown));
}

void inject_external_abort(ShadowContext& context, Aborted what, std::uint64_t far) {
  const std::uint64_t lower =
      what == Aborted::data ? syndrome::kDataAbortLower : syndrome::kInstructionAbortLower;
  // The class for "same Exception level" is the next one.
  const std::uint64_t exception_class = from_el1(context.pstate) ? lower + 1 : lower;
  context.system.far_el1 = far;
  take_to_el1(context, syndrome::EC::make(exception_class) |
                           syndrome::FaultStatus::make(syndrome::kSynchronousExternal));
}

}  // namespace armature::kcore
