// Our own mistakes: an assertion that prints where the machine was and how to get there again.
// The machine in charge registers a reporter that adds core, PC, EL, cycle, seed and the command.
#pragma once

#include <stdexcept>

namespace armature {

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

// Called once by assertion_failed before it aborts; `report` prints to stderr.
void set_assertion_reporter(void (*report)(void* context), void* context);

// What assertion_failed throws, instead of reporting and aborting, inside a program that is not
// ours (Python). The machine that was running must not be used any more.
class AssertionFailure : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};
void throw_assertion_failures();

}  // namespace armature

#define ARMATURE_ASSERT(condition) \
  ((condition) ? (void)0 : ::armature::assertion_failed(#condition, __FILE__, __LINE__))
