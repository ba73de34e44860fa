// The parts of the _armature module, one file each.
#pragma once

#include <pybind11/pybind11.h>

namespace armature::python {

void bind_errors(pybind11::module_& module);
void bind_schema(pybind11::module_& module);
void bind_events(pybind11::module_& module);
void bind_session(pybind11::module_& module);
void bind_hypervisor(pybind11::module_& module);

}  // namespace armature::python
