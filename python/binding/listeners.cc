#include "python/binding/listeners.h"

#include <utility>

namespace armature::python {

EventBatch Recorder::take() {
  lost_ = 0;
  return {std::exchange(batch_, {})};
}

}  // namespace armature::python
