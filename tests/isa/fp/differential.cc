#include "differential.h"

#include <fmt/format.h>

#include <cstring>
#include <map>
#include <vector>

#include "cpu/decode.h"
#include "cpu/pattern.h"
#include "guest_process.h"
#include "tests/cpu/core_fixture.h"
#include "values.h"

namespace armature::isa::fp {

namespace {

using cpu::Row;

constexpr unsigned kRegisters = 4;
constexpr std::size_t kStatesPerWord = 256;
constexpr unsigned kDescribed = 3;  // differences described in full, a row

std::vector<const Row*> rows_under_test(const std::string& name) {
  std::vector<const Row*> rows;
  for (const std::span<const Row> group : {cpu::rows_fp_scalar(), cpu::rows_simd_fp()}) {
    for (const Row& row : group) {
      if (row.name.find(name) != std::string_view::npos) rows.push_back(&row);
    }
  }
  return rows;
}

// Random fields; registers among the first four, a general register sometimes XZR.
std::uint32_t make_word(const Row& row, Random& random) {
  std::uint32_t word = cpu::compile_pattern(row.pattern).value;
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    if (cpu::field_mask(row.pattern, letter) == 0) continue;
    auto value = static_cast<std::uint32_t>(random.next());
    const auto uses = [&](std::string_view list, cpu::RegisterUse::Kind kind) {
      const auto parsed = cpu::parse_register_uses(list, row.pattern);
      for (const cpu::RegisterUse& use : parsed.value()) {
        if (use.kind == kind && use.letter == letter) return true;
      }
      return false;
    };
    const auto is = [&](cpu::RegisterUse::Kind kind) {
      return uses(row.reads, kind) || uses(row.writes, kind);
    };
    if (is(cpu::RegisterUse::Kind::vector)) value %= kRegisters;
    if (is(cpu::RegisterUse::Kind::general)) {
      value = random.one_in(8) ? 31 : value % kRegisters;
    }
    word = cpu::insert_field(row.pattern, letter, word, value);
  }
  return word;
}

void load(const FpState& from, cpu::CoreState& to) {
  for (unsigned n = 0; n < kRegisters; ++n) {
    to.v[n].d[0] = from.v[2 * n];
    to.v[n].d[1] = from.v[2 * n + 1];
    to.x[n] = from.x[n];
  }
  to.x[cpu::kZero] = 0;
  to.nzcv = from.nzcv;
  to.fpcr = from.fpcr;
  to.fpsr = from.fpsr;
}

FpState store(const cpu::CoreState& from) {
  FpState to{};
  for (unsigned n = 0; n < kRegisters; ++n) {
    to.v[2 * n] = from.v[n].d[0];
    to.v[2 * n + 1] = from.v[n].d[1];
    to.x[n] = from.x[n];
  }
  to.nzcv = from.nzcv;
  to.fpcr = from.fpcr;
  to.fpsr = from.fpsr;
  return to;
}

std::string describe(const FpState& state) {
  std::string text;
  for (unsigned n = 0; n < kRegisters; ++n) {
    text += fmt::format(" v{}={:016x}_{:016x}", n, state.v[2 * n + 1], state.v[2 * n]);
  }
  for (unsigned n = 0; n < kRegisters; ++n) text += fmt::format(" x{}={:016x}", n, state.x[n]);
  return text + fmt::format(" nzcv={:x} fpcr={:08x} fpsr={:08x}{}", state.nzcv >> 28, state.fpcr,
                            state.fpsr, state.undefined != 0 ? " UNDEFINED" : "");
}

}  // namespace

DifferentialReport run_differential(const DifferentialOptions& options) {
  GuestProcess guest(options.guest);
  cpu::testing::TestMachine machine;
  cpu::Core& core = machine.core();
  Random random(options.seed);
  DifferentialReport report;
  const std::vector<const Row*> rows = rows_under_test(options.row);
  std::map<std::string_view, unsigned> described;
  while (report.states < options.states && !rows.empty()) {
    for (const Row* row : rows) {
      const std::uint32_t word = make_word(*row, random);
      cpu::Insn insn;
      insn.word = word;
      const bool defined = row->decode(word, insn);
      std::vector<FpState> inputs(defined ? kStatesPerWord : 1);
      for (FpState& state : inputs) state = make_state(random);
      std::vector<FpState> expected = inputs;
      guest.run(word, expected);
      ++report.instructions;
      report.undefined += !defined;
      for (std::size_t n = 0; n < inputs.size(); ++n) {
        FpState ours = inputs[n];
        if (defined) {
          load(inputs[n], core.state);
          core.current = &insn;
          insn.handler(core, insn);
          core.current = nullptr;
          ours = store(core.state);
        } else {
          ours = expected[n];
          ours.undefined = 1;
        }
        ++report.states;
        if (std::memcmp(&ours, &expected[n], sizeof(ours)) == 0) continue;
        ++report.differences;
        if (described[row->name]++ < kDescribed) {
          report.first +=
              fmt::format("{} {:08x}\n  input {}\n  ours  {}\n  qemu  {}\n", row->name, word,
                          describe(inputs[n]), describe(ours), describe(expected[n]));
        }
      }
    }
  }
  return report;
}

}  // namespace armature::isa::fp
