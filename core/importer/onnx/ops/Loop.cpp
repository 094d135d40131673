// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loop: how often its body runs may be known, or depend on data.

#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/RepeatedGraph.h"
#include "core/importer/onnx/proto/onnx.pb.h"

#include <limits>

using namespace glowplug;
using namespace glowplug::importer;

/// Input \p i is one element of type \p dtype.
static bool isOne(Node &node, unsigned i, DType dtype, StringRef name) {
  return node.check(
      node.dtype(i) == dtype &&
          llvm::all_of(node.shape(i), [](int64_t dim) { return dim == 1; }),
      "input " + Twine(i) + " ('" + name + "') needs to be one element of " +
          dtypeName(dtype) + ", but is " +
          typeString(node.dtype(i), node.shape(i)));
}

static LogicalResult importLoop(Node &node) {
  const onnx::GraphProto *body = node.graphAttr("body");
  if (node.failed() || (node.hasInput(0) && !isOne(node, 0, DType::i64, "M")) ||
      (node.hasInput(1) && !isOne(node, 1, DType::boolean, "cond")))
    return llvm::failure();
  // An iteration that runs has a condition that held.
  Tensor yes = llvm::cantFail(Tensor::zeros(DType::boolean, {}));
  yes.mutableBytes()[0] = 1;
  auto inputsOf = [&](const Meaning &iteration, ArrayRef<Meaning> carried) {
    SmallVector<Meaning> inputs{iteration, yes};
    llvm::append_range(inputs, carried);
    return inputs;
  };
  RepeatedGraph loop(node, *body, inputsOf, /*givesCondition=*/true);
  for (unsigned i = 2; i < node.numInputs(); ++i)
    if (node.check(node.hasInput(i) || node.isAbsent(i),
                   "input " + Twine(i) + " is missing"))
      loop.carried.push_back(node.meaning(i));
  if (node.failed())
    return llvm::failure();
  if (!node.hasInput(0))
    loop.tripsValue =
        node.b.indices({std::numeric_limits<int64_t>::max()}, prim::Shape{});
  else if (std::optional<Tensor> trips = node.knownConstant(0))
    loop.trips = trips->elements<int64_t>().front();
  else {
    loop.tripsValue = node.input(0);
    loop.unknown.push_back(0);
  }
  if (node.hasInput(1)) {
    loop.condition = std::nullopt;
    if (std::optional<Tensor> first = node.knownConstant(1))
      loop.condition = first->bytes().front() != 0;
    else {
      loop.conditionValue = node.input(1);
      loop.unknown.push_back(1);
    }
  }
  std::optional<SmallVector<Meaning>> results = loop.run();
  return results ? node.anyResults(*results) : llvm::failure();
}

ArrayRef<OpRow> importer::loopRows() {
  static constexpr OpRow rows[] = {
      {"Loop",
       1,
       {0, anyNumber},
       importLoop,
       "rows need a number of iterations that is bounded at compile time; "
       "sequences need one that is known",
       anyNumber,
       "",
       true},
  };
  return rows;
}
