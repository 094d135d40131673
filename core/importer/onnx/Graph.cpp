// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks over the nodes of a graph and keeps what their names stand for.

#include "core/importer/onnx/Graph.h"

#include "core/graph/Graph.h"
#include "core/image/Writer.h"
#include "core/importer/file/Limits.h"
#include "core/importer/onnx/Registry.h"
#include "core/importer/onnx/model/NodeOrder.h"
#include "core/importer/onnx/model/Types.h"
#include "core/prim/Constant.h"

#include "mlir/IR/Verifier.h"
#include <onnx/onnx_pb.h>

using namespace glowplug;
using namespace glowplug::importer;

GraphImporter::GraphImporter(mlir::MLIRContext &context, const ModelFile &file,
                             const ImportOptions &options,
                             const std::string &folder)
    : context(context), file(file), graph(file.model().graph()),
      options(options), builder(&context) {
  source.file = &file;
  source.allowExternalData = options.allowExternalData;
  source.folder = folder;
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

llvm::Error GraphImporter::define(StringRef name, Definition definition,
                                  const Twine &what) {
  if (values.try_emplace(name, std::move(definition)).second)
    return llvm::Error::success();
  return invalid(what + ": '" + name + "' is defined twice");
}

GraphImporter::Definition *GraphImporter::find(StringRef name) {
  auto entry = values.find(name);
  return entry == values.end() ? nullptr : &entry->second;
}

llvm::Error GraphImporter::checkUse(StringRef name, const std::string &where) {
  Definition *definition = find(name);
  if (!definition)
    return invalid(where + ": '" + name + "' is not defined");
  // What is read here can be used without failing later.
  if (definition->initializer && !definition->tensor) {
    llvm::Expected<Tensor> tensor =
        readTensor(*definition->initializer, source);
    if (!tensor)
      return tensor.takeError();
    definition->tensor = std::move(*tensor);
  }
  return llvm::Error::success();
}

Value GraphImporter::makeConstant(const Tensor &tensor, StringRef name) {
  mlir::OpBuilder::InsertionGuard guard(builder);
  // A handler may be inside of a region.
  builder.setInsertionPointToEnd(&function.getBody().front());
  mlir::Location loc =
      mlir::NameLoc::get(mlir::StringAttr::get(&context, name));
  // Holds the tensor's own bytes, or those of the file that it borrows.
  struct Owner {
    Tensor tensor;
    std::shared_ptr<const void> file;
  };
  return prim::createConstant(
      builder, loc, tensor,
      std::make_shared<Owner>(Owner{tensor, file.owner()}));
}

Value GraphImporter::valueOf(StringRef name) {
  Definition *definition = find(name);
  assert(definition && "names are checked before a node is imported");
  if (!definition->value) {
    assert(definition->tensor && "a name stands for a value or a tensor");
    definition->value = makeConstant(*definition->tensor, name);
  }
  return definition->value;
}

std::optional<Tensor> GraphImporter::tensorOf(StringRef name, Fault *why) {
  Definition *definition = find(name);
  assert(definition && "names are checked before a node is imported");
  if (definition->tensor)
    return definition->tensor;
  return constantValue(definition->value, why);
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

static StringRef canonicalDomain(StringRef domain) {
  return domain == "ai.onnx" ? "" : domain;
}

int64_t GraphImporter::opsetOf(StringRef domain) const {
  auto entry = opsets.find(domain.str());
  return entry == opsets.end() ? 0 : entry->second;
}

/// Domain and name.
using OperatorNames = std::set<std::pair<std::string, std::string>>;

/// What is wrong with the operator of a node, apart from its inputs' types;
/// empty if it can be imported.
static std::string whyUnsupported(const onnx::NodeProto &proto, int64_t opset,
                                  const OperatorNames &functions) {
  if (functions.count({proto.domain(), proto.op_type()}) != 0)
    return "functions that a model defines are not supported; operators are";
  const StringRef domain = canonicalDomain(proto.domain());
  if (opset == 0)
    return "the model imports no version of its operator set";
  const OpRow *row = findRow(domain, proto.op_type(), opset);
  if (!row)
    return nearestForm(domain, proto.op_type(), opset);
  if (!row->handler)
    return row->note.str();
  for (int i = row->outputs; i < proto.output_size(); ++i)
    if (!proto.output(i).empty())
      return "output " + std::to_string(i) +
             " is not supported; it is supported with " +
             std::to_string(row->outputs) +
             (row->outputs == 1 ? " output" : " outputs");
  return "";
}

llvm::Error GraphImporter::checkOperators() {
  constexpr size_t most = 1000; // lines of the message
  std::string list;
  size_t number = 0;
  OperatorNames functions;
  for (const onnx::FunctionProto &function : file.model().functions())
    functions.emplace(function.domain(), function.name());
  for (int i = 0; i < graph.node_size(); ++i) {
    const onnx::NodeProto &proto = graph.node(i);
    const int64_t opset = opsetOf(canonicalDomain(proto.domain()));
    const std::string why = whyUnsupported(proto, opset, functions);
    if (why.empty() || ++number > most)
      continue;
    const StringRef domain = canonicalDomain(proto.domain());
    list += "\n  " + nodeTitle(proto, static_cast<size_t>(i)) + ": " +
            (domain.empty() ? "ai.onnx" : domain.str()) + "." +
            proto.op_type() + " in opset " + std::to_string(opset) + ": " + why;
  }
  if (number == 0)
    return llvm::Error::success();
  if (number > most)
    list += "\n  and " + std::to_string(number - most) + " more";
  return unsupported(Twine(number) + (number == 1 ? " node is" : " nodes are") +
                     " not supported:" + list);
}

/// Checks the results of the operations that a node was turned into; nothing
/// has been allocated for them.
llvm::Error GraphImporter::checkNewOperations(mlir::Operation *before,
                                              const Node &node) {
  mlir::Block &block = function.getBody().front();
  auto at = before ? std::next(before->getIterator()) : block.begin();
  for (; at != block.end(); ++at) {
    if (++operations > limits::operations)
      return invalid(node.where + ": the model has more than " +
                     Twine(limits::operations) + " operations");
    for (mlir::Type type : at->getResultTypes()) {
      auto tensor = mlir::cast<mlir::ShapedType>(type);
      llvm::Expected<int64_t> count = importer::checkShape(tensor.getShape());
      if (!count)
        return invalid(node.where + ": a result's " +
                       llvm::toString(count.takeError()));
      totalBytes +=
          *count * dtypeBytes(prim::dtypeOfElement(tensor.getElementType()));
      if (totalBytes > limits::totalBytes)
        return invalid(node.where + ": all results together have more than " +
                       Twine(limits::totalBytes) + " bytes");
    }
  }
  return llvm::Error::success();
}

llvm::Error GraphImporter::importNode(const onnx::NodeProto &proto,
                                      size_t index) {
  const std::string where = nodeTitle(proto, index);
  const StringRef domain = canonicalDomain(proto.domain());
  const int64_t opset = opsetOf(domain);
  const OpRow *row = findRow(domain, proto.op_type(), opset);

  for (const std::string &name : proto.input())
    if (!name.empty())
      if (llvm::Error error = checkUse(name, where))
        return error;

  std::string title = proto.name();
  for (int i = 0; title.empty() && i < proto.output_size(); ++i)
    title = proto.output(i);
  mlir::Location loc =
      mlir::NameLoc::get(mlir::StringAttr::get(&context, title));
  mlir::Block &block = function.getBody().front();
  mlir::Operation *before = block.empty() ? nullptr : &block.back();
  builder.setInsertionPointToEnd(&block);

  Node node(*this, proto, opset, builder, loc, where);
  const int count = static_cast<int>(node.numInputs());
  node.check(count >= row->inputs.least && count <= row->inputs.most,
             "needs " + Twine(row->inputs.least) +
                 (row->inputs.most == anyNumber ? " or more"
                  : row->inputs.most == row->inputs.least
                      ? ""
                      : " to " + Twine(row->inputs.most)) +
                 " inputs, but has " + Twine(count));
  for (int i = 0; i < row->inputs.least; ++i)
    node.check(node.hasInput(i), "input " + Twine(i) + " is missing");
  if (!node.failed() && succeeded(row->handler(node)))
    for (const auto &[name, attribute] : node.attributes)
      node.check(node.readAttributes.contains(name),
                 "attribute '" + name + "' is not known in opset " +
                     Twine(opset));
  if (node.error)
    return makeFault(node.error->kind, node.error->text);
  if (llvm::Error error = checkNewOperations(before, node))
    return error;

  for (int i = 0; i < proto.output_size(); ++i) {
    const std::string &name = proto.output(i);
    if (name.empty())
      continue;
    if (static_cast<size_t>(i) >= node.outputs.size())
      return invalid(where + ": has no output " + Twine(i));
    if (llvm::Error error = define(name, {node.outputs[i], nullptr, {}}, where))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error GraphImporter::importNodes() {
  // Converters append nodes to graphs, in spite of ONNX's rule of order.
  llvm::Expected<std::vector<int>> order = orderNodes(
      graph.node(), [&](StringRef name) { return find(name) != nullptr; });
  if (!order)
    return invalid(llvm::toString(order.takeError()));
  for (int i : *order)
    if (llvm::Error error = importNode(graph.node(i), static_cast<size_t>(i)))
      return error;
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// The whole
//===----------------------------------------------------------------------===//

llvm::Expected<ImportedModel> GraphImporter::run() {
  context.loadDialect<mlir::func::FuncDialect, prim::PrimDialect,
                      graph::GraphDialect>();
  const mlir::Location loc =
      mlir::NameLoc::get(builder.getStringAttr(graph.name()));
  model.module = mlir::ModuleOp::create(loc);
  model.name = graph.name();
  builder.setInsertionPointToStart(model.module->getBody());
  function = builder.create<mlir::func::FuncOp>(
      loc, "main", builder.getFunctionType({}, {}));
  function.addEntryBlock();

  for (auto step : {&GraphImporter::readOpsets, &GraphImporter::checkOperators,
                    &GraphImporter::importInitializers,
                    &GraphImporter::importInputs, &GraphImporter::checkOptions,
                    &GraphImporter::importNodes, &GraphImporter::importOutputs})
    if (llvm::Error error = (this->*step)())
      return error;

  // A failure here is a mistake of a handler, but it must not go further.
  std::string message;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &d) {
    if (message.empty()) {
      llvm::raw_string_ostream os(message);
      os << d.getLocation() << ": " << d;
    }
  });
  if (failed(mlir::verify(*model.module)))
    return invalid("the imported model does not verify: " + message);
  return std::move(model);
}
