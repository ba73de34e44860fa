// Operands worth trying: what IEEE-754 and the manual's pseudocode treat specially.
#pragma once

#include <cstdint>

#include "exchange.h"
#include "tests/isa/generator.h"

namespace armature::isa::fp {

// A number of the given format: edges, NaNs, integers and their halves, few significant bits,
// random.
std::uint64_t interesting(Random& random, unsigned exponent_bits, unsigned fraction_bits);

// V0..V3 of elements of one width, sometimes related (close, cancelling, addend = -product);
// X0..X3 integers; any control bits, any flags already set.
FpState make_state(Random& random);

}  // namespace armature::isa::fp
