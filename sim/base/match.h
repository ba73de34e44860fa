// Which elements of a small array equal a value, as a bit mask: many compares at once where the host
// has SSE2, one by one elsewhere.
#pragma once

#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace armature {

#if defined(__SSE2__)

// Bit n: words[n] == wanted, of 16.
inline unsigned match_16(const std::uint32_t* words, std::uint32_t wanted) {
  const auto* four = reinterpret_cast<const __m128i*>(words);
  const __m128i value = _mm_set1_epi32(static_cast<int>(wanted));
  const __m128i m0 = _mm_cmpeq_epi32(_mm_loadu_si128(four + 0), value);
  const __m128i m1 = _mm_cmpeq_epi32(_mm_loadu_si128(four + 1), value);
  const __m128i m2 = _mm_cmpeq_epi32(_mm_loadu_si128(four + 2), value);
  const __m128i m3 = _mm_cmpeq_epi32(_mm_loadu_si128(four + 3), value);
  const __m128i bytes = _mm_packs_epi16(_mm_packs_epi32(m0, m1), _mm_packs_epi32(m2, m3));
  return static_cast<unsigned>(_mm_movemask_epi8(bytes));
}

#else

inline unsigned match_16(const std::uint32_t* words, std::uint32_t wanted) {
  unsigned found = 0;
  for (unsigned n = 0; n < 16; ++n) found |= unsigned{words[n] == wanted} << n;
  return found;
}

#endif

}  // namespace armature
