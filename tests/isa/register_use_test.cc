// The decode rows state which registers an instruction reads and writes. Each row is run and what
// it says is compared with what happens: nothing else changes, and nothing else matters.
#include <gtest/gtest.h>

#include <algorithm>
#include <bitset>
#include <set>
#include <string>
#include <vector>

#include "compare.h"
#include "cpu/pattern.h"
#include "generator.h"
#include "simulated.h"

namespace armature::isa {
namespace {

using cpu::RegisterUse;

// The registers of a list for one word.
struct Registers {
  std::bitset<33> x;  // 31: XZR, never set; 32: SP
  std::bitset<32> v;
  bool nzcv = false, fpsr = false, fpcr = false;
  bool system = false;  // one of the three, which the encoding names

  Registers(std::string_view list, const cpu::Row& row, std::uint32_t word) {
    const auto uses = cpu::parse_register_uses(list, row.pattern);
    for (const RegisterUse& use : *uses) {
      const unsigned n = use.letter == 0 ? 0 : cpu::extract_field(row.pattern, use.letter, word);
      switch (use.kind) {
        case RegisterUse::Kind::general:
          if (n != 31) x.set(n);
          if (n == 31 && use.stack) x.set(32);
          break;
        case RegisterUse::Kind::vector:
          for (unsigned k = 0; k <= use.more; ++k) v.set((n + k) % 32);
          break;
        case RegisterUse::Kind::nzcv:
          nzcv = true;
          break;
        case RegisterUse::Kind::sp:
          x.set(32);
          break;
        case RegisterUse::Kind::x30:
          x.set(30);
          break;
        case RegisterUse::Kind::fpsr:
          fpsr = true;
          break;
        case RegisterUse::Kind::fpcr:
          fpcr = true;
          break;
        case RegisterUse::Kind::system:
          system = true;
          break;
      }
    }
  }
};

constexpr std::uint32_t kNop = 0xd503201f;
constexpr unsigned kPointer = 28;

std::uint64_t& general(IsaState& state, unsigned n) { return n == 32 ? state.sp : state.x[n]; }

bool is_general(unsigned n) { return n != 31; }

// One instruction four times: as it is and with other values wherever its row says that nothing is
// read, each with and without the instruction after what sets up its operands.
struct Trial {
  const cpu::Row* row = nullptr;
  IsaCase one{}, without{}, perturbed{}, perturbed_without{};

  std::uint32_t word() const { return one.words[one.word_count - 1]; }
};

Trial make_trial(const cpu::Row& row, const IsaCase& one, Random& random) {
  Trial trial{&row, one, one, one, one};
  const Registers reads(row.reads, row, trial.word());
  IsaState& in = trial.perturbed.in;
  for (unsigned n = 0; n < 33; ++n) {
    if (is_general(n) && n != kPointer && !reads.x[n]) general(in, n) = random.next();
  }
  for (unsigned n = 0; n < 32; ++n) {
    if (reads.v[n]) continue;
    in.v[2 * n] = random.next();
    in.v[2 * n + 1] = random.next();
  }
  if (!reads.nzcv && !reads.system) in.nzcv ^= random.below(16) << 28;
  if (!reads.fpcr && !reads.system) in.fpcr ^= random.below(32) << 22;
  trial.perturbed_without = trial.perturbed;
  for (IsaCase* setup : {&trial.without, &trial.perturbed_without}) {
    setup->words[one.word_count - 1] = kNop;
  }
  return trial;
}

struct TrialResults {
  IsaResult one, without, perturbed, perturbed_without;
};

// What an instruction did beyond what its row says; empty when the row is right.
std::string undeclared(const Trial& trial, TrialResults results) {
  const Registers writes(trial.row->writes, *trial.row, trial.word());
  IsaState &after = results.one.out, &before = results.without.out, &other = results.perturbed.out,
           &other_before = results.perturbed_without.out;
  for (unsigned n = 0; n < 33; ++n) {
    if (!is_general(n)) continue;
    const std::string name = n == 32 ? "SP" : "X" + std::to_string(n);
    if (!writes.x[n] && general(after, n) != general(before, n)) return "writes " + name;
    if (!writes.x[n] && general(other, n) != general(other_before, n)) return "writes " + name;
    if (writes.x[n] && general(after, n) != general(other, n)) return name + " depends on more";
  }
  for (unsigned n = 0; n < 32; ++n) {
    const std::string name = "V" + std::to_string(n);
    const auto equal = [n](const IsaState& a, const IsaState& b) {
      return a.v[2 * n] == b.v[2 * n] && a.v[2 * n + 1] == b.v[2 * n + 1];
    };
    if (!writes.v[n] && !equal(after, before)) return "writes " + name;
    if (writes.v[n] && !equal(after, other)) return name + " depends on more";
  }
  if (!writes.system) {
    if (!writes.nzcv && after.nzcv != before.nzcv) return "writes NZCV";
    if (writes.nzcv && after.nzcv != other.nzcv) return "NZCV depends on more";
    if (!writes.fpsr && after.fpsr != before.fpsr) return "writes FPSR";
    if (writes.fpsr && after.fpsr != other.fpsr) return "FPSR depends on more";
    if (!writes.fpcr && after.fpcr != before.fpcr) return "writes FPCR";
  }
  if (!std::equal(std::begin(results.one.memory), std::end(results.one.memory),
                  results.perturbed.memory)) {
    return "memory depends on more";
  }
  return {};
}

// The same cases of all trials as one batch, so that each stands at the same address four times.
std::vector<IsaResult> run_all(const std::vector<Trial>& trials, IsaCase Trial::*which) {
  std::vector<IsaResult> results;
  for (std::size_t first = 0; first < trials.size(); first += ISA_CASES_MAX) {
    std::vector<IsaCase> cases;
    for (std::size_t n = first; n < std::min<std::size_t>(first + ISA_CASES_MAX, trials.size());
         ++n) {
      cases.push_back(trials[n].*which);
    }
    const std::vector<IsaResult> part = run_simulated(cases, {});
    results.insert(results.end(), part.begin(), part.end());
  }
  return results;
}

TEST(RegisterUse, EachRowStatesAllThatItReadsAndWrites) {
  constexpr unsigned kTrialsOfRow = 30;
  const Generator generator({});
  Random random(1);
  std::vector<Trial> trials;
  for (const cpu::Row* row : generator.rows()) {
    for (unsigned n = 0; n < kTrialsOfRow; ++n) {
      const std::optional<IsaCase> one = generator.make_single(*row, random);
      if (one) trials.push_back(make_trial(*row, *one, random));
    }
  }
  EXPECT_GT(trials.size(), (kTrialsOfRow - 1) * generator.rows().size());
  const std::vector<IsaResult> one = run_all(trials, &Trial::one),
                               without = run_all(trials, &Trial::without),
                               perturbed = run_all(trials, &Trial::perturbed),
                               perturbed_without = run_all(trials, &Trial::perturbed_without);
  std::set<const cpu::Row*> wrong_rows;
  for (std::size_t n = 0; n < trials.size(); ++n) {
    const std::string wrong =
        undeclared(trials[n], {one[n], without[n], perturbed[n], perturbed_without[n]});
    if (wrong.empty() || !wrong_rows.insert(trials[n].row).second) continue;
    ADD_FAILURE() << trials[n].row->name << ' ' << wrong << ": "
                  << disassemble(trials[n].word(), ISA_CODE);
  }
}

}  // namespace
}  // namespace armature::isa
