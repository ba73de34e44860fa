// Who vouches for a VM: Ed25519 keys, and the signature of a manifest (hyp/abi/image.h).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "hyp/abi/image.h"

namespace armature::platform {

using PublicKey = std::array<std::uint8_t, 32>;
struct KeyPair {
  PublicKey public_key{};
  std::array<std::uint8_t, 64> secret{};
};

KeyPair test_key();
// A private key of 32 bytes, or one that `openssl genpkey -algorithm ed25519` made, as PEM or DER.
// Throws UserError.
KeyPair read_key(const std::string& file);
// 32 bytes, or what `openssl pkey -pubout` made, as PEM or DER. Throws UserError.
PublicKey read_public_key(const std::string& file);

void sign(abi::SignedManifest& manifest, const KeyPair& key);
bool is_signed_by(const abi::SignedManifest& manifest, const PublicKey& key);

using Digest = std::array<std::uint8_t, 64>;
// BLAKE2b-512 of the image, filled with zeroes to whole pages.
Digest image_digest(std::span<const std::uint8_t> image);

}  // namespace armature::platform
