#include "python/binding/registers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

#include "cpu/sysreg_access.h"
#include "sim/base/user_error.h"

namespace armature::python {
namespace {

using cpu::Core;

struct PlainRegister {
  std::string_view name;
  std::uint64_t (*read)(const Core& core);
  void (*write)(Core& core, std::uint64_t value);  // nullptr: read-only
};

void set_pc(Core& core, std::uint64_t value) {
  core.state.pc = value;
  core.state.fetch.valid = false;
}

constexpr std::array<PlainRegister, 8> kPlain{{
    {"sp", [](const Core& c) { return c.state.x[cpu::kSp]; },
     [](Core& c, std::uint64_t v) { c.state.x[cpu::kSp] = v; }},
    {"pc", [](const Core& c) { return c.state.pc; }, set_pc},
    {"nzcv", [](const Core& c) { return std::uint64_t{c.state.nzcv}; },
     [](Core& c, std::uint64_t v) { c.state.nzcv = static_cast<std::uint32_t>(v & 0xf0000000); }},
    {"daif", [](const Core& c) { return std::uint64_t{c.state.ps.daif} << 6; },
     [](Core& c, std::uint64_t v) { c.state.ps.daif = static_cast<std::uint8_t>(v >> 6 & 0xf); }},
    {"el", [](const Core& c) { return static_cast<std::uint64_t>(c.state.ps.el); }, nullptr},
    {"sp_sel", [](const Core& c) { return std::uint64_t{c.state.ps.sp_sel}; }, nullptr},
    {"fpcr", [](const Core& c) { return std::uint64_t{c.state.fpcr}; }, nullptr},
    {"fpsr", [](const Core& c) { return std::uint64_t{c.state.fpsr}; }, nullptr},
}};

std::string with_case(std::string_view name, int (*change)(int)) {
  std::string out(name);
  std::transform(out.begin(), out.end(), out.begin(),
                 [&](unsigned char c) { return static_cast<char>(change(c)); });
  return out;
}

std::optional<unsigned> general_register(std::string_view name) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(name.data() + 1, name.data() + name.size(), number);
  if (name.size() < 2 || name[0] != 'x' || error != std::errc{} ||
      end != name.data() + name.size() || number > 30) {
    return {};
  }
  return number;
}

const PlainRegister* plain_register(std::string_view name) {
  const auto* found = std::find_if(kPlain.begin(), kPlain.end(),
                                   [&](const PlainRegister& r) { return r.name == name; });
  return found == kPlain.end() ? nullptr : found;
}

[[noreturn]] void no_such_register(std::string_view name) {
  const auto names = register_names();
  const std::vector<std::string_view> views(names.begin(), names.end());
  std::string_view nearest = nearest_match(with_case(name, std::toupper), views);
  if (nearest.empty()) nearest = nearest_match(with_case(name, std::tolower), views);
  throw UserError(fmt::format("register: there is no '{}'{}", name,
                              nearest.empty() ? "; allowed: x0..x30, sp, pc and system registers"
                                              : fmt::format("; did you mean '{}'?", nearest)));
}

SysReg system_register(std::string_view name) {
  if (const auto found = find_sysreg(name)) return *found;
  const std::string lower = with_case(name, std::tolower);
  for (const SysRegInfo& info : sysreg_table()) {
    if (with_case(info.name, std::tolower) == lower) return info.reg;
  }
  no_such_register(name);
}

}  // namespace

std::vector<std::string> register_names() {
  std::vector<std::string> names;
  for (unsigned n = 0; n <= 30; ++n) names.push_back(fmt::format("x{}", n));
  for (const PlainRegister& plain : kPlain) names.emplace_back(plain.name);
  for (const SysRegInfo& info : sysreg_table()) {
    if (plain_register(with_case(info.name, std::tolower)) == nullptr)
      names.emplace_back(info.name);
  }
  return names;
}

std::uint64_t read_register(const Core& core, std::string_view name) {
  const std::string lower = with_case(name, std::tolower);
  if (const auto number = general_register(lower)) return core.state.x[*number];
  if (const PlainRegister* plain = plain_register(lower)) return plain->read(core);
  return cpu::peek_sysreg(core, system_register(name));
}

void write_register(Core& core, std::string_view name, std::uint64_t value) {
  const std::string lower = with_case(name, std::tolower);
  if (const auto number = general_register(lower)) {
    core.state.x[*number] = value;
  } else if (const PlainRegister* plain = plain_register(lower)) {
    if (plain->write == nullptr)
      throw UserError(fmt::format("register: '{}' cannot be written", lower));
    plain->write(core, value);
  } else {
    cpu::poke_sysreg(core, system_register(name), value);
  }
  core.interrupts_changed = true;
  core.context_changed();
}

}  // namespace armature::python
