// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Evaluation of single ops and of values, through image and interpreter.

#include "core/fold/Evaluate.h"

#include "core/fold/Cost.h"
#include "core/image/Writer.h"
#include "core/image/image_generated.h"
#include "core/prim/Constant.h"
#include "core/reference/Interpreter.h"

#include <numeric>

using namespace glowplug;
using namespace mlir;

//===----------------------------------------------------------------------===//
// One op
//===----------------------------------------------------------------------===//

llvm::Expected<SmallVector<Tensor>>
glowplug::evaluateOp(Operation *op, ArrayRef<Tensor> operands) {
  assert(operands.size() == op->getNumOperands());
  // An operand may stand twice, a program input is one value.
  SmallVector<Value> inputs;
  SmallVector<Tensor> contents;
  llvm::SmallDenseSet<Value, 4> seen;
  for (auto [value, tensor] : llvm::zip_equal(op->getOperands(), operands)) {
    if (!seen.insert(value).second)
      continue;
    inputs.push_back(value);
    contents.push_back(tensor);
  }

  const SmallVector<Value> results(op->getResults());
  llvm::Expected<Image> image = writeImage({op}, inputs, results);
  if (!image)
    return image.takeError();
  // The op was verified as IR; the writer makes a valid image of it.
  llvm::Expected<std::vector<Tensor>> outputs = interpret(
      *image::GetProgram(image->bytes.data()), contents, image->segments);
  if (!outputs)
    return outputs.takeError();
  return SmallVector<Tensor>(std::make_move_iterator(outputs->begin()),
                             std::make_move_iterator(outputs->end()));
}

llvm::Expected<SmallVector<Tensor>> glowplug::evaluateOp(Operation *op) {
  SmallVector<Tensor> operands;
  for (Value operand : op->getOperands()) {
    auto constant = operand.getDefiningOp<prim::ConstantOp>();
    std::optional<Tensor> tensor =
        constant ? prim::constantTensor(constant) : std::nullopt;
    if (!tensor)
      return llvm::createStringError("an operand of '" +
                                     op->getName().getStringRef() +
                                     "' is not a constant with data");
    operands.push_back(std::move(*tensor));
  }
  return evaluateOp(op, operands);
}

/// Every integer of the 8-bit \p type, in the order of their bits.
static Tensor everyInteger(Type type, ArrayRef<int64_t> shape) {
  SmallVector<uint8_t> bits(256);
  std::iota(bits.begin(), bits.end(), uint8_t{0});
  if (cast<IntegerType>(type).isUnsigned())
    return Tensor::of<uint8_t>(shape, bits);
  const SmallVector<int8_t> values(bits.begin(), bits.end());
  return Tensor::of<int8_t>(shape, values);
}

Tensor glowplug::evaluateForAll(Location loc, ArrayRef<Type> types,
                                prim::ScalarFunction body) {
  Block scratch;
  OpBuilder builder(loc.getContext());
  builder.setInsertionPointToStart(&scratch);
  SmallVector<Tensor> contents;
  SmallVector<Value> operands;
  for (auto [i, type] : llvm::enumerate(types)) {
    prim::Shape shape(types.size(), 1);
    shape[i] = 256;
    contents.push_back(everyInteger(type, shape));
    operands.push_back(
        scratch.addArgument(RankedTensorType::get(shape, type), loc));
  }
  Value map = prim::PrimBuilder(builder, loc).map(operands, body);
  // The operands are small and the scalar ops valid: nothing can fail.
  return llvm::cantFail(evaluateOp(map.getDefiningOp(), contents)).front();
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

void Evaluator::bind(BlockArgument argument, Tensor contents) {
  known.insert_or_assign(argument, std::move(contents));
  unknown.clear(); // what depended on it may be evaluated now
}

std::optional<Evaluator::Obstacle>
Evaluator::evaluateDefinition(Operation *op) {
  auto obstacle = [](const llvm::Twine &why) {
    return Obstacle{{}, why.str()};
  };
  const std::string name = op->getName().getStringRef().str();
  if (!isa_and_nonnull<prim::PrimDialect>(op->getDialect()))
    return obstacle("it depends on '" + name + "', which is not of prim");

  if (isa<prim::ControlInterface>(op))
    return obstacle("it depends on '" + name + "', which runs later");

  auto constant = dyn_cast<prim::ConstantOp>(op);
  // The bytes of a handle are borrowed; anything else is made.
  if (!constant || prim::isSplat(constant)) {
    const int64_t cost = evaluationCost(op);
    if (cost > budget)
      return obstacle("its computation is too large: '" + name + "' takes " +
                      llvm::Twine(cost) + " steps, " + llvm::Twine(budget) +
                      " are left");
    budget -= cost;
  }

  if (constant) {
    std::optional<Tensor> tensor = prim::constantTensor(constant);
    if (!tensor)
      return obstacle("it depends on a constant whose handle has no data");
    known.insert({constant.getResult(), std::move(*tensor)});
    return std::nullopt;
  }
  SmallVector<Tensor> operands;
  for (Value operand : op->getOperands())
    operands.push_back(known.lookup(operand));
  llvm::Expected<SmallVector<Tensor>> results = evaluateOp(op, operands);
  if (!results)
    return obstacle(llvm::toString(results.takeError()));
  for (auto [value, tensor] : llvm::zip_equal(op->getResults(), *results))
    known.insert({value, std::move(tensor)});
  return std::nullopt;
}

std::optional<Tensor> Evaluator::evaluate(Value value) {
  // Depth first, without recursion: models may be long chains.
  struct Visit {
    Value value;
    bool isOpen = false; // its operands are above it on the stack
  };
  SmallVector<Visit> stack{{value}};
  last = {};

  // All open visits depend on the one on top, which cannot be evaluated.
  auto giveUp = [&](Obstacle obstacle) {
    for (const Visit &visit : stack)
      if (visit.isOpen || visit.value == stack.back().value)
        unknown.insert({visit.value, obstacle});
    last = std::move(obstacle);
    return std::nullopt;
  };

  while (!stack.empty()) {
    Visit &top = stack.back();
    if (known.contains(top.value)) {
      stack.pop_back();
      continue;
    }
    if (auto found = unknown.find(top.value); found != unknown.end())
      return giveUp(found->second);
    Operation *op = top.value.getDefiningOp();
    if (!op) {
      auto argument = cast<BlockArgument>(top.value);
      return giveUp({argument, "it depends on argument " +
                                   std::to_string(argument.getArgNumber())});
    }
    if (!top.isOpen) {
      top.isOpen = true;
      for (Value operand : op->getOperands())
        stack.push_back({operand}); // may move `top`
      continue;
    }
    if (std::optional<Obstacle> obstacle = evaluateDefinition(op))
      return giveUp(std::move(*obstacle));
  }
  return known.lookup(value);
}

std::optional<Tensor> glowplug::evaluateValue(Value value,
                                              BlockArgument *unbound) {
  Evaluator evaluator;
  std::optional<Tensor> result = evaluator.evaluate(value);
  if (unbound)
    *unbound = evaluator.unboundArgument();
  return result;
}
