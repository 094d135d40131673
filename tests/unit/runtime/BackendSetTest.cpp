// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Backends are found by name, and a name near a wrong one is suggested.

#include "core/runtime/BackendSet.h"
#include "core/runtime/Errors.h"

#include <gtest/gtest.h>

using namespace glowplug;

TEST(BackendSetTest, HasTheInterpreter) {
  BackendSet set;
  auto backend = set.open("reference");
  ASSERT_TRUE(static_cast<bool>(backend));
  EXPECT_EQ((*backend)->name(), "reference");
  EXPECT_EQ(llvm::cantFail(set.open("reference")), *backend);
}

TEST(BackendSetTest, SuggestsTheNearestName) {
  BackendSet set;
  llvm::Error error = set.open("refrence").takeError();
  const Fault fault = faultOf(std::move(error));
  EXPECT_EQ(fault.kind, FaultKind::usage);
  EXPECT_EQ(fault.place, "refrence");
  EXPECT_EQ(fault.message,
            "unknown backend 'refrence'; did you mean 'reference'?");
  const std::string far = llvm::toString(set.open("zzz").takeError());
  EXPECT_NE(far.find("there are "), std::string::npos) << far;
}

TEST(BackendSetTest, BlamesAPluginThatIsNotThere) {
  BackendSetOptions options;
  options.files = {"/no/such/plugin.so"};
  BackendSet set(std::move(options));
  llvm::Error error = set.open("any").takeError();
  EXPECT_TRUE(error.isA<BackendError>());
  EXPECT_NE(llvm::toString(std::move(error)).find("/no/such/plugin.so"),
            std::string::npos);
}

TEST(NearestNameTest, StaysSilentWhereNothingIsNear) {
  EXPECT_EQ(nearestName("compil", {"run", "compile"}), "compile");
  EXPECT_EQ(nearestName("rnu", {"run", "compile"}), "");
  EXPECT_EQ(nearestName("xyzzy", {"run", "compile"}), "");
  EXPECT_EQ(nearestName("run", {}), "");
}
