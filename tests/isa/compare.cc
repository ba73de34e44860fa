#include "compare.h"

#include <capstone/capstone.h>
#include <fmt/format.h>

#include <iterator>

#include "cpu/decode.h"
#include "cpu/operands.h"
#include "generator.h"

namespace armature::isa {

namespace {

constexpr std::uint32_t kNop = 0xd503201f;

const char* fault_name(std::uint64_t fault) {
  switch (fault) {
    case kIsaFaultNone:
      return "none";
    case kIsaFaultUndefined:
      return "UNDEFINED";
    case kIsaFaultTrap:
      return "breakpoint";
    case kIsaFaultBus:
      return "alignment";
    case kIsaFaultMemory:
      return "memory";
    default:
      return "did not end";
  }
}

std::string vector_text(const std::uint64_t* v) {
  return fmt::format("{:016x}_{:016x}", v[1], v[0]);
}

}  // namespace

std::vector<std::string> differences(const IsaResult& ours, const IsaResult& theirs) {
  std::vector<std::string> lines;
  const auto compare = [&](std::string_view what, std::uint64_t a, std::uint64_t b) {
    if (a != b) lines.push_back(fmt::format("{}: ours {:#018x}, QEMU {:#018x}", what, a, b));
  };
  if (ours.fault != theirs.fault) {
    lines.push_back(fmt::format("fault: ours {} at {:#x}, QEMU {} at {:#x}", fault_name(ours.fault),
                                ours.pc, fault_name(theirs.fault), theirs.pc));
    return lines;
  }
  compare("pc of the fault", ours.pc, theirs.pc);
  for (unsigned n = 0; n < 31; ++n) compare(fmt::format("x{}", n), ours.out.x[n], theirs.out.x[n]);
  compare("sp", ours.out.sp, theirs.out.sp);
  compare("nzcv", ours.out.nzcv, theirs.out.nzcv);
  compare("fpcr", ours.out.fpcr, theirs.out.fpcr);
  compare("fpsr", ours.out.fpsr, theirs.out.fpsr);
  for (unsigned n = 0; n < 32; ++n) {
    const std::uint64_t *a = &ours.out.v[2 * n], *b = &theirs.out.v[2 * n];
    if (a[0] != b[0] || a[1] != b[1]) {
      lines.push_back(fmt::format("v{}: ours {}, QEMU {}", n, vector_text(a), vector_text(b)));
    }
  }
  for (unsigned n = 0; n < std::size(ours.memory); ++n) {
    compare(fmt::format("memory {:#x}", ISA_SCRATCH + 8 * n), ours.memory[n], theirs.memory[n]);
  }
  return lines;
}

Culprit find_culprit(const IsaCase& failing, const Side& ours, const Side& theirs) {
  std::vector<IsaCase> prefixes;
  for (unsigned length = 1; length <= failing.word_count; ++length) {
    prefixes.push_back(failing);
    for (unsigned n = length; n < failing.word_count; ++n) prefixes.back().words[n] = kNop;
  }
  const std::vector<IsaResult> a = ours(prefixes), b = theirs(prefixes);
  for (unsigned n = 0; n < prefixes.size(); ++n) {
    std::vector<std::string> lines = differences(a[n], b[n]);
    if (lines.empty()) continue;
    return {.index = n,
            .word = failing.words[n],
            .before = n == 0 ? failing.in : a[n - 1].out,
            .differences = std::move(lines)};
  }
  return {.index = failing.word_count, .differences = {"not reproduced alone"}};
}

std::string disassemble(std::uint32_t word, std::uint64_t address) {
  csh handle = 0;
  if (cs_open(CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN, &handle) != CS_ERR_OK) return "?";
  cs_insn* insn = nullptr;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&word);
  std::string text = "(unallocated for the disassembler)";
  if (cs_disasm(handle, bytes, sizeof word, address, 1, &insn) == 1) {
    text = fmt::format("{} {}", insn[0].mnemonic, insn[0].op_str);
    cs_free(insn, 1);
  }
  cs_close(&handle);
  return text;
}

std::string describe(const IsaCase& failing, const Culprit& culprit) {
  std::string text;
  const auto out = std::back_inserter(text);
  for (unsigned n = 0; n < failing.word_count && n <= culprit.index; ++n) {
    fmt::format_to(out, "  {:3} {:08x}  {}\n", n, failing.words[n],
                   disassemble(failing.words[n], ISA_CODE + 4 + 4 * n));
  }
  const cpu::Row* row = cpu::find_row(culprit.word);
  fmt::format_to(out, "row {}\n", row == nullptr ? "none" : row->name);
  const auto show = [&](unsigned field) {
    fmt::format_to(out, "  before: x{0}={1:016x} v{0}={2}\n", field,
                   field < 31 ? culprit.before.x[field] : culprit.before.sp,
                   vector_text(&culprit.before.v[2 * field]));
  };
  show(cpu::field::rd(culprit.word));
  show(cpu::field::rn(culprit.word));
  show(cpu::field::rm(culprit.word));
  show(cpu::field::ra(culprit.word));
  fmt::format_to(out, "  before: nzcv={:x} fpcr={:08x} fpsr={:08x}\n", culprit.before.nzcv >> 28,
                 culprit.before.fpcr, culprit.before.fpsr);
  for (const std::string& line : culprit.differences) fmt::format_to(out, "  {}\n", line);
  return text;
}

}  // namespace armature::isa
