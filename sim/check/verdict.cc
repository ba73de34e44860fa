#include "sim/check/verdict.h"

#include <array>

namespace armature::check {
namespace {

constexpr std::string_view kViolation = "violation";
// Tables that the manifest does not name have no publication that could be judged.
constexpr std::string_view kGuestsNote = "violation; note for guests' tables unless --check guest";

constexpr std::array<RuleDescription, kRules> kRuleTable{{
    {Rule::invalidation, "invalidation",
     "a changed descriptor is followed by DSB, TLBI of its scope, DSB before anybody relies on it",
     "Arm ARM D8, TLB maintenance requirements and the TLB maintenance instructions; ordering and "
     "completion of TLB maintenance instructions",
     kGuestsNote},
    {Rule::break_before_make, "break-before-make",
     "a valid descriptor changes its output or attributes only by way of an invalid one",
     "Arm ARM D8, Using break-before-make when updating translation table entries", kGuestsNote},
    {Rule::stale_translation, "stale-translation",
     "no access uses a translation that its tables do not hold any more",
     "Arm ARM D8, TLB maintenance requirements",
     "violation once published, note before; note for guests' tables unless --check guest"},
    {Rule::duplicate_vmid, "duplicate-vmid", "one VMID names one set of tables",
     "Arm ARM D8, VMID and TLB entries: all cores use a VMID for the same translation tables",
     kViolation},
    {Rule::instruction_side, "instruction-side",
     "written instructions are cleaned to the PoU and invalidated before they run",
     "Arm ARM B2, concurrent modification and execution of instructions; IC IVAU", kViolation},
    {Rule::page_lines, "page-lines",
     "a page changes its owner with no dirty line and the same contents at the PoC",
     "Arm ARM B2, mismatched memory attributes; D7, cache maintenance to the PoC", kViolation},
    {Rule::write_once, "write-once", "an EL2 descriptor is written once, from invalid to valid",
     "VRM (SOSP 2021), condition Write-Once-Kernel-Mapping", kViolation},
    {Rule::lockset, "lockset", "shared data is touched only by the core that holds its lock",
     "VRM (SOSP 2021), condition DRF-Kernel", kViolation},
    {Rule::lock_order, "lock-order", "locks are taken in the order of their ranks",
     "KCore's manifest: ranks of locks", kViolation},
    {Rule::double_fetch, "double-fetch", "each untrusted datum is read once",
     "VRM (SOSP 2021), condition Weak-Memory-Isolation: reads of user memory are data oracles",
     kViolation},
    {Rule::ownership, "ownership", "tables map only pages that their principal may reach",
     "SeKVM (S&P 2021), invariants of page ownership", kViolation},
    {Rule::vcpu_exclusive, "vcpu-exclusive", "a vCPU runs on one core at a time",
     "VRM (SOSP 2021), example 2: vCPU state and saved context", kViolation},
    {Rule::vcpu_migration, "vcpu-migration",
     "a core drops its entries of a VM before it runs another of its vCPUs",
     "Arm ARM D8, ASIDs are per PE unless TTBRs are the same; SeKVM, local flush at migration",
     kViolation},
    {Rule::page_observers, "page-observers",
     "TLBs and tables show the same sequence of groups of observers of a page",
     "Page observers (USENIX Security 2021): TLB groups = page-table groups", kViolation},
}};

}  // namespace

std::string_view severity_name(Severity severity) {
  return severity == Severity::note ? "note" : "violation";
}

std::span<const RuleDescription> rules() { return kRuleTable; }

const RuleDescription& rule_description(Rule rule) {
  return kRuleTable[static_cast<unsigned>(rule)];
}

}  // namespace armature::check
