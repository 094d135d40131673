// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inputs, checks and results of an operator.

#include "core/importer/build/OpImport.h"

#include "core/importer/file/Error.h"
#include "core/importer/file/Limits.h"
#include "core/importer/file/Shapes.h"
#include "core/prim/Constant.h"
#include "core/support/Convert.h"
#include "core/support/Dispatch.h"

using namespace glowplug;
using namespace glowplug::importer;

/// Where the operations of an operator begin: at the end of the function.
static mlir::OpBuilder &atEnd(mlir::OpBuilder &builder, mlir::Block &body) {
  builder.setInsertionPointToEnd(&body);
  return builder;
}

OpImport::OpImport(GraphBuilder &graph, OpNames given)
    : b(atEnd(graph.builder, graph.body()),
        mlir::NameLoc::get(graph.builder.getStringAttr(given.title))),
      graph(graph), names(std::move(given)),
      before(graph.body().empty() ? nullptr : &graph.body().back()),
      inferred(before) {
  while (!names.inputs.empty() && names.inputs.back().empty())
    names.inputs.pop_back();
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

bool OpImport::hasInput(unsigned i) const {
  return i < numInputs() && !names.inputs[i].empty() && !isAbsent(i);
}

Value OpImport::input(unsigned i) {
  assert(hasInput(i) && "handlers ask for inputs that are present");
  if (Value value = aligned.lookup(i))
    return value;
  if (isSequence(i)) {
    (void)unsupported("input " + Twine(i) + " ('" + names.inputs[i] +
                      "') is a sequence; tensors are supported");
    return b.splat(int64_t{0}, b.builder.getI64Type());
  }
  Value value = graph.valueOf(names.inputs[i]);
  checkVarying(value, i);
  return value;
}

/// \p value has fixed sizes, or the handler takes others.
bool OpImport::checkVarying(Value value, unsigned i) {
  if (!takesVarying && graph.extents().vary(value))
    (void)unsupported("input " + Twine(i) + " ('" + names.inputs[i] +
                      "') has a size that depends on data, at most " +
                      typeString(prim::dtypeOfElement(prim::elementOf(value)),
                                 prim::shapeOf(value)) +
                      "; this operator is supported for fixed sizes");
  return !failed();
}

SmallVector<Value> OpImport::inputs() {
  SmallVector<Value> result;
  for (unsigned i = 0; i < numInputs(); ++i)
    if (check(hasInput(i), "input " + Twine(i) + " is missing"))
      result.push_back(input(i));
  return result;
}

SmallVector<Value> OpImport::sequence(unsigned i) {
  if (!check(isSequence(i), "input " + Twine(i) + " needs to be a sequence"))
    return {};
  SmallVector<Value> elements = graph.sequenceOf(names.inputs[i]);
  for (Value element : elements)
    checkVarying(element, i);
  return elements;
}

Meaning OpImport::meaning(unsigned i) {
  if (!hasInput(i))
    return Absent();
  if (isSequence(i))
    return Sequence{sequence(i)};
  return input(i);
}

DType OpImport::dtype(unsigned i) { return prim::dtypeOfElement(element(i)); }

std::optional<Tensor> OpImport::constant(unsigned i, StringRef name) {
  if (!check(hasInput(i), "input " + Twine(i) + " ('" + name + "') is missing"))
    return std::nullopt;
  Fault why;
  std::optional<Tensor> tensor = graph.tensorOf(names.inputs[i], &why);
  if (!tensor) {
    why.message =
        ("input " + Twine(i) + " ('" + name + "' = '" + names.inputs[i] +
         "') has to be known at compile time, but " + why.message)
            .str();
    (void)stop(std::move(why));
  }
  return tensor;
}

std::optional<Tensor> OpImport::knownConstant(unsigned i) {
  if (!hasInput(i))
    return std::nullopt;
  return graph.tensorOf(names.inputs[i], nullptr);
}

std::optional<Fault> OpImport::whyUnknown(unsigned i) {
  Fault why;
  if (graph.tensorOf(names.inputs[i], &why))
    return std::nullopt;
  return why;
}

SmallVector<int64_t> OpImport::intsInput(unsigned i, StringRef name) {
  std::optional<Tensor> tensor = constant(i, name);
  SmallVector<int64_t> result;
  if (!tensor)
    return result;
  if (!check(isInteger(tensor->dtype()) && tensor->rank() <= 1,
             "input " + Twine(i) + " ('" + name +
                 "') needs to be a list of integers, but got " +
                 tensor->typeString()) ||
      !check(tensor->elementCount() <= limits::listLength,
             "input " + Twine(i) + " ('" + name + "') has " +
                 Twine(tensor->elementCount()) +
                 " elements, and the limit is " + Twine(limits::listLength)))
    return result;
  dispatch(tensor->dtype(), [&]<typename T>(TypeTag<T>) {
    if constexpr (std::is_integral_v<T>)
      for (T value : tensor->elements<T>())
        result.push_back(static_cast<int64_t>(value));
  });
  return result;
}

int64_t OpImport::intInput(unsigned i, StringRef name) {
  const SmallVector<int64_t> list = intsInput(i, name);
  if (!check(list.size() == 1, "input " + Twine(i) + " ('" + name +
                                   "') needs one element, but got " +
                                   Twine(list.size())))
    return 0;
  return list.front();
}

double OpImport::floatInput(unsigned i, StringRef name) {
  std::optional<Tensor> tensor = constant(i, name);
  if (!tensor ||
      !check(tensor->elementCount() == 1, "input " + Twine(i) + " ('" + name +
                                              "') needs one element, but got " +
                                              tensor->typeString()))
    return 0;
  return toDoubles(*tensor).front();
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

void OpImport::countAnew() {
  before = graph.body().empty() ? nullptr : &graph.body().back();
  inferred = before;
}

LogicalResult OpImport::stop(Fault fault) {
  if (!error) {
    fault.message = names.where + ": " + fault.message;
    error = std::move(fault);
  }
  return llvm::failure();
}

LogicalResult OpImport::fail(const Twine &what) {
  return stop({FaultKind::model, what.str()});
}

LogicalResult OpImport::unsupported(const Twine &what) {
  return stop({FaultKind::unsupported, what.str()});
}

int64_t OpImport::axis(int64_t value, int64_t rank, StringRef field) {
  if (!check(value >= -rank && value < rank,
             field + " needs to be from " + Twine(-rank) + " to " +
                 Twine(rank - 1) + ", but got " + Twine(value)))
    return 0;
  return value < 0 ? value + rank : value;
}

SmallVector<int64_t> OpImport::axes(ArrayRef<int64_t> values, int64_t rank,
                                    StringRef field) {
  SmallVector<int64_t> result;
  for (int64_t value : values) {
    result.push_back(axis(value, rank, field));
    if (failed())
      return {};
  }
  llvm::sort(result);
  auto twice = std::adjacent_find(result.begin(), result.end());
  if (twice != result.end()) {
    (void)fail(field + " names dim " + Twine(*twice) + " twice");
    return {};
  }
  return result;
}

bool OpImport::atLeast(int64_t value, int64_t least, const Twine &field) {
  return check(value >= least, field + " needs to be at least " + Twine(least) +
                                   ", but got " + Twine(value));
}

bool OpImport::checkShape(ArrayRef<int64_t> shape) {
  llvm::Expected<int64_t> count = importer::checkShape(shape);
  if (count)
    return !failed();
  (void)fail("its result's " + llvm::toString(count.takeError()));
  return false;
}

bool OpImport::checkRank(unsigned i, int64_t least, int64_t most) {
  return check(rank(i) >= least && rank(i) <= most,
               "input " + Twine(i) + " needs rank " + Twine(least) +
                   (most == limits::rank ? " or more"
                    : most == least      ? ""
                                         : " to " + Twine(most)) +
                   ", but has shape " + shapeString(shape(i)));
}

bool OpImport::isFloat(unsigned i) {
  return check(glowplug::isFloat(dtype(i)),
               "input " + Twine(i) + " needs to be a float tensor, but is " +
                   typeString(dtype(i), shape(i)));
}

bool OpImport::sameType(unsigned i, unsigned j) {
  return check(element(i) == element(j),
               "inputs " + Twine(i) + " and " + Twine(j) +
                   " need one element type, but got " + dtypeName(dtype(i)) +
                   " and " + dtypeName(dtype(j)));
}

std::optional<Shape> OpImport::broadcast(ValueRange values) {
  Shape shape;
  for (Value value : values) {
    std::optional<Shape> common =
        prim::broadcastShapes(shape, prim::shapeOf(value));
    if (!common) {
      (void)fail("inputs of shapes " + shapeString(shape) + " and " +
                 shapeString(prim::shapeOf(value)) +
                 " do not broadcast to each other");
      return std::nullopt;
    }
    shape = *common;
  }
  if (!checkShape(shape))
    return std::nullopt;
  return shape;
}

bool OpImport::broadcastsTo(unsigned i, ArrayRef<int64_t> target,
                            StringRef name) {
  std::optional<Shape> common = prim::broadcastShapes(shape(i), target);
  return check(common && ArrayRef<int64_t>(*common) == target,
               "input " + Twine(i) + " ('" + name + "') of shape " +
                   shapeString(shape(i)) + " does not broadcast to " +
                   shapeString(target));
}

bool OpImport::reserve(int64_t bytes) {
  graph.madeBytes += std::min(bytes, limits::madeBytes + 1);
  return check(graph.madeBytes <= limits::madeBytes,
               "it needs tables of " + Twine(bytes) +
                   " bytes, and the limit for a model is " +
                   Twine(limits::madeBytes));
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

bool OpImport::wantsOutput(unsigned i) const {
  return i < numOutputs() && !names.outputs[i].empty();
}

LogicalResult OpImport::results(ValueRange values) {
  if (failed())
    return llvm::failure();
  made.assign(values.begin(), values.end());
  return llvm::success();
}

LogicalResult OpImport::anyResults(ArrayRef<Meaning> meanings) {
  if (failed())
    return llvm::failure();
  made.assign(meanings.begin(), meanings.end());
  return llvm::success();
}

/// The tensors that \p meaning has; none of them is a constant.
static ArrayRef<Value> valuesIn(const Meaning &meaning) {
  if (const auto *value = std::get_if<Value>(&meaning))
    return *value;
  if (const auto *sequence = std::get_if<Sequence>(&meaning))
    return sequence->elements;
  return {};
}

llvm::Error OpImport::finish() {
  if (!error) {
    inferSizes();
    for (auto [i, meaning] : llvm::enumerate(made))
      if (wantsOutput(static_cast<unsigned>(i)) &&
          llvm::any_of(valuesIn(meaning), [&](Value value) {
            return graph.extents().areScattered(value);
          }))
        (void)unsupported("output " + Twine(i) + " ('" + names.outputs[i] +
                          "') would hold its elements in places that depend "
                          "on data");
  }
  if (error)
    return llvm::make_error<FaultError>(*error);
  if (llvm::Error failure = graph.checkNewOperations(before, names.where))
    return failure;
  for (auto [i, name] : llvm::enumerate(names.outputs)) {
    if (name.empty())
      continue;
    if (i >= made.size())
      return invalid(names.where + ": has no output " + Twine(i));
    if (llvm::Error failure = graph.define(name, made[i], names.where))
      return failure;
  }
  return llvm::Error::success();
}

Value OpImport::constantOf(const Tensor &tensor) {
  return graph.makeConstant(tensor, {});
}
