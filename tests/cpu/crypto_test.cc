// The Cryptographic Extension against the worked examples of FIPS 197 and FIPS 180.
#include <cstdint>

#include "tests/cpu/simd_fixture.h"

namespace armature::cpu::testing {
namespace {

class Crypto : public SimdFixture {};

// FIPS 197 appendix B, round 1.
TEST_F(Crypto, AesRoundMatchesFips197) {
  v(0) = bytes({0x32, 0x43, 0xf6, 0xa8, 0x88, 0x5a, 0x30, 0x8d,  // input
                0x31, 0x31, 0x98, 0xa2, 0xe0, 0x37, 0x07, 0x34});
  v(1) = bytes({0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,  // cipher key
                0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c});
  run_one(0x4e28'4820);                                                   // aese v0.16b, v1.16b
  EXPECT_EQ(v(0), bytes({0xd4, 0xbf, 0x5d, 0x30, 0xe0, 0xb4, 0x52, 0xae,  // after ShiftRows
                         0xb8, 0x41, 0x11, 0xf1, 0x1e, 0x27, 0x98, 0xe5}));
  run_one(0x4e28'6802);                                                   // aesmc v2.16b, v0.16b
  EXPECT_EQ(v(2), bytes({0x04, 0x66, 0x81, 0xe5, 0xe0, 0xcb, 0x19, 0x9a,  // after MixColumns
                         0x48, 0xf8, 0xd3, 0x7a, 0x28, 0x06, 0x26, 0x4c}));
}

TEST_F(Crypto, AesDecryptionUndoesEncryption) {
  const VReg plain = doubles(0x0123'4567'89ab'cdef, 0xfedc'ba98'7654'3210);
  v(0) = plain;
  v(1) = doubles(0, 0);
  run_one(0x4e28'4820);  // aese v0.16b, v1.16b
  EXPECT_NE(v(0), plain);
  run_one(0x4e28'5820);  // aesd v0.16b, v1.16b
  EXPECT_EQ(v(0), plain);
  run_one(0x4e28'6802);  // aesmc v2.16b, v0.16b
  EXPECT_NE(v(2), plain);
  run_one(0x4e28'7843);  // aesimc v3.16b, v2.16b
  EXPECT_EQ(v(3), plain);
}

// The one padded block of the message "abc".
const std::uint32_t kAbcBlock[16] = {0x6162'6380, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 24};

VReg four_words(const std::uint32_t* w) { return words({w[0], w[1], w[2], w[3]}); }
VReg sum(VReg a, VReg b) {
  const auto wa = std::bit_cast<std::array<std::uint32_t, 4>>(a);
  const auto wb = std::bit_cast<std::array<std::uint32_t, 4>>(b);
  return words({wa[0] + wb[0], wa[1] + wb[1], wa[2] + wb[2], wa[3] + wb[3]});
}

// FIPS 180, SHA-1 of "abc". v0 = ABCD, s1 = E, v4..v7 the message schedule.
TEST_F(Crypto, Sha1OfAbcMatchesFips180) {
  constexpr std::uint32_t kConstants[4] = {0x5a82'7999, 0x6ed9'eba1, 0x8f1b'bcdc, 0xca62'c1d6};
  const VReg abcd = words({0x6745'2301, 0xefcd'ab89, 0x98ba'dcfe, 0x1032'5476});
  constexpr std::uint32_t kE = 0xc3d2'e1f0;
  v(0) = abcd;
  v(1) = doubles(kE, 0);
  for (unsigned i = 0; i < 4; ++i) v(4 + i) = four_words(kAbcBlock + 4 * i);
  for (unsigned step = 0; step < 20; ++step) {
    const std::uint32_t k = kConstants[step / 5];
    v(16) = sum(v(4), words({k, k, k, k}));
    run_one(0x5e28'0802);  // the E of the next four rounds  // sha1h s2, s0
    switch (step / 5) {
      case 0:
        run_one(0x5e10'0020);
        break;  // sha1c q0, s1, v16.4s
      case 2:
        run_one(0x5e10'2020);
        break;  // sha1m q0, s1, v16.4s
      default:
        run_one(0x5e10'1020);
        break;  // sha1p q0, s1, v16.4s
    }
    v(1) = v(2);
    run_one(0x5e06'30a4);  // sha1su0 v4.4s, v5.4s, v6.4s
    run_one(0x5e28'18e4);  // sha1su1 v4.4s, v7.4s
    const VReg next = v(4);
    for (unsigned i = 4; i < 7; ++i) v(i) = v(i + 1);
    v(7) = next;
  }
  EXPECT_EQ(sum(v(0), abcd), words({0xa999'3e36, 0x4706'816a, 0xba3e'2571, 0x7850'c26c}));
  EXPECT_EQ((v(1).d[0] + kE) & 0xffff'ffff, 0x9cd0'd89du);
}

// FIPS 180, SHA-256 of "abc". v0 = abcd, v1 = efgh, v4..v7 the message schedule.
TEST_F(Crypto, Sha256OfAbcMatchesFips180) {
  constexpr std::uint32_t kConstants[64] = {
      0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
      0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
      0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
      0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
      0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
      0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
      0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
      0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
      0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
      0xc67178f2};
  const VReg abcd = words({0x6a09'e667, 0xbb67'ae85, 0x3c6e'f372, 0xa54f'f53a});
  const VReg efgh = words({0x510e'527f, 0x9b05'688c, 0x1f83'd9ab, 0x5be0'cd19});
  v(0) = abcd;
  v(1) = efgh;
  for (unsigned i = 0; i < 4; ++i) v(4 + i) = four_words(kAbcBlock + 4 * i);
  for (unsigned step = 0; step < 16; ++step) {
    v(16) = sum(v(4), four_words(kConstants + 4 * step));
    v(2) = v(0);
    run_one(0x5e10'4020);  // sha256h q0, q1, v16.4s
    run_one(0x5e10'5041);  // sha256h2 q1, q2, v16.4s
    run_one(0x5e28'28a4);  // sha256su0 v4.4s, v5.4s
    run_one(0x5e07'60c4);  // sha256su1 v4.4s, v6.4s, v7.4s
    const VReg next = v(4);
    for (unsigned i = 4; i < 7; ++i) v(i) = v(i + 1);
    v(7) = next;
  }
  EXPECT_EQ(sum(v(0), abcd), words({0xba78'16bf, 0x8f01'cfea, 0x4141'40de, 0x5dae'2223}));
  EXPECT_EQ(sum(v(1), efgh), words({0xb003'61a3, 0x9617'7a9c, 0xb410'ff61, 0xf200'15ad}));
}

TEST_F(Crypto, LaterHashesAreUndefined) {
  EXPECT_TRUE(is_undefined(0xce62'8020)) << "SHA512H";
  EXPECT_TRUE(is_undefined(0xce62'8420)) << "SHA512H2";
  EXPECT_TRUE(is_undefined(0xce42'8020)) << "SM3TT1A";
  EXPECT_TRUE(is_undefined(0x5e02'7020)) << "unallocated three-register SHA";
}

}  // namespace
}  // namespace armature::cpu::testing
