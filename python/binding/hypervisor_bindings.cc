// The hypervisor's side of checking, without a machine: page observers as plain data.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "hyp/check/checkers.h"
#include "hyp/check/observers.h"
#include "python/binding/bindings.h"

namespace armature::python {
namespace py = pybind11;
namespace {

using hyp::PrincipalSet;

py::tuple set_tuple(const PrincipalSet& set) {
  py::tuple out(set.size());
  std::size_t at = 0;
  for (const check::Principal principal : set) out[at++] = principal;
  return out;
}

py::list set_list(const std::vector<PrincipalSet>& sets) {
  py::list out;
  for (const PrincipalSet& set : sets) out.append(set_tuple(set));
  return out;
}

// Rows of (step, by TLBs, by tables, groups by TLBs, groups by tables), whether the groups agree, and
// the table as text. Principals: 1 is A, 2 is B.
py::tuple case_study(bool correct) {
  const hyp::CaseStudy study =
      hyp::case_study(correct ? hyp::CaseOrder::correct : hyp::CaseOrder::wrong);
  py::list rows;
  for (const hyp::CaseRow& row : study.rows) {
    rows.append(py::make_tuple(row.step, set_tuple(row.by_tlbs), set_tuple(row.by_tables),
                               set_list(row.groups_by_tlbs), set_list(row.groups_by_tables)));
  }
  return py::make_tuple(rows, study.agrees, hyp::case_text(study));
}

py::list checkers() {
  py::list out;
  for (const check::CheckerDescription& checker : hyp::all_checkers()) {
    out.append(py::make_tuple(std::string(checker.name), std::string(checker.meaning)));
  }
  return out;
}

}  // namespace

void bind_hypervisor(py::module_& module) {
  module.def("case_study", &case_study);
  module.def("checkers", &checkers);
  module.def("principal_name", &check::principal_name);
  module.attr("first_vm") = check::kFirstVm;
}

}  // namespace armature::python
