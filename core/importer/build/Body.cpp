// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Graphs within the graph: scopes of names, and functions of their own.

#include "core/importer/build/GraphBuilder.h"

#include "llvm/ADT/SetVector.h"

using namespace glowplug;
using namespace glowplug::importer;

void GraphBuilder::openScope() {
  auto scope = std::make_unique<Scope>();
  scope->function = scopes.back()->function;
  scopes.push_back(std::move(scope));
}

void GraphBuilder::closeScope() {
  scopes.pop_back();
  builder.setInsertionPointToEnd(&body());
}

void GraphBuilder::openBody(const Twine &title) {
  auto scope = std::make_unique<Scope>();
  const std::string name = "body" + std::to_string(bodyCount++);
  scope->function =
      makeFunction(name, mlir::NameLoc::get(builder.getStringAttr(title)));
  scope->function.setPrivate();
  scopes.push_back(std::move(scope));
  builder.setInsertionPointToEnd(&body());
}

Value GraphBuilder::addArgument(Type type) {
  return body().addArgument(type, scopes.back()->function.getLoc());
}

Value GraphBuilder::captureValue(Value outer, Scope &scope) {
  if (Value argument = scope.captured.lookup(outer))
    return argument;
  Value argument = scope.function.getBody().front().addArgument(outer.getType(),
                                                                outer.getLoc());
  scope.captured[outer] = argument;
  Extents::List sizes(extentsOfValues.of(outer));
  for (Value &extent : sizes)
    if (extent)
      extent = captureValue(extent, scope);
  if (!sizes.empty())
    extentsOfValues.set(argument, std::move(sizes));
  return argument;
}

Value GraphBuilder::captureValue(Value outer) {
  return captureValue(outer, *scopes.back());
}

GraphBuilder::Body GraphBuilder::closeBody(mlir::ValueRange results) {
  Scope &scope = *scopes.back();
  builder.setInsertionPointToEnd(&body());
  builder.create<mlir::func::ReturnOp>(scope.function.getLoc(), results);
  Body result{scope.function, {}};
  for (const auto &[outer, argument] : scope.captured)
    result.captured.push_back(outer);
  setCaptured(result, result.captured);
  closeScope();
  return result;
}

void GraphBuilder::abandonBody() {
  // It stays until the end: what the evaluator remembers of its values must not
  // be taken for that of others.
  abandoned.push_back(scopes.back()->function);
  closeScope();
}

void GraphBuilder::forget(mlir::BlockArgument argument) {
  extentsOfValues.forget(argument);
  ranges.forget(argument);
  elements.remove_if([&](const auto &entry) {
    return entry.first.first == argument || entry.second == argument;
  });
}

void GraphBuilder::setCaptured(Body &made, SmallVector<Value> captured) {
  mlir::Block &block = made.function.getBody().front();
  const unsigned first =
      block.getNumArguments() - static_cast<unsigned>(made.captured.size());
  const unsigned end = block.getNumArguments();
  SmallVector<Value> arguments;
  for (Value outer : captured)
    arguments.push_back(block.addArgument(outer.getType(), outer.getLoc()));
  for (auto [i, outer] : llvm::enumerate(made.captured)) {
    const auto place = llvm::find(captured, outer) - captured.begin();
    const unsigned number = first + static_cast<unsigned>(i);
    forget(block.getArgument(number));
    block.getArgument(number).replaceAllUsesWith(
        arguments[static_cast<size_t>(place)]);
  }
  block.eraseArguments(first, end - first);
  made.captured = std::move(captured);
  evaluator.forgetFailures();
  auto returned = block.getTerminator()->getOperandTypes();
  made.function.setFunctionType(mlir::FunctionType::get(
      made.function.getContext(), block.getArgumentTypes(), returned));
}

void GraphBuilder::unifyCaptured(llvm::MutableArrayRef<Body> bodies) {
  llvm::SetVector<Value> all;
  for (const Body &made : bodies)
    all.insert(made.captured.begin(), made.captured.end());
  for (Body &made : bodies)
    setCaptured(made, llvm::to_vector(all));
}
