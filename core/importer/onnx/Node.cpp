// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inputs, checks and results of a node.

#include "core/importer/file/Limits.h"
#include "core/importer/onnx/Graph.h"
#include "core/importer/onnx/model/Types.h"
#include "core/prim/Constant.h"
#include "core/support/Dispatch.h"

#include <onnx/onnx_pb.h>

using namespace glowplug;
using namespace glowplug::importer;

Node::Node(GraphImporter &importer, const onnx::NodeProto &proto, int64_t opset,
           mlir::OpBuilder &builder, mlir::Location loc, std::string where)
    : b(builder, loc), importer(importer), proto(proto), version(opset),
      where(std::move(where)),
      count(static_cast<unsigned>(proto.input_size())) {
  while (count > 0 && proto.input(static_cast<int>(count) - 1).empty())
    --count;
  for (const onnx::AttributeProto &attribute : proto.attribute()) {
    if (!attribute.ref_attr_name().empty())
      (void)fail("attribute '" + attribute.name() +
                 "' refers to an attribute of a function, outside of one");
    if (!attributes.try_emplace(attribute.name(), &attribute).second)
      (void)fail("attribute '" + attribute.name() + "' is given twice");
  }
}

StringRef Node::opType() const { return proto.op_type(); }

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

bool Node::hasInput(unsigned i) const {
  return i < count && !proto.input(static_cast<int>(i)).empty();
}

Value Node::input(unsigned i) {
  assert(hasInput(i) && "handlers ask for inputs that are present");
  return importer.valueOf(proto.input(static_cast<int>(i)));
}

SmallVector<Value> Node::inputs() {
  SmallVector<Value> result;
  for (unsigned i = 0; i < count; ++i)
    if (check(hasInput(i), "input " + Twine(i) + " is missing"))
      result.push_back(input(i));
  return result;
}

DType Node::dtype(unsigned i) { return prim::dtypeOfElement(element(i)); }

std::optional<Tensor> Node::constant(unsigned i, StringRef name) {
  if (!check(hasInput(i), "input " + Twine(i) + " ('" + name + "') is missing"))
    return std::nullopt;
  const std::string &text = proto.input(static_cast<int>(i));
  Fault why;
  std::optional<Tensor> tensor = importer.tensorOf(text, &why);
  if (!tensor)
    (void)stop(why.kind, "input " + Twine(i) + " ('" + name + "' = '" + text +
                             "') has to be known at compile time, but " +
                             why.message);
  return tensor;
}

std::optional<Tensor> Node::knownConstant(unsigned i) {
  if (!hasInput(i))
    return std::nullopt;
  return importer.tensorOf(proto.input(static_cast<int>(i)), nullptr);
}

SmallVector<int64_t> Node::intsInput(unsigned i, StringRef name) {
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

int64_t Node::intInput(unsigned i, StringRef name) {
  const SmallVector<int64_t> list = intsInput(i, name);
  if (!check(list.size() == 1, "input " + Twine(i) + " ('" + name +
                                   "') needs one element, but got " +
                                   Twine(list.size())))
    return 0;
  return list.front();
}

double Node::floatInput(unsigned i, StringRef name) {
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

LogicalResult Node::stop(FaultKind kind, const Twine &what) {
  if (!error)
    error = Failure{kind, where + ": " + what.str()};
  return llvm::failure();
}

LogicalResult Node::fail(const Twine &what) {
  return stop(FaultKind::model, what);
}

LogicalResult Node::unsupported(const Twine &what) {
  return stop(FaultKind::unsupported, what);
}

int64_t Node::axis(int64_t value, int64_t rank, StringRef field) {
  if (!check(value >= -rank && value < rank,
             field + " needs to be from " + Twine(-rank) + " to " +
                 Twine(rank - 1) + ", but got " + Twine(value)))
    return 0;
  return value < 0 ? value + rank : value;
}

SmallVector<int64_t> Node::axes(ArrayRef<int64_t> values, int64_t rank,
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

bool Node::atLeast(int64_t value, int64_t least, const Twine &field) {
  return check(value >= least, field + " needs to be at least " + Twine(least) +
                                   ", but got " + Twine(value));
}

bool Node::checkShape(ArrayRef<int64_t> shape) {
  llvm::Expected<int64_t> count = importer::checkShape(shape);
  if (count)
    return !failed();
  (void)fail("its result's " + llvm::toString(count.takeError()));
  return false;
}

bool Node::checkRank(unsigned i, int64_t least, int64_t most) {
  return check(rank(i) >= least && rank(i) <= most,
               "input " + Twine(i) + " needs rank " + Twine(least) +
                   (most == limits::rank ? " or more"
                    : most == least      ? ""
                                         : " to " + Twine(most)) +
                   ", but has shape " + shapeString(shape(i)));
}

bool Node::isFloat(unsigned i) {
  return check(glowplug::isFloat(dtype(i)),
               "input " + Twine(i) + " needs to be a float tensor, but is " +
                   typeString(dtype(i), shape(i)));
}

bool Node::sameType(unsigned i, unsigned j) {
  return check(element(i) == element(j),
               "inputs " + Twine(i) + " and " + Twine(j) +
                   " need one element type, but got " + dtypeName(dtype(i)) +
                   " and " + dtypeName(dtype(j)));
}

std::optional<Shape> Node::broadcast(ValueRange values) {
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

bool Node::broadcastsTo(unsigned i, ArrayRef<int64_t> target, StringRef name) {
  std::optional<Shape> common = prim::broadcastShapes(shape(i), target);
  return check(common && ArrayRef<int64_t>(*common) == target,
               "input " + Twine(i) + " ('" + name + "') of shape " +
                   shapeString(shape(i)) + " does not broadcast to " +
                   shapeString(target));
}

bool Node::reserve(int64_t bytes) {
  importer.madeBytes += std::min(bytes, limits::madeBytes + 1);
  return check(importer.madeBytes <= limits::madeBytes,
               "it needs tables of " + Twine(bytes) +
                   " bytes, and the limit for a model is " +
                   Twine(limits::madeBytes));
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

unsigned Node::numOutputs() const {
  return static_cast<unsigned>(proto.output_size());
}

bool Node::wantsOutput(unsigned i) const {
  return i < numOutputs() && !proto.output(static_cast<int>(i)).empty();
}

LogicalResult Node::results(ValueRange values) {
  if (failed())
    return llvm::failure();
  outputs.assign(values.begin(), values.end());
  return llvm::success();
}

Value Node::constantOf(const Tensor &tensor) {
  return importer.makeConstant(tensor, {});
}
