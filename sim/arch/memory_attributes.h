// MemoryAttributes of a translated access (pseudocode type of the same name).
#pragma once

#include <bit>
#include <cstdint>

namespace armature {

enum class MemoryType : std::uint8_t { device_nGnRnE, device_nGnRE, device_nGRE, device_GRE, normal };
enum class Cacheability : std::uint8_t { non_cacheable, write_through, write_back };
enum class Shareability : std::uint8_t { non_shareable, inner, outer };

struct MemoryAttributes {
  MemoryType type = MemoryType::device_nGnRnE;
  Cacheability inner = Cacheability::non_cacheable;
  Cacheability outer = Cacheability::non_cacheable;
  Shareability shareability = Shareability::outer;

  bool operator==(const MemoryAttributes&) const = default;
  constexpr bool is_device() const { return type != MemoryType::normal; }
  // CHOICE: Write-Through is treated as Non-cacheable by the caches (Cortex-A57 TRM and A72 TRM do
  // so for L1D and L2), so only inner and outer Write-Back allocate.
  constexpr bool is_cacheable() const;
};

// As one comparison: this is asked on every miss.
constexpr bool MemoryAttributes::is_cacheable() const {
  MemoryAttributes wanted{MemoryType::normal, Cacheability::write_back, Cacheability::write_back,
                          shareability};
  return std::bit_cast<std::uint32_t>(*this) == std::bit_cast<std::uint32_t>(wanted);
}

inline constexpr MemoryAttributes kNormalWriteBack{MemoryType::normal, Cacheability::write_back,
                                                   Cacheability::write_back, Shareability::inner};
inline constexpr MemoryAttributes kNormalNonCacheable{
    MemoryType::normal, Cacheability::non_cacheable, Cacheability::non_cacheable,
    Shareability::outer};
inline constexpr MemoryAttributes kDevice_nGnRnE{};

}  // namespace armature
