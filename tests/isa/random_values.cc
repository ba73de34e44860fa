// Random numbers and the values worth trying.
#include <bit>

#include "generator.h"

namespace armature::isa {

Random::Random(std::uint64_t seed) {
  for (std::uint64_t& word : state_) {
    seed += 0x9e3779b97f4a7c15ull;
    std::uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    word = z ^ (z >> 31);
  }
}

std::uint64_t Random::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t interesting_integer(Random& random) {
  switch (random.below(8)) {
    case 0:
      return random.below(4);
    case 1:
      return ~random.below(4);
    case 2:
      return 1ull << random.below(64);
    case 3:
      return (1ull << random.below(64)) - 1;
    case 4:
      return 0x7fffffffull + random.below(3) + (random.next() << 32);
    case 5:
      return 0x7fffffffffffffffull + random.below(3);
    case 6:
      return random.below(70);
    default:
      return random.next();
  }
}

namespace {

// A floating-point number of `exponent_bits` and `fraction_bits`, often near an edge.
std::uint64_t interesting_float(Random& random, unsigned exponent_bits, unsigned fraction_bits) {
  const std::uint64_t exponent_max = (1ull << exponent_bits) - 1, bias = exponent_max >> 1;
  const std::uint64_t fraction_mask = (1ull << fraction_bits) - 1;
  std::uint64_t exponent = 0, fraction = 0;
  switch (random.below(6)) {
    case 0:
      exponent = 0;
      break;
    case 1:
      exponent = exponent_max;
      break;
    case 2:
      exponent = random.below(2) + (random.one_in(2) ? 1 : exponent_max - 2);
      break;
    case 3:
      exponent = bias + random.below(2 * fraction_bits + 20) - fraction_bits;
      break;
    case 4:
      exponent = bias + random.below(5) - 2;
      break;
    default:
      exponent = random.below(exponent_max + 1);
      break;
  }
  switch (random.below(6)) {
    case 0:
      fraction = 0;
      break;
    case 1:
      fraction = 1ull << random.below(fraction_bits);
      break;
    case 2:
      fraction = fraction_mask;
      break;
    case 3:
      fraction = fraction_mask << random.below(fraction_bits) & fraction_mask;
      break;
    default:
      fraction = random.next() & fraction_mask;
      break;
  }
  return random.below(2) << (exponent_bits + fraction_bits) |
         (exponent & exponent_max) << fraction_bits | fraction;
}

}  // namespace

std::uint64_t interesting_vector_half(Random& random) {
  std::uint64_t value = 0;
  switch (random.below(5)) {
    case 0:
      return interesting_float(random, 11, 52);
    case 1:
      return interesting_float(random, 8, 23) << 32 | interesting_float(random, 8, 23);
    case 2:
      for (unsigned lane = 0; lane < 4; ++lane)
        value = value << 16 | interesting_float(random, 5, 10);
      return value;
    case 3:
      for (unsigned lane = 0; lane < 8; ++lane) {
        value = value << 8 |
                (random.one_in(3) ? random.next() & 0xff : (0x7e + random.below(4)) & 0xff);
      }
      return value;
    default:
      return interesting_integer(random);
  }
}

}  // namespace armature::isa
