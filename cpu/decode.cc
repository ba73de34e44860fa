#include "cpu/decode.h"

#include <array>
#include <numeric>
#include <vector>

#include "cpu/exception.h"
#include "cpu/pattern.h"
#include "sim/base/assert.h"

namespace armature::cpu {

namespace {

using RowSource = std::span<const Row> (*)();
constexpr RowSource kSources[] = {
    rows_data_processing_immediate,
    rows_data_processing_register,
    rows_branches,
    rows_system,
    rows_load_store,
    rows_load_store_simd,
    rows_fp_scalar,
    rows_simd_integer,
    rows_simd_fp,
    rows_crypto,
};

// Rows by the bits that tell most of them apart: <28:21> and <15:10>. A row stands in every bucket
// whose words it may match.
class RowTable {
 public:
  RowTable() {
    for (const RowSource source : kSources) {
      for (const Row& row : source()) {
        ARMATURE_ASSERT(pattern_well_formed(row.pattern));
        rows_.push_back(&row);
        patterns_.push_back(compile_pattern(row.pattern));
      }
    }
    // Counting sort by bucket: sizes, starts, then the candidates themselves.
    for_each_place([&](unsigned bucket, unsigned) { ++first_[bucket + 1]; });
    std::partial_sum(first_.begin(), first_.end(), first_.begin());
    candidates_.resize(first_[kBuckets]);
    std::vector<std::uint32_t> next(first_.begin(), first_.end());
    for_each_place([&](unsigned bucket, unsigned row) {
      candidates_[next[bucket]++] = {patterns_[row], rows_[row]};
    });
  }

  std::span<const Row* const> rows() const { return rows_; }

  const Row* find(std::uint32_t word) const {
    const unsigned bucket = bucket_of(word);
    for (std::uint32_t n = first_[bucket]; n != first_[bucket + 1]; ++n) {
      if (candidates_[n].pattern.matches(word)) return candidates_[n].row;
    }
    return nullptr;
  }

 private:
  static constexpr unsigned kHigh = 21, kHighBits = 8, kLow = 10, kLowBits = 6;
  static constexpr unsigned kBuckets = 1u << (kHighBits + kLowBits);

  static constexpr unsigned bucket_of(std::uint32_t word) {
    return (word >> kHigh & ((1u << kHighBits) - 1)) << kLowBits |
           (word >> kLow & ((1u << kLowBits) - 1));
  }
  // Calls place(bucket, row) for every bucket a row stands in: its fixed key bits with every
  // combination of its free ones.
  template <typename Place>
  void for_each_place(Place place) const {
    for (unsigned row = 0; row < rows_.size(); ++row) {
      const unsigned fixed = bucket_of(patterns_[row].value);
      const unsigned free = bucket_of(~patterns_[row].mask);
      for (unsigned subset = free;; subset = (subset - 1) & free) {
        place(fixed | subset, row);
        if (subset == 0) break;
      }
    }
  }

  struct Candidate {
    BitPattern pattern;
    const Row* row;
  };
  std::vector<const Row*> rows_;
  std::vector<BitPattern> patterns_;
  std::array<std::uint32_t, kBuckets + 1> first_{};
  std::vector<Candidate> candidates_;
};

// Constant once built; built at first use because the rows come from other files.
const RowTable& table() {
  static const RowTable instance;
  return instance;
}

Outcome undefined_instruction(Core& core, const Insn&) { return undefined(core); }
Outcome trapped_fp_instruction(Core& core, const Insn&) { return trap_fp_access(core); }

std::uint16_t base_cost(CostClass cost_class, const Costs& costs) {
  const auto cycles = [](std::uint8_t whole) {
    return static_cast<std::uint16_t>(Cycles::whole(whole).sixteenths);
  };
  switch (cost_class) {
    case CostClass::integer:
      return costs.issue_sixteenths;
    case CostClass::multiply:
      return cycles(costs.multiply);
    case CostClass::divide:
      return cycles(costs.divide);
    case CostClass::branch:
      return cycles(costs.branch);
    case CostClass::load:
      return cycles(costs.load);
    case CostClass::store:
      return cycles(costs.store);
    case CostClass::fp:
      return cycles(costs.fp);
    case CostClass::fp_divide:
      return cycles(costs.fp_divide);
    case CostClass::simd:
      return cycles(costs.simd);
    case CostClass::system:
      return cycles(costs.system);
    case CostClass::barrier:
      return cycles(costs.barrier);
  }
  return costs.issue_sixteenths;
}

}  // namespace

std::span<const Row* const> all_rows() { return table().rows(); }

const Row* find_row(std::uint32_t word) { return table().find(word); }

void decode(std::uint32_t word, const DecodeContext& context, Insn& insn) {
  const std::uint8_t index = insn.index;
  insn = Insn{};
  insn.index = index;
  insn.word = word;

  const Row* row = find_row(word);
  // An encoding that is unallocated is UNDEFINED whether or not FP is trapped.
  if (row == nullptr || !row->decode(word, insn)) {
    insn.handler = undefined_instruction;
    insn.flags = kEndsGroup;
    insn.cost = base_cost(CostClass::system, *context.costs);
    return;
  }
  insn.cost = base_cost(row->cost, *context.costs);
  const bool loops = (insn.flags & kMayFallThrough) != 0 && static_cast<std::int64_t>(insn.imm) < 0;
  if (loops) insn.aux2 = context.costs->mispredict;
  if (row->ends_group) insn.flags |= kEndsGroup;
  if (row->fp && context.fp_trapped) {
    insn.handler = trapped_fp_instruction;
    insn.flags |= kEndsGroup;
  }
}

}  // namespace armature::cpu
