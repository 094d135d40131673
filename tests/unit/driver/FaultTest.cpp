// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Faults keep their kind on the way through llvm::Error.

#include "core/runtime/Errors.h"
#include "core/support/FaultError.h"

#include <gtest/gtest.h>

using namespace glowplug;

TEST(FaultTest, KeepsItsKindAndPlace) {
  llvm::Error error = makeFault(FaultKind::usage, "no such recipe", "--recipe");
  const Fault fault = faultOf(blame(FaultKind::model, std::move(error)));
  EXPECT_EQ(fault.kind, FaultKind::usage);
  EXPECT_EQ(fault.message, "no such recipe");
  EXPECT_EQ(fault.place, "--recipe");
}

TEST(FaultTest, GivesAnErrorWithoutKindThatOfTheCaller) {
  auto plain = [] { return llvm::createStringError("odd"); };
  EXPECT_EQ(faultOf(plain()).kind, FaultKind::internal);
  EXPECT_EQ(faultOf(plain(), FaultKind::model).kind, FaultKind::model);
  const Fault fault = faultOf(blame(FaultKind::resources, plain()));
  EXPECT_EQ(fault.kind, FaultKind::resources);
  EXPECT_EQ(fault.message, "odd");
}

TEST(FaultTest, TakesAnErrorOfABackendForWhatItIs) {
  llvm::Error error = backendError("npu", GP_DEVICE_LOST, "it is gone");
  EXPECT_TRUE(error.isA<FaultError>());
  const Fault fault = faultOf(std::move(error));
  EXPECT_EQ(fault.kind, FaultKind::backend);
  EXPECT_EQ(fault.place, "npu");
  EXPECT_EQ(fault.message, "npu: it is gone");
}

TEST(FaultTest, NamesTheFileOnce) {
  const Fault inside =
      inFile("a.onnx", {FaultKind::model, "node 'n' is wrong"});
  EXPECT_EQ(inside.message, "a.onnx: node 'n' is wrong");
  EXPECT_EQ(inside.place, "a.onnx");
  EXPECT_EQ(inFile("a.onnx", inside).message, inside.message);
  const Fault backend =
      inFile("a.onnx", {FaultKind::backend, "cpu: compile failed", "cpu"});
  EXPECT_EQ(backend.message, "a.onnx: cpu: compile failed");
  EXPECT_EQ(backend.place, "cpu");
}
