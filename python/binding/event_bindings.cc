// Events for Python: batches as raw records that NumPy looks at without a copy, and columns for
// data frames in one pass.
#include <fmt/format.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstring>

#include "python/binding/bindings.h"
#include "python/binding/listeners.h"
#include "python/binding/records.h"
#include "python/binding/session.h"
#include "sim/base/bits.h"
#include "sim/base/user_error.h"
#include "sim/trace/log.h"

namespace armature::python {
namespace py = pybind11;

std::span<const Event> records_of(const py::buffer_info& info) {
  const auto bytes = static_cast<std::size_t>(info.size * info.itemsize);
  if (bytes % sizeof(Event) != 0) throw UserError("events: not a whole number of 64-byte records");
  for (py::ssize_t dimension = 0, stride = info.itemsize; dimension < info.ndim; ++dimension) {
    if (info.ndim != 1 || (info.size > 1 && info.strides[0] != stride))
      throw UserError("events: records must be contiguous");
  }
  return {static_cast<const Event*>(info.ptr), bytes / sizeof(Event)};
}

namespace {

// Bits hi..lo of the `bytes` bytes at `offset` of the record.
struct Column {
  unsigned offset = 0, bytes = 8, hi = 63, lo = 0;
  std::uint8_t* out = nullptr;
  unsigned out_bytes = 8;
};

template <typename From, typename To>
void copy_column(std::span<const Event> events, const Column& column) {
  const auto* from = reinterpret_cast<const std::uint8_t*>(events.data()) + column.offset;
  std::uint8_t* to = column.out;
  for (std::size_t n = 0; n < events.size(); ++n, from += sizeof(Event), to += sizeof(To)) {
    From word{};
    std::memcpy(&word, from, sizeof word);
    const auto value = static_cast<To>(bits(word, column.hi, column.lo));
    std::memcpy(to, &value, sizeof value);
  }
}

template <typename From>
void copy_column_from(std::span<const Event> events, const Column& column) {
  switch (column.out_bytes) {
    case 1:
      return copy_column<From, std::uint8_t>(events, column);
    case 2:
      return copy_column<From, std::uint16_t>(events, column);
    case 4:
      return copy_column<From, std::uint32_t>(events, column);
    default:
      return copy_column<From, std::uint64_t>(events, column);
  }
}

void copy_column(std::span<const Event> events, const Column& column) {
  switch (column.bytes) {
    case 1:
      return copy_column_from<std::uint8_t>(events, column);
    case 2:
      return copy_column_from<std::uint16_t>(events, column);
    case 4:
      return copy_column_from<std::uint32_t>(events, column);
    default:
      return copy_column_from<std::uint64_t>(events, column);
  }
}

// Fills the writable arrays `outs` from the records: block by block, so that each record is read
// from memory once however many columns there are.
void split_columns(const py::buffer& records,
                   const std::vector<std::tuple<unsigned, unsigned, unsigned, unsigned>>& plan,
                   const std::vector<py::buffer>& outs) {
  const py::buffer_info in = records.request();
  const auto events = records_of(in);
  std::vector<Column> columns;
  for (std::size_t n = 0; n < plan.size(); ++n) {
    const py::buffer_info out = outs.at(n).request(true);
    const auto& [offset, bytes, hi, lo] = plan[n];
    if (out.size != static_cast<py::ssize_t>(events.size()) || offset + bytes > sizeof(Event) ||
        hi > bytes * 8 - 1 || lo > hi || (out.itemsize & (out.itemsize - 1)) != 0 ||
        out.itemsize > 8 || out.ndim != 1 || (out.size > 1 && out.strides[0] != out.itemsize)) {
      throw UserError("events: a column does not fit its array");
    }
    columns.push_back({offset, bytes, hi, lo, static_cast<std::uint8_t*>(out.ptr),
                       static_cast<unsigned>(out.itemsize)});
  }
  constexpr std::size_t kBlock = 512;  // 32 KiB of records
  for (std::size_t at = 0; at < events.size(); at += kBlock) {
    const auto block = events.subspan(at, std::min(kBlock, events.size() - at));
    for (Column& column : columns) {
      copy_column(block, column);
      column.out += block.size() * column.out_bytes;
    }
  }
}

std::pair<EventBatch, std::string> read_log(const std::string& path) {
  LogReader reader(path);
  EventBatch batch;
  while (reader.next_block(batch.events)) {
  }
  if (!reader.complete()) {
    PyErr_WarnEx(PyExc_RuntimeWarning,
                 (path + ": the log has no end; its run did not finish").c_str(), 1);
  }
  return {std::move(batch), reader.header()};
}

EventSelection make_selection(const py::dict& d) {
  EventSelection s;
  const auto take = [&](const char* name, auto& member) {
    if (d.contains(name)) member = d[name].cast<std::decay_t<decltype(member)>>();
  };
  take("kinds", s.kinds);
  take("cores", s.cores);
  take("els", s.els);
  take("vmids", s.vmids);
  take("asids", s.asids);
  take("pc", s.pc);
  take("va", s.va);
  take("pa", s.pa);
  take("fields", s.fields);
  return s;
}

}  // namespace

void bind_events(py::module_& module) {
  py::class_<EventSelection>(module, "EventSelection").def(py::init(&make_selection));
  py::class_<EventBatch>(module, "EventBatch", py::buffer_protocol(),
                         "Records of 64 bytes; numpy.frombuffer() looks at them in place.")
      .def("__len__", [](const EventBatch& batch) { return batch.events.size(); })
      .def_buffer([](EventBatch& batch) {
        return py::buffer_info(reinterpret_cast<std::uint8_t*>(batch.events.data()), 1, "B", 1,
                               {static_cast<py::ssize_t>(batch.events.size() * sizeof(Event))}, {1},
                               true);
      });
  py::class_<Recorder, std::shared_ptr<Recorder>>(module, "Recorder")
      .def("take", &Recorder::take, py::call_guard<Exclusive>())
      .def("__len__", &Recorder::size, py::call_guard<Exclusive>())
      .def_property_readonly("lost", &Recorder::lost, py::call_guard<Exclusive>());
  module.def("split_columns", &split_columns);
  module.def("read_log", &read_log);
  module.def("write_log", [](const std::string& path, const py::buffer& records) {
    const py::buffer_info in = records.request();
    LogWriter writer(path, {});
    for (const Event& event : records_of(in)) writer.on_event(event);
    writer.close();
  });
}

}  // namespace armature::python
