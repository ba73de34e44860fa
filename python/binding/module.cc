// The _armature module: what the package `armature` is made of. Users import the package.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "cpu/system_ops.h"
#include "python/binding/bindings.h"
#include "python/binding/registers.h"
#include "python/binding/symbols.h"
#include "sim/arch/sysreg.h"
#include "sim/base/assert.h"
#include "sim/base/user_error.h"
#include "sim/config/preset.h"
#include "sim/config/schema.h"
#include "sim/event/alphabet.h"
#include "sim/report/report.h"
#include "sim/trace/kinds.h"
#include "sim/trace/log_format.h"
#include "sim/trace/perfetto.h"
#include "tlb/tlbi.h"

// libsystemc wants one from whoever loads it; nothing ever calls it.
extern "C" __attribute__((visibility("default"))) int sc_main(int, char**) { return 99; }

namespace armature::python {
namespace py = pybind11;

// Errors become the package's exceptions (armature/errors.py), so that C++ and Python raise the
// same ones.
void bind_errors(py::module_& module) {
  throw_assertion_failures();
  static py::object config_error, internal_error;
  const py::module_ errors = py::module_::import("armature.errors");
  config_error = errors.attr("ConfigError");
  internal_error = errors.attr("InternalError");
  // Never destroyed: the interpreter is gone by the time statics are.
  config_error.inc_ref();
  internal_error.inc_ref();
  py::register_exception_translator([](std::exception_ptr pointer) {
    try {
      if (pointer) std::rethrow_exception(pointer);
    } catch (const UserError& error) {
      PyErr_SetString(config_error.ptr(), error.what());
    } catch (const AssertionFailure& error) {
      PyErr_SetString(internal_error.ptr(), error.what());
    }
  });
  module.def(
      "_fail_assertion", [] { ARMATURE_ASSERT(1 == 2); },
      "Fails an assertion of ours; for the tests.");
}

namespace {

py::list option_table() {
  py::list options;
  using Kind = OptionSpec::Kind;
  for (const OptionSpec& option : run_options()) {
    py::dict entry;
    entry["name"] = std::string(option.name);
    entry["value_name"] = std::string(option.value_name);
    entry["help"] = std::string(option.help);
    entry["group"] = std::string(option.group);
    entry["kind"] = option.kind == Kind::flag    ? "flag"
                    : option.kind == Kind::value ? "value"
                                                 : "list";
    options.append(entry);
  }
  return options;
}

// Every key in the order given; a list's key comes once for each element.
RunConfig make_config(const std::vector<std::pair<std::string, std::string>>& values,
                      const std::string& toml) {
  RunConfig config;
  if (!toml.empty()) load_toml(toml, config);
  for (const auto& [name, value] : values) {
    const OptionSpec* option = find_option(name);
    if (option == nullptr) throw UserError("no key '" + name + "'");
    option->set(config, value);
  }
  validate(config);
  return config;
}

py::dict names_of_numbers() {
  py::dict names;
  std::vector<std::string> structures, operations, maintenance, registers;
  for (unsigned n = 0; n < kTlbStructures; ++n)
    structures.emplace_back(tlb_structure_name(static_cast<TlbStructure>(n)));
  for (unsigned n = 0; n < static_cast<unsigned>(tlb::TlbiOp::count); ++n)
    operations.emplace_back(tlb::tlbi_op_name(static_cast<tlb::TlbiOp>(n)));
  for (unsigned n = 0; n < static_cast<unsigned>(cpu::CacheOp::count); ++n)
    maintenance.emplace_back(cpu::cache_op_name(static_cast<cpu::CacheOp>(n)));
  for (unsigned n = 0; n < kSysRegs; ++n)
    registers.emplace_back(sysreg_info(static_cast<SysReg>(n)).name);
  names["maintenance"] = maintenance;
  names["register"] = registers;
  names["structure"] = structures;
  names["tlbi"] = operations;
  return names;
}

}  // namespace

void bind_schema(py::module_& module) {
  py::class_<RunConfig>(module, "RunConfig")
      .def(py::init(&make_config), py::arg("values"), py::arg("toml") = "")
      .def("toml", [](const RunConfig& c) { return dump_toml(c); })
      .def_property_readonly("cores", [](const RunConfig& c) { return c.smp; })
      .def_property_readonly("memory", [](const RunConfig& c) { return c.memory; })
      .def_property_readonly("network", [](const RunConfig& c) { return c.net_user; });
  module.def("options", &option_table);
  module.def("presets", [] {
    std::vector<std::pair<std::string, std::string>> presets;
    for (const CpuPreset& preset : cpu_presets()) presets.emplace_back(preset.name, preset.title);
    return presets;
  });
  module.def("nearest_match", [](const std::string& word, const std::vector<std::string>& names) {
    const std::vector<std::string_view> views(names.begin(), names.end());
    return std::string(nearest_match(word, views));
  });
  module.def(
      "log_header", [] { return log_header_json({}); },
      "The layout of the event record and the alphabet, as JSON: the header of a log.");
  module.def(
      "event_kinds", [](const std::string& list) { return parse_event_kinds(list); },
      "A comma-separated list of kinds and groups as a set of bits.");
  module.def("names_of_numbers", &names_of_numbers);
  module.attr("picture_kinds") = Report::kinds() | PerfettoWriter::kinds();
  module.def("register_names", &register_names);
  module.def(
      "elf_symbols",
      [](const std::string& path) {
        py::list out;
        for (const Symbol& s : elf_symbols(path))
          out.append(py::make_tuple(s.name, s.address, s.bytes, s.is_function));
        return out;
      },
      "(name, address, bytes, is a function) of each symbol of an ELF file.");
  module.attr("cycles_per_second") = kCoreHertz;
}

PYBIND11_MODULE(_armature, module) {
  module.doc() = "The simulator behind the package armature. Import that one.";
  bind_errors(module);
  bind_schema(module);
  bind_events(module);
  bind_session(module);
  bind_hypervisor(module);
}

}  // namespace armature::python
