// The window: a picture of the machine some times a second, and the person's hands on it. Without a
// display (--screenshot alone) the same picture is drawn into memory.
#pragma once

#include <memory>

#include "platform/machine/front_end.h"

namespace armature::platform::display {

// Throws UserError when SDL has no display to open.
std::unique_ptr<FrontEnd> make_window(Machine& machine);

}  // namespace armature::platform::display
