// The Cryptographic Extension: AES, SHA1 and SHA256 instructions. (64-bit PMULL is with the other
// Advanced SIMD three different encodings.)
#include <array>
#include <bit>

#include "cpu/a64/simd_handlers.h"
#include "cpu/decode.h"

namespace armature::cpu {
namespace {

using simd::Lanes;
using simd::lanes;
using simd::vreg;
using Bytes = Lanes<std::uint8_t>;
using Words = Lanes<std::uint32_t>;

// ---- AES. Byte 4 * c + r of a register is row r, column c of the state (FIPS 197).
constexpr std::uint8_t times_two(std::uint8_t a) {
  return static_cast<std::uint8_t>(a << 1 ^ (a >> 7) * 0x1b);
}
// FFmul: in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1.
constexpr std::uint8_t ff_multiply(std::uint8_t a, std::uint8_t b) {
  std::uint8_t product = 0;
  for (; b != 0; b >>= 1, a = times_two(a)) {
    if ((b & 1) != 0) product ^= a;
  }
  return product;
}
// FIPS 197 section 5.1.1: the inverse (a^254), then an affine map over bits.
constexpr std::uint8_t substitute(std::uint8_t a) {
  std::uint8_t inverse = 1;
  for (unsigned i = 0; i < 254; ++i) inverse = ff_multiply(inverse, a);
  return static_cast<std::uint8_t>(inverse ^ std::rotl(inverse, 1) ^ std::rotl(inverse, 2) ^
                                   std::rotl(inverse, 3) ^ std::rotl(inverse, 4) ^ 0x63);
}

using Table = std::array<std::uint8_t, 256>;
template <typename Function>
constexpr Table tabulate(Function function) {
  Table table{};
  for (unsigned i = 0; i < 256; ++i) table[i] = function(static_cast<std::uint8_t>(i));
  return table;
}
constexpr Table kSBox = tabulate(substitute);
constexpr Table kInverseSBox = [] {
  Table inverse{};
  for (unsigned i = 0; i < 256; ++i) inverse[kSBox[i]] = static_cast<std::uint8_t>(i);
  return inverse;
}();

// Row r of the state moves by r columns: to the left when encrypting.
constexpr Bytes shift_rows(const Bytes& state, bool inverse) {
  Bytes shifted{};
  for (unsigned column = 0; column < 4; ++column) {
    for (unsigned row = 0; row < 4; ++row) {
      const unsigned from = (inverse ? column + 4 - row : column + row) % 4;
      shifted[4 * column + row] = state[4 * from + row];
    }
  }
  return shifted;
}

// AESE, AESD: AddRoundKey, (Inv)ShiftRows, (Inv)SubBytes.
template <bool inverse>
Outcome aes_round(Core& core, const Insn& insn) {
  const VReg &d = core.state.v[insn.rd], &n = core.state.v[insn.rn];
  Bytes state = lanes<std::uint8_t>(VReg{{d.d[0] ^ n.d[0], d.d[1] ^ n.d[1]}});
  state = shift_rows(state, inverse);
  for (std::uint8_t& byte : state) byte = inverse ? kInverseSBox[byte] : kSBox[byte];
  core.state.v[insn.rd] = vreg(state);
  return Outcome::next;
}

// MixColumns: every column times a fixed polynomial, whose coefficients rotate with the row.
constexpr Bytes mix_columns(const Bytes& state) {
  Bytes mixed{};
  for (unsigned column = 0; column < 4; ++column) {
    for (unsigned row = 0; row < 4; ++row) {
      const auto at = [&](unsigned i) { return state[4 * column + (row + i) % 4]; };
      mixed[4 * column + row] =
          static_cast<std::uint8_t>(times_two(at(0)) ^ times_two(at(1)) ^ at(1) ^ at(2) ^ at(3));
    }
  }
  return mixed;
}

// InvMixColumns. Its polynomial is that of MixColumns times {04}x^2 + {05}: first that factor.
constexpr Bytes inverse_mix_columns(const Bytes& state) {
  Bytes prepared{};
  for (unsigned i = 0; i < 16; ++i) {
    const unsigned opposite = i ^ 2;  // two rows on, same column
    const auto both = static_cast<std::uint8_t>(state[i] ^ state[opposite]);
    prepared[i] = static_cast<std::uint8_t>(state[i] ^ times_two(times_two(both)));
  }
  return mix_columns(prepared);
}

// AESMC, AESIMC.
template <bool inverse>
Outcome aes_mix_columns(Core& core, const Insn& insn) {
  const Bytes state = lanes<std::uint8_t>(core.state.v[insn.rn]);
  core.state.v[insn.rd] = vreg(inverse ? inverse_mix_columns(state) : mix_columns(state));
  return Outcome::next;
}

// ---- SHA. Function names are those of the manual.
constexpr std::uint32_t sha_choose(std::uint32_t x, std::uint32_t y, std::uint32_t z) {
  return ((y ^ z) & x) ^ z;
}
constexpr std::uint32_t sha_majority(std::uint32_t x, std::uint32_t y, std::uint32_t z) {
  return (x & y) | ((x | y) & z);
}
constexpr std::uint32_t sha_parity(std::uint32_t x, std::uint32_t y, std::uint32_t z) {
  return x ^ y ^ z;
}
constexpr std::uint32_t sha_hash_sigma0(std::uint32_t x) {
  return std::rotr(x, 2) ^ std::rotr(x, 13) ^ std::rotr(x, 22);
}
constexpr std::uint32_t sha_hash_sigma1(std::uint32_t x) {
  return std::rotr(x, 6) ^ std::rotr(x, 11) ^ std::rotr(x, 25);
}

// SHA1C, SHA1P, SHA1M: four rounds on X = Qd and Y = Sn.
template <auto function>
Outcome sha1_hash(Core& core, const Insn& insn) {
  Words x = lanes<std::uint32_t>(core.state.v[insn.rd]);
  std::uint32_t y = lanes<std::uint32_t>(core.state.v[insn.rn])[0];
  const Words w = lanes<std::uint32_t>(core.state.v[insn.rm]);
  for (unsigned e = 0; e < 4; ++e) {
    y += std::rotl(x[0], 5) + function(x[1], x[2], x[3]) + w[e];
    const std::uint32_t last = x[3];  // Y:X rotates by one word
    x = {y, x[0], std::rotl(x[1], 30), x[2]};
    y = last;
  }
  core.state.v[insn.rd] = vreg(x);
  return Outcome::next;
}

Outcome sha1_fixed_rotate(Core& core, const Insn& insn) {
  const std::uint32_t n = lanes<std::uint32_t>(core.state.v[insn.rn])[0];
  core.state.v[insn.rd] = {{std::rotl(n, 30), 0}};
  return Outcome::next;
}

Outcome sha1_schedule_update0(Core& core, const Insn& insn) {
  const VReg d = core.state.v[insn.rd], n = core.state.v[insn.rn], m = core.state.v[insn.rm];
  core.state.v[insn.rd] = {{d.d[1] ^ d.d[0] ^ m.d[0], n.d[0] ^ d.d[1] ^ m.d[1]}};
  return Outcome::next;
}

Outcome sha1_schedule_update1(Core& core, const Insn& insn) {
  const Words d = lanes<std::uint32_t>(core.state.v[insn.rd]);
  const Words n = lanes<std::uint32_t>(core.state.v[insn.rn]);
  const Words t = {d[0] ^ n[1], d[1] ^ n[2], d[2] ^ n[3], d[3]};
  core.state.v[insn.rd] = vreg(Words{std::rotl(t[0], 1), std::rotl(t[1], 1), std::rotl(t[2], 1),
                                     std::rotl(t[3], 1) ^ std::rotl(t[0], 2)});
  return Outcome::next;
}

// SHA256hash: four rounds on X = a..d and Y = e..h; afterwards both are known, each instruction
// wants one of them.
struct Sha256State {
  Words x, y;
};
constexpr Sha256State sha256_hash(Words x, Words y, const Words& w) {
  for (unsigned e = 0; e < 4; ++e) {
    const std::uint32_t t = y[3] + sha_hash_sigma1(y[0]) + sha_choose(y[0], y[1], y[2]) + w[e];
    const std::uint32_t new_y0 = x[3] + t;  // Y:X rotates by one word
    const std::uint32_t new_x0 = t + sha_hash_sigma0(x[0]) + sha_majority(x[0], x[1], x[2]);
    x = {new_x0, x[0], x[1], x[2]};
    y = {new_y0, y[0], y[1], y[2]};
  }
  return {x, y};
}

Outcome sha256_hash_part1(Core& core, const Insn& insn) {
  const Words x = lanes<std::uint32_t>(core.state.v[insn.rd]);
  const Words y = lanes<std::uint32_t>(core.state.v[insn.rn]);
  const Words w = lanes<std::uint32_t>(core.state.v[insn.rm]);
  core.state.v[insn.rd] = vreg(sha256_hash(x, y, w).x);
  return Outcome::next;
}

Outcome sha256_hash_part2(Core& core, const Insn& insn) {
  const Words x = lanes<std::uint32_t>(core.state.v[insn.rn]);
  const Words y = lanes<std::uint32_t>(core.state.v[insn.rd]);
  const Words w = lanes<std::uint32_t>(core.state.v[insn.rm]);
  core.state.v[insn.rd] = vreg(sha256_hash(x, y, w).y);
  return Outcome::next;
}

Outcome sha256_schedule_update0(Core& core, const Insn& insn) {
  const Words d = lanes<std::uint32_t>(core.state.v[insn.rd]);
  const Words n = lanes<std::uint32_t>(core.state.v[insn.rn]);
  const Words t = {d[1], d[2], d[3], n[0]};
  Words result{};
  for (unsigned e = 0; e < 4; ++e) {
    result[e] = d[e] + (std::rotr(t[e], 7) ^ std::rotr(t[e], 18) ^ t[e] >> 3);
  }
  core.state.v[insn.rd] = vreg(result);
  return Outcome::next;
}

Outcome sha256_schedule_update1(Core& core, const Insn& insn) {
  const Words d = lanes<std::uint32_t>(core.state.v[insn.rd]);
  const Words n = lanes<std::uint32_t>(core.state.v[insn.rn]);
  const Words m = lanes<std::uint32_t>(core.state.v[insn.rm]);
  const Words t0 = {n[1], n[2], n[3], m[0]};
  Words result{};
  for (unsigned e = 0; e < 4; ++e) {
    const std::uint32_t t1 = e < 2 ? m[e + 2] : result[e - 2];
    result[e] = d[e] + t0[e] + (std::rotr(t1, 17) ^ std::rotr(t1, 19) ^ t1 >> 10);
  }
  core.state.v[insn.rd] = vreg(result);
  return Outcome::next;
}

template <Handler handler>
bool decode_crypto(std::uint32_t word, Insn& insn) {
  simd::decode_registers(word, insn);
  insn.handler = handler;
  return true;
}

using simd::simd_row;

constexpr Row rows[] = {
    simd_row("0100111000101000010010nnnnnddddd", "AESE", "cryptoaes", "Vd Vn", "Vd",
             decode_crypto<aes_round<false>>),
    simd_row("0100111000101000010110nnnnnddddd", "AESD", "cryptoaes", "Vd Vn", "Vd",
             decode_crypto<aes_round<true>>),
    simd_row("0100111000101000011010nnnnnddddd", "AESMC", "cryptoaes", "Vn", "Vd",
             decode_crypto<aes_mix_columns<false>>),
    simd_row("0100111000101000011110nnnnnddddd", "AESIMC", "cryptoaes", "Vn", "Vd",
             decode_crypto<aes_mix_columns<true>>),
    simd_row("01011110000mmmmm000000nnnnnddddd", "SHA1C", "cryptosha3", "Vd Vn Vm", "Vd",
             decode_crypto<sha1_hash<sha_choose>>),
    simd_row("01011110000mmmmm000100nnnnnddddd", "SHA1P", "cryptosha3", "Vd Vn Vm", "Vd",
             decode_crypto<sha1_hash<sha_parity>>),
    simd_row("01011110000mmmmm001000nnnnnddddd", "SHA1M", "cryptosha3", "Vd Vn Vm", "Vd",
             decode_crypto<sha1_hash<sha_majority>>),
    simd_row("01011110000mmmmm001100nnnnnddddd", "SHA1SU0", "cryptosha3", "Vd Vn Vm", "Vd",
             decode_crypto<sha1_schedule_update0>),
    simd_row("01011110000mmmmm010000nnnnnddddd", "SHA256H", "cryptosha3", "Vd Vn Vm", "Vd",
             decode_crypto<sha256_hash_part1>),
    simd_row("01011110000mmmmm010100nnnnnddddd", "SHA256H2", "cryptosha3", "Vd Vn Vm", "Vd",
             decode_crypto<sha256_hash_part2>),
    simd_row("01011110000mmmmm011000nnnnnddddd", "SHA256SU1", "cryptosha3", "Vd Vn Vm", "Vd",
             decode_crypto<sha256_schedule_update1>),
    simd_row("0101111000101000000010nnnnnddddd", "SHA1H", "cryptosha2", "Vn", "Vd",
             decode_crypto<sha1_fixed_rotate>),
    simd_row("0101111000101000000110nnnnnddddd", "SHA1SU1", "cryptosha2", "Vd Vn", "Vd",
             decode_crypto<sha1_schedule_update1>),
    simd_row("0101111000101000001010nnnnnddddd", "SHA256SU0", "cryptosha2", "Vd Vn", "Vd",
             decode_crypto<sha256_schedule_update0>),
};

}  // namespace

std::span<const Row> rows_crypto() { return rows; }

}  // namespace armature::cpu
