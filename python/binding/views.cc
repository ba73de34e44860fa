#include "python/binding/views.h"

#include <fmt/format.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <array>

#include "cpu/translation_context.h"
#include "mmu/explanation.h"
#include "mmu/permissions.h"
#include "sim/base/user_error.h"

namespace armature::python {
namespace py = pybind11;
namespace {

using platform::Machine;
using Line = std::array<std::uint8_t, kLineBytes>;

std::string text_of(const MemoryAttributes& a) {
  constexpr const char* kDevice[] = {"Device-nGnRnE", "Device-nGnRE", "Device-nGRE", "Device-GRE"};
  constexpr const char* kCached[] = {"NC", "WT", "WB"};
  constexpr const char* kShared[] = {"NSH", "ISH", "OSH"};
  if (a.is_device()) return kDevice[static_cast<unsigned>(a.type)];
  return fmt::format("Normal {}/{} {}", kCached[static_cast<unsigned>(a.inner)],
                     kCached[static_cast<unsigned>(a.outer)],
                     kShared[static_cast<unsigned>(a.shareability)]);
}

std::string rights_text(unsigned rights) {
  return {(rights & tlb::kRightRead) != 0 ? 'r' : '-', (rights & tlb::kRightWrite) != 0 ? 'w' : '-',
          (rights & tlb::kRightExecute) != 0 ? 'x' : '-'};
}
std::string rights_text(std::uint16_t rights, unsigned shift) {
  return rights_text(rights >> shift & tlb::kRightsAll);
}

// Stage 1: privileged and unprivileged rights; stage 2: one set for both.
std::string step_rights(const mmu::WalkStep& step) {
  if (step.stage == Stage::stage2) return rights_text(step.rights, tlb::kStage2Shift);
  return "privileged " + rights_text(step.rights, tlb::kPrivilegedShift) + ", unprivileged " +
         rights_text(step.rights, tlb::kUnprivilegedShift);
}

const char* fault_name(FaultType type) {
  constexpr const char* kNames[] = {"none",
                                    "address size",
                                    "translation",
                                    "access flag",
                                    "permission",
                                    "alignment",
                                    "synchronous external",
                                    "synchronous external on walk",
                                    "TLB conflict",
                                    "unsupported exclusive"};
  return kNames[static_cast<unsigned>(type)];
}

py::dict fault_view(const FaultRecord& fault) {
  py::dict d;
  d["type"] = fault_name(fault.type);
  d["stage"] = static_cast<unsigned>(fault.stage);
  d["level"] = static_cast<int>(fault.level);
  d["on_stage1_walk"] = fault.s2fs1walk;
  d["ipa"] = fault.ipa.value;
  return d;
}

py::dict step_view(const mmu::WalkStep& step) {
  constexpr const char* kKinds[] = {"invalid", "table", "leaf"};
  py::dict d;
  d["stage"] = static_cast<unsigned>(step.stage);
  d["level"] = step.level;
  d["for_stage1_walk"] = step.for_stage1_walk;
  d["input"] = step.input;
  d["table"] = step.table;
  d["address"] = step.address.value;
  d["descriptor"] = step.descriptor;
  d["kind"] = kKinds[static_cast<unsigned>(step.kind)];
  d["output"] = step.output;
  d["size"] = 1ull << step.size_log2;
  const bool leaf = step.kind == mmu::DescriptorKind::leaf;
  d["attributes"] = leaf ? text_of(step.attributes) : "";
  d["rights"] = leaf ? step_rights(step) : "";
  d["is_global"] = step.global;
  return d;
}

void copy_line(const Machine& m, PhysicalAddress pa, const std::string& point,
               std::span<std::uint8_t, kLineBytes> line) {
  if (point == "coherent") return m.caches->coherent_value(pa, line);
  if (point == "pou") return m.caches->pou_value(pa, line);
  if (point == "poc") return m.caches->poc_value(pa, line);
  throw UserError(fmt::format("point: '{}' is not allowed; allowed: coherent, pou, poc", point));
}

MemoryRegion& region_of(Machine& m, PhysicalAddress pa, std::uint64_t size) {
  MemoryRegion* region = m.memory.find(pa);
  if (region == nullptr || size > region->size - (pa - region->base)) {
    throw UserError(
        fmt::format("memory: {:#x}..{:#x} is not RAM or flash", pa.value, pa.value + size));
  }
  return *region;
}

}  // namespace

std::vector<std::uint8_t> read_physical(Machine& m, PhysicalAddress pa, std::uint64_t size,
                                        const std::string& point) {
  const MemoryRegion& region = region_of(m, pa, size);
  std::vector<std::uint8_t> out;
  if (!region.is_ram) {
    out.assign(region.host + (pa - region.base), region.host + (pa - region.base) + size);
    return out;
  }
  out.reserve(size);
  while (out.size() < size) {
    const PhysicalAddress at = pa + out.size();
    Line line{};
    copy_line(m, at, point, line);
    const std::uint64_t from = at.offset_in(kLineBytes);
    const std::uint64_t bytes = std::min(kLineBytes - from, size - out.size());
    out.insert(out.end(), line.begin() + static_cast<std::ptrdiff_t>(from),
               line.begin() + static_cast<std::ptrdiff_t>(from + bytes));
  }
  return out;
}

void write_physical(Machine& m, PhysicalAddress pa, const std::string& bytes) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  if (!m.coherent->write(pa, {data, bytes.size()})) {
    throw UserError(
        fmt::format("memory: {:#x}..{:#x} is not RAM", pa.value, pa.value + bytes.size()));
  }
}

py::dict walk_view(Machine& m, cpu::Core& core, VirtualAddress va, int el,
                   const std::string& access) {
  const int highest = m.config().el == 2 ? 2 : 1;
  if (el < -1 || el > highest)
    throw UserError(fmt::format("el: {} is not allowed; allowed: 0..{}", el, highest));
  const El at = el < 0 ? core.state.ps.el : static_cast<El>(el);
  AccessDescriptor descriptor;
  descriptor.privileged = at != El::el0;
  if (access == "write") {
    descriptor.kind = AccessKind::write;
    descriptor.write = true;
  } else if (access == "fetch") {
    descriptor.kind = AccessKind::fetch;
  } else if (access != "read") {
    throw UserError(
        fmt::format("access: '{}' is not allowed; allowed: read, write, fetch", access));
  }
  const mmu::WalkExplanation walk =
      mmu::explain_walk(cpu::translation_context_of(core.state, at, m.config().el == 2), va,
                        descriptor, m.preset, m.memory, *m.caches);
  py::dict d;
  d["va"] = va.value;
  d["el"] = static_cast<unsigned>(at);
  d["access"] = access;
  d["regime"] = walk.regime == mmu::Regime::el2 ? "EL2" : "EL1&0";
  d["stage1_on"] = walk.stage1_on;
  d["stage2_on"] = walk.stage2_on;
  d["asid"] = walk.asid.value;
  d["vmid"] = walk.vmid.value;
  py::list steps;
  for (const mmu::WalkStep& step : walk.steps) steps.append(step_view(step));
  d["steps"] = steps;
  d["fault"] = walk.fault ? py::object(fault_view(*walk.fault)) : py::none();
  d["ipa"] = walk.ipa;
  d["pa"] = walk.pa.value;
  d["attributes"] = text_of(walk.attributes);
  return d;
}

py::dict tlb_view(const Machine& m) {
  constexpr const char* kKinds[] = {"stage 1", "stage 2", "combined"};
  std::vector<std::string> columns{"core",
                                   "structure",
                                   "slot",
                                   "kind",
                                   "regime",
                                   "vmid",
                                   "asid",
                                   "is_global",
                                   "va",
                                   "ipa",
                                   "pa",
                                   "size",
                                   "privileged",
                                   "unprivileged",
                                   "stage2",
                                   "attributes",
                                   "stage1_level",
                                   "stage2_level",
                                   "stage1_descriptor",
                                   "stage2_descriptor",
                                   "stage1_root",
                                   "stage2_root",
                                   "filled_by_event",
                                   "filled_by_pc",
                                   "filled_at_cycle"};
  std::vector<py::list> values(columns.size());
  for (unsigned core = 0; core < m.mmus.size(); ++core) {
    for (const auto& [structure, slot, e] : m.mmus[core]->entries()) {
      std::size_t at = 0;
      const auto put = [&](auto value) { values[at++].append(value); };
      put(core);
      put(std::string(tlb_structure_name(structure)));
      put(slot);
      put(e.table_pointer ? "table" : kKinds[static_cast<unsigned>(e.kind)]);
      put(e.regime == tlb::Regime::el2 ? "EL2" : "EL1&0");
      put(e.vmid.value);
      put(e.asid.value);
      put(e.global);
      put(event_input(e));
      put(e.ipa);
      put(e.output);
      put(1ull << e.size_log2);
      put(rights_text(e.rights, tlb::kPrivilegedShift));
      put(rights_text(e.rights, tlb::kUnprivilegedShift));
      put(rights_text(e.rights, tlb::kStage2Shift));
      put(text_of(e.attributes));
      put(static_cast<int>(e.stage1_level));
      put(static_cast<int>(e.stage2_level));
      put(e.stage1_descriptor);
      put(e.stage2_descriptor);
      put(e.stage1_root);
      put(e.stage2_root);
      put(e.sequence);
      put(e.pc);
      put(static_cast<double>(e.cycle.sixteenths) / 16);
    }
  }
  py::dict out;
  for (std::size_t n = 0; n < columns.size(); ++n) out[columns[n].c_str()] = values[n];
  return out;
}

py::dict tables_view(const Machine& m) {
  std::vector<std::string> columns{"frame", "root",   "regime", "stage", "level",    "vmid",
                                   "asid",  "parent", "input",  "size",  "detached", "permanent"};
  std::vector<py::list> values(columns.size());
  for (const auto& [frame, roles] : m.tables->frames()) {
    for (const mmu::TableRole& role : roles) {
      std::size_t at = 0;
      const auto put = [&](auto value) { values[at++].append(value); };
      put(frame * kFrameBytes);
      put(role.root.value);
      put(role.regime == mmu::Regime::el2 ? "EL2" : "EL1&0");
      put(static_cast<unsigned>(role.stage));
      put(static_cast<int>(role.level));
      put(role.vmid.value);
      put(role.asid.value);
      put(role.parent.value);
      put(role.input);
      put(role.input_log2 > 62 ? 0ull : 1ull << role.input_log2);
      put(m.tables->is_detached(role));
      put(role.permanent);
    }
  }
  py::dict out;
  for (std::size_t n = 0; n < columns.size(); ++n) out[columns[n].c_str()] = values[n];
  return out;
}

py::dict line_view(Machine& m, PhysicalAddress pa) {
  const MemoryRegion& region = region_of(m, pa.aligned_down(kLineBytes), kLineBytes);
  if (!region.is_ram) throw UserError(fmt::format("cache: {:#x} is not RAM", pa.value));
  py::dict d;
  d["pa"] = pa.aligned_down(kLineBytes).value;
  for (const char* point : {"coherent", "pou", "poc"}) {
    Line line{};
    copy_line(m, pa, point, line);
    d[point] = py::bytes(reinterpret_cast<const char*>(line.data()), line.size());
  }
  return d;
}

}  // namespace armature::python
