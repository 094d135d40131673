// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Keeps what names stand for, and holds what is made to the limits.

#include "core/importer/build/GraphBuilder.h"

#include "core/fold/Cost.h"
#include "core/graph/Graph.h"
#include "core/importer/file/Error.h"
#include "core/importer/file/Limits.h"
#include "core/importer/file/Shapes.h"
#include "core/prim/Constant.h"

#include "mlir/IR/Verifier.h"

using namespace glowplug;
using namespace glowplug::importer;

GraphBuilder::GraphBuilder(mlir::MLIRContext &context, StringRef name,
                           const ImportOptions &options,
                           std::shared_ptr<const void> owner)
    : context(context), options(options), owner(std::move(owner)),
      builder(&context) {
  context.loadDialect<mlir::func::FuncDialect, prim::PrimDialect,
                      graph::GraphDialect>();
  const mlir::Location loc = mlir::NameLoc::get(builder.getStringAttr(name));
  model.module = mlir::ModuleOp::create(loc);
  model.name = name.str();
  scopes.push_back(std::make_unique<Scope>());
  scopes.back()->function = makeFunction("main", loc);
}

mlir::func::FuncOp GraphBuilder::makeFunction(StringRef name,
                                              mlir::Location loc) {
  mlir::OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(model.module->getBody());
  auto function = builder.create<mlir::func::FuncOp>(
      loc, name, builder.getFunctionType({}, {}));
  function.addEntryBlock();
  return function;
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

llvm::Error GraphBuilder::keep(StringRef name, Definition definition,
                               const Twine &where) {
  if (scopes.back()->values.try_emplace(name, std::move(definition)).second)
    return llvm::Error::success();
  return invalid(where + ": '" + name + "' is defined twice");
}

llvm::Error GraphBuilder::defineValue(StringRef name, Value value,
                                      const Twine &where) {
  return keep(name, {value, {}, {}, {}}, where);
}

llvm::Error GraphBuilder::defineConstant(StringRef name, const Tensor &tensor,
                                         const Twine &where) {
  return keep(name, {{}, tensor, {}, {}}, where);
}

llvm::Error GraphBuilder::defineUnusable(StringRef name, Fault why,
                                         const Twine &where) {
  return keep(name, {{}, {}, std::move(why), {}}, where);
}

llvm::Error GraphBuilder::define(StringRef name, const Meaning &meaning,
                                 const Twine &where) {
  Definition definition;
  if (const auto *value = std::get_if<Value>(&meaning))
    definition.value = *value;
  else if (const auto *tensor = std::get_if<Tensor>(&meaning))
    definition.tensor = *tensor;
  else if (const auto *sequence = std::get_if<Sequence>(&meaning))
    definition.sequence = sequence->elements;
  else
    definition.isAbsent = true;
  return keep(name, std::move(definition), where);
}

const GraphBuilder::Definition *GraphBuilder::find(StringRef name) const {
  for (const auto &scope : llvm::reverse(scopes))
    if (auto entry = scope->values.find(name); entry != scope->values.end())
      return &entry->second;
  return nullptr;
}

llvm::Error GraphBuilder::checkUse(StringRef name, const Twine &where) const {
  const Definition *definition = find(name);
  if (!definition)
    return invalid(where + ": '" + name + "' is not defined");
  if (definition->unusable)
    return llvm::make_error<FaultError>(*definition->unusable);
  return llvm::Error::success();
}

GraphBuilder::Definition &GraphBuilder::resolve(StringRef name) {
  size_t level = scopes.size() - 1;
  while (!scopes[level]->values.contains(name)) {
    assert(level != 0 && "names are checked before a node is imported");
    --level;
  }
  Definition *found = &scopes[level]->values.find(name)->second;
  for (++level; level < scopes.size(); ++level) {
    Scope &scope = *scopes[level];
    if (scope.function == scopes[level - 1]->function)
      continue;
    auto [entry, isNew] = scope.outside.try_emplace(name);
    if (isNew)
      entry->second = capture(*found, scope);
    found = &entry->second;
  }
  return *found;
}

/// \p outer, which belongs to the function around that of \p scope, within the
/// latter.
GraphBuilder::Definition GraphBuilder::capture(const Definition &outer,
                                               Scope &scope) {
  if (outer.sequence) {
    SmallVector<Value> elements;
    for (Value element : *outer.sequence)
      elements.push_back(captureValue(element, scope));
    return {{}, {}, {}, std::move(elements)};
  }
  if (outer.isAbsent)
    return outer;
  if (!outer.value || outer.tensor)
    return {{}, outer.tensor, outer.unusable, {}};
  // Sizes and the like are wanted as constants.
  constexpr int64_t most = 1024; // elements
  if (glowplug::isInteger(prim::dtypeOfElement(prim::elementOf(outer.value))) &&
      elementCountOf(outer.value) <= most)
    if (std::optional<Tensor> tensor = evaluate(outer.value, nullptr))
      return {{}, std::move(tensor), {}, {}};
  return {captureValue(outer.value, scope), {}, {}, {}};
}

Value GraphBuilder::makeConstant(const Tensor &tensor, StringRef name) {
  mlir::OpBuilder::InsertionGuard guard(builder);
  // A handler may be inside of a region.
  builder.setInsertionPointToEnd(&body());
  mlir::Location loc =
      mlir::NameLoc::get(mlir::StringAttr::get(&context, name));
  // Holds the tensor's own bytes, or those of the file that it borrows.
  struct Owner {
    Tensor tensor;
    std::shared_ptr<const void> file;
  };
  return prim::createConstant(builder, loc, tensor,
                              std::make_shared<Owner>(Owner{tensor, owner}));
}

SmallVector<Value> GraphBuilder::sequenceOf(StringRef name) {
  return *resolve(name).sequence;
}

Value GraphBuilder::valueOf(StringRef name) {
  Definition &definition = resolve(name);
  if (!definition.value) {
    assert(definition.tensor && "a name stands for a value or a tensor");
    definition.value = makeConstant(*definition.tensor, name);
  }
  return definition.value;
}

Meaning GraphBuilder::meaningOf(StringRef name) {
  if (isAbsent(name))
    return Absent();
  if (isSequence(name))
    return Sequence{sequenceOf(name)};
  return valueOf(name);
}

std::optional<Tensor> GraphBuilder::tensorOf(StringRef name, Fault *why) {
  Definition &definition = resolve(name);
  if (definition.tensor)
    return definition.tensor;
  if (definition.value)
    return evaluate(definition.value, why);
  if (why)
    *why = {FaultKind::unsupported, "it is no tensor"};
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// The whole
//===----------------------------------------------------------------------===//

/// Checks the results of the operations that a node was turned into, which
/// follow \p before; nothing has been allocated for them.
llvm::Error GraphBuilder::checkNewOperations(mlir::Operation *before,
                                             const Twine &where) {
  auto at = before ? std::next(before->getIterator()) : body().begin();
  for (; at != body().end(); ++at) {
    if (++operations > limits::operations)
      return invalid(where + ": the model has more than " +
                     Twine(limits::operations) + " operations");
    for (mlir::Type type : at->getResultTypes()) {
      auto tensor = mlir::cast<mlir::ShapedType>(type);
      llvm::Expected<int64_t> count = checkShape(tensor.getShape());
      if (!count)
        return invalid(where + ": a result's " +
                       llvm::toString(count.takeError()));
      totalBytes +=
          *count * dtypeBytes(prim::dtypeOfElement(tensor.getElementType()));
      if (totalBytes > limits::totalBytes)
        return invalid(where + ": all results together have more than " +
                       Twine(limits::totalBytes) + " bytes");
    }
  }
  return llvm::Error::success();
}

/// A failure here is a mistake of a handler, but it must not spread.
llvm::Error GraphBuilder::verify() {
  std::string message;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &d) {
    if (message.empty()) {
      llvm::raw_string_ostream os(message);
      os << d.getLocation() << ": " << d;
    }
  });
  if (failed(mlir::verify(*model.module)))
    return invalid("the imported model does not verify: " + message);
  return llvm::Error::success();
}

llvm::Expected<ImportedModel> GraphBuilder::finish() {
  for (const std::string &name : options.extraOutputs)
    if (outputNames.count(name) == 0)
      if (llvm::Error error =
              addOutput(name, std::nullopt, "extra output '" + name + "'"))
        return std::move(error);
  if (model.outputs.empty() && outputNames.empty())
    return invalid("the model has no output");
  if (model.outputs.empty())
    return unsupported("no output of the model holds a tensor; it is supported "
                       "where one does");
  addExtents();
  writeSignature();
  for (mlir::func::FuncOp function : abandoned)
    function.erase();
  if (llvm::Error error = verify())
    return error;
  return std::move(model);
}

llvm::Expected<ImportedModel> importer::importWithOffers(
    ImportOptions options,
    llvm::function_ref<llvm::Expected<ImportedModel>(
        const ImportOptions &, std::set<std::string> &wanted)>
        attempt) {
  for (;;) {
    std::set<std::string> wanted;
    llvm::Expected<ImportedModel> model = attempt(options, wanted);
    if (model)
      return model;
    bool changed = false;
    for (const std::string &name : wanted) {
      auto offer = options.offers.find(name);
      if (offer != options.offers.end())
        changed |= options.bindings.insert(*offer).second;
    }
    if (!changed)
      return model;
    llvm::consumeError(model.takeError());
  }
}
