// The host's arithmetic against ours: results and flags must be the same bits for every operand,
// control and state of the cumulative flags.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>
#include <type_traits>

#include "cpu/fp/arithmetic.h"

namespace armature::cpu::fp {
namespace {

constexpr unsigned kRounds = 300'000;

class Operands {
 public:
  template <typename F>
  BitsOf<F> next() {
    std::uint64_t exponent = 0;
    constexpr std::uint64_t ones = F::exponent_ones;
    switch (random_() % 6) {
      case 0: exponent = random_() % 3; break;
      case 1: exponent = ones - random_() % 3; break;
      case 2: exponent = F::bias + random_() % 5 - 2; break;
      case 3: exponent = F::bias + random_() % (2 * F::width) - F::width; break;
      default: exponent = random_() % (ones + 1); break;
    }
    std::uint64_t fraction = 0;
    switch (random_() % 5) {
      case 0: fraction = random_() % 3; break;
      case 1: fraction = ~(random_() % 3); break;
      case 2: fraction = ~0ull << random_() % F::fraction_width; break;
      case 3: fraction = 1ull << random_() % F::fraction_width; break;
      default: fraction = random_(); break;
    }
    return static_cast<BitsOf<F>>((random_() & 1) << (F::width - 1) |
                                  (exponent & ones) << F::fraction_width |
                                  (fraction & F::fraction_mask));
  }
  std::uint32_t control() {
    return random_() % 2 == 0 ? 0 : static_cast<std::uint32_t>(random_() % 16) << 22;
  }
  std::uint32_t flags() { return random_() % 2 == 0 ? 0 : status::inexact; }
  std::uint64_t integer() { return random_() >> random_() % 64; }
  bool coin() { return random_() % 2 == 0; }

 private:
  std::mt19937_64 random_{20240131};
};

// Runs both on the same environment; true when result and flags agree.
template <typename Fast, typename Exact>
::testing::AssertionResult agree(Operands& operands, Fast fast, Exact exact) {
  const std::uint32_t control = operands.control(), flags = operands.flags();
  std::uint32_t fast_flags = flags, exact_flags = flags;
  Environment fast_env{control, fast_flags}, exact_env{control, exact_flags};
  const std::uint64_t fast_result = fast(fast_env), exact_result = exact(exact_env);
  if (fast_result == exact_result && fast_flags == exact_flags) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure()
         << std::hex << "host " << fast_result << " flags " << fast_flags << ", exact "
         << exact_result << " flags " << exact_flags << ", FPCR " << control << " FPSR " << flags;
}

template <typename F>
class FastPath : public ::testing::Test {
 protected:
  Operands operands;
};
using Formats = ::testing::Types<Single, Double>;
TYPED_TEST_SUITE(FastPath, Formats);

#define ARMATURE_COMPARE_BINARY(TestName, function)                                               \
  TYPED_TEST(FastPath, TestName) {                                                                \
    using F = TypeParam;                                                                          \
    for (unsigned round = 0; round < kRounds; ++round) {                                          \
      const auto a = this->operands.template next<F>();                                           \
      auto b = this->operands.template next<F>();                                                 \
      if (round % 4 == 0) b = static_cast<BitsOf<F>>(a + round % 7 - 3); /* close */              \
      ASSERT_TRUE(agree(                                                                          \
          this->operands, [&](Environment& env) { return function<F>(a, b, env); },               \
          [&](Environment& env) { return exact_ops::function<F>(a, b, env); }))                   \
          << std::hex << a << " " << b;                                                           \
    }                                                                                             \
  }
ARMATURE_COMPARE_BINARY(AddsAsTheExactOne, add)
ARMATURE_COMPARE_BINARY(SubtractsAsTheExactOne, sub)
ARMATURE_COMPARE_BINARY(MultipliesAsTheExactOne, mul)
ARMATURE_COMPARE_BINARY(DividesAsTheExactOne, div)
#undef ARMATURE_COMPARE_BINARY

TYPED_TEST(FastPath, TakesRootsAsTheExactOne) {
  using F = TypeParam;
  for (unsigned round = 0; round < kRounds; ++round) {
    auto a = this->operands.template next<F>();
    if (round % 4 == 0) {  // an exact square
      const auto root = host::value<F>(static_cast<BitsOf<F>>(a >> F::width / 2 << F::width / 2));
      a = host::bits<F>(root * root);
    }
    ASSERT_TRUE(agree(
        this->operands, [&](Environment& env) { return sqrt<F>(a, env); },
        [&](Environment& env) { return exact_ops::sqrt<F>(a, env); }))
        << std::hex << a;
  }
}

TYPED_TEST(FastPath, FusesAsTheExactOne) {
  using F = TypeParam;
  for (unsigned round = 0; round < kRounds; ++round) {
    const auto a = this->operands.template next<F>(), b = this->operands.template next<F>();
    auto addend = this->operands.template next<F>();
    if (round % 3 == 0) {  // cancels but for what rounding lost
      addend = static_cast<BitsOf<F>>(host::bits<F>(-(host::value<F>(a) * host::value<F>(b))) +
                                      round % 5 - 2);
    }
    ASSERT_TRUE(agree(
        this->operands, [&](Environment& env) { return mul_add<F>(addend, a, b, env); },
        [&](Environment& env) { return exact_ops::mul_add<F>(addend, a, b, env); }))
        << std::hex << addend << " " << a << " " << b;
  }
}

TYPED_TEST(FastPath, ComparesAsTheExactOne) {
  using F = TypeParam;
  for (unsigned round = 0; round < kRounds; ++round) {
    const auto a = this->operands.template next<F>();
    const auto b = round % 4 == 0 ? a : this->operands.template next<F>();
    const Quietness quietness = this->operands.coin() ? Quietness::quiet : Quietness::signalling;
    ASSERT_TRUE(agree(
        this->operands, [&](Environment& env) { return compare<F>(a, b, quietness, env); },
        [&](Environment& env) { return exact_ops::compare<F>(a, b, quietness, env); }))
        << std::hex << a << " " << b;
  }
}

TYPED_TEST(FastPath, ConvertsToIntegersAsTheExactOne) {
  using F = TypeParam;
  for (unsigned round = 0; round < kRounds; ++round) {
    const auto a = this->operands.template next<F>();
    const unsigned width = this->operands.coin() ? 32 : 64;
    const Signedness signedness =
        this->operands.coin() ? Signedness::is_signed : Signedness::is_unsigned;
    ASSERT_TRUE(agree(
        this->operands,
        [&](Environment& env) {
          return to_fixed<F>(a, 0, width, signedness, Rounding::zero, env);
        },
        [&](Environment& env) {
          return exact_ops::to_fixed<F>(a, 0, width, signedness, Rounding::zero, env);
        }))
        << std::hex << a << " width " << width;
  }
}

TYPED_TEST(FastPath, ConvertsIntegersAsTheExactOne) {
  using F = TypeParam;
  for (unsigned round = 0; round < kRounds; ++round) {
    std::uint64_t integer = this->operands.integer();
    if (this->operands.coin()) integer = 0 - integer;
    const unsigned width = this->operands.coin() ? 32 : 64;
    const Signedness signedness =
        this->operands.coin() ? Signedness::is_signed : Signedness::is_unsigned;
    ASSERT_TRUE(agree(
        this->operands,
        [&](Environment& env) { return from_fixed<F>(integer, 0, width, signedness, env); },
        [&](Environment& env) {
          return exact_ops::from_fixed<F>(integer, 0, width, signedness, env);
        }))
        << std::hex << integer << " width " << width;
  }
}

TYPED_TEST(FastPath, ConvertsPrecisionAsTheExactOne) {
  using From = TypeParam;
  using To = std::conditional_t<std::is_same_v<From, Single>, Double, Single>;
  for (unsigned round = 0; round < kRounds; ++round) {
    const auto a = this->operands.template next<From>();
    ASSERT_TRUE(agree(
        this->operands,
        [&](Environment& env) { return convert<To, From>(a, env.rounding(), env); },
        [&](Environment& env) { return exact_ops::convert<To, From>(a, env.rounding(), env); }))
        << std::hex << a;
  }
}

// The exact operations against the host in an independent way: doubles hold every intermediate of
// single arithmetic exactly or twice-rounded harmlessly (2 * 24 + 2 <= 53 bits).
TEST(ExactArithmetic, AgreesWithDoublesOnSingles) {
  Operands operands;
  for (unsigned round = 0; round < kRounds; ++round) {
    const auto a = operands.next<Single>(), b = operands.next<Single>();
    const double x = host::value<Single>(a), y = host::value<Single>(b);
    if (std::isnan(x) || std::isnan(y)) continue;
    std::uint32_t flags = 0;
    Environment env{0, flags};
    const auto expect = [&](double wide, std::uint32_t ours, const char* operation) {
      if (std::isnan(wide)) return;
      ASSERT_EQ(ours, host::bits<Single>(static_cast<float>(wide)))
          << operation << std::hex << " " << a << " " << b;
    };
    expect(x + y, exact_ops::add<Single>(a, b, env), "add");
    expect(x * y, exact_ops::mul<Single>(a, b, env), "mul");
    expect(x / y, exact_ops::div<Single>(a, b, env), "div");
    expect(std::sqrt(x), exact_ops::sqrt<Single>(a, env), "sqrt");
  }
}

}  // namespace
}  // namespace armature::cpu::fp
