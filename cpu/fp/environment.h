// What floating-point arithmetic depends on and leaves behind: FPCR, and the cumulative bits of
// FPSR. Exceptions cannot be trapped here: the trap enables of FPCR are RAZ on these cores.
#pragma once

#include <cstdint>

#include "sim/arch/registers/fp.h"

namespace armature::cpu::fp {

// FPRounding of the manual's pseudocode. The first four are FPCR.RMode's encodings.
enum class Rounding : std::uint8_t {
  ties_to_even,
  plus_infinity,
  minus_infinity,
  zero,
  ties_away,
  odd
};

// The bits of FPSR as masks, and FPExc of the pseudocode.
namespace status {
template <unsigned N>
constexpr std::uint32_t flag(Field<FpsrTag, N>) {
  return 1u << N;
}
inline constexpr std::uint32_t invalid = flag(fpsr::IOC), divide_by_zero = flag(fpsr::DZC),
                               overflow = flag(fpsr::OFC), underflow = flag(fpsr::UFC),
                               inexact = flag(fpsr::IXC), input_denormal = flag(fpsr::IDC);
}  // namespace status

struct Environment {
  std::uint32_t fpcr;
  std::uint32_t& fpsr;

  void raise(std::uint32_t flags) { fpsr |= flags; }
  Rounding rounding() const { return static_cast<Rounding>(control()[fpcr::RMode]); }
  bool flush_to_zero() const { return control().has(fpcr::FZ); }
  bool default_nan() const { return control().has(fpcr::DN); }
  bool alternative_half() const { return control().has(fpcr::AHP); }

 private:
  Fpcr control() const { return {fpcr}; }
};

}  // namespace armature::cpu::fp
