#include "session.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "qemu.h"
#include "simulated.h"

namespace armature::isa {

namespace {

// Runs both sides, QEMU in its own process beside us.
struct Sides {
  Side ours, theirs;
  explicit Sides(const SessionOptions& options)
      : ours([fast = options.fast](std::span<const IsaCase> cases) {
          return run_simulated(cases, {.fast = fast});
        }),
        theirs([runner = options.runner](std::span<const IsaCase> cases) {
          return run_qemu(runner, cases);
        }) {}

  void run(std::span<const IsaCase> cases, std::vector<IsaResult>& a,
           std::vector<IsaResult>& b) const {
    auto other = std::async(std::launch::async, [&] { return theirs(cases); });
    a = ours(cases);
    b = other.get();
  }
};

std::string row_name(std::uint32_t word) {
  const cpu::Row* row = cpu::find_row(word);
  return row == nullptr ? "none" : std::string(row->name);
}

}  // namespace

SessionResult run_sequences(const SessionOptions& options) {
  const Generator generator(options.generator);
  const Sides sides(options);
  SessionResult result;
  if (generator.rows().empty()) {
    result.report = "no row of the decode table matches the groups\n";
    return result;
  }
  std::uint64_t index = options.first_case;
  while (result.instructions < options.instructions) {
    const std::uint64_t first = index;
    std::vector<IsaCase> cases;
    while (cases.size() < ISA_CASES_MAX && result.instructions < options.instructions) {
      unsigned instructions = 0;
      cases.push_back(generator.make(options.seed, index++, instructions));
      result.instructions += std::max(instructions, 1u);
    }
    std::vector<IsaResult> a, b;
    sides.run(cases, a, b);
    result.cases += cases.size();
    for (std::size_t n = 0; n < cases.size(); ++n) {
      if (b[n].fault != kIsaFaultNone) ++result.faulted;
      if (differences(a[n], b[n]).empty()) continue;
      ++result.different;
      if (result.different > options.reports_max) continue;
      const Culprit culprit = find_culprit(cases[n], sides.ours, sides.theirs);
      ++result.by_row[row_name(culprit.word)];
      result.report +=
          fmt::format("case {} of seed {}\n{}replay: {} --seed {} --case {} --count 1\n\n",
                      first + n, options.seed, describe(cases[n], culprit), options.replay_prefix,
                      options.seed, first + n);
    }
  }
  return result;
}

SessionResult run_words(const SessionOptions& options) {
  const Generator generator(options.generator);
  const Sides sides(options);
  SessionResult result;
  Random random(options.seed);
  while (result.instructions < options.instructions) {
    std::vector<IsaCase> cases;
    while (cases.size() < ISA_CASES_MAX && result.instructions < options.instructions) {
      IsaCase one{};
      one.memory_seed = random.next();
      // Wild addresses: outside what is mapped on either side, for what only one side accepts.
      for (std::uint64_t& x : one.in.x) x = 0x0000'00f5'0000'0000 | (random.next() & 0xfffffff0);
      for (std::uint64_t& v : one.in.v) v = interesting_vector_half(random);
      one.in.sp = one.in.x[28];
      one.in.nzcv = random.below(16) << 28;
      one.word_count = 1;
      one.words[0] = generator.make_word(random);
      cases.push_back(one);
      ++result.instructions;
    }
    std::vector<IsaResult> a, b;
    sides.run(cases, a, b);
    result.cases += cases.size();
    for (std::size_t n = 0; n < cases.size(); ++n) {
      if (b[n].fault != kIsaFaultNone) ++result.faulted;
      const std::vector<std::string> lines = differences(a[n], b[n]);
      const std::uint32_t word = cases[n].words[0];
      if (lines.empty() || known_laxity(word) != nullptr) continue;
      ++result.different;
      ++result.by_row[row_name(word)];
      if (result.different > options.reports_max) continue;
      const Culprit culprit{.index = 0, .word = word, .before = cases[n].in, .differences = lines};
      result.report +=
          fmt::format("{}replay: {} --words --seed {} --count {}\n\n", describe(cases[n], culprit),
                      options.replay_prefix, options.seed, options.instructions);
    }
  }
  return result;
}

}  // namespace armature::isa
