#include "sim/trace/tarmac.h"

#include <fmt/format.h>

#include <array>

#include "sim/arch/sysreg.h"
#include "sim/base/bits.h"
#include "sim/base/user_error.h"

namespace armature {
namespace {

// EL0t, EL1t (SP_EL0 selected) or EL1h; Non-secure.
std::string mode_name(unsigned el, unsigned sp_sel) {
  return fmt::format("EL{}{}_n", el, el == 0 || sp_sel == 0 ? "t" : "h");
}

// "CURRENT_SPx_SYNC": an offset from VBAR (D1 Exception vectors).
std::string vector_name(unsigned offset) {
  constexpr std::array<std::string_view, 4> from{"CURRENT_SP0", "CURRENT_SPx", "LOWER_64",
                                                 "LOWER_32"};
  constexpr std::array<std::string_view, 4> kind{"SYNC", "IRQ", "FIQ", "SERROR"};
  return fmt::format("{}_{}", from[offset >> 9 & 3], kind[offset >> 7 & 3]);
}

// Memory contents as Tarmac writes them: at most 8 digits a group.
std::string data_text(std::uint64_t value, unsigned bytes) {
  if (bytes < 8) return fmt::format("{:0{}x}", value, 2 * bytes);
  return fmt::format("{:08x}_{:08x}", value >> 32, value & 0xffffffff);
}

// Operand of a system operation: two words joined by a colon.
std::string operand_text(std::uint64_t value) {
  return fmt::format("{:08x}:{:08x}", value >> 32, value & 0xffffffff);
}

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
         event_bit(tlbi) | event_bit(cache_maintenance) | event_bit(read) | event_bit(write);
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
      return exception_entry(event);
    case EventKind::exception_return:
      return line(event, fmt::format("E {:016x} {:08x} CoreEvent_ERET", event.b, 0));
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
      return line(event, fmt::format("R TLBI {}{} {}",
                                     names_.tlbi ? names_.tlbi(op) : fmt::format("{}", op),
                                     bit(event.d, 8) ? "IS" : "", operand_text(event.a)));
    }
    case EventKind::cache_maintenance: {
      const auto op = static_cast<unsigned>(bits(event.d, 7, 0));
      return line(
          event, fmt::format("R {} {}",
                             names_.maintenance ? names_.maintenance(op) : fmt::format("DC {}", op),
                             operand_text(event.a)));
    }
    case EventKind::read:
    case EventKind::write: {
      const auto size = static_cast<unsigned>(bits(event.d, 7, 0));
      return line(event,
                  fmt::format("M{}{} {:016x}:{:012x} {}", event.kind == EventKind::read ? 'R' : 'W',
                              size, event.a, event.b, data_text(event.c, size)));
    }
    default:
      return;
  }
}

void TarmacWriter::instruction(const Instruction& i) {
  write(fmt::format("{} clk cpu{} IT ({}) {:016x}:{:012x} {:08x} O {} : {}\n", i.cycle.whole(),
                    i.core.value, i.number, i.pc.value, i.pa.value, i.opcode,
                    mode_name(static_cast<unsigned>(i.el), i.sp_sel), i.disassembly));
}

void TarmacWriter::register_value(Cycles cycle, CoreId core, std::string_view name,
                                  std::string_view value) {
  write(fmt::format("{} clk cpu{} R {} {}\n", cycle.whole(), core.value, name, value));
}

// The exception and the registers it writes (AArch64.TakeException).
void TarmacWriter::exception_entry(const Event& event) {
  const auto to = bits(event.d, 19, 18);
  const auto vector = static_cast<unsigned>(bits(event.d, 15, 0));
  line(event, fmt::format("E {:016x} {:08x} CoreEvent_{}", event.c, vector, vector_name(vector)));
  line(event, fmt::format("R ELR_EL{} {:016x}", to, event.c));
  const bool has_syndrome = (vector >> 7 & 3) == 0 || (vector >> 7 & 3) == 3;
  if (has_syndrome) line(event, fmt::format("R ESR_EL{} {:016x}", to, event.a));
  if (event.b != 0) line(event, fmt::format("R FAR_EL{} {:016x}", to, event.b));
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
