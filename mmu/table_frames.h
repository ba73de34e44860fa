// Which frames hold translation tables, and in which roles (design: "Table writes").
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "mmu/context.h"
#include "sim/arch/access.h"
#include "sim/base/types.h"
#include "sim/event/bus.h"
#include "sim/memory/memory_map.h"
#include "tlb/tlbi.h"

namespace armature::mmu {

// One way in which a walker reaches a frame.
struct TableRole {
  // As the TTBR or VTTBR holds it: an IPA for stage 1 of EL1&0 while stage 2 is on.
  PhysicalAddress root{};
  Regime regime = Regime::el10;
  Stage stage = Stage::stage1;
  std::int8_t level = 0;
  Vmid vmid{};
  Asid asid{};
  PhysicalAddress parent{};   // address of the descriptor that points here; 0 for a root
  std::uint64_t pointer = 0;  // the output address of that descriptor: a PA, or an IPA like `root`
  // The parent points elsewhere. A role is also detached while its root is in no TTBR or VTTBR that
  // was seen to hold it: ask TableFrames::is_detached.
  bool detached = false;
  bool permanent = false;  // the manifest's pools: `level` 0 is unknown there, and so is `input`
  // Reached under more than one ASID: an operation by ASID does not cover it.
  bool any_asid = false;
  bool big_endian = false;  // byte order of its descriptors
  std::uint8_t granule_log2 = 12;
  std::uint8_t input_log2 = 63;  // bytes of input address range the table translates
  std::uint64_t input = 0;       // base of that range: VA bits 55..0, or IPA

  bool operator==(const TableRole&) const = default;
};

// Told when a frame becomes a table frame: stores to it leave the fast path from now on.
class TableFrameObserver {
 public:
  virtual ~TableFrameObserver() = default;
  virtual void frame_became_table(PhysicalAddress frame) = 0;
  // The store of a changed descriptor comes next: walkers may still read the old one.
  virtual void table_is_about_to_change(PhysicalAddress /*descriptor*/) {}
};

enum class RootRegister : std::uint8_t { ttbr0_el1, ttbr1_el1, ttbr0_el2, vttbr_el2, count };

class TableFrames {
 public:
  static constexpr unsigned kRolesMax = 64;  // of one frame; further ones are not recorded

  TableFrames(MemoryMap& memory, EventBus& events) : memory_(memory), events_(events) {}

  // Observers are told in the order they were added. They outlive this or never see a new frame.
  void add_observer(TableFrameObserver& observer) { observers_.push_back(&observer); }

  // A walker read a descriptor in this frame, or a TTBR/VTTBR with it as (part of a) root was
  // installed, or the manifest names it (permanent). Sets kFrameTable on the frame; returns true
  // when the frame was not a table before (observers have been told). Frames outside memory are
  // ignored.
  bool note(PhysicalAddress address, const TableRole& role);

  // Every page of [base, base + bytes) is a table of the firmware, or will be one.
  void note_pool(PhysicalAddress base, std::uint64_t bytes, Regime regime, Stage stage,
                 unsigned level);

  // A store changed the 8 bytes at `address` (8-aligned) of a table frame from `old_value` to
  // `new_value`: publishes table_write, one for each role of the frame, and updates child roles
  // (detached). Values are as a little-endian host reads memory. Where only a pool is known of the
  // frame, only changes are published.
  void written(PhysicalAddress address, std::uint64_t old_value, std::uint64_t new_value);

  // `core` wrote a register that holds roots. When no register of any core holds the one it held
  // before, that one's roles become detached; those of the new root are attached again.
  // `root_bytes` is the size of the first table; `is_physical` says whether the root is a PA.
  void root_installed(CoreId core, RootRegister which, const TableRole& role,
                      std::uint64_t root_bytes, bool is_physical);

  // A root left its last TTBR/VTTBR: its roles become detached.
  void root_left(PhysicalAddress root);

  // A TLBI completed on all cores: detached roles it covers are forgotten.
  void invalidated(const tlb::Invalidation& invalidation);

  // A reset of the machine: no frame is a table, no register holds a root.
  void reset();

  // Some observer walks tables in table_is_about_to_change(): a store has to own its line again
  // after written().
  void set_walks_before_writes() { walks_before_writes_ = true; }
  bool walks_before_writes() const { return walks_before_writes_; }

  bool is_detached(const TableRole& role) const;
  // What the descriptor at `address` translates in this role: base of its input range; bytes are
  // 2 to the power of the result in `size_log2`.
  static std::uint64_t input_of(const TableRole& role, PhysicalAddress address,
                                unsigned& size_log2);
  const std::map<std::uint64_t, std::vector<TableRole>>& frames() const { return frames_; }
  // Changes whenever a role is forgotten or attached anew: callers may remember what they noted.
  std::uint64_t generation() const { return generation_; }

  void save(std::vector<std::uint8_t>& out) const;
  void load(std::span<const std::uint8_t>& in);

 private:
  struct RootKey {
    std::uint64_t root = 0;
    Regime regime = Regime::el10;
    Stage stage = Stage::stage1;
    std::uint16_t vmid = 0;
    auto operator<=>(const RootKey&) const = default;
  };
  struct Root {
    bool detached = false;
    bool any_asid = false;
    Asid asid{};
    std::set<std::uint64_t> frames{};
  };
  static RootKey key_of(const TableRole& role);
  void index(std::uint64_t frame, const TableRole& role);
  void attach_children(PhysicalAddress parent, std::uint64_t value, bool attached,
                       const TableRole& parent_role);
  void link_child(const TableRole& role, PhysicalAddress descriptor, std::uint64_t value);
  void link_children(std::uint64_t frame, const TableRole& role);
  template <typename Predicate>
  void forget_roles(std::uint64_t frame, Predicate is_forgotten);
  void forget_roles_of(const RootKey& key);
  static bool is_covered(const TableRole& role, bool any_asid,
                         const tlb::Invalidation& invalidation);
  void set_flag(std::uint64_t frame, bool is_table);
  bool installed_elsewhere(const RootKey& key) const;

  MemoryMap& memory_;
  EventBus& events_;
  std::vector<TableFrameObserver*> observers_{};
  bool walks_before_writes_ = false;
  std::map<std::uint64_t, std::vector<TableRole>>
      frames_{};  // by frame number, ordered: deterministic
  std::map<RootKey, Root> roots_{};
  std::set<std::uint64_t> frames_with_detached_{};
  std::set<std::pair<std::uint64_t, std::uint64_t>> children_{};  // {parent address, frame}
  // The root each register of each core holds; absent until the first write is seen.
  std::map<std::tuple<std::uint8_t, RootRegister>, RootKey> installed_{};
  std::uint64_t generation_ = 1;
};

}  // namespace armature::mmu
