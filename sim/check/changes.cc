#include "sim/check/changes.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/check/descriptor.h"
#include "sim/check/manifest_watch.h"

namespace armature::check {
namespace {

constexpr std::uint32_t kEveryCore = ~0u;
constexpr unsigned kDsb = 0;  // barrier.type

unsigned barrier_type(const Event& event) { return static_cast<unsigned>(bits(event.d, 7, 4)); }
// MBReqTypes: writes, or all. 0b00 is a full one.
bool orders_stores(unsigned crm) { return (crm & 3) != 1; }
bool is_non_shareable(unsigned crm) { return (crm >> 2 & 3) == 1 && (crm & 3) != 0; }

std::string where(const Removed& removed) {
  const TableEntry& entry = removed.entry;
  if (entry.stage == 2) {
    return fmt::format("IPA {:#x} (VMID {}, level {})", entry.input, entry.vmid, entry.level);
  }
  return entry.regime == 1 ? fmt::format("VA {:#x} of EL2 (level {})", entry.input, entry.level)
                           : fmt::format("VA {:#x} (VMID {}, ASID {}, level {})", entry.input,
                                         entry.vmid, entry.asid, entry.level);
}

}  // namespace

std::string Change::missing() const {
  const std::string because = miss.empty() ? "" : fmt::format(" ({})", miss);
  if (!ordered) return fmt::format("no DSB orders the store to {}{}", where(removed), because);
  const bool is_stage2 = removed.entry.stage == 2;
  if (!own.issued) {
    const char* wanted = !is_stage2         ? "TLBI"
                         : removed.is_table ? "TLBI VMALLS12E1IS"
                                            : "TLBI IPAS2E1IS or VMALLS12E1IS";
    return fmt::format("no {} for {} after that DSB{}", wanted, where(removed), because);
  }
  if (!own.complete) {
    return fmt::format("no DSB completes TLBI {} for {}", tlbi_name(*own.issued), where(removed));
  }
  if (!combined.issued) {
    return fmt::format(
        "no TLBI VMALLE1IS after the completed {}, so entries that combine both stages "
        "stay, for {}{}",
        tlbi_name(*own.issued), where(removed), because);
  }
  return fmt::format("no DSB completes TLBI {} for {}", tlbi_name(*combined.issued),
                     where(removed));
}

std::vector<Event> Change::story(const Event& judged) const {
  std::vector<Event> events{write};
  for (const auto* step : {&ordered, &own.issued, &combined.issued, &missed}) {
    if (step->has_value()) events.push_back(**step);
  }
  std::sort(events.begin(), events.end(),
            [](const Event& a, const Event& b) { return a.sequence < b.sequence; });
  events.erase(std::unique(events.begin(), events.end(),
                           [](const Event& a, const Event& b) {
                             return a.sequence == b.sequence && a.kind == b.kind;
                           }),
               events.end());
  events.push_back(judged);
  return events;
}

Principal Changes::principal_of(const TableEntry& entry, bool& is_named) {
  is_named = false;
  if (entry.stage == 1 && entry.regime == 0) return kNobody;
  if (entry.stage == 1) {
    for (const Manifest::Root& root : scene_.manifest.roots) is_named |= root.stage == 1;
    return is_named ? kFirmware : kNobody;
  }
  const std::uint64_t vttbr = entry.root.value | std::uint64_t{entry.vmid} << 48;
  auto place = roots_.find(vttbr);
  if (place == roots_.end()) {
    const Principal principal = principal_of_root(scene_, vttbr);
    if (principal == kNobody) return kNobody;
    place = roots_.emplace(vttbr, principal).first;
  }
  is_named = true;
  return place->second;
}

bool Changes::same_contents(std::uint64_t before, std::uint64_t after, unsigned size_log2) const {
  if (size_log2 != 12) return false;
  const std::uint64_t a = output_of(before, 12);
  const std::uint64_t b = output_of(after, 12);
  for (unsigned at = 0; at < kFrameBytes; at += 8) {
    if (scene_.machine->read64({a + at}) != scene_.machine->read64({b + at})) return false;
  }
  return true;
}

bool Changes::needs_break(std::uint64_t before, std::uint64_t after,
                          const TableEntry& entry) const {
  const bool same = shape_of(before, entry.level) == DescriptorShape::leaf &&
                    same_contents(before, after, entry.size_log2);
  return check::needs_break(before, after, entry.level, entry.stage, same);
}

bool Changes::has_valid_entries(std::uint64_t table, unsigned level) const {
  for (unsigned at = 0; at < kFrameBytes; at += 8) {
    if (is_cacheable(scene_.machine->read64({table + at}), level)) return true;
  }
  return false;
}

Changes::Place Changes::find_place(std::uint64_t descriptor, const TableEntry& entry) {
  const auto [first, last] = by_descriptor_.equal_range(descriptor);
  for (auto at = first; at != last; ++at) {
    const TableEntry& other = at->second->removed.entry;
    // Another ASID is another address space, though the frames of a dead one may serve it.
    if (other.root == entry.root && other.vmid == entry.vmid && other.asid == entry.asid &&
        other.input == entry.input) {
      return at->second;
    }
  }
  return open_.end();
}

const Change* Changes::find(std::uint64_t descriptor) const {
  const auto place = by_descriptor_.find(descriptor);
  return place == by_descriptor_.end() ? nullptr : &*place->second;
}

void Changes::open(Change change) {
  if (!change.is_named && ++unnamed_ > kUnnamedMax) {
    const auto oldest = std::find_if(open_.begin(), open_.end(),
                                     [](const Change& other) { return !other.is_named; });
    close(oldest);
  }
  open_.push_back(std::move(change));
  const Place place = std::prev(open_.end());
  by_descriptor_.emplace(place->descriptor(), place);
  unordered_.push_back(place);
}

void Changes::close(Place place) {
  if (!place->is_named) --unnamed_;
  std::erase(unordered_, place);
  const auto [first, last] = by_descriptor_.equal_range(place->descriptor());
  for (auto at = first; at != last; ++at) {
    if (at->second != place) continue;
    by_descriptor_.erase(at);
    break;
  }
  open_.erase(place);
}

void Changes::written(const Event& event) {
  const auto level = static_cast<unsigned>(bits(event.d, 2, 0));
  const auto stage = static_cast<unsigned>(bits(event.d, 4, 3));
  const auto regime = static_cast<unsigned>(bits(event.d, 6, 5));
  if (event.b == event.c) return;
  for (const TableEntry& entry : scene_.machine->table_entries({event.a})) {
    if (entry.is_known && entry.level == level && entry.stage == stage && entry.regime == regime &&
        entry.vmid == bits(event.d, 23, 8)) {
      written(event, entry);
    }
  }
}

void Changes::written(const Event& event, const TableEntry& entry) {
  const std::uint64_t before = event.b;
  const std::uint64_t after = event.c;
  const Place place = find_place(event.a, entry);
  if (place != open_.end() && place->write.c == after && place->write.cycle == event.cycle &&
      place->write.pc == event.pc) {
    return;  // the same store, told once for each role
  }
  Change change;
  change.principal = principal_of(entry, change.is_named);
  if (entry.root_left && !change.is_named) return;
  if (entry.detached) {
    // Its parent was removed: until that is complete, walkers may still come here.
    for (const Change& parent : open_) {
      const std::uint64_t table = output_of(parent.write.b, 12);
      if (parent.removed.is_pointer && table == (event.a & ~(kFrameBytes - 1)) && listener.reused) {
        listener.reused(parent, event);
        return;
      }
    }
    return;
  }
  const bool now_valid = is_cacheable(after, entry.level);
  if (place != open_.end()) {
    // Cleared for a moment, as against hardware updates, and valid with the same output again: what
    // TLBs hold of before and after may be mixed.
    if (now_valid && !is_cacheable(before, entry.level) && listener.unbroken &&
        needs_break(place->write.b, after, entry)) {
      listener.unbroken(*place, true, event);
    }
    // Written again while unclean: a new story only if something valid was there in between.
    if (!is_cacheable(before, entry.level)) {
      if (now_valid && !takes_away(place->write.b, after, entry.level, entry.stage)) close(place);
      return;
    }
    close(place);
  }
  if (now_valid && shape_of(after, entry.level) == DescriptorShape::leaf && !open_.empty()) {
    const std::uint64_t output = output_of(after, entry.size_log2);
    publish_if(
        [&](const Change& other) {
          const Removed& removed = other.removed;
          if (!other.is_named || removed.is_pointer || other.descriptor() == event.a) return false;
          const unsigned size = std::max(removed.entry.size_log2, entry.size_log2);
          return (output_of(other.write.b, removed.entry.size_log2) ^ output) >> size == 0;
        },
        "its frame was mapped elsewhere", event);
  }
  if (!takes_away(before, after, entry.level, entry.stage)) {
    if (!check::needs_break(before, after, entry.level, entry.stage, true)) return;
  }
  change.removed.entry = entry;
  change.removed.is_pointer = shape_of(before, entry.level) == DescriptorShape::table;
  change.removed.is_table =
      change.removed.is_pointer && has_valid_entries(output_of(before, 12), entry.level + 1);
  change.removed.is_global = entry.stage == 1 && (entry.regime == 1 || !bit(before, 11));
  change.write = event;
  change.knowers = change.is_named && event.core < kCoresMax ? 1u << event.core : kEveryCore;
  if (needs_break(before, after, entry) && listener.unbroken) {
    listener.unbroken(change, false, event);
  }
  open(std::move(change));
}

// DSB: orders the stores that the core knows of. Whether it completes TLBIs, tlbi_complete says.
void Changes::barrier(const Event& event) {
  if (barrier_type(event) != kDsb || event.core >= kCoresMax) return;
  const auto crm = static_cast<unsigned>(bits(event.d, 3, 0));
  last_dsb_[event.core] = crm;
  if (!orders_stores(crm)) return;
  std::erase_if(unordered_, [&](Place place) {
    Change& change = *place;
    if ((change.knowers >> event.core & 1) == 0) return false;
    if (scene_.cores > 1 && is_non_shareable(crm)) {
      change.miss = "the DSB after the store is Non-shareable";
      change.missed = event;
      return false;
    }
    change.ordered = event;
    return true;
  });
}

void Changes::issued(const Event& event) {
  for (Change& change : open_) issued(change, event);
}

void Changes::issued(Change& change, const Event& event) {
  const Removed& removed = change.removed;
  const bool own = covers_own_stage(event, removed);
  const bool combined = removed.entry.stage == 2 && names(event, removed) && covers_combined(event);
  const auto missed = [&](std::string why) {
    if (change.missed) return;  // the first one tells the story
    change.miss = fmt::format("TLBI {} at pc {:#x} {}", tlbi_name(event), event.pc, why);
    change.missed = event;
  };
  if (!own && !combined) {
    if (names(event, removed)) missed("does not remove what came from this descriptor");
    return;
  }
  if (!change.ordered) return missed("came before a DSB ordered the store");
  if (!is_broadcast(event) && scene_.cores > 1)
    return missed("is not broadcast to the other cores");
  if (own && !change.own.complete) {
    change.own.issued = event;
    if (combined || removed.entry.stage == 1) change.combined.issued = event;
    return;
  }
  if (!combined || change.combined.complete) return;
  if (!change.own.complete) return missed("came before the stage 2 invalidation was complete");
  change.combined.issued = event;
}

void Changes::completed(const Event& event) {
  const bool only_local = event.core < kCoresMax && is_non_shareable(last_dsb_[event.core]);
  const auto complete = [&](Change::Part& part) {
    if (!part.issued || part.issued->core != event.core || part.issued->sequence < event.a ||
        part.issued->sequence > event.b || (only_local && is_broadcast(*part.issued))) {
      return;
    }
    part.complete = true;
  };
  for (Place place = open_.begin(); place != open_.end();) {
    const Place change = place++;
    complete(change->own);
    complete(change->combined);
    if (change->is_clean()) close(change);
  }
}

void Changes::publish_if(const std::function<bool(const Change&)>& is_meant, const std::string& how,
                         const Event& event) {
  for (Place place = open_.begin(); place != open_.end();) {
    const Place change = place++;
    if (!is_meant(*change)) continue;
    if (listener.published) listener.published(*change, how, event);
    close(change);
  }
}

void Changes::on(const Event& event) {
  if (event.kind == EventKind::table_write) return written(event);
  if (open_.empty()) {
    if (event.kind == EventKind::barrier) barrier(event);
    return;
  }
  switch (event.kind) {
    case EventKind::barrier:
      return barrier(event);
    case EventKind::tlbi:
      return issued(event);
    case EventKind::tlbi_complete:
      return completed(event);
    case EventKind::lock_acquire:
      for (Change& change : open_) {
        if (change.carriers.contains(event.d) && event.core < kCoresMax) {
          change.knowers |= 1u << event.core;
        }
      }
      return;
    case EventKind::lock_release: {
      const Manifest::Lock& lock = scene_.manifest.locks[event.d];
      publish_if(
          [&](const Change& change) {
            return change.is_named && lock.guards_tables && change.principal == lock.principal;
          },
          fmt::format("the lock {} of its tables was released", lock.name), event);
      for (Change& change : open_) {
        if (event.core < kCoresMax && (change.knowers >> event.core & 1) != 0) {
          change.carriers.insert(event.d);
        }
      }
      return;
    }
    case EventKind::owner_change:
      return publish_if(
          [&](const Change& change) {
            const unsigned size_log2 = change.removed.entry.size_log2;
            return change.is_named && !change.removed.is_pointer &&
                   (output_of(change.write.b, size_log2) ^ event.a) >> size_log2 == 0;
          },
          "its page changed its owner", event);
    case EventKind::exception_return: {
      const auto from = static_cast<unsigned>(bits(event.d, 17, 16));
      const auto to = static_cast<unsigned>(bits(event.d, 19, 18));
      if (from != 2 || to == 2) return;
      return publish_if(
          [&](const Change& change) { return change.is_named && change.write.core == event.core; },
          fmt::format("core {} returned to EL{}", event.core, to), event);
    }
    default:
      return;
  }
}

}  // namespace armature::check
