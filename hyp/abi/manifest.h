// The manifest: where KCore keeps what a watcher outside the machine wants to know. It is an ELF
// note that the loader reads from the file; the firmware never reads it and makes no call for it.
//
//   note     owner kManifestOwner, type kManifestType, descriptor = ManifestHeader, then `records`
//            records of `record_bytes` bytes each. A reader skips kinds it does not know and, with
//            larger records than it knows, their tails.
//   address  physical, little-endian.
#pragma once

namespace armature::abi {

inline constexpr char kManifestOwner[] = "ARMATURE";
inline constexpr unsigned kManifestType = 1;
inline constexpr unsigned kManifestVersion = 1;

// A linker symbol while the firmware is compiled, a physical address for everybody else.
union ManifestAddress {
  const volatile void* symbol;
  unsigned long value;
};

enum class RecordKind : unsigned {
  lock = 1,        // a ticket lock: the core whose ticket `serving` names holds it
  table_pool = 2,  // every page of it is a translation table of `principal` at `level`, or unused
  root = 3,        // `address` holds the TTBR or VTTBR value of `principal`'s tables
};

// Who owns tables or is guarded by a lock. VMs will be numbered from kFirstVm.
enum class Principal : unsigned { nobody = 0, kcore = 1, kserv = 2 };
inline constexpr unsigned kFirstVm = 0x100;

enum class Guarded : unsigned { nothing = 0, tables = 1, cpu_power = 2, console = 3 };

struct ManifestHeader {
  unsigned version;
  unsigned record_bytes;
  unsigned records;
  unsigned reserved;
};

// Fields that a kind does not use are 0.
struct ManifestRecord {
  RecordKind kind;
  Principal principal;
  ManifestAddress address;   // lock word, first byte of the pool, or cell that holds the root
  unsigned long bytes;       // table_pool: size
  unsigned level;            // table_pool, root: translation level, as the manual counts it
  unsigned stage;            // table_pool, root: 1 or 2
  unsigned next_offset;      // lock: 32-bit ticket dispenser, bytes from `address`
  unsigned serving_offset;   // lock: 32-bit ticket being served
  Guarded guards;            // lock
  unsigned rank;             // lock: a core only takes locks of a higher rank than those it holds
  char name[16];             // for messages, padded with NUL
};
static_assert(sizeof(ManifestHeader) == 16 && sizeof(ManifestRecord) == 64);

}  // namespace armature::abi
