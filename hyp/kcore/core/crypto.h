// The cryptography that the core uses; aarch64/ and fake/ bind it to libsodium. Never called with a
// VM's SIMD registers live: the world switch has saved them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace armature::kcore::crypto {

// BLAKE2b-512, fed in pieces.
struct alignas(64) DigestState {
  std::uint8_t bytes[384];
};
void digest_begin(DigestState& state);
void digest_add(DigestState& state, const void* data, std::size_t bytes);
void digest_end(DigestState& state, std::uint8_t (&digest)[64]);

// Pure Ed25519.
bool signature_is_good(const std::uint8_t (&signature)[64], const void* message, std::size_t bytes,
                       const std::uint8_t (&public_key)[32]);

// XChaCha20-Poly1305 (IETF), detached tag. `to` and `from` may be the same.
struct Key {
  std::uint8_t bytes[32];
};
struct Nonce {
  std::uint8_t bytes[24];
};
void seal(const Key& key, const Nonce& nonce, std::span<const std::uint8_t> associated,
          std::uint8_t* to, const std::uint8_t* from, std::size_t bytes, std::uint8_t (&tag)[16]);
// False, and `to` undefined, when the tag does not fit.
bool open(const Key& key, const Nonce& nonce, std::span<const std::uint8_t> associated,
          std::uint8_t* to, const std::uint8_t* from, std::size_t bytes,
          const std::uint8_t (&tag)[16]);

// Constant time.
bool equal(const std::uint8_t (&a)[64], const std::uint8_t (&b)[64]);

}  // namespace armature::kcore::crypto
