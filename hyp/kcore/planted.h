// The one seam for planted faults: what the checkers must catch (`armature bugs`). In every ordinary
// image is() is constant false, so that nothing of a fault is compiled in. The images with faults are
// linked from one set of objects; each has a file of its own that names its fault.
#pragma once

namespace armature::kcore::planted {

enum class Bug : unsigned {
  none,
#define PLANTED_BUG(number, name, meaning) name,
#include "hyp/abi/planted_bugs.def"
#undef PLANTED_BUG
};

#ifdef KCORE_WITH_PLANTED_BUGS
extern const Bug g_bug;  // not constant to the compiler: one set of objects for all
inline bool is(Bug bug) { return g_bug == bug; }
#else
constexpr bool is(Bug) { return false; }
#endif

}  // namespace armature::kcore::planted
