#include "sim/trace/perfetto.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <perfetto.pb.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "sim/arch/sysreg.h"
#include "sim/base/bits.h"
#include "sim/base/user_error.h"
#include "sim/check/manifest.h"
#include "sim/trace/activity.h"

namespace armature {
namespace {

using google::protobuf::io::CodedOutputStream;
using perfetto::DebugAnnotation;
using perfetto::TracePacket;
using perfetto::TrackDescriptor;
using perfetto::TrackEvent;

// Track numbers: unique within the file, otherwise free.
constexpr std::uint64_t kCoresProcess = 1;
constexpr std::uint64_t kMachineProcess = 2;
constexpr std::uint64_t core_track(unsigned core) { return 0x100 + core; }
constexpr std::uint64_t maintenance_track(unsigned core) { return 0x200 + core; }
constexpr std::uint64_t counter_track(unsigned core, unsigned counter) {
  return 0x300 + core * 16 + counter;
}
constexpr std::uint64_t vm_process(std::uint64_t principal) { return 0x10000 + principal * 64; }
constexpr std::uint64_t vm_track(std::uint64_t principal, unsigned core) {
  return vm_process(principal) + 1 + core;
}

// Field 1 of Trace, length-delimited; tag and length take at most this many bytes.
constexpr std::uint32_t kPacketTag = perfetto::Trace::kPacketFieldNumber << 3 | 2;
constexpr std::size_t kFrameBytesMax = 16;
constexpr std::uint32_t kSequence = 1;
constexpr std::uint32_t kIncrementalStateCleared = 1;
// Counters are cumulative; a new value is written when this much time has passed since the last.
constexpr std::uint64_t kCounterInterval = 10'000;  // ns

struct Counter {
  EventKind kind;
  const char* name;
};
constexpr std::array<Counter, 6> kCounters{{{EventKind::tlb_fill, "TLB fills"},
                                            {EventKind::tlb_evict, "TLB evictions"},
                                            {EventKind::tlb_drop, "TLB drops"},
                                            {EventKind::walk_begin, "walks (TLB misses)"},
                                            {EventKind::table_write, "table writes"},
                                            {EventKind::cache_fill, "cache fills"}}};

std::uint64_t nanoseconds(const Event& event) { return event.cycle >> 4; }

}  // namespace

bool has_firmware(const RunMetadata& run) {
  const auto at = run.configuration.find("\nfirmware = \"");
  return at != std::string::npos && run.configuration.compare(at, 15, "\nfirmware = \"\"\n") != 0;
}

struct PerfettoWriter::State {
  State(PerfettoWriter& out, const RunMetadata& run, EventNames with)
      : writer(out), cores(run.cores), activity(has_firmware(run)), names(std::move(with)) {}

  // ---- packets
  // Writes `packet` as one more element of Trace.packet.
  void put() {
    const auto bytes = static_cast<std::uint32_t>(packet.ByteSizeLong());
    frame.resize(kFrameBytesMax + bytes);
    std::uint8_t* at = CodedOutputStream::WriteTagToArray(kPacketTag, frame.data());
    at = CodedOutputStream::WriteVarint32ToArray(bytes, at);
    at = packet.SerializeWithCachedSizesToArray(at);
    writer.write(frame.data(), static_cast<std::size_t>(at - frame.data()));
  }
  TrackDescriptor& begin_track(std::uint64_t uuid, std::string name, std::uint64_t parent) {
    packet.Clear();
    packet.set_trusted_packet_sequence_id(kSequence);
    if (!first_written) packet.set_sequence_flags(kIncrementalStateCleared);
    first_written = true;
    TrackDescriptor& track = *packet.mutable_track_descriptor();
    track.set_uuid(uuid);
    if (!name.empty()) track.set_name(std::move(name));
    if (parent != 0) track.set_parent_uuid(parent);
    return track;
  }
  void add_process(std::uint64_t uuid, const std::string& name) {
    auto& process = *begin_track(uuid, "", 0).mutable_process();
    process.set_pid(static_cast<std::int32_t>(uuid));
    process.set_process_name(name);
    put();
  }
  void add_thread(std::uint64_t uuid, std::uint64_t process, const std::string& name) {
    auto& thread = *begin_track(uuid, "", process).mutable_thread();
    thread.set_pid(static_cast<std::int32_t>(process));
    thread.set_tid(static_cast<std::int64_t>(uuid));
    thread.set_thread_name(name);
    put();
  }
  void add_tracks();

  TrackEvent& begin_event(std::uint64_t time, std::uint64_t track, TrackEvent::Type type) {
    packet.Clear();
    packet.set_trusted_packet_sequence_id(kSequence);
    packet.set_timestamp(time);
    TrackEvent& event = *packet.mutable_track_event();
    event.set_type(type);
    event.set_track_uuid(track);
    last_time = std::max(last_time, time);
    return event;
  }
  // An instant that carries the event's own fields.
  TrackEvent& begin_instant(const Event& event, std::uint64_t track, std::string name) {
    TrackEvent& out = begin_event(nanoseconds(event), track, TrackEvent::TYPE_INSTANT);
    out.set_name(std::move(name));
    annotate(out, event);
    return out;
  }
  void annotate(TrackEvent& out, const Event& event) const {
    const auto add = [&](const std::string& name) -> DebugAnnotation& {
      DebugAnnotation& annotation = *out.add_debug_annotations();
      annotation.set_name(name);
      return annotation;
    };
    add("event").set_uint_value(event.sequence);
    add("pc").set_pointer_value(event.pc);
    add("EL").set_uint_value(event.el);
    if (event.el < 2) add("vmid").set_uint_value(event.vmid);
    const LogKind& kind = alphabet[static_cast<std::size_t>(event.kind)];
    for (const LogField& field : kind.fields) {
      const std::uint64_t value = event_field(event, field);
      field.decimal ? add(field.name).set_uint_value(value)
                    : add(field.name).set_pointer_value(value);
    }
  }
  void begin_slice(std::uint64_t time, std::uint64_t track, const std::string& name) {
    begin_event(time, track, TrackEvent::TYPE_SLICE_BEGIN).set_name(name);
    put();
    open.insert(track);
  }
  void end_slice(std::uint64_t time, std::uint64_t track) {
    if (open.erase(track) == 0) return;
    begin_event(time, track, TrackEvent::TYPE_SLICE_END);
    put();
  }

  // ---- what the events mean
  void follow_core(const Event& event);
  void follow_vm(const Event& event);
  void count(const Event& event);
  void instant_on_core(const Event& event, std::string name) {
    begin_instant(event, core_track(event.core), std::move(name));
    put();
  }
  void tlbi(const Event& event);
  void tlbi_receive(const Event& event);
  void tlb_drop(const Event& event);
  void tlbi_complete(const Event& event);
  void write_counter(unsigned core, unsigned counter, std::uint64_t time);
  std::string tlbi_name(const Event& event) const {
    const auto op = static_cast<unsigned>(bits(event.d, 7, 0));
    return names.tlbi ? names.tlbi(op) : fmt::format("op {}", op);
  }

  PerfettoWriter& writer;
  unsigned cores;
  ActivityTracker activity;
  EventNames names;
  LogAlphabet alphabet = current_alphabet();
  TracePacket packet;
  std::vector<std::uint8_t> frame;
  bool first_written = false;
  std::uint64_t last_time = 0;
  std::set<std::uint64_t> open;             // tracks with a slice that has not ended
  std::set<std::uint64_t> vms;              // principals that have tracks
  std::map<unsigned, std::uint64_t> vm_on;  // by core: principal whose vCPU is loaded

  struct Outstanding {
    std::uint64_t tlbi = 0;
    bool broadcast = false;
  };
  std::array<std::vector<Outstanding>, kCoresMax> outstanding;  // by issuer, not yet completed

  struct Count {
    std::uint64_t value = 0;
    std::uint64_t written = ~0ull;  // the value last written
    std::uint64_t time = 0;         // and when
  };
  std::array<std::array<Count, kCounters.size()>, kCoresMax> counts{};
};

void PerfettoWriter::State::add_tracks() {
  add_process(kCoresProcess, "cores");
  add_process(kMachineProcess, "machine");
  for (unsigned core = 0; core < cores; ++core) {
    add_thread(core_track(core), kCoresProcess, fmt::format("core {}", core));
    begin_track(maintenance_track(core), fmt::format("core {} TLB maintenance", core),
                kCoresProcess);
    put();
    for (unsigned c = 0; c < kCounters.size(); ++c) {
      begin_track(counter_track(core, c), fmt::format("core {} {}", core, kCounters[c].name),
                  kCoresProcess)
          .mutable_counter()
          ->set_unit(perfetto::CounterDescriptor::UNIT_COUNT);
      put();
    }
  }
}

void PerfettoWriter::State::follow_core(const Event& event) {
  if (!activity.on_event(event)) return;
  const std::uint64_t track = core_track(event.core);
  end_slice(nanoseconds(event), track);
  begin_slice(nanoseconds(event), track, activity.name(activity.of(event.core)));
}

void PerfettoWriter::State::follow_vm(const Event& event) {
  const std::uint64_t principal = bits(event.d, 15, 0);
  if (vms.insert(principal).second) {
    const std::string name = check::principal_name(static_cast<check::Principal>(principal));
    add_process(vm_process(principal), name);
    for (unsigned core = 0; core < cores; ++core) {
      add_thread(vm_track(principal, core), vm_process(principal),
                 fmt::format("{} vCPU on core {}", name, core));
    }
  }
  if (const auto on = vm_on.find(event.core); on != vm_on.end()) {
    end_slice(nanoseconds(event), vm_track(on->second, event.core));
    vm_on.erase(on);
  }
  if (event.kind != EventKind::vm_enter) return;
  vm_on[event.core] = principal;
  begin_slice(nanoseconds(event), vm_track(principal, event.core), "running");
}

void PerfettoWriter::State::count(const Event& event) {
  for (unsigned c = 0; c < kCounters.size(); ++c) {
    if (kCounters[c].kind != event.kind) continue;
    const unsigned core = event.kind == EventKind::tlb_drop
                              ? static_cast<unsigned>(bits(event.d, 20, 17))
                              : event.core;
    Count& count = counts[core % kCoresMax][c];
    ++count.value;
    const std::uint64_t time = nanoseconds(event);
    if (count.written == ~0ull || time >= count.time + kCounterInterval)
      write_counter(core, c, time);
  }
}

void PerfettoWriter::State::write_counter(unsigned core, unsigned counter, std::uint64_t time) {
  Count& count = counts[core][counter];
  begin_event(time, counter_track(core, counter), TrackEvent::TYPE_COUNTER)
      .set_counter_value(static_cast<std::int64_t>(count.value));
  put();
  count.written = count.value;
  count.time = time;
}

void PerfettoWriter::State::tlbi(const Event& event) {
  const bool broadcast = bit(event.d, 8);
  auto& pending = outstanding[event.core];
  if (pending.empty()) begin_slice(nanoseconds(event), maintenance_track(event.core), "shootdown");
  pending.push_back({event.sequence, broadcast});
  TrackEvent& out =
      begin_instant(event, maintenance_track(event.core),
                    fmt::format("TLBI {}{}", tlbi_name(event), broadcast ? "IS" : ""));
  for (unsigned target = 0; target < cores; ++target) {
    if (broadcast || target == event.core) out.add_flow_ids(flow_id(event.sequence, target));
  }
  put();
}

void PerfettoWriter::State::tlbi_receive(const Event& event) {
  const auto target = static_cast<unsigned>(bits(event.d, 15, 8)) % kCoresMax;
  begin_instant(event, maintenance_track(target), fmt::format("apply {}", tlbi_name(event)))
      .add_flow_ids(flow_id(event.b, target));
  put();
}

void PerfettoWriter::State::tlb_drop(const Event& event) {
  const auto target = static_cast<unsigned>(bits(event.d, 20, 17));
  const auto structure = static_cast<TlbStructure>(bits(event.d, 2, 0) % kTlbStructures);
  begin_instant(event, maintenance_track(target),
                fmt::format("drop from {}", tlb_structure_name(structure)))
      .add_flow_ids(flow_id(event.c, target));
  put();
}

// A DSB that is not to the inner domain completes local operations only: when fewer were completed
// than are outstanding in the range, they were the local ones (mmu/shootdown.h).
void PerfettoWriter::State::tlbi_complete(const Event& event) {
  auto& pending = outstanding[event.core];
  const auto in_range = [&](const Outstanding& o) {
    return o.tlbi >= event.a && o.tlbi <= event.b;
  };
  const bool all = static_cast<std::uint64_t>(std::count_if(pending.begin(), pending.end(),
                                                            in_range)) == bits(event.d, 31, 0);
  TrackEvent& out = begin_instant(event, maintenance_track(event.core), "DSB");
  std::erase_if(pending, [&](const Outstanding& o) {
    if (!in_range(o) || (!all && o.broadcast)) return false;
    for (unsigned target = 0; target < cores; ++target) {
      if (o.broadcast || target == event.core) {
        out.add_terminating_flow_ids(flow_id(o.tlbi, target));
      }
    }
    return true;
  });
  put();
  if (pending.empty()) end_slice(nanoseconds(event), maintenance_track(event.core));
}

std::uint64_t PerfettoWriter::kinds() {
  using enum EventKind;
  return ActivityTracker::kinds() | event_bit(hypercall) | event_bit(irq) | event_bit(walk_begin) |
         event_bit(tlb_fill) | event_bit(tlb_evict) | event_bit(tlbi) | event_bit(tlbi_receive) |
         event_bit(tlb_drop) | event_bit(tlbi_complete) | event_bit(table_write) |
         event_bit(owner_change) | event_bit(guest_mark) | event_bit(violation);
}

PerfettoWriter::PerfettoWriter(std::string path, const RunMetadata& run, EventNames names)
    : path_(std::move(path)),
      file_(path_, std::ios::binary | std::ios::trunc),
      state_(std::make_unique<State>(*this, run, std::move(names))) {
  if (!file_) throw UserError(fmt::format("perfetto: cannot write '{}'", path_));
  state_->add_tracks();
}

PerfettoWriter::~PerfettoWriter() = default;

void PerfettoWriter::on_event(const Event& event) {
  State& s = *state_;
  const bool is_core = event.core < s.cores;
  switch (event.kind) {
    case EventKind::owner_change:
      s.begin_instant(event, kMachineProcess, "owner change");
      return s.put();
    case EventKind::guest_mark:
      s.begin_instant(event, kMachineProcess, "guest mark");
      return s.put();
    case EventKind::violation:
      s.begin_instant(event, kMachineProcess, "violation");
      return s.put();
    default:
      break;
  }
  if (!is_core) return;
  s.follow_core(event);
  s.count(event);
  switch (event.kind) {
    case EventKind::vm_enter:
    case EventKind::vm_exit:
      return s.follow_vm(event);
    case EventKind::hypercall:
      return s.instant_on_core(event, fmt::format("call {:#x}", event.a));
    case EventKind::irq:
      return s.instant_on_core(event, "interrupt");
    case EventKind::table_write:
      return s.instant_on_core(event, fmt::format("table write, stage {} level {}",
                                                  bits(event.d, 4, 3), bits(event.d, 2, 0)));
    case EventKind::tlbi:
      return s.tlbi(event);
    case EventKind::tlbi_receive:
      return s.tlbi_receive(event);
    case EventKind::tlb_drop:
      return s.tlb_drop(event);
    case EventKind::tlbi_complete:
      return s.tlbi_complete(event);
    default:
      return;
  }
}

void PerfettoWriter::close() {
  if (!file_.is_open()) return;
  State& s = *state_;
  const std::uint64_t end = s.last_time;
  for (unsigned core = 0; core < s.cores; ++core) {
    for (unsigned c = 0; c < kCounters.size(); ++c) {
      if (s.counts[core][c].written != s.counts[core][c].value && s.counts[core][c].value != 0) {
        s.write_counter(core, c, end);
      }
    }
  }
  for (const std::uint64_t track : std::set(s.open)) s.end_slice(end, track);
  file_.close();
  if (!file_) throw UserError(fmt::format("perfetto: cannot write '{}'", path_));
}

void PerfettoWriter::write(const void* data, std::size_t bytes) {
  file_.write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));
  if (!file_) throw UserError(fmt::format("perfetto: cannot write '{}'", path_));
}

}  // namespace armature
