// A machine for Python: running, looking at it, changing it.
#include <fmt/format.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "mmu/explanation.h"
#include "platform/devices/device.h"
#include "platform/machine/statistics.h"
#include "python/binding/bindings.h"
#include "python/binding/records.h"
#include "python/binding/registers.h"
#include "python/binding/session.h"
#include "python/binding/views.h"
#include "sim/base/user_error.h"

namespace armature::python {
namespace py = pybind11;
namespace {

using platform::Machine;

cpu::Core& core_of(Session& session, unsigned number) {
  Machine& m = session.machine();
  if (number >= m.cores.size())
    throw UserError(
        fmt::format("core: {} is not allowed; allowed: 0..{}", number, m.cores.size() - 1));
  return *m.cores[number];
}

py::bytes console_from(const Session& session, unsigned uart, std::size_t from) {
  const std::string& text = session.console(uart);
  return text.substr(std::min(from, text.size()));
}

void type(Session& session, unsigned uart, const std::string& bytes) {
  if (uart >= Machine::kUarts)
    throw UserError(fmt::format("uart: {} is not allowed; allowed: 0..3", uart));
  session.machine().host_input.push(static_cast<platform::HostInput::Channel>(uart),
                                    {bytes.begin(), bytes.end()});
}

const char* reason_name(platform::StopReason reason) {
  using enum platform::StopReason;
  switch (reason) {
    case powered_off:
      return "powered_off";
    case reset:
      return "reset";
    case exited:
      return "exited";
    case until_matched:
      return "until_matched";
    case instruction_limit:
      return "instruction_limit";
    default:
      return "stopped";
  }
}

py::tuple slice(Session& session, std::uint64_t cycles, std::uint64_t instructions,
                unsigned consoles, unsigned milliseconds) {
  SliceEnd end{};
  {
    const py::gil_scoped_release release;
    const Exclusive exclusive;
    end = session.run_slice({cycles, instructions, consoles, milliseconds});
  }
  constexpr const char* kEnds[] = {
      "host_time",          "console",  "events", "cycles", "instructions", "stopped",
      "nothing_can_happen", "violation"};
  return py::make_tuple(kEnds[static_cast<unsigned>(end)],
                        reason_name(session.machine().stop_reason()));
}

py::list verdicts(const Session& session) {
  py::list out;
  for (const check::Verdict& v : session.verdicts()) {
    const auto* proof = reinterpret_cast<const char*>(v.proof.data());
    out.append(py::make_tuple(
        std::string(v.rule_name()), std::string(check::severity_name(v.severity)), v.what, v.object,
        v.core, v.el, v.pc, static_cast<double>(v.cycle) / 16, v.sequence,
        std::string(v.citation()), py::bytes(proof, v.proof.size() * sizeof(Event))));
  }
  return out;
}

py::list take_hooked(Session& session) {
  py::list out;
  for (const HookedEvent& hooked : session.take_hooked()) {
    out.append(py::make_tuple(
        hooked.hook, py::bytes(reinterpret_cast<const char*>(&hooked.event), sizeof(Event))));
  }
  return out;
}

py::list statistics(Session& session) {
  StatisticsRegistry registry;
  add_machine_statistics(session.machine(), registry);
  py::list out;
  for (const Statistic& s : registry.snapshot())
    out.append(py::make_tuple(s.name, s.unit, s.description, s.value));
  return out;
}

std::uint64_t snapshot_bytes(const Snapshot& snapshot) {
  std::uint64_t bytes = 0;
  for (const auto& [name, data] : snapshot.sections) bytes += data.size();
  return bytes;
}

py::list devices(Session& session) {
  py::list out;
  for (const Machine::MappedDevice& mapped : session.machine().devices())
    out.append(py::make_tuple(std::string(mapped.device->name()), mapped.base.value,
                              mapped.device->size()));
  return out;
}

}  // namespace

void bind_session(py::module_& module) {
  using Guard = py::call_guard<Exclusive>;
  py::class_<Snapshot>(module, "Snapshot")
      .def_property_readonly("bytes", &snapshot_bytes)
      .def("__repr__", [](const Snapshot& snapshot) {
        return fmt::format("<snapshot of {} bytes>", snapshot_bytes(snapshot));
      });
  py::class_<Session>(module, "Session")
      .def(py::init<const RunConfig&>(), Guard())
      .def("slice", &slice)
      .def(
          "now", [](Session& s) { return s.machine().now().whole(); }, Guard())
      .def(
          "instructions", [](Session& s) { return s.machine().instructions(); }, Guard())
      .def(
          "events", [](Session& s) { return s.machine().events.sequence(); }, Guard())
      .def(
          "cores", [](Session& s) { return s.machine().cores.size(); }, Guard())
      .def(
          "warnings", [](Session& s) { return s.machine().warnings(); }, Guard())
      .def("console", &console_from, Guard())
      .def("type", &type, Guard())
      .def("record", &Session::record, Guard())
      .def("remove", &Session::remove, Guard())
      .def("hook", &Session::hook, Guard())
      .def("unhook", &Session::unhook, Guard())
      .def("take_hooked", &take_hooked, Guard())
      .def("verdicts", &verdicts, Guard())
      .def("digest", &Session::digest, Guard())
      .def(
          "write_report",
          [](Session& s, const std::string& path, const py::buffer& records,
             const std::string& ended) {
            s.write_report(path, records_of(records.request()), ended);
          },
          Guard())
      .def(
          "write_perfetto",
          [](Session& s, const std::string& path, const py::buffer& records) {
            s.write_perfetto(path, records_of(records.request()));
          },
          Guard())
      .def("snapshot", &Session::snapshot, Guard())
      .def("restore", &Session::restore, Guard())
      .def("save", &Session::save, Guard())
      .def("load", &Session::load, Guard())
      .def(
          "register",
          [](Session& s, unsigned core, const std::string& name) {
            return read_register(core_of(s, core), name);
          },
          Guard())
      .def(
          "set_register",
          [](Session& s, unsigned core, const std::string& name, std::uint64_t value) {
            write_register(core_of(s, core), name, value);
          },
          Guard())
      .def(
          "vector_register",
          [](Session& s, unsigned core, unsigned number) {
            if (number > 31) throw UserError("register: allowed: v0..v31");
            const cpu::VReg& v = core_of(s, core).state.v[number];
            return std::make_pair(v.d[0], v.d[1]);
          },
          Guard())
      .def(
          "sleep",
          [](Session& s, unsigned core) {
            constexpr const char* kSleep[] = {"running", "wfi", "wfe", "off"};
            return kSleep[static_cast<unsigned>(core_of(s, core).state.sleep)];
          },
          Guard())
      .def(
          "core_clock",
          [](Session& s, unsigned core) {
            const cpu::Core& clock = core_of(s, core);
            return std::make_pair(clock.now().whole(), clock.retired_now());
          },
          Guard())
      .def(
          "read_physical",
          [](Session& s, std::uint64_t address, std::uint64_t size, const std::string& point) {
            const auto bytes = read_physical(s.machine(), {address}, size, point);
            return py::bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size());
          },
          Guard())
      .def(
          "write_physical",
          [](Session& s, std::uint64_t address, const std::string& bytes) {
            write_physical(s.machine(), {address}, bytes);
          },
          Guard())
      .def(
          "walk",
          [](Session& s, unsigned core, std::uint64_t va, int el, const std::string& access) {
            return walk_view(s.machine(), core_of(s, core), {va}, el, access);
          },
          Guard())
      .def(
          "tlb", [](Session& s) { return tlb_view(s.machine()); }, Guard())
      .def(
          "tables", [](Session& s) { return tables_view(s.machine()); }, Guard())
      .def(
          "has_manifest", [](Session& s) { return !s.scene().manifest.is_empty(); }, Guard())
      .def(
          "pages", [](Session& s) { return s.machine(), pages_view(s.scene()); }, Guard())
      .def(
          "observers",
          [](Session& s, std::optional<std::uint64_t> page) -> py::object {
            const platform::Machine& machine = s.machine();
            if (s.page_observers() == nullptr) return py::none();
            return observers_view(machine, s.scene(), *s.page_observers(), page);
          },
          Guard())
      .def(
          "cache_line", [](Session& s, std::uint64_t pa) { return line_view(s.machine(), {pa}); },
          Guard())
      .def("statistics", &statistics, Guard())
      .def("devices", &devices, Guard())
      .def(
          "images",
          [](Session& s) {
            const RunConfig& config = s.machine().config();
            return std::vector<std::string>{config.firmware, config.kernel, config.bios};
          },
          Guard());
}

}  // namespace armature::python
