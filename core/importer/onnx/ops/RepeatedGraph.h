// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What Loop, Scan and recurrent networks have in common: a function that is
/// called over and over, or its iterations one after the other.

#pragma once

#include "core/importer/onnx/node/Handler.h"

namespace glowplug::importer {

/// Calls \p body at most \p most times; it returns a condition, what is carried
/// and rows. \p trips is an i64 and \p condition a boolean, both of rank 0. The
/// results are what is carried last, then the rows of each kind, stacked, then
/// the number of iterations.
SmallVector<Value> callLoop(PrimBuilder &builder,
                            const GraphBuilder::Body &body, Value trips,
                            Value condition, ArrayRef<Value> carried,
                            int64_t most);

/// The import of a graph that is repeated: fill it in, then run() it.
class RepeatedGraph {
public:
  /// What the inputs of the body stand for in an iteration.
  using InputsOf = llvm::function_ref<SmallVector<Meaning>(
      const Meaning &iteration, ArrayRef<Meaning> carried)>;

  /// \p givesCondition: the first output of \p body says whether the loop goes
  /// on.
  RepeatedGraph(Node &node, const onnx::GraphProto &body, InputsOf inputsOf,
                bool givesCondition)
      : node(node), body(body), inputsOf(inputsOf),
        givesCondition(givesCondition) {}

  /// How many iterations there are at most, if that is known.
  std::optional<int64_t> trips;
  Value tripsValue; ///< If it is not.
  /// Whether there is a first iteration, if that is known.
  std::optional<bool> condition = true;
  Value conditionValue; ///< If it is not.
  SmallVector<Meaning> carried;
  /// Inputs of the node that say how often, and that are not known.
  SmallVector<unsigned, 2> unknown;

  /// What is carried last, then the rows of each kind, stacked. Nothing if that
  /// fails the node.
  std::optional<SmallVector<Meaning>> run();

private:
  /// The results of one iteration.
  struct Results {
    Value goesOn; ///< Null if it always does.
    SmallVector<Meaning> carried;
    SmallVector<Value> rows;
  };
  llvm::Expected<Results> split(ArrayRef<Meaning> results);
  bool isKnown() const { return trips && condition; }
  /// How many iterations there are at most.
  int64_t mostTrips();
  /// Whether there are as many as that, whatever the data.
  bool isCounted(const Results &one);
  /// How many nodes the iterations would become.
  int64_t unrolledNodes() const;
  std::optional<SmallVector<Meaning>> unroll();
  std::optional<SmallVector<Value>> asFunction();
  /// What is carried as tensors, all of a fixed size.
  llvm::Expected<SmallVector<Value>> fixedTensors(ArrayRef<Meaning> meanings);
  /// As split(); what is carried on has to be tensors, which become \p left.
  llvm::Error splitTensors(ArrayRef<Meaning> results, Results &one,
                           SmallVector<Value> &left);
  llvm::Error checkIteration(ArrayRef<Value> before, ArrayRef<Value> after,
                             ArrayRef<Value> rows);
  llvm::Error checkFixed(ArrayRef<Value> values);
  void stop();
  std::optional<SmallVector<Value>> call(const GraphBuilder::Body &function,
                                         ArrayRef<Value> given,
                                         ArrayRef<Value> rows, bool isCounted);
  /// A boolean that is known.
  std::optional<bool> known(Value value);
  Value truth(bool value);

  Node &node;
  const onnx::GraphProto &body;
  InputsOf inputsOf;
  bool givesCondition;
  Fault why; ///< Why asFunction() gave nothing.
};

} // namespace glowplug::importer
