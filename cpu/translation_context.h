// The registers of a translation regime, gathered from a core's state.
#pragma once

#include "cpu/state.h"
#include "mmu/context.h"

namespace armature::cpu {

// For accesses made at `el`: the current one, or the one an AT instruction names.
mmu::TranslationContext translation_context_of(const CoreState& state, El el, bool has_el2);

}  // namespace armature::cpu
