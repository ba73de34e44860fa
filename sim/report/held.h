// Translations that TLBs held beyond a change of the descriptor they were made from. Between the
// change and the DSB that completes its TLBI that is how shootdowns work; longer means that the TLBI
// was missing, did not reach a core, or came before the change.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/event/bus.h"

namespace armature {

// The life of one descriptor: who cached it when, who wrote it, which TLBIs covered it.
struct DescriptorLife {
  struct Holder {  // an entry of one core's TLBs
    std::uint8_t core = 0, structure = 0, entry_kind = 0, size_log2 = 0;
    std::uint16_t vmid = 0, asid = 0;
    std::uint64_t input = 0, output = 0;  // VA or IPA, and what it led to
    std::uint64_t from = 0, to = 0;       // cycles; to = 0 while it is held
    std::uint64_t fill = 0, pc = 0;       // number and pc of the fill
    std::uint64_t end = 0;                // number of the event that removed it
    std::uint64_t stale_from = 0;         // cycle of the change; 0: never stale
    std::uint64_t stale_at = 0;           // number of the change
    std::uint64_t dropped_by = 0;         // number of the TLBI; 0: replaced, or still held
  };
  struct Mark {
    enum class Type : std::uint8_t { write, tlbi, applied, completed };
    Type type = Type::write;
    std::uint8_t core = 0;  // writer, issuer, target, issuer
    std::uint64_t cycle = 0, sequence = 0, pc = 0;
    std::uint64_t tlbi = 0;                  // applied, completed: number of the TLBI
    std::uint64_t old_value = 0, value = 0;  // write: descriptor before and after; tlbi: operand
    std::uint8_t op = 0;                     // tlbi
    bool broadcast = false;                  // tlbi
    std::uint32_t dropped = 0;               // applied
  };
  std::uint64_t descriptor = 0;  // physical address
  std::deque<Holder> holders;
  std::deque<Mark> marks;

  // The longest time that an entry was held after the change, in cycles; open ones end at `now`.
  std::uint64_t longest_stale(std::uint64_t now) const;
};

class HeldTranslations {
 public:
  static constexpr std::size_t kShown = 12;         // lives in the report
  static constexpr std::size_t kHistory = 48;       // holders and marks of one life
  static constexpr std::size_t kRemembered = 4096;  // lives without a holder
  static std::uint64_t kinds();

  // `tlbi_name` (by the op of tlbi events) tells operations by address (VA..., IPA...) from the others.
  explicit HeldTranslations(std::function<std::string(unsigned op)> tlbi_name);

  void on_event(const Event& event);
  // The lives with the longest stale time, longest first.
  std::vector<DescriptorLife> longest() const;
  std::uint64_t stale_entries() const { return stale_entries_; }

 private:
  using Life = DescriptorLife;
  struct Operation {
    std::uint8_t issuer = 0;
    std::vector<std::uint64_t> lives;  // descriptors it covers
  };
  void fill(const Event& event);
  void leave(const Event& event, std::uint8_t core, std::uint64_t tlbi);
  void write(const Event& event);
  void tlbi(const Event& event);
  void applied(const Event& event);
  void completed(const Event& event);
  void hold(Life& life, const Life::Holder& holder);
  void forget_page(std::uint64_t page, std::uint64_t descriptor);
  void forget_oldest();

  std::function<std::string(unsigned)> tlbi_name_;
  std::unordered_map<std::uint64_t, Life> lives_;  // by descriptor address
  std::deque<std::uint64_t> order_;                // of their first fill, for forgetting
  std::vector<Life> finished_;                     // forgotten ones that are worth showing
  std::unordered_map<std::uint64_t, std::vector<std::uint64_t>> by_page_;  // of input: descriptors
  std::map<std::uint64_t, Operation> operations_;  // by number: not completed yet
  std::uint64_t now_ = 0;
  std::uint64_t stale_entries_ = 0;
};

}  // namespace armature
