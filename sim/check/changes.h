// Follows every descriptor that was valid and has changed, from the store to the moment when no TLB
// of the machine may hold it any more:
//
//   valid -> invalid, unclean -> DSB -> TLBI of its scope -> DSB -> clean
//   stage 2:                  DSB -> IPAS2E1IS -> DSB -> VMALLE1IS -> DSB (or VMALLS12E1IS -> DSB)
//
// A change is judged when it is published: the lock of its tables is released, the page changes its
// owner or is mapped elsewhere, or the core that made it returns to a lower Exception level.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/check/checker.h"
#include "sim/check/tlbi_scope.h"

namespace armature::check {

struct Change {
  Removed removed{};
  Principal principal = kNobody;  // of its tables
  bool is_named = false;          // the manifest names its tables
  Event write{};
  std::uint32_t knowers = 0;  // cores whose DSB orders the store: the writer, and who got its lock
  std::set<unsigned> carriers{};   // locks released by a core that knows
  std::optional<Event> ordered{};  // the DSB
  struct Part {                    // stage 2 needs two of them in order
    std::optional<Event> issued{};
    bool complete = false;
  };
  Part own{}, combined{};
  std::string miss{};  // why the last TLBI that could have helped did not
  std::optional<Event> missed{};

  std::uint64_t descriptor() const { return write.a; }
  bool is_clean() const { return own.complete && combined.complete; }
  // "no TLBI IPAS2E1IS of IPA 0x... after the DSB": the first step that is missing.
  std::string missing() const;
  // The events of its story, up to and with `judged`.
  std::vector<Event> story(const Event& judged) const;
};

class Changes {
 public:
  explicit Changes(const Scene& scene) : scene_(scene) {}

  static constexpr std::uint64_t kinds() {
    return event_bit(EventKind::table_write) | event_bit(EventKind::barrier) |
           event_bit(EventKind::tlbi) | event_bit(EventKind::tlbi_complete) |
           event_bit(EventKind::lock_acquire) | event_bit(EventKind::lock_release) |
           event_bit(EventKind::owner_change) | event_bit(EventKind::exception_return);
  }

  struct Listener {
    // An unclean change was published; `how` ends the sentence "... before ...".
    std::function<void(const Change&, const std::string& how, const Event&)> published;
    // Valid to valid where a break is needed, or valid again while unclean (`again`).
    std::function<void(const Change&, bool again, const Event&)> unbroken;
    // A store to a table whose removal is not complete.
    std::function<void(const Change& parent, const Event&)> reused;
  };
  Listener listener;

  void on(const Event& event);
  // The unclean change of the descriptor, or nullptr.
  const Change* find(std::uint64_t descriptor) const;

 private:
  // Of tables that nobody judges only the last changes are followed.
  static constexpr std::size_t kUnnamedMax = 256;
  using Place = std::list<Change>::iterator;

  void written(const Event& event);
  void written(const Event& event, const TableEntry& entry);
  void barrier(const Event& event);
  void issued(const Event& event);
  void issued(Change& change, const Event& event);
  void completed(const Event& event);
  void publish_if(const std::function<bool(const Change&)>& is_meant, const std::string& how,
                  const Event& event);
  void open(Change change);
  void close(Place place);
  Place find_place(std::uint64_t descriptor, const TableEntry& entry);
  Principal principal_of(const TableEntry& entry, bool& is_named);
  bool same_contents(std::uint64_t before, std::uint64_t after, unsigned size_log2) const;
  bool needs_break(std::uint64_t before, std::uint64_t after, const TableEntry& entry) const;
  bool has_valid_entries(std::uint64_t table, unsigned level) const;

  const Scene& scene_;
  std::list<Change> open_;  // in the order of their stores
  std::size_t unnamed_ = 0;
  std::unordered_multimap<std::uint64_t, Place> by_descriptor_;
  std::vector<Place> unordered_;                        // no DSB yet
  std::unordered_map<std::uint64_t, Principal> roots_;  // stage 2 roots of the manifest, by address
  std::array<std::uint32_t, kCoresMax> last_dsb_{};     // CRm
};

}  // namespace armature::check
