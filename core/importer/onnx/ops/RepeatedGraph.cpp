// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Graphs that are repeated.

#include "core/importer/onnx/ops/RepeatedGraph.h"

#include "core/importer/file/Error.h"
#include "core/importer/onnx/proto/onnx.pb.h"

#include <algorithm>
#include <limits>

using namespace glowplug;
using namespace glowplug::importer;

/// Most nodes that iterations of a loop become, if it can stay a loop.
static constexpr int64_t smallLoop = 64;
/// And if it cannot.
static constexpr int64_t largestUnrolled = 8192;

SmallVector<Value> importer::callLoop(PrimBuilder &builder,
                                      const GraphBuilder::Body &body,
                                      Value trips, Value condition,
                                      ArrayRef<Value> carried, int64_t most) {
  mlir::func::FuncOp function = body.function;
  SmallVector<Type> types(ValueRange(carried).getTypes());
  for (Type type : function.getResultTypes().drop_front(carried.size() + 1)) {
    auto row = mlir::cast<mlir::RankedTensorType>(type);
    prim::Shape shape(row.getShape());
    shape.insert(shape.begin(), most);
    types.push_back(mlir::RankedTensorType::get(shape, row.getElementType()));
  }
  types.push_back(trips.getType()); // the count
  SmallVector<Value> operands(carried);
  operands.append(body.captured);
  auto op = builder.builder.create<prim::LoopOp>(
      builder.loc, types, trips, condition, operands, function.getName(),
      carried.size(), most);
  return SmallVector<Value>(op.getResults());
}

int64_t RepeatedGraph::unrolledNodes() const {
  return *trips > largestUnrolled ? std::numeric_limits<int64_t>::max()
                                  : *trips * (body.node_size() + 1);
}

std::optional<bool> RepeatedGraph::known(Value value) {
  std::optional<Tensor> tensor = node.scopes().tensorOf(value);
  if (!tensor)
    return std::nullopt;
  return tensor->bytes().front() != 0;
}

Value RepeatedGraph::truth(bool value) {
  return node.b.splat(int64_t{value}, node.b.builder.getI1Type());
}

llvm::Expected<RepeatedGraph::Results>
RepeatedGraph::split(SmallVector<Value> results) {
  const size_t first = givesCondition;
  if (results.size() < first + carried.size())
    return invalid("graph '" + body.name() + "' needs " +
                   Twine(first + carried.size()) +
                   " outputs or more, but has " + Twine(results.size()));
  Results one;
  if (givesCondition) {
    one.goesOn = results.front();
    if (prim::dtypeOfElement(prim::elementOf(one.goesOn)) != DType::boolean ||
        llvm::any_of(prim::shapeOf(one.goesOn),
                     [](int64_t dim) { return dim != 1; }))
      return invalid("graph '" + body.name() +
                     "' needs one boolean as its first output");
  }
  ArrayRef<Value> rest = ArrayRef(results).drop_front(first);
  one.carried.assign(rest.begin(), rest.begin() + carried.size());
  one.rows.assign(rest.begin() + carried.size(), rest.end());
  return one;
}

/// One iteration after the other, as if the model had them so. Nothing, and no
/// failure, if there is none, or if it shows that how many there are is not
/// known.
std::optional<SmallVector<Value>> RepeatedGraph::unroll() {
  SmallVector<Value> values = carried;
  SmallVector<SmallVector<Value>> rows;
  for (int64_t i = 0; i < *trips; ++i) {
    std::optional<SmallVector<Value>> results =
        node.inlineGraph(body, inputsOf(InnerInput(Tensor::scalar(i)), values));
    if (!results)
      return std::nullopt;
    llvm::Expected<Results> one = split(std::move(*results));
    if (!one) {
      (void)node.stop(faultOf(one.takeError(), FaultKind::model));
      return std::nullopt;
    }
    values = std::move(one->carried);
    rows.resize(one->rows.size());
    for (auto [list, row] : llvm::zip_equal(rows, one->rows)) {
      prim::Shape shape(prim::shapeOf(row));
      shape.insert(shape.begin(), 1);
      list.push_back(node.b.reshape(row, shape));
      if (!node.check(list.front().getType() == list.back().getType(),
                      "it stacks rows of different shapes"))
        return std::nullopt;
    }
    const std::optional<bool> goesOn =
        one->goesOn ? known(one->goesOn) : std::optional(true);
    if (!goesOn)
      return std::nullopt;
    if (!*goesOn)
      break;
  }
  // Without an iteration, the types of the rows are not known.
  if (*trips <= 0)
    return std::nullopt;
  for (ArrayRef<Value> list : rows)
    values.push_back(node.b.concat(list, 0));
  return values;
}

int64_t RepeatedGraph::mostTrips() {
  if (trips)
    return std::max<int64_t>(*trips, 0);
  const double most = node.scopes().rangeOf(tripsValue, 0).most;
  constexpr double far = 2147483647; // no tensor has so many rows
  return most < far ? static_cast<int64_t>(std::max(most, 0.0))
                    : std::numeric_limits<int64_t>::max();
}

bool RepeatedGraph::isCounted(const Results &one) {
  return isKnown() && (!one.goesOn || known(one.goesOn).value_or(false));
}

llvm::Error RepeatedGraph::checkFixed(ArrayRef<Value> values) {
  for (Value value : values)
    for (const Number &size : node.sizesOf(value))
      if (!size.isKnown())
        return unsupported("a value that it carries or stacks has a size that "
                           "depends on data");
  return llvm::Error::success();
}

/// A loop calls one function: types and sizes stay, and rows have a bound.
llvm::Error RepeatedGraph::checkIteration(const Results &one) {
  for (auto [i, before, after] : llvm::enumerate(carried, one.carried))
    if (before.getType() != after.getType()) {
      auto text = [](Value value) {
        return typeString(prim::dtypeOfElement(prim::elementOf(value)),
                          prim::shapeOf(value));
      };
      return unsupported("it carries " + text(before) + " as value " +
                         Twine(i) + ", and then " + text(after) +
                         "; it is supported where types stay, or where the "
                         "iterations are few and their number is known");
    }
  if (llvm::Error error = checkFixed(one.carried))
    return error;
  if (llvm::Error error = checkFixed(one.rows))
    return error;
  if (!one.rows.empty() && mostTrips() == std::numeric_limits<int64_t>::max())
    return unsupported("it stacks rows, but how many they are at most is not "
                       "known at compile time");
  return llvm::Error::success();
}

std::optional<SmallVector<Value>>
RepeatedGraph::call(const GraphBuilder::Body &function, ArrayRef<Value> rows,
                    bool isCounted) {
  const int64_t most = mostTrips();
  for (Value row : rows) {
    prim::Shape shape(prim::shapeOf(row));
    shape.insert(shape.begin(), most);
    if (!node.checkShape(shape))
      return std::nullopt;
  }
  Value count = trips ? node.b.indices({*trips}, prim::Shape{})
                      : node.b.reshape(tripsValue, {});
  Value first =
      condition ? truth(*condition) : node.b.reshape(conditionValue, {});
  SmallVector<Value> results =
      callLoop(node.b, function, count, first, carried, most);
  Value made = results.pop_back_val();
  for (Value &result : results)
    node.markFixed(result);
  if (isCounted)
    return results;
  for (Value &row :
       llvm::MutableArrayRef<Value>(results).drop_front(carried.size())) {
    SmallVector<Number> sizes = node.sizesOf(row);
    sizes[0] = Number(0, most, made);
    row = node.withSizes(row, sizes);
  }
  return results;
}

/// A `loop`. Nothing if it cannot be one; `why` says why not, unless the node
/// failed.
std::optional<SmallVector<Value>> RepeatedGraph::asFunction() {
  GraphBuilder &scopes = node.scopes();
  if (llvm::Error error = checkFixed(carried)) {
    why = faultOf(std::move(error), FaultKind::model);
    return std::nullopt;
  }
  scopes.openBody(node.title() + "." + body.name());
  Value iteration = scopes.addArgument(
      mlir::RankedTensorType::get({}, node.b.builder.getI64Type()));
  SmallVector<Value> values;
  for (Value value : carried)
    values.push_back(scopes.addArgument(value.getType()));
  llvm::Expected<SmallVector<Value>> results =
      node.importGraph(body, inputsOf(InnerInput(iteration), values));
  llvm::Error error = results.takeError();
  node.countAnew(); // within the body
  Results one;
  if (!error) {
    llvm::Expected<Results> parts = split(std::move(*results));
    if (parts)
      one = std::move(*parts);
    error = parts ? checkIteration(one) : parts.takeError();
  }
  if (error) {
    scopes.abandonBody();
    why = faultOf(std::move(error), FaultKind::model);
    return std::nullopt;
  }
  SmallVector<Value> returned{one.goesOn ? node.b.reshape(one.goesOn, {})
                                         : truth(true)};
  returned.append(one.carried);
  returned.append(one.rows);
  const bool rowsAreCounted = isCounted(one);
  const GraphBuilder::Body function = scopes.closeBody(returned);
  node.countAnew();
  return call(function, one.rows, rowsAreCounted);
}

std::optional<SmallVector<Value>> RepeatedGraph::run() {
  if (condition && !*condition)
    trips = 0; // and so many rows
  if (isKnown() && unrolledNodes() <= smallLoop) {
    std::optional<SmallVector<Value>> results = unroll();
    if (results || node.failed())
      return results;
  }
  std::optional<SmallVector<Value>> results = asFunction();
  if (results || node.failed())
    return results;
  if (why.kind != FaultKind::model && isKnown() &&
      unrolledNodes() <= largestUnrolled && unrolledNodes() > smallLoop)
    results = unroll();
  if (!results && !node.failed())
    stop();
  return results;
}

/// Fails the node. If it would do to know how often, the caller is asked.
void RepeatedGraph::stop() {
  for (unsigned input : unknown)
    if (std::optional<Fault> missing = node.whyUnknown(input);
        missing && missing->kind == FaultKind::usage &&
        why.kind != FaultKind::model) {
      missing->message = why.message +
                         "; it would be supported if the number of iterations "
                         "were known at compile time, but " +
                         missing->message;
      why = std::move(*missing);
      break;
    }
  (void)node.stop(std::move(why));
}
