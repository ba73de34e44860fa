// The fault of one image; the build gives its name.
#include "hyp/kcore/planted.h"

namespace armature::kcore::planted {
extern const Bug g_bug = Bug::KCORE_PLANTED_BUG;
}
