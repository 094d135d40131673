// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// If: the branch that is taken, or both as functions.

#include "core/importer/onnx/ops/Families.h"
#include "core/support/FaultError.h"

#include "core/importer/onnx/proto/onnx.pb.h"

using namespace glowplug;
using namespace glowplug::importer;

/// "f32[2,3], i64[]".
static std::string typesOf(mlir::TypeRange types) {
  std::string text;
  for (Type type : types) {
    auto tensor = mlir::cast<mlir::RankedTensorType>(type);
    text += (text.empty() ? "" : ", ") +
            typeString(prim::dtypeOfElement(tensor.getElementType()),
                       tensor.getShape());
  }
  return text;
}

/// The branch \p graph as a function; fails the node if it is none.
static std::optional<GraphBuilder::Body>
importBranch(Node &node, const onnx::GraphProto &graph) {
  node.scopes().openBody(node.title() + "." + graph.name());
  llvm::Expected<SmallVector<Value>> results = node.importGraph(graph, {});
  if (results)
    return node.scopes().closeBody(*results);
  node.scopes().abandonBody();
  (void)node.stop(faultOf(results.takeError(), FaultKind::model));
  return std::nullopt;
}

static LogicalResult importIf(Node &node) {
  const onnx::GraphProto *branches[] = {node.graphAttr("then_branch"),
                                        node.graphAttr("else_branch")};
  if (node.failed() ||
      !node.check(
          node.dtype(0) == DType::boolean &&
              llvm::all_of(node.shape(0), [](int64_t dim) { return dim == 1; }),
          "input 0 ('cond') needs to be one boolean, but is " +
              typeString(node.dtype(0), node.shape(0))))
    return llvm::failure();
  if (std::optional<Tensor> known = node.knownConstant(0)) {
    const bool taken = known->bytes().front() != 0;
    std::optional<SmallVector<Value>> results =
        node.inlineGraph(*branches[taken ? 0 : 1], {});
    return results ? node.results(*results) : llvm::failure();
  }

  SmallVector<GraphBuilder::Body, 2> bodies;
  for (const onnx::GraphProto *branch : branches) {
    std::optional<GraphBuilder::Body> body = importBranch(node, *branch);
    if (!body)
      return llvm::failure();
    bodies.push_back(std::move(*body));
  }
  node.countAnew();
  const auto types = bodies[0].function.getResultTypes();
  if (types != bodies[1].function.getResultTypes())
    return node.unsupported(
        "its branches give " + typesOf(types) + " and " +
        typesOf(bodies[1].function.getResultTypes()) +
        "; it is supported where both give the same types, or with a condition "
        "that is known at compile time");
  node.scopes().unifyCaptured(bodies);
  auto nameOf = [](GraphBuilder::Body &body) {
    return mlir::FlatSymbolRefAttr::get(body.function.getNameAttr());
  };
  Value condition = node.b.reshape(node.input(0), {});
  auto op = node.b.builder.create<prim::IfOp>(
      node.b.loc, types, condition, bodies[0].captured, nameOf(bodies[0]),
      nameOf(bodies[1]));
  return node.results(op.getResults());
}

ArrayRef<OpRow> importer::ifRows() {
  static constexpr OpRow rows[] = {
      {"If", 1, 1, importIf,
       "branches of the same types, unless the condition "
       "is known at compile time",
       anyNumber},
  };
  return rows;
}
