// Lane operations that several groups share (vector, by element, pairwise, across lanes, zero).
#pragma once

#include <algorithm>

#include "cpu/a64/simd_lanes.h"

namespace armature::cpu::simd {

// Wrapping arithmetic: instantiated for unsigned lanes, where C++ wraps as the manual's bits(N) do.
// `1u *` keeps the product of 16-bit lanes out of signed int.
inline constexpr auto add = [](auto n, auto m) { return n + m; };
inline constexpr auto subtract = [](auto n, auto m) { return n - m; };
inline constexpr auto multiply = [](auto n, auto m) { return 1u * n * m; };
inline constexpr auto multiply_add = [](auto d, auto n, auto m) { return d + 1u * n * m; };
inline constexpr auto multiply_subtract = [](auto d, auto n, auto m) { return d - 1u * n * m; };

// The same on signed lanes already widened: the sum may wrap, the product never does.
template <typename W>
constexpr W wrapping_add(W n, W m) {
  return static_cast<W>(static_cast<Unsigned<W>>(n) + static_cast<Unsigned<W>>(m));
}
template <typename W>
constexpr W wrapping_subtract(W n, W m) {
  return static_cast<W>(static_cast<Unsigned<W>>(n) - static_cast<Unsigned<W>>(m));
}
inline constexpr auto add_wide = [](auto n, auto m) { return wrapping_add(n, m); };
inline constexpr auto subtract_wide = [](auto n, auto m) { return wrapping_subtract(n, m); };
inline constexpr auto multiply_long = [](auto n, auto m) {
  return static_cast<decltype(n)>(n * m);
};
inline constexpr auto multiply_add_long = [](auto d, auto n, auto m) {
  return wrapping_add(d, static_cast<decltype(d)>(n * m));
};
inline constexpr auto multiply_subtract_long = [](auto d, auto n, auto m) {
  return wrapping_subtract(d, static_cast<decltype(d)>(n * m));
};

inline constexpr auto maximum = [](auto n, auto m) { return std::max(n, m); };
inline constexpr auto minimum = [](auto n, auto m) { return std::min(n, m); };

// Comparisons: all ones where true.
template <typename T>
constexpr T ones_if(bool condition) {
  return condition ? static_cast<T>(~T{0}) : T{0};
}
inline constexpr auto equal = [](auto n, auto m) { return ones_if<decltype(n)>(n == m); };
inline constexpr auto greater = [](auto n, auto m) { return ones_if<decltype(n)>(n > m); };
inline constexpr auto greater_or_equal = [](auto n, auto m) {
  return ones_if<decltype(n)>(n >= m);
};

// |n - m| is exact as an unsigned lane.
template <typename T>
constexpr Unsigned<T> absolute_difference_of(T n, T m) {
  using U = Unsigned<T>;
  return static_cast<U>(n > m ? static_cast<U>(n) - static_cast<U>(m)
                              : static_cast<U>(m) - static_cast<U>(n));
}
inline constexpr auto absolute_difference = [](auto n, auto m) {
  return absolute_difference_of(n, m);
};
inline constexpr auto absolute_difference_accumulate = [](auto d, auto n, auto m) {
  return static_cast<Unsigned<decltype(d)>>(d) + absolute_difference_of(n, m);
};

// (2 * n * m [+ half]) >> esize. Only the most negative value squared does not fit.
template <bool rounding, typename T>
constexpr T doubling_multiply_high(T n, T m, bool& saturated) {
  using Product = Wider<T>;
  const Product product = static_cast<Product>(static_cast<Product>(n) * m);
  // Without the doubling, so that the sum fits: half of a last place is 1 << (esize - 2) here.
  const Product half = static_cast<Product>(rounding ? Product{1} << (kBitsOf<T> - 2) : 0);
  return saturate<T>(static_cast<Exact<T>>((product + half) >> (kBitsOf<T> - 1)), saturated);
}
inline constexpr auto saturating_doubling_multiply_high = [](auto n, auto m, bool& saturated) {
  return doubling_multiply_high<false>(n, m, saturated);
};
inline constexpr auto saturating_rounding_doubling_multiply_high =
    [](auto n, auto m, bool& saturated) { return doubling_multiply_high<true>(n, m, saturated); };

// 2 * n * m of lanes already widened, as SQDMULL and its accumulating forms begin.
template <typename W>
constexpr W saturating_doubling_product(W n, W m, bool& saturated) {
  return saturate<W>(static_cast<Exact<W>>(n) * m * 2, saturated);
}
inline constexpr auto saturating_doubling_multiply_long = [](auto n, auto m, bool& saturated) {
  return saturating_doubling_product(n, m, saturated);
};
inline constexpr auto saturating_doubling_multiply_add_long = [](auto d, auto n, auto m,
                                                                 bool& saturated) {
  const Exact<decltype(d)> product = saturating_doubling_product(n, m, saturated);
  return saturate<decltype(d)>(d + product, saturated);
};
inline constexpr auto saturating_doubling_multiply_subtract_long = [](auto d, auto n, auto m,
                                                                      bool& saturated) {
  const Exact<decltype(d)> product = saturating_doubling_product(n, m, saturated);
  return saturate<decltype(d)>(d - product, saturated);
};

// Narrowing: of a wide lane, shifted right by 0 or more, to an element of the type of `t`.
inline constexpr auto narrow_truncating = [](auto t, auto n, unsigned shift, bool&) {
  return static_cast<decltype(t)>(shift_right(n, shift));
};
inline constexpr auto narrow_rounding = [](auto t, auto n, unsigned shift, bool&) {
  return static_cast<decltype(t)>(rounding_shift_right(n, shift));
};
inline constexpr auto narrow_saturating = [](auto t, auto n, unsigned shift, bool& saturated) {
  return saturate<decltype(t)>(shift_right(n, shift), saturated);
};
inline constexpr auto narrow_rounding_saturating = [](auto t, auto n, unsigned shift,
                                                      bool& saturated) {
  return saturate<decltype(t)>(rounding_shift_right(n, shift), saturated);
};

}  // namespace armature::cpu::simd
