// An allocator for vectors whose first element is to lie on a boundary of the host's memory.
#pragma once

#include <cstddef>
#include <new>

namespace armature {

template <typename T, std::size_t alignment>
struct AlignedAllocator {
  using value_type = T;
  template <typename U>
  struct rebind {
    using other = AlignedAllocator<U, alignment>;
  };

  AlignedAllocator() = default;
  template <typename U>
  explicit AlignedAllocator(const AlignedAllocator<U, alignment>&) {}

  T* allocate(std::size_t count) {
    return static_cast<T*>(::operator new(count * sizeof(T), std::align_val_t{alignment}));
  }
  void deallocate(T* first, std::size_t) { ::operator delete(first, std::align_val_t{alignment}); }
  bool operator==(const AlignedAllocator&) const { return true; }
};

}  // namespace armature
