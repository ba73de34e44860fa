// The tests' own main, linked as an object file: libsystemc.so has a main too, and a stub sc_main
// that fails makes sure that nobody ever runs that one instead.
#include <gtest/gtest.h>

extern "C" __attribute__((visibility("default"))) int sc_main(int, char**) { return 99; }

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
