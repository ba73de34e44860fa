#include "platform/gdb/registers.h"

#include <fmt/format.h>

#include <cstring>

#include "cpu/sysreg_access.h"
#include "sim/base/bits.h"

namespace armature::platform::gdb {
namespace {

constexpr unsigned kNzcvLow = 28, kSsBit = 21, kIlBit = 20, kDaifLow = 6, kElLow = 2;

// The system registers a debugger sees: all that can be read.
const std::vector<SysReg>& system_registers() {
  static const std::vector<SysReg> registers = [] {
    std::vector<SysReg> readable;
    for (const SysRegInfo& info : sysreg_table()) {
      if (info.access != SysRegAccess::WO) readable.push_back(info.reg);
    }
    return readable;
  }();
  return registers;
}

template <typename T>
std::vector<std::uint8_t> bytes_of(const T& value) {
  std::vector<std::uint8_t> bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

void write_pstate(cpu::Core& core, std::uint32_t value) {
  cpu::CoreState& state = core.state;
  state.nzcv = value & 0xfu << kNzcvLow;
  state.ps.ss = bit(value, kSsBit);
  state.ps.il = bit(value, kIlBit);
  state.ps.daif = static_cast<std::uint8_t>(bits(value, kDaifLow + 3, kDaifLow));
  const auto el = static_cast<unsigned>(bits(value, kElLow + 1, kElLow));
  // An Exception level that is not there stays what it was.
  if (el <= (core.machine.has_el2 ? 2u : 1u)) {
    select_stack(state, static_cast<El>(el), el == 0 ? 0 : value & 1);
  }
}

void describe(std::string& xml, std::string_view name, unsigned bits_wide, unsigned number,
              std::string_view more) {
  xml += fmt::format("<reg name=\"{}\" bitsize=\"{}\" regnum=\"{}\"{}/>", name, bits_wide, number,
                     more);
}

std::string make_description() {
  std::string xml =
      "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target>"
      "<architecture>aarch64</architecture><feature name=\"org.gnu.gdb.aarch64.core\">"
      "<flags id=\"cpsr_flags\" size=\"4\">"
      "<field name=\"SP\" start=\"0\" end=\"0\"/><field name=\"EL\" start=\"2\" end=\"3\"/>"
      "<field name=\"F\" start=\"6\" end=\"6\"/><field name=\"I\" start=\"7\" end=\"7\"/>"
      "<field name=\"A\" start=\"8\" end=\"8\"/><field name=\"D\" start=\"9\" end=\"9\"/>"
      "<field name=\"IL\" start=\"20\" end=\"20\"/><field name=\"SS\" start=\"21\" end=\"21\"/>"
      "<field name=\"V\" start=\"28\" end=\"28\"/><field name=\"C\" start=\"29\" end=\"29\"/>"
      "<field name=\"Z\" start=\"30\" end=\"30\"/><field name=\"N\" start=\"31\" end=\"31\"/>"
      "</flags>";
  for (unsigned n = 0; n < kSpNumber; ++n) describe(xml, fmt::format("x{}", n), 64, n, "");
  describe(xml, "sp", 64, kSpNumber, " type=\"data_ptr\"");
  describe(xml, "pc", 64, kPcNumber, " type=\"code_ptr\"");
  describe(xml, "cpsr", 32, kCpsrNumber, " type=\"cpsr_flags\"");
  xml +=
      "</feature><feature name=\"org.gnu.gdb.aarch64.fpu\">"
      "<vector id=\"v2d\" type=\"ieee_double\" count=\"2\"/>"
      "<vector id=\"v2u\" type=\"uint64\" count=\"2\"/>"
      "<vector id=\"v4f\" type=\"ieee_single\" count=\"4\"/>"
      "<vector id=\"v4u\" type=\"uint32\" count=\"4\"/>"
      "<vector id=\"v8u\" type=\"uint16\" count=\"8\"/>"
      "<vector id=\"v16u\" type=\"uint8\" count=\"16\"/>"
      "<vector id=\"v1u\" type=\"uint128\" count=\"1\"/>"
      "<union id=\"vnd\"><field name=\"f\" type=\"v2d\"/><field name=\"u\" type=\"v2u\"/></union>"
      "<union id=\"vns\"><field name=\"f\" type=\"v4f\"/><field name=\"u\" type=\"v4u\"/></union>"
      "<union id=\"vnh\"><field name=\"u\" type=\"v8u\"/></union>"
      "<union id=\"vnb\"><field name=\"u\" type=\"v16u\"/></union>"
      "<union id=\"vnq\"><field name=\"u\" type=\"v1u\"/></union>"
      "<union id=\"aarch64v\"><field name=\"d\" type=\"vnd\"/><field name=\"s\" type=\"vns\"/>"
      "<field name=\"h\" type=\"vnh\"/><field name=\"b\" type=\"vnb\"/>"
      "<field name=\"q\" type=\"vnq\"/></union>";
  for (unsigned n = 0; n < 32; ++n) {
    describe(xml, fmt::format("v{}", n), 128, kFirstVector + n, " type=\"aarch64v\"");
  }
  describe(xml, "fpsr", 32, kFpsrNumber, " type=\"int\"");
  describe(xml, "fpcr", 32, kFpcrNumber, " type=\"int\"");
  xml += "</feature><feature name=\"org.armature.system-registers\">";
  unsigned number = kFirstSystem;
  for (const SysReg reg : system_registers()) {
    describe(xml, sysreg_info(reg).name, 64, number++,
             " type=\"uint64\" group=\"system\" save-restore=\"no\"");
  }
  return xml + "</feature></target>";
}

}  // namespace

unsigned register_count() {
  return kFirstSystem + static_cast<unsigned>(system_registers().size());
}

unsigned register_bytes(unsigned number) {
  if (number == kCpsrNumber || number == kFpsrNumber || number == kFpcrNumber) return 4;
  return number >= kFirstVector && number < kFpsrNumber ? 16 : 8;
}

std::uint32_t pstate(const cpu::CoreState& state) {
  const cpu::PState& ps = state.ps;
  return state.nzcv | std::uint32_t{ps.ss} << kSsBit | std::uint32_t{ps.il} << kIlBit |
         std::uint32_t{ps.daif} << kDaifLow | static_cast<std::uint32_t>(ps.el) << kElLow |
         (ps.el == El::el0 ? 0u : ps.sp_sel);
}

std::vector<std::uint8_t> read_register(const cpu::Core& core, unsigned number) {
  const cpu::CoreState& state = core.state;
  if (number < kSpNumber) return bytes_of(state.x[number]);
  if (number == kSpNumber) return bytes_of(state.x[cpu::kSp]);
  if (number == kPcNumber) return bytes_of(state.pc);
  if (number == kCpsrNumber) return bytes_of(pstate(state));
  if (number < kFpsrNumber) return bytes_of(state.v[number - kFirstVector]);
  if (number == kFpsrNumber) return bytes_of(state.fpsr);
  if (number == kFpcrNumber) return bytes_of(state.fpcr);
  return bytes_of(cpu::peek_sysreg(core, system_registers()[number - kFirstSystem]));
}

void write_register(cpu::Core& core, unsigned number, std::span<const std::uint8_t> bytes) {
  cpu::CoreState& state = core.state;
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), std::min<std::size_t>(bytes.size(), sizeof value));
  const auto narrow = static_cast<std::uint32_t>(value);
  if (number < kSpNumber) {
    state.x[number] = value;
  } else if (number == kSpNumber) {
    state.x[cpu::kSp] = value;
  } else if (number == kPcNumber) {
    state.pc = value;
  } else if (number == kCpsrNumber) {
    write_pstate(core, narrow);
  } else if (number < kFpsrNumber) {
    std::memcpy(state.v[number - kFirstVector].d, bytes.data(), 16);
  } else if (number == kFpsrNumber) {
    cpu::poke_sysreg(core, SysReg::FPSR, narrow);
  } else if (number == kFpcrNumber) {
    cpu::poke_sysreg(core, SysReg::FPCR, narrow);
  } else {
    cpu::poke_sysreg(core, system_registers()[number - kFirstSystem], value);
  }
  state.fetch.valid = false;
  core.interrupts_changed = true;
  core.context_changed();
}

const std::string& target_description() {
  static const std::string xml = make_description();
  return xml;
}

}  // namespace armature::platform::gdb
