// The manifest: where KCore keeps what a watcher outside the machine wants to know. It is an ELF
// note that the loader reads from the file; the firmware never reads it and makes no call for it.
//
//   note      owner kManifestOwner, type kManifestType, descriptor = ManifestHeader, then `records`
//             records of `record_bytes` bytes each. A reader skips kinds it does not know and, with
//             larger records than it knows, their tails.
//   address   physical, little-endian.
//   array     a record speaks of `outer.count` times `inner.count` like objects; object (n, m) lies at
//             address + n * outer.stride + m * inner.stride. No array: both counts 1, strides 0.
//             Outer index n is VM n (n = VMID, 0 is nobody), inner index m its vCPU m.
//   principal of object (n, m): `principal` + n for an array over VMs (principal = kFirstVm).
//   cell      a place in KCore's memory that holds the value wanted; 0 until KCore has set it. KCore
//             sets cells while it boots and, of a VM, while it registers it.
//
// | kind         | address of                     | further fields                                          |
// |--------------|--------------------------------|---------------------------------------------------------|
// | lock         | ticket lock                    | lock                                                    |
// | table_pool   | first page, or of a cell pair  | bytes, tables; principal                                |
// | root         | cell with a TTBR/VTTBR value   | tables; principal                                       |
// | ownership    | array of RAM ranges            | ownership; outer.count ranges                           |
// | guarded      | first byte of plain data       | bytes, guarded_by: only to be touched with that lock    |
// | vm_state     | 32-bit state of a VM           | values: ManifestVmState                                 |
// | vcpu_state   | 32-bit state of a vCPU         | values: ManifestVcpuState                               |
// | shadow       | registers of a vCPU            | bytes                                                   |
// | mailbox      | cell with a page's address     | bytes of the mailbox; valid while its vCPU is not unused|
// | oracle_site  | a load instruction             | datum: the only instructions by which KCore reads       |
// |              |                                | memory that is not its own                              |
// | kcore_memory | cell pair base, bytes          | KCore's own memory: pages whose owner never changes     |
//
// guarded_by of a range over VMs names the lock with the same outer index. KCore touches guarded
// data without the lock only before its first exception return, and in a panic.
#pragma once

namespace armature::abi {

inline constexpr char kManifestOwner[] = "ARMATURE";
inline constexpr unsigned kManifestType = 1;
inline constexpr unsigned kManifestVersion = 2;

// A linker symbol while the firmware is compiled, a physical address for everybody else.
union ManifestAddress {
  const volatile void* symbol;
  unsigned long value;
};

enum class RecordKind : unsigned {
  lock = 1,
  table_pool = 2,
  root = 3,
  ownership = 4,
  guarded = 5,
  vm_state = 6,
  vcpu_state = 7,
  shadow = 8,
  mailbox = 9,
  oracle_site = 10,
  kcore_memory = 11,
};

// Who owns tables or data. VM n is kFirstVm + n.
enum class Principal : unsigned { nobody = 0, kcore = 1, kserv = 2, first_vm = 0x100 };
inline constexpr unsigned kFirstVm = 0x100;

// Locks by what they guard. The core that holds one is that whose ticket is being served.
enum class Guarded : unsigned {
  nothing = 0,
  tables = 1,     // stage 2 tables of `principal`
  cpu_power = 2,  // which physical cores are on
  console = 3,
  vm = 4,         // state, vCPUs and images of VM n
  vmids = 5,      // next VMID, pages for the tables of VMs to come
  ownership = 6,  // page array, and the contents of pages that change hands
};

enum class Datum : unsigned {
  none = 0,
  mailbox = 1,   // the `in` half, once a call
  manifest = 2,  // a VM's signed manifest, once a call
  sealed = 3,    // header and ciphertext of an export, once a call
  vm_page = 4,   // a page of a VM that KServ cannot reach: digest, export
};

enum class ManifestVmState : unsigned { unused, ready, verified, powered_off, exporting };
enum class ManifestVcpuState : unsigned { unused, ready, active };

struct ManifestHeader {
  unsigned version;
  unsigned record_bytes;
  unsigned records;
  unsigned reserved;
};

struct ManifestArray {
  unsigned count = 1, stride = 0;
};

// A ticket lock of two 32-bit words: a core draws its ticket from `next`, and holds the lock from
// its load of that ticket from `serving` to its store to `serving`.
struct ManifestLock {
  unsigned next_offset = 0, serving_offset = 0;
  Guarded guards = Guarded::nothing;
  unsigned rank = 0;  // a core only takes locks of a higher rank than those it holds
};

struct ManifestTables {
  unsigned stage = 0;  // 1 or 2
  unsigned level = 0;  // root: where walks start
  // table_pool: 0: `address` is the first page and `bytes` the size. 1: `address` is a cell pair,
  // first page, then number of pages. Pools mix levels; no page of one is ever anything but a
  // table.
  unsigned is_cell = 0;
  unsigned root_bytes = 0;  // root: 8192 where two tables are concatenated
};

// A range of RAM: its base and size in bytes, 0 where unused, and its entries, one for each 4 KiB
// page. An entry: owner (0 KServ, 1..255 the VM, 256 KCore) and count, 32 bits each, gfn, 64 bits.
// Owner KServ: count is the number of uses as mailbox. Owner a VM: the number of grants to KServ,
// ~0 once exported; gfn is its guest frame.
struct ManifestOwnership {
  unsigned short base_offset = 0, bytes_offset = 0, entries_offset = 0;
  unsigned short entry_bytes = 0, owner_offset = 0, count_offset = 0, gfn_offset = 0;
};

// Fields that a kind does not use are 0.
struct ManifestRecord {
  RecordKind kind{};
  Principal principal{};
  ManifestAddress address{};
  unsigned long bytes = 0;
  ManifestArray outer, inner;
  ManifestLock lock;
  ManifestTables tables;
  ManifestOwnership ownership;
  Guarded guarded_by{};
  Datum datum{};
  unsigned reserved[4]{};
  char name[16]{};  // for messages, padded with NUL
};
static_assert(sizeof(ManifestHeader) == 16 && sizeof(ManifestRecord) == 128);

}  // namespace armature::abi
