#include "platform/boot/manifest_key.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "platform/boot/image.h"
#include "sim/base/assert.h"
#include "sim/base/user_error.h"

namespace armature::platform {
namespace {

using Bytes = std::vector<std::uint8_t>;

// DER of PKCS #8 (RFC 8410) and of SubjectPublicKeyInfo, up to the 32 bytes of the key.
constexpr std::array<std::uint8_t, 16> kPrivatePrefix{
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
constexpr std::array<std::uint8_t, 12> kPublicPrefix{0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                                     0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

// The bytes between the BEGIN and END lines of a PEM file; empty when it is none.
Bytes decode_pem(const Bytes& file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (!text.starts_with("-----BEGIN ")) return {};
  const std::size_t begin = text.find('\n');
  const std::size_t end = text.find("\n-----END ");
  if (begin == std::string_view::npos || end == std::string_view::npos || end <= begin) return {};
  Bytes out(text.size());
  std::size_t length = 0;
  if (sodium_base642bin(out.data(), out.size(), text.data() + begin, end - begin, "\r\n", &length,
                        nullptr, sodium_base64_VARIANT_ORIGINAL) != 0) {
    return {};
  }
  out.resize(length);
  return out;
}

std::array<std::uint8_t, 32> read_32(const std::string& file, std::span<const std::uint8_t> prefix,
                                     const char* what) {
  Bytes bytes = read_file(file);
  if (Bytes decoded = decode_pem(bytes); !decoded.empty()) bytes = std::move(decoded);
  const bool is_der =
      bytes.size() == prefix.size() + 32 && std::equal(prefix.begin(), prefix.end(), bytes.begin());
  if (!is_der && bytes.size() != 32) {
    throw UserError(
        fmt::format("{}: not an Ed25519 {} key (allowed: 32 bytes, PEM or DER)", file, what));
  }
  std::array<std::uint8_t, 32> key;
  std::copy(bytes.end() - 32, bytes.end(), key.begin());
  return key;
}

void start_sodium() { ARMATURE_ASSERT(sodium_init() >= 0); }

KeyPair key_of(const std::uint8_t* seed) {
  start_sodium();
  KeyPair key;
  crypto_sign_seed_keypair(key.public_key.data(), key.secret.data(), seed);
  return key;
}

const std::uint8_t* bytes_of(const abi::VmManifest& body) {
  return reinterpret_cast<const std::uint8_t*>(&body);
}

}  // namespace

KeyPair test_key() { return key_of(abi::kTestSeed); }

KeyPair read_key(const std::string& file) {
  return key_of(read_32(file, kPrivatePrefix, "private").data());
}

PublicKey read_public_key(const std::string& file) {
  return read_32(file, kPublicPrefix, "public");
}

void sign(abi::SignedManifest& manifest, const KeyPair& key) {
  start_sodium();
  crypto_sign_detached(manifest.signature, nullptr, bytes_of(manifest.body), sizeof(manifest.body),
                       key.secret.data());
}

bool is_signed_by(const abi::SignedManifest& manifest, const PublicKey& key) {
  start_sodium();
  return crypto_sign_verify_detached(manifest.signature, bytes_of(manifest.body),
                                     sizeof(manifest.body), key.data()) == 0;
}

Digest image_digest(std::span<const std::uint8_t> image) {
  constexpr std::size_t kPage = 4096;
  constexpr std::array<std::uint8_t, kPage> kZeroes{};
  start_sodium();
  crypto_generichash_state state;
  Digest digest;
  crypto_generichash_init(&state, nullptr, 0, digest.size());
  crypto_generichash_update(&state, image.data(), image.size());
  crypto_generichash_update(&state, kZeroes.data(), (kPage - image.size() % kPage) % kPage);
  crypto_generichash_final(&state, digest.data(), digest.size());
  return digest;
}

}  // namespace armature::platform
