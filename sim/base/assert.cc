#include "sim/base/assert.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace armature {
namespace {
void (*g_report)(void*) = nullptr;
void* g_context = nullptr;
bool g_throws = false;
}  // namespace

void set_assertion_reporter(void (*report)(void* context), void* context) {
  g_report = report;
  g_context = context;
}

void throw_assertion_failures() { g_throws = true; }

void assertion_failed(const char* condition, const char* file, int line) {
  if (g_throws) {
    throw AssertionFailure(std::string("internal error: ") + condition + ", at " + file + ":" +
                           std::to_string(line));
  }
  std::fprintf(stderr, "armature: internal error: %s, at %s:%d\n", condition, file, line);
  if (auto* report = g_report; report != nullptr) {
    g_report = nullptr;  // a failure while reporting must not recurse
    report(g_context);
  }
  std::abort();
}

}  // namespace armature
