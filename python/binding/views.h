// What Python sees of a machine's inside: plain lists and dictionaries.
#pragma once

#include <pybind11/pybind11.h>

#include <optional>
#include <string>
#include <vector>

#include "hyp/check/page_observers.h"
#include "platform/machine/machine.h"

namespace armature::python {

// `point`: coherent (what cores and walkers see), pou (what instruction fetches see) or poc (what
// memory holds). RAM and flash; throws UserError elsewhere.
std::vector<std::uint8_t> read_physical(platform::Machine& machine, PhysicalAddress pa,
                                        std::uint64_t size, const std::string& point);
// As a coherent device would. RAM only; throws UserError elsewhere.
void write_physical(platform::Machine& machine, PhysicalAddress pa, const std::string& bytes);

// mmu/explanation.h as a dictionary. `el` -1: the core's own; `access`: read, write or fetch.
pybind11::dict walk_view(platform::Machine& machine, cpu::Core& core, VirtualAddress va, int el,
                         const std::string& access);
// Every TLB entry of every core: a list a column.
pybind11::dict tlb_view(const platform::Machine& machine);
// Every frame that holds translation tables, in each of its roles: a list a column.
pybind11::dict tables_view(const platform::Machine& machine);
// The three values of the 64-byte line of `pa`.
pybind11::dict line_view(platform::Machine& machine, PhysicalAddress pa);

// Owner, count and gfn of every page of KCore's array: bytes a column.
pybind11::dict pages_view(const check::Scene& scene);
// Who may observe a page, and who does: a list a column, by address. `page`: only that one.
// Sets of principals are indices into "sets", a list of tuples of names.
pybind11::dict observers_view(const platform::Machine& machine, const check::Scene& scene,
                              const hyp::PageObserversChecker& checker,
                              std::optional<std::uint64_t> page);

}  // namespace armature::python
