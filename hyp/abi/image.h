// The signed description of a VM: what its owner vouches for. KCore runs a VM only after the pages of
// all its images have left KServ and their digests are those of this manifest.
//
//   digest     BLAKE2b-512 of the image, filled with zeroes to whole pages (b2sum of the padded file)
//   signature  pure Ed25519 (RFC 8032) over the VmManifest's bytes: any tool that signs will do
//
// A VM reaches KServ as modules below /chosen (boot.h): one of kind kKindVmManifest, its bytes a
// SignedManifest, and one of kind kKindVmImage for each image; both with the properties
// kVmProperty = <n> (which VM, from 0) and, an image, kImageProperty = <i> (index in `images`).
#pragma once

#include "hyp/abi/calls.h"

#define ARMATURE_MODULE_VM "armature,vm"
#define ARMATURE_MODULE_IMAGE "armature,image"

namespace armature::abi {

inline constexpr const char* kKindVmManifest = "vm-manifest";
inline constexpr const char* kKindVmImage = "vm-image";

inline constexpr char kManifestDomain[16] = "armature-vm-1";

enum class ImageKind : unsigned { kernel = 1, initrd = 2, device_tree = 3, data = 4 };

struct ImageRecord {
  ImageKind kind;
  unsigned reserved;
  unsigned long load_gpa;  // multiple of 4 KiB, in the VM's memory; images do not overlap
  unsigned long bytes;     // before padding, > 0
  unsigned char digest[64];
};

// Fixed size; unused images and reserved fields are 0.
struct VmManifest {
  char domain[16];             // kManifestDomain: a signature for this cannot stand for another thing
  char name[32];               // NUL-terminated, for messages
  unsigned long memory_bytes;  // from kVmMemoryBase; a multiple of 2 MiB
  unsigned long entry;         // PC of vCPU 0, inside an image; EL1h, interrupts masked, MMU off
  unsigned long argument;      // its x0: for Linux the address of the device tree
  unsigned vcpus;              // 1..kMaxVcpus, all registered before verification
  unsigned image_count;        // 1..kMaxImages, in the order of set_boot_info
  ImageRecord images[kMaxImages];
};

struct SignedManifest {
  VmManifest body;
  unsigned char signature[64];
};
static_assert(sizeof(ImageRecord) == 88 && sizeof(VmManifest) == 80 + 5 * 88 &&
              sizeof(SignedManifest) <= 4096);

// The key pair of the tests and of `armature sign`: public knowledge, no secret is behind it.
// CHOICE: KCore trusts one key, compiled in, as SeKVM does.
inline constexpr unsigned char kTestSeed[32] = {
    'a', 'r', 'm', 'a', 't', 'u', 'r', 'e', ' ', 't', 'e', 's', 't', ' ', 'k', 'e',
    'y', ':', ' ', 'n', 'o', 't', ' ', 'a', ' ', 's', 'e', 'c', 'r', 'e', 't', '!'};
inline constexpr unsigned char kTestPublicKey[32] = {
    0x20, 0x08, 0x2b, 0x7b, 0x2b, 0x66, 0x69, 0xd0,
    0x54, 0x11, 0xb9, 0x70, 0x02, 0x6f, 0x3e, 0x8f,
    0xd6, 0x83, 0x60, 0x0c, 0xcc, 0x32, 0x49, 0x3e,
    0x66, 0xce, 0x14, 0xee, 0xea, 0xdd, 0xe2, 0x3a};

}  // namespace armature::abi
