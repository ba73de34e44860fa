#include "values.h"

#include <bit>
#include <cmath>
#include <type_traits>

#include "sim/arch/registers/fp.h"

namespace armature::isa::fp {

std::uint64_t interesting(Random& random, unsigned exponent_bits, unsigned fraction_bits) {
  const std::uint64_t ones = (1ull << exponent_bits) - 1, bias = ones >> 1;
  const std::uint64_t fraction_mask = (1ull << fraction_bits) - 1;
  std::uint64_t exponent = 0, fraction = 0;
  switch (random.below(8)) {
    case 0:
      exponent = 0;
      break;
    case 1:
      exponent = random.one_in(3) ? ones : random.below(ones);
      break;
    case 2:
      exponent = 1 + random.below(3);
      break;
    case 3:
      exponent = ones - 1 - random.below(3);
      break;
    case 4:
      exponent = bias + random.below(7) - 3;
      break;
    case 5:
      exponent = (bias + random.below(2 * fraction_bits + 30) - fraction_bits - 10) & ones;
      break;
    case 6:  // where other formats and integers end
      exponent = bias;
      switch (random.below(8)) {
        case 0:
          exponent += 15;
          break;
        case 1:
          exponent -= 14 + random.below(12);
          break;
        case 2:
          exponent += 31;
          break;
        case 3:
          exponent += 30;
          break;
        case 4:
          exponent += 62 + random.below(3);
          break;
        case 5:
          exponent += fraction_bits - 1 + random.below(3);
          break;
        case 6:
          exponent += exponent_bits == 11 ? 126 + random.below(3) : 14;
          break;
        default:
          exponent -= exponent_bits == 11 ? 126 + random.below(26) : 13;
          break;
      }
      exponent &= ones;
      break;
    default:
      exponent = random.below(ones + 1);
      break;
  }
  switch (random.below(9)) {
    case 0:
      fraction = 0;
      break;
    case 1:
      fraction = fraction_mask;
      break;
    case 2:
      fraction = 1ull << random.below(fraction_bits);
      break;
    case 3:
      fraction = fraction_mask << random.below(fraction_bits);
      break;
    case 4:
      fraction = random.below(3);
      break;
    case 5:
      fraction = fraction_mask - random.below(3);
      break;
    case 6:
      fraction = (random.next() & fraction_mask) >> random.below(fraction_bits);
      break;
    case 7:
      fraction = random.next() << random.below(fraction_bits);
      break;
    default:
      fraction = random.next();
      break;
  }
  return (random.next() & 1) << (exponent_bits + fraction_bits) | exponent << fraction_bits |
         (fraction & fraction_mask);
}

namespace {

// Elements of one lane of the four registers, as bits of T.
template <typename T, typename Bits>
void relate(Random& random, Bits* lane) {
  const auto order = static_cast<unsigned>(random.below(4));
  Bits& a = lane[order];
  Bits& b = lane[(order + 1 + random.below(3)) % 4];
  Bits& c = lane[(order + 1 + random.below(3)) % 4];
  const auto nudge = static_cast<Bits>(random.below(5) - 2);
  const Bits sign = static_cast<Bits>(random.next() & 1) << (sizeof(Bits) * 8 - 1);
  switch (random.below(4)) {
    case 0:
      b = static_cast<Bits>((a ^ sign) + nudge);
      break;
    case 1: {  // cancels in a fused multiply-add, but for what rounding lost
      const T product = std::bit_cast<T>(a) * std::bit_cast<T>(b);
      c = static_cast<Bits>((std::bit_cast<Bits>(product) ^ sign) + nudge);
      break;
    }
    case 2: {  // half a unit in the last place of a, and neighbours
      const T unit = std::nextafter(std::bit_cast<T>(a), T(INFINITY)) - std::bit_cast<T>(a);
      b = static_cast<Bits>((std::bit_cast<Bits>(unit / 2) ^ sign) + nudge);
      break;
    }
    default: {  // an exact square or product
      const T root =
          std::bit_cast<T>(static_cast<Bits>(a & ~((Bits{1} << (sizeof(Bits) * 4)) - 1)));
      b = std::bit_cast<Bits>(root * root);
      break;
    }
  }
}

}  // namespace

FpState make_state(Random& random) {
  FpState state{};
  const unsigned format = static_cast<unsigned>(random.below(9));
  const auto element = [&](unsigned width) {
    if (random.one_in(12)) return interesting_integer(random);
    return width == 16   ? interesting(random, 5, 10)
           : width == 32 ? interesting(random, 8, 23)
                         : interesting(random, 11, 52);
  };
  if (format < 4) {
    for (std::uint64_t& half : state.v) half = element(64);
    if (random.one_in(3)) {
      for (unsigned lane = 0; lane < 2; ++lane) {
        std::uint64_t bits[4] = {state.v[lane], state.v[2 + lane], state.v[4 + lane],
                                 state.v[6 + lane]};
        relate<double>(random, bits);
        for (unsigned reg = 0; reg < 4; ++reg) state.v[2 * reg + lane] = bits[reg];
      }
    }
  } else if (format < 8) {
    for (unsigned lane = 0; lane < 4; ++lane) {
      std::uint32_t bits[4];
      for (std::uint32_t& value : bits) value = static_cast<std::uint32_t>(element(32));
      if (random.one_in(3)) relate<float>(random, bits);
      for (unsigned reg = 0; reg < 4; ++reg) {
        state.v[2 * reg + lane / 2] |= std::uint64_t{bits[reg]} << (lane % 2 * 32);
      }
    }
  } else {
    for (std::uint64_t& half : state.v) {
      for (unsigned lane = 0; lane < 4; ++lane) {
        half |= (element(16) & 0xffff) << (16 * lane);
      }
    }
  }
  for (std::uint64_t& x : state.x) x = random.one_in(4) ? element(64) : interesting_integer(random);
  state.nzcv = static_cast<std::uint32_t>(random.next()) & 0xf000'0000u;
  if (!random.one_in(3)) {
    state.fpcr = static_cast<std::uint32_t>(Fpcr{}
                                                .with(fpcr::AHP, random.next())
                                                .with(fpcr::DN, random.next())
                                                .with(fpcr::FZ, random.next())
                                                .with(fpcr::RMode, random.next())
                                                .value);
  }
  // Half of the states start with IXC clear: whether an operation is exact shows.
  constexpr std::uint64_t kFlags = Fpsr{}
                                       .with(fpsr::QC, 1)
                                       .with(fpsr::IDC, 1)
                                       .with(fpsr::IXC, 1)
                                       .with(fpsr::UFC, 1)
                                       .with(fpsr::OFC, 1)
                                       .with(fpsr::DZC, 1)
                                       .with(fpsr::IOC, 1)
                                       .value;
  switch (random.below(4)) {
    case 0:
      state.fpsr = static_cast<std::uint32_t>(random.next() & kFlags);
      break;
    case 1:
      state.fpsr = static_cast<std::uint32_t>(Fpsr{}.with(fpsr::IXC, 1).value);
      break;
    default:
      break;
  }
  return state;
}

}  // namespace armature::isa::fp
