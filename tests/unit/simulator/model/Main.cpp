// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// SystemC owns main(); it calls this, which runs the tests.

#include <gtest/gtest.h>
#include <systemc>

// The library of SystemC calls it.
[[gnu::visibility("default")]] int sc_main(int argc, char **argv) {
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
