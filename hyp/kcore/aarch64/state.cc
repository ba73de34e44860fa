// Where KCore's state lies.
#include "hyp/kcore/aarch64/console.h"
#include "hyp/kcore/kcore.h"

namespace armature::kcore {

constinit KCore g_kcore{};

namespace aarch64 {
constinit Console g_console{};
}

}  // namespace armature::kcore
