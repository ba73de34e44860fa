#include "mmu/table_frames.h"

#include <algorithm>
#include <cstring>

#include "mmu/descriptor.h"
#include "sim/snapshot/bytes.h"
#include "tlb/invalidate.h"

namespace armature::mmu {
namespace {

std::uint64_t frame_of(PhysicalAddress address) { return address.value / kFrameBytes; }

// Two notes of the same way to a frame; the ASID is gathered, the flags are history.
bool is_same_way(const TableRole& a, const TableRole& b) {
  return a.root == b.root && a.regime == b.regime && a.stage == b.stage && a.level == b.level &&
         a.vmid == b.vmid && a.parent == b.parent && a.permanent == b.permanent;
}

// Table writes number their stages as table_write's two-bit field does: 1 and 2.
std::uint32_t table_write_word(const TableRole& role, bool detached) {
  return static_cast<std::uint32_t>(role.level) | static_cast<std::uint32_t>(role.stage) << 3 |
         static_cast<std::uint32_t>(role.regime) << 5 | std::uint32_t{detached} << 7 |
         std::uint32_t{role.vmid.value} << 8;
}

// The table a descriptor value points to, if it is a table descriptor at the level of `role`.
bool points_to_table(std::uint64_t value, const TableRole& role, std::uint64_t& table) {
  const Descriptor d{role.big_endian ? __builtin_bswap64(value) : value};
  if (kind_of(d, role.level, role.granule_log2) != DescriptorKind::table) return false;
  table = d[descriptor::Address] >> role.granule_log2 << role.granule_log2;
  return true;
}

// Field by field: the structs have padding.
void put_role(std::vector<std::uint8_t>& out, const TableRole& role) {
  put(out, role.root);
  put(out, role.regime);
  put(out, role.stage);
  put(out, role.level);
  put(out, role.vmid);
  put(out, role.asid);
  put(out, role.parent);
  put(out, role.pointer);
  put(out, role.detached);
  put(out, role.permanent);
  put(out, role.any_asid);
  put(out, role.big_endian);
  put(out, role.granule_log2);
  put(out, role.input_log2);
  put(out, role.input);
}

template <typename T>
void take_to(std::span<const std::uint8_t>& in, T& value) {
  value = take<T>(in);
}

TableRole take_role(std::span<const std::uint8_t>& in) {
  TableRole role;
  take_to(in, role.root);
  take_to(in, role.regime);
  take_to(in, role.stage);
  take_to(in, role.level);
  take_to(in, role.vmid);
  take_to(in, role.asid);
  take_to(in, role.parent);
  take_to(in, role.pointer);
  take_to(in, role.detached);
  take_to(in, role.permanent);
  take_to(in, role.any_asid);
  take_to(in, role.big_endian);
  take_to(in, role.granule_log2);
  take_to(in, role.input_log2);
  take_to(in, role.input);
  return role;
}

template <typename Key>
void put_key(std::vector<std::uint8_t>& out, const Key& key) {
  put(out, key.root);
  put(out, key.regime);
  put(out, key.stage);
  put(out, key.vmid);
}

template <typename Key>
Key take_key(std::span<const std::uint8_t>& in) {
  Key key;
  take_to(in, key.root);
  take_to(in, key.regime);
  take_to(in, key.stage);
  take_to(in, key.vmid);
  return key;
}

}  // namespace

TableFrames::RootKey TableFrames::key_of(const TableRole& role) {
  return {role.root.value, role.regime, role.stage, role.vmid.value};
}

void TableFrames::set_flag(std::uint64_t frame, bool is_table) {
  const PhysicalAddress address{frame * kFrameBytes};
  if (memory_.find(address) == nullptr) return;
  std::uint8_t& flags = memory_.frame_flags(address);
  flags = static_cast<std::uint8_t>(is_table ? flags | kFrameTable : flags & ~kFrameTable);
}

// Everything that can be found again from the roles.
void TableFrames::index(std::uint64_t frame, const TableRole& role) {
  roots_[key_of(role)].frames.insert(frame);
  if (role.parent.value != 0) children_.emplace(role.parent.value, frame);
  if (role.detached) frames_with_detached_.insert(frame);
}

bool TableFrames::note(PhysicalAddress address, const TableRole& role) {
  if (memory_.find(address) == nullptr) return false;
  const std::uint64_t frame = frame_of(address);
  const auto [root, is_new_root] = roots_.try_emplace(key_of(role));
  if (is_new_root) root->second.asid = role.asid;
  root->second.any_asid = root->second.any_asid || root->second.asid != role.asid;
  auto [place, is_new] = frames_.try_emplace(frame);
  std::vector<TableRole>& roles = place->second;
  bool has_new_role = false;
  const auto known = std::find_if(roles.begin(), roles.end(),
                                  [&](const TableRole& other) { return is_same_way(other, role); });
  if (known != roles.end()) {
    known->any_asid = known->any_asid || known->asid != role.asid;
  } else if (roles.size() < kRolesMax) {
    roles.push_back(role);
    index(frame, role);
    has_new_role = true;
  }
  if (!is_new) {
    if (has_new_role) link_children(frame, role);
    return false;
  }
  set_flag(frame, true);
  for (TableFrameObserver* observer : observers_) {
    observer->frame_became_table({frame * kFrameBytes});
  }
  link_children(frame, role);
  return true;
}

// Tables of stage 2 and of EL2 are found by their links, before a walker reads them: a table that
// no walker has used yet can be walked at any time. (Those of stage 1 under stage 2 are linked by
// IPA; they are found when they are walked.)
void TableFrames::link_child(const TableRole& role, PhysicalAddress descriptor,
                             std::uint64_t value) {
  std::uint64_t table = 0;
  if (!points_to_table(value, role, table)) return;
  TableRole child = role;
  unsigned size_log2 = 0;
  child.input = input_of(role, descriptor, size_log2);
  child.input_log2 = static_cast<std::uint8_t>(size_log2);
  child.level = static_cast<std::int8_t>(role.level + 1);
  child.parent = descriptor;
  child.pointer = table;
  child.detached = false;
  note({table}, child);
}

void TableFrames::link_children(std::uint64_t frame, const TableRole& role) {
  const bool is_linked_by_pa = role.stage == Stage::stage2 || role.regime == Regime::el2;
  if (!is_linked_by_pa || role.permanent || role.granule_log2 != 12 || role.level == 3) return;
  const TableRole parent = role;  // noting children may move what it refers to
  const std::uint8_t* host = memory_.host({frame * kFrameBytes});
  for (unsigned at = 0; at < kFrameBytes; at += 8) {
    std::uint64_t value = 0;
    std::memcpy(&value, host + at, sizeof value);
    if (value != 0) link_child(parent, {frame * kFrameBytes + at}, value);
  }
}

std::uint64_t TableFrames::input_of(const TableRole& role, PhysicalAddress address,
                                    unsigned& size_log2) {
  size_log2 = size_log2_of(role.level, role.granule_log2);
  return role.input + ((address.value - role.pointer) / 8 << size_log2);
}

void TableFrames::note_pool(PhysicalAddress base, std::uint64_t bytes, Regime regime, Stage stage,
                            unsigned level) {
  const TableRole role{.regime = regime,
                       .stage = stage,
                       .level = static_cast<std::int8_t>(level),
                       .permanent = true};
  for (std::uint64_t offset = 0; offset < bytes; offset += kFrameBytes) note(base + offset, role);
}

bool TableFrames::is_detached(const TableRole& role) const {
  if (role.permanent) return false;
  if (role.detached) return true;
  const auto root = roots_.find(key_of(role));
  return root != roots_.end() && root->second.detached;
}

void TableFrames::written(PhysicalAddress address, std::uint64_t old_value,
                          std::uint64_t new_value) {
  const auto place = frames_.find(frame_of(address));
  if (place == frames_.end()) return;
  const auto is_pool = [](const TableRole& role) { return role.permanent; };
  const bool only_pool = std::all_of(place->second.begin(), place->second.end(), is_pool);
  if (only_pool && old_value == new_value) return;  // a pool is cleared at boot
  if (old_value != new_value) {
    for (TableFrameObserver* observer : observers_) observer->table_is_about_to_change(address);
  }
  for (const TableRole& role : place->second) {
    if (is_pool(role) && !only_pool) continue;
    events_.publish(EventKind::table_write, address.value, old_value, new_value,
                    table_write_word(role, is_detached(role)));
  }
  if (old_value == new_value) return;
  // Roles of other frames change below: work on a copy.
  const std::vector<TableRole> roles = place->second;
  for (const TableRole& role : roles) {
    attach_children(address, old_value, false, role);
    attach_children(address, new_value, true, role);
    const bool is_linked_by_pa = role.stage == Stage::stage2 || role.regime == Regime::el2;
    if (is_linked_by_pa && !role.permanent && role.granule_log2 == 12) {
      link_child(role, address, new_value);
    }
  }
}

// The table that `value` at `parent` points to: its roles through this descriptor are attached or
// detached.
void TableFrames::attach_children(PhysicalAddress parent, std::uint64_t value, bool attached,
                                  const TableRole& parent_role) {
  std::uint64_t table = 0;
  if (!points_to_table(value, parent_role, table)) return;
  for (auto child = children_.lower_bound({parent.value, 0});
       child != children_.end() && child->first == parent.value; ++child) {
    for (TableRole& role : frames_.at(child->second)) {
      if (role.parent != parent || role.pointer != table || role.detached == !attached) continue;
      role.detached = !attached;
      ++generation_;
      if (!attached) frames_with_detached_.insert(child->second);
    }
  }
}

bool TableFrames::installed_elsewhere(const RootKey& key) const {
  return std::any_of(installed_.begin(), installed_.end(),
                     [&](const auto& entry) { return entry.second == key; });
}

void TableFrames::root_installed(CoreId core, RootRegister which, const TableRole& role,
                                 std::uint64_t root_bytes, bool is_physical) {
  const RootKey key = key_of(role);
  const auto slot = std::make_tuple(core.value, which);
  const auto previous = installed_.find(slot);
  const bool had_one = previous != installed_.end();
  const RootKey old = had_one ? previous->second : RootKey{};
  installed_[slot] = key;
  if (had_one && old != key && !installed_elsewhere(old)) {
    if (const auto left = roots_.find(old); left != roots_.end()) left->second.detached = true;
  }
  if (const auto known = roots_.find(key); known != roots_.end()) known->second.detached = false;
  if (!is_physical || role.root.value == 0) return;
  for (std::uint64_t offset = 0; offset < root_bytes; offset += kFrameBytes) {
    note(role.root.aligned_down(kFrameBytes) + offset, role);
  }
}

void TableFrames::root_left(PhysicalAddress root) {
  for (auto& [key, state] : roots_) {
    if (key.root == root.value) state.detached = true;
  }
}

// Removes roles of a frame and puts the indices right; without roles the frame is plain memory.
template <typename Predicate>
void TableFrames::forget_roles(std::uint64_t frame, Predicate is_forgotten) {
  const auto place = frames_.find(frame);
  if (place == frames_.end()) return;
  const std::vector<TableRole> before = place->second;
  if (std::erase_if(place->second, is_forgotten) == 0) return;
  ++generation_;
  frames_with_detached_.erase(frame);
  for (const TableRole& role : before) {
    children_.erase({role.parent.value, frame});
    const auto root = roots_.find(key_of(role));
    if (root != roots_.end()) root->second.frames.erase(frame);
  }
  for (const TableRole& role : place->second) index(frame, role);
  if (!place->second.empty()) return;
  frames_.erase(place);
  set_flag(frame, false);
}

void TableFrames::forget_roles_of(const RootKey& key) {
  const std::set<std::uint64_t> frames = roots_.at(key).frames;
  for (const std::uint64_t frame : frames) {
    forget_roles(frame,
                 [&](const TableRole& role) { return key_of(role) == key && !role.permanent; });
  }
  if (roots_.at(key).frames.empty()) roots_.erase(key);
}

// A detached role is covered when the operation removes every entry through which a walker could
// still come here: a table pointer with the role's input range, regime, VMID and ASID.
bool TableFrames::is_covered(const TableRole& role, bool any_asid,
                             const tlb::Invalidation& invalidation) {
  const bool by_asid =
      invalidation.op == tlb::TlbiOp::aside1 || invalidation.op == tlb::TlbiOp::vae1;
  if (any_asid && by_asid) return false;
  tlb::Entry pointer;
  pointer.kind =
      role.stage == Stage::stage2 ? tlb::EntryKind::stage2_only : tlb::EntryKind::stage1_only;
  pointer.regime = role.regime;
  pointer.vmid = role.vmid;
  pointer.asid = role.asid;
  pointer.input = role.input;
  pointer.size_log2 = pointer.stage1_size_log2 = role.input_log2;
  pointer.table_pointer = true;
  return tlb::is_removed_by(pointer, invalidation);
}

void TableFrames::invalidated(const tlb::Invalidation& invalidation) {
  std::vector<RootKey> dead_roots;
  if (!tlb::address_operand(invalidation)) {
    for (const auto& [key, root] : roots_) {
      const TableRole role{.root = {key.root},
                           .regime = key.regime,
                           .stage = key.stage,
                           .vmid = {key.vmid},
                           .asid = root.asid};
      if (root.detached && is_covered(role, root.any_asid, invalidation)) dead_roots.push_back(key);
    }
  }
  for (const RootKey& key : dead_roots) forget_roles_of(key);
  const std::set<std::uint64_t> candidates = frames_with_detached_;
  for (const std::uint64_t frame : candidates) {
    forget_roles(frame, [&](const TableRole& role) {
      return role.detached && !role.permanent && is_covered(role, role.any_asid, invalidation);
    });
  }
}

// The frame flags belong to the memory map and are set again on load.
void TableFrames::save(std::vector<std::uint8_t>& out) const {
  put(out, std::uint64_t{frames_.size()});
  for (const auto& [frame, roles] : frames_) {
    put(out, frame);
    put(out, std::uint64_t{roles.size()});
    for (const TableRole& role : roles) put_role(out, role);
  }
  put(out, std::uint64_t{roots_.size()});
  for (const auto& [key, root] : roots_) {
    put_key(out, key);
    put(out, root.detached);
    put(out, root.any_asid);
    put(out, root.asid);
  }
  put(out, std::uint64_t{installed_.size()});
  for (const auto& [slot, key] : installed_) {
    put(out, std::get<0>(slot));
    put(out, std::get<1>(slot));
    put_key(out, key);
  }
}

void TableFrames::reset() {
  for (const auto& [frame, roles] : frames_) set_flag(frame, false);
  frames_.clear();
  roots_.clear();
  children_.clear();
  frames_with_detached_.clear();
  installed_.clear();
  ++generation_;
}

void TableFrames::load(std::span<const std::uint8_t>& in) {
  reset();
  for (auto frames = take<std::uint64_t>(in); frames != 0; --frames) {
    const auto frame = take<std::uint64_t>(in);
    std::vector<TableRole>& roles = frames_[frame];
    for (auto count = take<std::uint64_t>(in); count != 0; --count) {
      roles.push_back(take_role(in));
      index(frame, roles.back());
    }
    set_flag(frame, true);
    for (TableFrameObserver* observer : observers_) {
      observer->frame_became_table({frame * kFrameBytes});
    }
  }
  for (auto count = take<std::uint64_t>(in); count != 0; --count) {
    Root& root = roots_[take_key<RootKey>(in)];
    root.detached = take<bool>(in);
    root.any_asid = take<bool>(in);
    root.asid = take<Asid>(in);
  }
  for (auto count = take<std::uint64_t>(in); count != 0; --count) {
    const auto core = take<std::uint8_t>(in);
    const auto which = take<RootRegister>(in);
    installed_[{core, which}] = take_key<RootKey>(in);
  }
}

}  // namespace armature::mmu
