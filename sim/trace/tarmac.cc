#include "sim/trace/tarmac.h"

#include <fmt/format.h>

#include "sim/arch/sysreg.h"
#include "sim/base/bits.h"
#include "sim/base/user_error.h"

namespace armature {
namespace {

std::string mode_name(unsigned el) { return fmt::format("EL{}{}_n", el, el == 0 ? "t" : "h"); }

std::string core_name(const Event& event) {
  return event.core == kMasterDevice ? "device" : fmt::format("cpu{}", event.core);
}

// Kind of a descriptor read at `level`: VMSAv8-64 translation table descriptor formats, bits 1:0.
std::string_view descriptor_kind(std::uint64_t descriptor, unsigned level) {
  if (!bit(descriptor, 0)) return "INVALID";
  if (level == 3) return bit(descriptor, 1) ? "PAGE" : "INVALID";
  return bit(descriptor, 1) ? "TABLE" : "BLOCK";
}

std::string size_name(unsigned log2) {
  if (log2 >= 30) return fmt::format("{}G", 1ull << (log2 - 30));
  if (log2 >= 20) return fmt::format("{}M", 1ull << (log2 - 20));
  return fmt::format("{}K", log2 < 10 ? 0 : 1ull << (log2 - 10));
}

// "cpu0.l1d 4K 0xVA:0xPA vmid=1 asid=3": what a TLB line says of an entry (word d, alphabet.cc).
std::string entry_text(const Event& event, bool tags_known) {
  const auto structure = static_cast<TlbStructure>(bits(event.d, 2, 0));
  std::string text =
      fmt::format("{}.{} {} {:#018x}:{:#014x}", core_name(event), tlb_structure_name(structure),
                  size_name(static_cast<unsigned>(bits(event.d, 12, 7))), event.a, event.b);
  if (!tags_known) return text;
  if (bits(event.d, 6, 5) != 0) return text + " EL2";
  text += fmt::format(" vmid={}", event.vmid);
  const bool stage2_only = bits(event.d, 4, 3) == 1;
  if (stage2_only) return text + " IPA";
  return text + (bit(event.d, 16) ? std::string(" G") : fmt::format(" asid={}", event.asid));
}

}  // namespace

std::uint64_t TarmacWriter::kinds() {
  using enum EventKind;
  return event_bit(exception_entry) | event_bit(exception_return) | event_bit(sysreg_write) |
         event_bit(walk_read) | event_bit(tlb_fill) | event_bit(tlb_evict) | event_bit(tlb_drop) |
         event_bit(tlbi) | event_bit(read) | event_bit(write);
}

TarmacWriter::TarmacWriter(std::string path, EventNames names)
    : path_(std::move(path)),
      file_(path_, std::ios::binary | std::ios::trunc),
      names_(std::move(names)) {
  if (!file_) throw UserError(fmt::format("tarmac: cannot write '{}'", path_));
}

void TarmacWriter::on_event(const Event& event) {
  switch (event.kind) {
    case EventKind::exception_entry:
      return line(event,
                  fmt::format("E {:016x} {:08x} CoreEvent_EL{}_to_EL{} esr={:08x} far={:016x}",
                              event.c, bits(event.d, 15, 0), bits(event.d, 17, 16),
                              bits(event.d, 19, 18), event.a, event.b));
    case EventKind::exception_return:
      return line(event, fmt::format("E {:016x} {:08x} CoreEvent_ERET_EL{}_to_EL{}", event.b, 0,
                                     bits(event.d, 17, 16), bits(event.d, 19, 18)));
    case EventKind::sysreg_write: {
      const auto reg = bits(event.d, 15, 0);
      return line(
          event,
          fmt::format("R {} {:016x}",
                      reg < kSysRegs ? sysreg_info(static_cast<SysReg>(reg)).name : "?", event.a));
    }
    case EventKind::walk_read: {
      const auto level = static_cast<unsigned>(bits(event.d, 15, 13));
      return line(event, fmt::format("TTW TLB LPAE {}:{} {:012x} {:016x} : {}", bits(event.d, 1, 0),
                                     level, event.b, event.c, descriptor_kind(event.c, level)));
    }
    case EventKind::tlb_fill:
      return line(event, "TLB FILL " + entry_text(event, true));
    case EventKind::tlb_evict:
      return line(event, "TLB EVICT " + entry_text(event, false));
    case EventKind::tlb_drop: {
      const auto target = static_cast<unsigned>(bits(event.d, 20, 17));
      Event at_target = event;
      at_target.core = static_cast<std::uint8_t>(target);
      return line(event, "TLB INVAL " + entry_text(at_target, false));
    }
    case EventKind::tlbi: {
      const auto op = static_cast<unsigned>(bits(event.d, 7, 0));
      return line(event, fmt::format("TLB OP {}{} {:016x}",
                                     names_.tlbi ? names_.tlbi(op) : fmt::format("{}", op),
                                     bit(event.d, 8) ? "IS" : "", event.a));
    }
    case EventKind::read:
    case EventKind::write: {
      const auto size = static_cast<unsigned>(bits(event.d, 7, 0));
      return line(event, fmt::format("M{}{} {:016x}:{:012x} {:0{}x}",
                                     event.kind == EventKind::read ? 'R' : 'W', size, event.a,
                                     event.b, event.c, 2 * size));
    }
    default:
      return;
  }
}

void TarmacWriter::instruction(const Instruction& i) {
  write(fmt::format("{} clk cpu{} IT ({}) {:016x}:{:012x} {:08x} A {} : {}\n", i.cycle.whole(),
                    i.core.value, i.number, i.pc.value, i.pa.value, i.opcode,
                    mode_name(static_cast<unsigned>(i.el)), i.disassembly));
}

void TarmacWriter::close() {
  if (!file_.is_open()) return;
  file_.close();
  if (!file_) throw UserError(fmt::format("tarmac: cannot write '{}'", path_));
}

void TarmacWriter::line(const Event& event, std::string_view rest) {
  write(fmt::format("{} clk {} {}\n", event.cycle >> 4, core_name(event), rest));
}

void TarmacWriter::write(std::string_view text) {
  file_ << text;
  if (!file_) throw UserError(fmt::format("tarmac: cannot write '{}'", path_));
}

}  // namespace armature
