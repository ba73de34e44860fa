#include "platform/systemc/kernel.h"

#if defined(__SANITIZE_ADDRESS__)
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace armature::platform {
namespace {

#if defined(__SANITIZE_ADDRESS__)
// libsystemc tells AddressSanitizer when it changes stacks, but of the stack that called sc_start()
// it knows no bounds, and gives none when it comes back. An exception that is thrown afterwards would
// then leave the marks of dead frames behind: reports of errors that are none.
void restore_stack_bounds() {
  struct Stack {
    void* bottom = nullptr;
    std::size_t bytes = 0;
    Stack() {
      pthread_attr_t attributes;
      pthread_getattr_np(pthread_self(), &attributes);
      pthread_attr_getstack(&attributes, &bottom, &bytes);
      pthread_attr_destroy(&attributes);
    }
  };
  static thread_local const Stack stack;
  void* fake = nullptr;
  __sanitizer_start_switch_fiber(&fake, stack.bottom, stack.bytes);
  __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
}
#else
void restore_stack_bounds() {}
#endif

}  // namespace

void Kernel::start(const sc_core::sc_time& duration) {
  sc_core::sc_start(duration);
  restore_stack_bounds();
}

}  // namespace armature::platform
