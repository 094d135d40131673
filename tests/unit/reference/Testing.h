// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs programs made by the image builder and looks at what comes out.

#pragma once

#include "core/image/ImageBuilder.h"
#include "core/reference/Interpreter.h"
#include "core/support/Convert.h"

#include <gtest/gtest.h>

#include <random>

namespace glowplug::test {

using Segments = llvm::ArrayRef<llvm::ArrayRef<uint8_t>>;

/// Verifies and runs \p program; the test fails, and nothing comes back, if
/// either does.
std::vector<Tensor> run(const ProgramBuilder &program,
                        llvm::ArrayRef<Tensor> inputs,
                        const InterpreterOptions &options = {},
                        Segments segments = {});

/// The message with which a verified \p program refuses to run.
std::string runError(const ProgramBuilder &program,
                     llvm::ArrayRef<Tensor> inputs, Segments segments = {});

/// The elements of \p tensor, which must hold T.
template <typename T>
std::vector<T> elementsOf(const Tensor &tensor) {
  EXPECT_EQ(dtypeName(tensor.dtype()), dtypeName(dtypeOf<T>));
  if (tensor.dtype() != dtypeOf<T>)
    return {};
  return tensor.elements<T>();
}

inline std::vector<int64_t> shapeOf(const Tensor &tensor) {
  return tensor.shape();
}

/// Applies one scalar op to lists of operands, one element each.
template <typename Result, typename... Operands>
std::vector<Result> apply(image::ScalarOp op,
                          const std::vector<Operands> &...operands) {
  ProgramBuilder b("scalar");
  std::vector<Tensor> inputs;
  (inputs.push_back(
       Tensor::of<Operands>(static_cast<int64_t>(operands.size()), operands)),
   ...);
  RegionBuilder region({dtypeOf<Operands>...});
  std::vector<ScalarId> scalars;
  std::vector<ValueId> values;
  for (const Tensor &input : inputs) {
    scalars.push_back(region.parameter(scalars.size()));
    values.push_back(b.input("x", input.dtype(), input.shape()));
  }
  region.yield(region.instruction(op, dtypeOf<Result>, scalars));
  b.output(b.map(region, values)[0]);
  std::vector<Tensor> outputs = run(b, inputs);
  return outputs.empty() ? std::vector<Result>()
                         : elementsOf<Result>(outputs[0]);
}

/// A source of random numbers that is the same in every run.
using Random = std::mt19937;

/// An integer of low..high.
inline int64_t pick(Random &random, int64_t low, int64_t high) {
  return low + static_cast<int64_t>(random() % (high - low + 1));
}

/// A tensor of random elements: integers over their whole range, floats of
/// both signs around 1 with a full significand.
template <typename T>
Tensor randomTensor(Random &random, llvm::ArrayRef<int64_t> shape) {
  Tensor tensor = llvm::cantFail(Tensor::zeros(dtypeOf<T>, shape));
  for (T &element : tensor.mutableElements<T>()) {
    if constexpr (std::is_integral_v<T>)
      element = static_cast<T>(uint64_t{random()} << 32 | random());
    else
      element = convert<T>(static_cast<double>(random()) * 0x1p-30 - 2.0);
  }
  return tensor;
}

} // namespace glowplug::test
