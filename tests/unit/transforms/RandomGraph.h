// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Random functions of graph and prim ops: valid by construction, small, and
/// full of the shapes that passes look for.

#pragma once

#include "core/prim/Build.h"
#include "core/support/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

#include <random>

namespace glowplug::test {

struct RandomGraphOptions {
  uint64_t seed = 0;
  unsigned steps = 20; ///< each makes one op, or a motif of a few
  /// With batch normalisation, whose folding rounds differently; then without
  /// ops that turn a rounding into a jump (comparisons, casts to integers).
  bool batchNorm = false;
};

/// Makes one function.
class RandomGraph {
public:
  RandomGraph(mlir::OpBuilder &builder, const RandomGraphOptions &options);

  mlir::OwningOpRef<mlir::ModuleOp> build();

private:
  using Value = mlir::Value;

  // Choices.
  uint64_t below(uint64_t bound) { return random() % bound; }
  bool chance(unsigned percent) { return below(100) < percent; }
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(below(high - low + 1));
  }
  mlir::Type anyType();
  /// A value made so far, often the last one; converted to be of float type
  /// if asked for, and of a rank in the range.
  Value pick();
  Value pickFloat();
  Value pickNumber();
  Value ofRank(Value value, int64_t low, int64_t high);

  // Sources.
  Value constant(mlir::Type element, llvm::ArrayRef<int64_t> shape);
  /// A constant that broadcasts to \p shape.
  Value smallConstant(mlir::Type element, llvm::ArrayRef<int64_t> shape);

  // Element-wise.
  Value unary(Value value);
  Value binary(Value a, Value b);
  Value region(Value value);
  Value twoResults(Value value);
  Value castTo(Value value, mlir::Type element);

  // Movement.
  Value transpose(Value value);
  Value reshape(Value value);
  Value movement(Value value);
  Value slice(Value value);
  Value pad(Value value);

  // Contractions, reductions, graph ops.
  Value conv(Value value);
  Value convTranspose(Value value);
  Value matmul(Value value);
  Value reduction(Value value);
  Value window(Value value);
  Value graphOp(Value value);
  Value batchNorm(Value value);

  /// A few ops in a pattern that a pass looks for.
  Value motif();
  Value step();

  void add(Value value);

  mlir::OpBuilder &builder;
  prim::PrimBuilder prims;
  RandomGraphOptions options;
  std::mt19937_64 random;
  std::vector<Value> pool;
};

/// Random contents of a type of the prim dialect: floats of both signs and of
/// moderate size, small integers.
Tensor randomTensor(std::mt19937_64 &random, DType dtype,
                    llvm::ArrayRef<int64_t> shape);

} // namespace glowplug::test
