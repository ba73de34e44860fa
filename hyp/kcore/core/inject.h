// Exceptions that KCore lets a vCPU take to its EL1. KServ can at most ask for the first.
#pragma once

#include "hyp/kcore/core/shadow_context.h"

namespace armature::kcore {

// The instruction at the PC is UNDEFINED.
void inject_undefined(ShadowContext& context);
// The access of the instruction at the PC, at virtual address `far`, got a synchronous external abort.
enum class Aborted : std::uint8_t { data, instruction };
void inject_external_abort(ShadowContext& context, Aborted what, std::uint64_t far);

}  // namespace armature::kcore
