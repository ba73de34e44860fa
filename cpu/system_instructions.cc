#include "cpu/system_instructions.h"

#include <array>

namespace armature::cpu {
namespace {

using tlb::TlbiOp;

constexpr SystemInstruction cache(std::string_view name, unsigned op1, unsigned crm, unsigned op2,
                                  CacheOp op, std::uint8_t lowest_el) {
  const bool instruction = op >= CacheOp::ic_ialluis;
  return {name, sysreg_encoding(1, op1, 7, crm, op2),
          instruction ? SystemGroup::ic : SystemGroup::dc, static_cast<std::uint8_t>(op), lowest_el};
}

constexpr SystemInstruction at(std::string_view name, unsigned op1, unsigned op2, AtOp op) {
  return {name, sysreg_encoding(1, op1, 7, 8, op2), SystemGroup::at,
          static_cast<std::uint8_t>(op), static_cast<std::uint8_t>(op1 == 4 ? 2 : 1)};
}

enum class Scope : std::uint8_t { local, inner_shareable };

constexpr SystemInstruction tlbi(std::string_view name, unsigned op1, unsigned crm, unsigned op2,
                                 TlbiOp op, Scope scope) {
  return {name, sysreg_encoding(1, op1, 8, crm, op2), SystemGroup::tlbi,
          static_cast<std::uint8_t>(op), static_cast<std::uint8_t>(op1 == 4 ? 2 : 1),
          scope == Scope::inner_shareable};
}

constexpr Scope is = Scope::inner_shareable, local = Scope::local;

// C5.3 to C5.5: A64 System instructions for cache maintenance, address translation, TLB maintenance.
constexpr std::array kInstructions{
    cache("DC IVAC", 0, 6, 1, CacheOp::dc_ivac, 1),
    cache("DC ISW", 0, 6, 2, CacheOp::dc_isw, 1),
    cache("DC CSW", 0, 10, 2, CacheOp::dc_csw, 1),
    cache("DC CISW", 0, 14, 2, CacheOp::dc_cisw, 1),
    cache("DC ZVA", 3, 4, 1, CacheOp::dc_zva, 0),
    cache("DC CVAC", 3, 10, 1, CacheOp::dc_cvac, 0),
    cache("DC CVAU", 3, 11, 1, CacheOp::dc_cvau, 0),
    cache("DC CIVAC", 3, 14, 1, CacheOp::dc_civac, 0),
    cache("IC IALLUIS", 0, 1, 0, CacheOp::ic_ialluis, 1),
    cache("IC IALLU", 0, 5, 0, CacheOp::ic_iallu, 1),
    cache("IC IVAU", 3, 5, 1, CacheOp::ic_ivau, 0),

    at("AT S1E1R", 0, 0, AtOp::s1e1r), at("AT S1E1W", 0, 1, AtOp::s1e1w),
    at("AT S1E0R", 0, 2, AtOp::s1e0r), at("AT S1E0W", 0, 3, AtOp::s1e0w),
    at("AT S1E2R", 4, 0, AtOp::s1e2r), at("AT S1E2W", 4, 1, AtOp::s1e2w),
    at("AT S12E1R", 4, 4, AtOp::s12e1r), at("AT S12E1W", 4, 5, AtOp::s12e1w),
    at("AT S12E0R", 4, 6, AtOp::s12e0r), at("AT S12E0W", 4, 7, AtOp::s12e0w),

    tlbi("TLBI VMALLE1IS", 0, 3, 0, TlbiOp::vmalle1, is),
    tlbi("TLBI VAE1IS", 0, 3, 1, TlbiOp::vae1, is),
    tlbi("TLBI ASIDE1IS", 0, 3, 2, TlbiOp::aside1, is),
    tlbi("TLBI VAAE1IS", 0, 3, 3, TlbiOp::vaae1, is),
    tlbi("TLBI VALE1IS", 0, 3, 5, TlbiOp::vale1, is),
    tlbi("TLBI VAALE1IS", 0, 3, 7, TlbiOp::vaale1, is),
    tlbi("TLBI VMALLE1", 0, 7, 0, TlbiOp::vmalle1, local),
    tlbi("TLBI VAE1", 0, 7, 1, TlbiOp::vae1, local),
    tlbi("TLBI ASIDE1", 0, 7, 2, TlbiOp::aside1, local),
    tlbi("TLBI VAAE1", 0, 7, 3, TlbiOp::vaae1, local),
    tlbi("TLBI VALE1", 0, 7, 5, TlbiOp::vale1, local),
    tlbi("TLBI VAALE1", 0, 7, 7, TlbiOp::vaale1, local),
    tlbi("TLBI IPAS2E1IS", 4, 0, 1, TlbiOp::ipas2e1, is),
    tlbi("TLBI IPAS2LE1IS", 4, 0, 5, TlbiOp::ipas2le1, is),
    tlbi("TLBI ALLE2IS", 4, 3, 0, TlbiOp::alle2, is),
    tlbi("TLBI VAE2IS", 4, 3, 1, TlbiOp::vae2, is),
    tlbi("TLBI ALLE1IS", 4, 3, 4, TlbiOp::alle1, is),
    tlbi("TLBI VALE2IS", 4, 3, 5, TlbiOp::vale2, is),
    tlbi("TLBI VMALLS12E1IS", 4, 3, 6, TlbiOp::vmalls12e1, is),
    tlbi("TLBI IPAS2E1", 4, 4, 1, TlbiOp::ipas2e1, local),
    tlbi("TLBI IPAS2LE1", 4, 4, 5, TlbiOp::ipas2le1, local),
    tlbi("TLBI ALLE2", 4, 7, 0, TlbiOp::alle2, local),
    tlbi("TLBI VAE2", 4, 7, 1, TlbiOp::vae2, local),
    tlbi("TLBI ALLE1", 4, 7, 4, TlbiOp::alle1, local),
    tlbi("TLBI VALE2", 4, 7, 5, TlbiOp::vale2, local),
    tlbi("TLBI VMALLS12E1", 4, 7, 6, TlbiOp::vmalls12e1, local),
};

constexpr std::array<const char*, static_cast<unsigned>(CacheOp::count)> kCacheOpNames{
    "DC IVAC", "DC ISW",  "DC CSW",     "DC CISW",  "DC ZVA", "DC CVAC",
    "DC CVAU", "DC CIVAC", "IC IALLUIS", "IC IALLU", "IC IVAU"};

}  // namespace

std::span<const SystemInstruction> system_instructions() { return kInstructions; }

const SystemInstruction* find_system_instruction(std::uint16_t encoding) {
  for (const SystemInstruction& instruction : kInstructions) {
    if (instruction.encoding == encoding) return &instruction;
  }
  return nullptr;
}

const char* cache_op_name(CacheOp op) { return kCacheOpNames[static_cast<unsigned>(op)]; }

}  // namespace armature::cpu
