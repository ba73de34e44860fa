// The table at the end of a run: every TLB fill by stage, VMID and structure, every flush by
// operation, every page-table write by level and writer. Built from events alone.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "sim/event/bus.h"

namespace armature {

class TranslationTable : public EventListener {
 public:
  // The kinds it has to be added to the bus with.
  static std::uint64_t kinds();

  // `tlbi_name` gives the mnemonic of the `op` field of tlbi events; without it numbers are shown.
  explicit TranslationTable(std::function<std::string(unsigned op)> tlbi_name = {});

  void on_event(const Event& event) override;

  // What an entry depends on: the `kind` field of tlb_fill.
  enum class Stages : std::uint8_t { stage1, stage2, both };
  static constexpr std::uint16_t kNoVmid = 0xffff;  // EL2 regime: entries carry no VMID
  struct FillKey {
    Stages stages = Stages::stage1;
    std::uint8_t regime = 0;  // 0 EL1&0, 1 EL2
    std::uint16_t vmid = kNoVmid;
    auto operator<=>(const FillKey&) const = default;
  };
  using ByStructure = std::array<std::uint64_t, kTlbStructures>;
  struct FlushCounts {
    // `broadcast` of those issued; `applied` counts cores, `dropped` entries, both over all cores.
    std::uint64_t issued = 0, broadcast = 0, applied = 0, dropped = 0;
  };
  struct WriteKey {
    std::uint8_t stage = 1;
    std::uint8_t level = 0;
    std::uint8_t regime = 0;
    std::uint8_t writer = 0;  // Exception level, or kDeviceWriter
    auto operator<=>(const WriteKey&) const = default;
  };
  static constexpr std::uint8_t kDeviceWriter = 0xff;
  struct WriteCounts {
    std::uint64_t writes = 0, detached = 0;
  };

  const std::map<FillKey, ByStructure>& fills() const { return fills_; }
  // Entries that left, by structure; their VMID is not in the event.
  const ByStructure& evictions() const { return evictions_; }
  const ByStructure& drops() const { return drops_; }
  const std::map<std::uint8_t, FlushCounts>& flushes() const { return flushes_; }  // by operation
  const std::map<WriteKey, WriteCounts>& writes() const { return writes_; }

  std::string text() const;

 private:
  std::function<std::string(unsigned)> tlbi_name_;
  std::map<FillKey, ByStructure> fills_;
  ByStructure evictions_{}, drops_{};
  std::map<std::uint8_t, FlushCounts> flushes_;
  std::map<WriteKey, WriteCounts> writes_;
};

}  // namespace armature
