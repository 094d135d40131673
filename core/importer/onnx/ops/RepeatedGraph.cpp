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
RepeatedGraph::split(ArrayRef<Meaning> results) {
  const size_t first = givesCondition;
  if (results.size() < first + carried.size())
    return invalid("graph '" + body.name() + "' needs " +
                   Twine(first + carried.size()) +
                   " outputs or more, but has " + Twine(results.size()));
  Results one;
  if (givesCondition) {
    if (const auto *value = std::get_if<Value>(&results.front()))
      one.goesOn = *value;
    if (!one.goesOn ||
        prim::dtypeOfElement(prim::elementOf(one.goesOn)) != DType::boolean ||
        llvm::any_of(prim::shapeOf(one.goesOn),
                     [](int64_t dim) { return dim != 1; }))
      return invalid("graph '" + body.name() +
                     "' needs one boolean as its first output");
  }
  results = results.drop_front(first);
  one.carried.assign(results.begin(), results.begin() + carried.size());
  for (const Meaning &row : results.drop_front(carried.size())) {
    const auto *value = std::get_if<Value>(&row);
    if (!value)
      return invalid("graph '" + body.name() +
                     "' needs tensors to stack, but gives a sequence");
    one.rows.push_back(*value);
  }
  return one;
}

/// One iteration after the other, as if the model had them so. Nothing, and no
/// failure, if there is none, or if it shows that how many there are is not
/// known.
std::optional<SmallVector<Meaning>> RepeatedGraph::unroll() {
  SmallVector<Meaning> values = carried;
  SmallVector<SmallVector<Value>> rows;
  for (int64_t i = 0; i < *trips; ++i) {
    std::optional<SmallVector<Meaning>> results =
        node.inlineGraph(body, inputsOf(Tensor::scalar(i), values));
    if (!results)
      return std::nullopt;
    llvm::Expected<Results> one = split(*results);
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
  const bool hasRows = static_cast<size_t>(body.output_size()) >
                       carried.size() + (givesCondition ? 1 : 0);
  if (*trips <= 0 && hasRows)
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

llvm::Error RepeatedGraph::splitTensors(ArrayRef<Meaning> results, Results &one,
                                        SmallVector<Value> &left) {
  llvm::Expected<Results> parts = split(results);
  if (!parts)
    return parts.takeError();
  one = std::move(*parts);
  llvm::Expected<SmallVector<Value>> values = fixedTensors(one.carried);
  if (!values)
    return values.takeError();
  left = std::move(*values);
  return llvm::Error::success();
}

llvm::Expected<SmallVector<Value>>
RepeatedGraph::fixedTensors(ArrayRef<Meaning> meanings) {
  SmallVector<Value> values;
  for (const Meaning &meaning : meanings) {
    const auto *value = std::get_if<Value>(&meaning);
    if (!value)
      return unsupported(
          "it carries a sequence or an optional; it is supported "
          "where the iterations are few and their number is "
          "known");
    values.push_back(*value);
  }
  if (llvm::Error error = checkFixed(values))
    return std::move(error);
  return values;
}

/// A loop calls one function: types stay, and rows have a bound.
llvm::Error RepeatedGraph::checkIteration(ArrayRef<Value> given,
                                          ArrayRef<Value> left,
                                          ArrayRef<Value> rows) {
  for (auto [i, before, after] : llvm::enumerate(given, left))
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
  if (llvm::Error error = checkFixed(rows))
    return error;
  if (!rows.empty() && mostTrips() == std::numeric_limits<int64_t>::max())
    return unsupported("it stacks rows, but how many they are at most is not "
                       "known at compile time");
  return llvm::Error::success();
}

std::optional<SmallVector<Value>>
RepeatedGraph::call(const GraphBuilder::Body &function, ArrayRef<Value> given,
                    ArrayRef<Value> rows, bool isCounted) {
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
      callLoop(node.b, function, count, first, given, most);
  Value made = results.pop_back_val();
  for (Value &result : results)
    node.markFixed(result);
  if (isCounted)
    return results;
  for (Value &row :
       llvm::MutableArrayRef<Value>(results).drop_front(given.size())) {
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
  llvm::Expected<SmallVector<Value>> given = fixedTensors(carried);
  if (!given) {
    why = faultOf(given.takeError(), FaultKind::model);
    return std::nullopt;
  }
  scopes.openBody(node.title() + "." + body.name());
  Value iteration = scopes.addArgument(
      mlir::RankedTensorType::get({}, node.b.builder.getI64Type()));
  SmallVector<Meaning> arguments;
  for (Value value : *given)
    arguments.push_back(scopes.addArgument(value.getType()));
  llvm::Expected<SmallVector<Meaning>> results =
      node.importGraph(body, inputsOf(iteration, arguments));
  llvm::Error error = results.takeError();
  node.countAnew(); // within the body
  Results one;
  SmallVector<Value> left;
  if (!error)
    error = splitTensors(*results, one, left);
  if (!error)
    error = checkIteration(*given, left, one.rows);
  if (error) {
    scopes.abandonBody();
    why = faultOf(std::move(error), FaultKind::model);
    return std::nullopt;
  }
  SmallVector<Value> returned{one.goesOn ? node.b.reshape(one.goesOn, {})
                                         : truth(true)};
  returned.append(left);
  returned.append(one.rows);
  const bool rowsAreCounted = isCounted(one);
  const GraphBuilder::Body function = scopes.closeBody(returned);
  node.countAnew();
  return call(function, *given, one.rows, rowsAreCounted);
}

std::optional<SmallVector<Meaning>> RepeatedGraph::run() {
  if (condition && !*condition)
    trips = 0; // and so many rows
  std::optional<SmallVector<Meaning>> results;
  if (isKnown() && unrolledNodes() <= smallLoop)
    results = unroll();
  if (results || node.failed())
    return results;
  if (std::optional<SmallVector<Value>> values = asFunction())
    return SmallVector<Meaning>(values->begin(), values->end());
  if (node.failed())
    return std::nullopt;
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
