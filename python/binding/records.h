// Events that Python holds as a buffer of whole records.
#pragma once

#include <pybind11/pybind11.h>

#include <span>

#include "sim/event/event.h"

namespace armature::python {

// Any contiguous buffer. Throws UserError for another one.
std::span<const Event> records_of(const pybind11::buffer_info& info);

}  // namespace armature::python
