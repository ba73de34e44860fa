// hyp/kcore/core/crypto.h by libsodium, the same on the machine and on the host.
#include "hyp/kcore/core/crypto.h"

#include <sodium.h>

namespace armature::kcore::crypto {
namespace {
auto* state_of(DigestState& state) {
  static_assert(sizeof(crypto_generichash_blake2b_state) <= sizeof(state.bytes));
  return reinterpret_cast<crypto_generichash_blake2b_state*>(state.bytes);
}
}  // namespace

void digest_begin(DigestState& state) {
  crypto_generichash_blake2b_init(state_of(state), nullptr, 0, 64);
}
void digest_add(DigestState& state, const void* data, std::size_t bytes) {
  crypto_generichash_blake2b_update(state_of(state), static_cast<const std::uint8_t*>(data), bytes);
}
void digest_end(DigestState& state, std::uint8_t (&digest)[64]) {
  crypto_generichash_blake2b_final(state_of(state), digest, sizeof(digest));
}

bool signature_is_good(const std::uint8_t (&signature)[64], const void* message, std::size_t bytes,
                       const std::uint8_t (&public_key)[32]) {
  return crypto_sign_ed25519_verify_detached(signature, static_cast<const std::uint8_t*>(message),
                                             bytes, public_key) == 0;
}

void seal(const Key& key, const Nonce& nonce, std::span<const std::uint8_t> associated,
          std::uint8_t* to, const std::uint8_t* from, std::size_t bytes, std::uint8_t (&tag)[16]) {
  crypto_aead_xchacha20poly1305_ietf_encrypt_detached(to, tag, nullptr, from, bytes,
                                                      associated.data(), associated.size(), nullptr,
                                                      nonce.bytes, key.bytes);
}
bool open(const Key& key, const Nonce& nonce, std::span<const std::uint8_t> associated,
          std::uint8_t* to, const std::uint8_t* from, std::size_t bytes,
          const std::uint8_t (&tag)[16]) {
  return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(to, nullptr, from, bytes, tag,
                                                             associated.data(), associated.size(),
                                                             nonce.bytes, key.bytes) == 0;
}
bool equal(const std::uint8_t (&a)[64], const std::uint8_t (&b)[64]) {
  return sodium_memcmp(a, b, sizeof(a)) == 0;
}

}  // namespace armature::kcore::crypto
