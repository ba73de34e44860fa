// A second statement of the translation rules, for tests only: straight from the pseudocode of
// AArch64.FullTranslate and AArch64.TranslationTableWalk, with no cache, no speed and nothing
// shared with the sources under test but the value types.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>

#include "mmu/context.h"
#include "sim/arch/access.h"
#include "sim/arch/memory_attributes.h"

namespace armature::mmu::test {

struct Reference {
  struct Memory {
    std::function<const std::uint8_t*(std::uint64_t)> host;  // nullptr: nothing answers
  };
  struct Answer {
    FaultRecord fault{};
    std::uint64_t address = 0;
    MemoryAttributes attributes{};
    bool faulted() const { return fault.type != FaultType::none; }
  };

  const TranslationContext& c;
  Memory memory;
  unsigned pamax;
  AccessDescriptor access{};
  bool aligned = true;

  static std::uint64_t field(std::uint64_t value, unsigned hi, unsigned lo) {
    std::uint64_t result = 0;
    for (unsigned n = lo; n <= hi; ++n) result |= (value >> n & 1) << (n - lo);
    return result;
  }
  bool is_fetch() const { return access.kind == AccessKind::fetch; }
  bool el2_regime() const { return c.regime == Regime::el2; }
  bool hcr(unsigned n) const { return !el2_regime() && c.has_el2 && (c.hcr >> n & 1) != 0; }
  bool s2_enabled() const { return hcr(0) || hcr(12); }
  bool s1_enabled() const { return (c.sctlr & 1) != 0 && !hcr(12) && !hcr(27); }

  static Answer fail(FaultType type, int level) {
    Answer a;
    a.fault.type = type;
    a.fault.level = static_cast<std::int8_t>(level);
    return a;
  }
  static Answer fail2(FaultType type, int level, std::uint64_t ipa, bool s1ptw) {
    Answer a = fail(type, level);
    a.fault.stage = Stage::stage2;
    a.fault.ipa = {ipa};
    a.fault.s2fs1walk = s1ptw;
    return a;
  }

  static MemoryAttributes normal(unsigned outer, unsigned inner, unsigned sh) {  // 0 NC, 1 WT, 2 WB
    MemoryAttributes a;
    a.type = MemoryType::normal;
    a.outer = static_cast<Cacheability>(outer);
    a.inner = static_cast<Cacheability>(inner);
    a.shareability = sh == 0   ? Shareability::non_shareable
                     : sh == 3 ? Shareability::inner
                               : Shareability::outer;
    if (outer == 0 && inner == 0) a.shareability = Shareability::outer;
    return a;
  }
  static MemoryAttributes device(unsigned type) {
    MemoryAttributes a;
    a.type = static_cast<MemoryType>(type);
    a.shareability = Shareability::outer;
    return a;
  }
  static MemoryAttributes from_mair(std::uint64_t attr, unsigned sh) {
    if (field(attr, 7, 4) == 0) return device(static_cast<unsigned>(field(attr, 3, 2)));
    const auto one = [](std::uint64_t nibble) -> unsigned {
      if (nibble == 4 || nibble == 0) return 0;
      return (nibble & 4) != 0 ? 2 : 1;
    };
    return normal(one(field(attr, 7, 4)), one(field(attr, 3, 0)), sh);
  }
  static MemoryAttributes from_memattr(std::uint64_t attr, unsigned sh) {
    if (field(attr, 3, 2) == 0) return device(static_cast<unsigned>(field(attr, 1, 0)));
    const auto one = [](std::uint64_t two) -> unsigned {
      return two == 0 ? 0 : static_cast<unsigned>(two) - 1;
    };
    return normal(one(field(attr, 3, 2)), one(field(attr, 1, 0)), sh);
  }
  static MemoryAttributes both(const MemoryAttributes& one, const MemoryAttributes& two) {
    if (one.is_device() || two.is_device()) {
      if (!one.is_device()) return device(static_cast<unsigned>(two.type));
      if (!two.is_device()) return device(static_cast<unsigned>(one.type));
      return device(static_cast<unsigned>(one.type < two.type ? one.type : two.type));
    }
    MemoryAttributes a = normal(
        std::min<unsigned>(static_cast<unsigned>(one.outer), static_cast<unsigned>(two.outer)),
        std::min<unsigned>(static_cast<unsigned>(one.inner), static_cast<unsigned>(two.inner)), 0);
    if (a.inner == Cacheability::non_cacheable && a.outer == Cacheability::non_cacheable) return a;
    const auto wide = [&](Shareability s) {
      return one.shareability == s || two.shareability == s;
    };
    a.shareability = wide(Shareability::outer)   ? Shareability::outer
                     : wide(Shareability::inner) ? Shareability::inner
                                                 : Shareability::non_shareable;
    return a;
  }

  static unsigned ps_bits(std::uint64_t ps) {
    switch (ps) {
      case 0:
        return 32;
      case 1:
        return 36;
      case 2:
        return 40;
      case 3:
        return 42;
      case 4:
        return 44;
      default:
        return 48;
    }
  }

  struct Leaf {
    std::uint64_t descriptor = 0;
    std::uint64_t address = 0;
    int level = 0;
    std::uint64_t aptable = 0, xntable = 0, pxntable = 0;
  };

  // AArch64.TranslationTableWalk for one stage; the differences of the stages are arguments.
  struct Parameters {
    bool second_stage = false, s1ptw = false;
    std::uint64_t base_register = 0;
    unsigned input_size = 0, grain = 12, output_size = 48;
    int start_level = 0;
    bool reversed = false;
  };
  Answer walk(const Parameters& p, std::uint64_t input, Leaf& leaf) {
    const auto failing = [&](FaultType type, int level) {
      return p.second_stage ? fail2(type, level, input, p.s1ptw) : fail(type, level);
    };
    const unsigned stride = p.grain - 3;
    int level = p.start_level;
    const unsigned base_low =
        3 + p.input_size - ((3 - static_cast<unsigned>(level)) * stride + p.grain);
    std::uint64_t base = field(p.base_register, 47, base_low) << base_low;
    if (p.output_size < 48 && field(base, 47, p.output_size) != 0)
      return failing(FaultType::address_size, 0);
    unsigned top = p.input_size - 1;
    for (;;) {
      const unsigned bottom = (3 - static_cast<unsigned>(level)) * stride + p.grain;
      const std::uint64_t descriptor_address = base | field(input, top, bottom) << 3;
      std::uint64_t physical = descriptor_address;
      if (!p.second_stage && s2_enabled()) {
        const Answer place = second_stage(descriptor_address, true);
        if (place.faulted()) return place;
        physical = place.address;
      }
      const std::uint8_t* host = memory.host(physical);
      if (host == nullptr) return failing(FaultType::synchronous_external_on_walk, level);
      std::uint64_t d = 0;
      for (unsigned n = 0; n < 8; ++n) d |= std::uint64_t{host[p.reversed ? 7 - n : n]} << (8 * n);
      if ((d & 1) == 0 || (level == 3 && (d & 3) == 1))
        return failing(FaultType::translation, level);
      const bool block = (d & 3) == 1 || level == 3;
      if (block && level < (p.grain == 16 ? 2 : 1)) return failing(FaultType::translation, level);
      if (p.output_size < 48 && field(d, 47, p.output_size) != 0)
        return failing(FaultType::address_size, level);
      if (!block) {
        leaf.aptable |= field(d, 62, 61);
        leaf.xntable |= field(d, 60, 60);
        leaf.pxntable |= field(d, 59, 59);
        base = field(d, 47, p.grain) << p.grain;
        ++level;
        top = bottom - 1;
        continue;
      }
      if (field(d, 10, 10) == 0) return failing(FaultType::access_flag, level);
      leaf.descriptor = d;
      leaf.level = level;
      leaf.address = field(d, 47, bottom) << bottom | field(input, bottom - 1, 0);
      return {};
    }
  }

  bool device_alignment(const MemoryAttributes& a) const {
    return a.is_device() && !is_fetch() && (!aligned || access.zeroing);
  }
  bool permission_free() const {
    return access.kind == AccessKind::cache_maintenance && access.privileged && !access.write;
  }

  Answer first_stage(std::uint64_t va) {
    const bool high = field(va, 55, 55) != 0;
    const bool tbi = el2_regime() ? field(c.tcr, 20, 20) != 0
                                  : field(c.tcr, high ? 38 : 37, high ? 38 : 37) != 0;
    const unsigned top = tbi ? 55 : 63;
    if (!s1_enabled()) {
      if (field(va, top, pamax) != 0) return fail(FaultType::address_size, 0);
      Answer a;
      a.address = field(va, pamax - 1, 0);
      if (hcr(12))
        a.attributes = normal(2, 2, 0);
      else if (!is_fetch())
        a.attributes = device(0);
      else
        a.attributes = field(c.sctlr, 12, 12) != 0 ? normal(1, 1, 2) : normal(0, 0, 2);
      if (device_alignment(a.attributes)) return fail(FaultType::alignment, 0);
      return a;
    }
    const bool second_half = high && !el2_regime();
    const unsigned txsz =
        static_cast<unsigned>(second_half ? field(c.tcr, 21, 16) : field(c.tcr, 5, 0));
    if (txsz < 16 || txsz > 39) return fail(FaultType::translation, 0);
    Parameters p;
    p.input_size = 64 - txsz;
    const std::uint64_t above = field(va, top, p.input_size);
    if (above != (second_half ? field(~0ull, top, p.input_size) : 0))
      return fail(FaultType::translation, 0);
    const std::uint64_t tg = second_half ? field(c.tcr, 31, 30) : field(c.tcr, 15, 14);
    p.grain = tg == (second_half ? 3u : 1u) ? 16 : 12;
    if (!el2_regime() && field(c.tcr, second_half ? 23 : 7, second_half ? 23 : 7) != 0)
      return fail(FaultType::translation, 0);
    p.output_size =
        std::min(pamax, ps_bits(el2_regime() ? field(c.tcr, 18, 16) : field(c.tcr, 34, 32)));
    p.base_register = second_half ? c.ttbr1 : c.ttbr0;
    p.reversed = field(c.sctlr, 25, 25) != 0;
    p.start_level = 3;
    for (unsigned covered = p.grain + p.grain - 3; covered < p.input_size; covered += p.grain - 3)
      --p.start_level;
    Leaf leaf;
    Answer a = walk(p, va, leaf);
    if (a.faulted()) return a;
    a.address = leaf.address;
    a.attributes =
        from_mair(field(c.mair, static_cast<unsigned>(field(leaf.descriptor, 4, 2)) * 8 + 7,
                        static_cast<unsigned>(field(leaf.descriptor, 4, 2)) * 8),
                  static_cast<unsigned>(field(leaf.descriptor, 9, 8)));
    if (device_alignment(a.attributes)) return fail(FaultType::alignment, leaf.level);
    if (!first_stage_allows(leaf)) return fail(FaultType::permission, leaf.level);
    if (is_fetch() && a.attributes.is_device()) a.attributes = normal(0, 0, 2);
    if (field(c.sctlr, is_fetch() ? 12 : 2, is_fetch() ? 12 : 2) == 0 && !a.attributes.is_device())
      a.attributes = normal(0, 0, 2);
    return a;
  }

  bool first_stage_allows(const Leaf& leaf) const {
    const std::uint64_t d = leaf.descriptor;
    const bool wxn = field(c.sctlr, 19, 19) != 0;
    bool ap2 = field(d, 7, 7) != 0 || (leaf.aptable & 2) != 0;
    bool ap1 = field(d, 6, 6) != 0;
    bool xn = field(d, 54, 54) != 0 || leaf.xntable != 0;
    bool r = true, w = !ap2, x = false;
    if (el2_regime()) {
      x = !(xn || (w && wxn));
    } else {
      if ((leaf.aptable & 1) != 0) ap1 = false;
      const bool pxn = field(d, 53, 53) != 0 || leaf.pxntable != 0;
      const bool user_r = ap1, user_w = ap1 && !ap2, priv_w = !ap2;
      if (access.privileged) {
        w = priv_w;
        x = !(pxn || (priv_w && wxn) || user_w);
      } else {
        r = user_r;
        w = user_w;
        x = !(xn || (user_w && wxn));
      }
    }
    if (is_fetch()) return x;
    if (access.write) return w;
    if (permission_free()) return true;
    return r;
  }

  Answer second_stage(std::uint64_t ipa, bool s1ptw) {
    Parameters p;
    p.second_stage = true;
    p.s1ptw = s1ptw;
    p.input_size = 64 - static_cast<unsigned>(field(c.vtcr, 5, 0));
    p.grain = field(c.vtcr, 15, 14) == 1 ? 16 : 12;
    const auto sl0 = static_cast<int>(field(c.vtcr, 7, 6));
    p.start_level = (p.grain == 16 ? 3 : 2) - sl0;
    bool found = p.input_size >= 25 && p.input_size <= 48 && sl0 != 3 &&
                 !(sl0 == 2 && pamax <= 42) && p.input_size <= pamax;
    if (found) {
      const int size_check =
          static_cast<int>(p.input_size) -
          ((3 - p.start_level) * (static_cast<int>(p.grain) - 3) + static_cast<int>(p.grain));
      found = size_check >= 1 && size_check <= static_cast<int>(p.grain) - 3 + 4 &&
              field(ipa, 63, p.input_size) == 0;
    }
    if (!found) return fail2(FaultType::translation, 0, ipa, s1ptw);
    p.output_size = std::min(pamax, ps_bits(field(c.vtcr, 18, 16)));
    p.base_register = c.vttbr;
    p.reversed = field(c.sctlr_el2, 25, 25) != 0;
    Leaf leaf;
    Answer a = walk(p, ipa, leaf);
    if (a.faulted()) return a;
    a.address = leaf.address;
    a.attributes = from_memattr(field(leaf.descriptor, 5, 2),
                                static_cast<unsigned>(field(leaf.descriptor, 9, 8)));
    const bool r = field(leaf.descriptor, 6, 6) != 0, w = field(leaf.descriptor, 7, 7) != 0,
               xn = field(leaf.descriptor, 54, 54) != 0;
    if (s1ptw) {
      if (!r || (hcr(2) && a.attributes.is_device()))
        return fail2(FaultType::permission, leaf.level, ipa, true);
      return a;
    }
    if (device_alignment(a.attributes)) return fail2(FaultType::alignment, leaf.level, ipa, false);
    const bool allowed = is_fetch() ? !xn : access.write ? w : permission_free() || r;
    if (!allowed) return fail2(FaultType::permission, leaf.level, ipa, false);
    if (is_fetch() && a.attributes.is_device()) a.attributes = normal(0, 0, 2);
    if (hcr(is_fetch() ? 33 : 32) && !a.attributes.is_device()) a.attributes = normal(0, 0, 2);
    return a;
  }

  Answer translate(std::uint64_t va) {
    const Answer s1 = first_stage(va);
    if (s1.faulted() || !s2_enabled()) return s1;
    Answer s2 = second_stage(s1.address, false);
    if (!s2.faulted()) s2.attributes = both(s1.attributes, s2.attributes);
    return s2;
  }
};

}  // namespace armature::mmu::test
