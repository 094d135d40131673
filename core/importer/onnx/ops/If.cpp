// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// If: the branch that is taken, or both as functions.

#include "core/importer/onnx/ops/Families.h"
#include "core/support/FaultError.h"

#include "core/importer/onnx/proto/onnx.pb.h"

using namespace glowplug;
using namespace glowplug::importer;

/// Whether \p size, of commonSizes(), does not vary.
static bool isFixed(const Number &size) { return size.least == size.most; }

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

namespace {

/// How many tensors a result of a branch has: one without a value none.
struct Form {
  bool isSequence = false;
  size_t count = 0;
  bool operator==(const Form &) const = default;
};

/// A branch as a function. It returns the tensors of its results, then the
/// sizes of each.
struct Branch {
  GraphBuilder::Body body;
  SmallVector<Form> forms; ///< Of its results.
  SmallVector<SmallVector<Number>> sizes;

  mlir::Operation *ends() {
    return body.function.getBody().front().getTerminator();
  }
};

} // namespace

/// Adds the tensors of \p result to \p tensors.
static Form takeApart(const Meaning &result, SmallVector<Value> &tensors) {
  if (const auto *sequence = std::get_if<Sequence>(&result)) {
    tensors.append(sequence->elements);
    return {true, sequence->elements.size()};
  }
  const auto *value = std::get_if<Value>(&result);
  if (!value)
    return {};
  tensors.push_back(*value);
  return {false, 1};
}

/// Results of such forms, of \p tensors.
static SmallVector<Meaning> putTogether(ArrayRef<Form> forms,
                                        ArrayRef<Value> tensors) {
  SmallVector<Meaning> results;
  for (const Form &form : forms) {
    ArrayRef<Value> own = tensors.take_front(form.count);
    tensors = tensors.drop_front(form.count);
    if (form.isSequence)
      results.push_back(Sequence{SmallVector<Value>(own)});
    else if (own.empty())
      results.push_back(Absent());
    else
      results.push_back(own.front());
  }
  return results;
}

/// "f32[2,3], a sequence of 2 tensors".
static std::string textOf(ArrayRef<Form> forms, mlir::TypeRange types) {
  std::string text;
  for (const Form &form : forms) {
    text += text.empty() ? "" : ", ";
    if (form.isSequence)
      text += "a sequence of " + std::to_string(form.count) + " tensors";
    else if (form.count == 0)
      text += "no value";
    else
      text += typesOf(types.take_front(1));
    types = types.drop_front(form.count);
  }
  return text;
}

/// Fails the node for \p why, which is in the way of one branch. It may be one
/// that is never taken: if an input decides that, the caller is asked for it.
static void stopAtBranch(Node &node, Fault why) {
  std::optional<Fault> unknown = node.whyUnknown(0);
  if (unknown && unknown->kind == FaultKind::usage) {
    unknown->message =
        why.message +
        "; another branch would do if the condition were known at compile "
        "time, but " +
        unknown->message;
    why = std::move(*unknown);
  }
  (void)node.stop(std::move(why));
}

/// The branch \p graph; fails the node if it is none.
static std::optional<Branch> importBranch(Node &node,
                                          const onnx::GraphProto &graph) {
  node.scopes().openBody(node.title() + "." + graph.name());
  llvm::Expected<SmallVector<Meaning>> results = node.importGraph(graph, {});
  if (!results) {
    node.scopes().abandonBody();
    stopAtBranch(node, faultOf(results.takeError(), FaultKind::model));
    return std::nullopt;
  }
  node.countAnew();
  Branch branch;
  SmallVector<Value> tensors;
  for (const Meaning &result : *results)
    branch.forms.push_back(takeApart(result, tensors));
  SmallVector<Value> returned(tensors);
  for (Value tensor : tensors) {
    branch.sizes.push_back(node.sizesOf(tensor));
    for (const Number &size : branch.sizes.back())
      returned.push_back(node.valueOf(size));
  }
  branch.body = node.scopes().closeBody(returned);
  return branch;
}

/// The sizes that results of both branches fit into; a dim in which they
/// differ, or one varies, varies.
static std::optional<SmallVector<SmallVector<Number>>>
commonSizes(ArrayRef<Branch> branches) {
  if (branches[0].forms != branches[1].forms)
    return std::nullopt;
  SmallVector<SmallVector<Number>> all;
  for (auto [one, other] :
       llvm::zip_equal(branches[0].sizes, branches[1].sizes)) {
    if (one.size() != other.size())
      return std::nullopt;
    SmallVector<Number> &sizes = all.emplace_back();
    for (auto [a, b] : llvm::zip_equal(one, other)) {
      const bool isFixed = a.isKnown() && b.isKnown() && a.most == b.most;
      sizes.push_back(isFixed ? a
                              : Number(std::min(a.least, b.least),
                                       std::max(a.most, b.most), {}));
    }
  }
  return all;
}

/// Lets the branch return results of such sizes, and those that vary.
static void returnSizes(Branch &branch, ArrayRef<SmallVector<Number>> sizes) {
  mlir::Operation *ends = branch.ends();
  mlir::OpBuilder builder(ends);
  PrimBuilder b(builder, ends->getLoc());
  SmallVector<Value> results, extents;
  unsigned next = static_cast<unsigned>(sizes.size()); // the first size
  for (auto [i, list] : llvm::enumerate(sizes)) {
    Value result = ends->getOperand(static_cast<unsigned>(i));
    const Shape none(list.size(), 0);
    Shape more(none);
    for (auto [dim, size] : llvm::enumerate(list)) {
      more[dim] = size.most - prim::shapeOf(result)[dim];
      if (!isFixed(size))
        extents.push_back(ends->getOperand(next));
      ++next;
    }
    Value zero = b.splat(int64_t{0}, prim::elementOf(result));
    results.push_back(b.pad(result, zero, none, more, none));
  }
  results.append(extents);
  ends->setOperands(results);
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
    std::optional<SmallVector<Meaning>> results =
        node.inlineGraph(*branches[taken ? 0 : 1], {});
    return results ? node.anyResults(*results) : llvm::failure();
  }

  SmallVector<Branch, 2> imported;
  for (const onnx::GraphProto *branch : branches) {
    std::optional<Branch> one = importBranch(node, *branch);
    if (!one)
      return llvm::failure();
    imported.push_back(std::move(*one));
  }
  node.countAnew();
  const auto sizes = commonSizes(imported);
  auto typesBefore = [](Branch &branch) {
    return textOf(branch.forms, branch.ends()->getOperandTypes());
  };
  const std::string before[] = {typesBefore(imported[0]),
                                typesBefore(imported[1])};
  if (sizes)
    for (Branch &branch : imported)
      returnSizes(branch, *sizes);
  const SmallVector<Type> types(imported[0].ends()->getOperandTypes());
  if (!sizes ||
      types != SmallVector<Type>(imported[1].ends()->getOperandTypes())) {
    stopAtBranch(node,
                 {FaultKind::unsupported,
                  "its branches give " + before[0] + " and " + before[1] +
                      "; it is supported where both give tensors of the same "
                      "element types and ranks, and sequences of one length"});
    return llvm::failure();
  }
  SmallVector<GraphBuilder::Body, 2> bodies{std::move(imported[0].body),
                                            std::move(imported[1].body)};
  node.scopes().unifyCaptured(bodies);
  auto nameOf = [](GraphBuilder::Body &body) {
    return mlir::FlatSymbolRefAttr::get(body.function.getNameAttr());
  };
  Value condition = node.b.reshape(node.input(0), {});
  auto op = node.b.builder.create<prim::IfOp>(
      node.b.loc, types, condition, bodies[0].captured, nameOf(bodies[0]),
      nameOf(bodies[1]));
  SmallVector<Value> results;
  size_t next = sizes->size();
  for (Value result : op.getResults())
    node.markFixed(result);
  for (auto [i, list] : llvm::enumerate(*sizes)) {
    SmallVector<Number> own(list);
    for (Number &size : own)
      if (!isFixed(size))
        size.value = op.getResult(next++);
    results.push_back(node.withSizes(op.getResult(i), own));
  }
  return node.anyResults(putTogether(imported[0].forms, results));
}

ArrayRef<OpRow> importer::ifRows() {
  static constexpr OpRow rows[] = {
      {"If", 1, 1, importIf,
       "branches of the same ranks, unless the condition "
       "is known at compile time",
       anyNumber},
  };
  return rows;
}
