// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads models: ONNX by the importer, prim IR by MLIR's parser.

#include "core/driver/Stages.h"

#include "core/graph/Graph.h"
#include "core/prim/Build.h"
#include "core/prim/Constant.h"
#include "core/prim/Prim.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/Path.h"

using namespace glowplug;
using namespace mlir;

func::FuncOp glowplug::mainOf(const ImportedModel &model) {
  return model.module.get().lookupSymbol<func::FuncOp>("main");
}

/// Collects what MLIR has to say about a text.
static llvm::Expected<ImportedModel> parseIr(MLIRContext &context,
                                             llvm::StringRef path) {
  context
      .loadDialect<prim::PrimDialect, graph::GraphDialect, func::FuncDialect>();
  std::string messages;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    if (messages.empty())
      llvm::raw_string_ostream(messages)
          << diagnostic.getLocation() << ": " << diagnostic;
    return success();
  });
  ImportedModel model;
  model.module = parseSourceFile<ModuleOp>(path, ParserConfig(&context));
  if (!model.module)
    return makeFault(FaultKind::model, messages, path);
  model.name = llvm::sys::path::stem(path).str();
  func::FuncOp function = mainOf(model);
  if (!function || !llvm::hasSingleElement(function.getBody()))
    return makeFault(FaultKind::model,
                     "'" + path + "' has no function @main of one block", path);
  auto describe = [&](Type type, llvm::StringRef prefix, unsigned index,
                      StringAttr name, std::vector<TensorInfo> &infos) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape())
      return false;
    infos.push_back({name ? name.str() : (prefix + llvm::Twine(index)).str(),
                     prim::dtypeOfElement(tensor.getElementType()),
                     llvm::SmallVector<int64_t>(tensor.getShape())});
    return true;
  };
  for (auto [index, type] : llvm::enumerate(function.getArgumentTypes()))
    if (!describe(type, "x", index,
                  function.getArgAttrOfType<StringAttr>(index, valueNameAttr),
                  model.inputs))
      return makeFault(
          FaultKind::model,
          "@main has an argument that is no tensor of static shape");
  for (auto [index, type] : llvm::enumerate(function.getResultTypes()))
    if (!describe(
            type, "y", index,
            function.getResultAttrOfType<StringAttr>(index, valueNameAttr),
            model.outputs))
      return makeFault(FaultKind::model,
                       "@main returns what is no tensor of static shape");
  return model;
}

llvm::Expected<ImportedModel>
glowplug::loadModel(MLIRContext &context, const CompileRequest &request) {
  if (llvm::sys::path::extension(request.modelPath) == ".mlir")
    return parseIr(context, request.modelPath);
  ImportOptions options;
  options.dims = request.dims;
  options.bindings = request.bindings;
  options.offers = request.offers;
  options.extraOutputs = request.extraOutputs;
  options.allowExternalData = request.allowExternalData;
  return importModel(context, request.modelPath, options);
}

std::vector<size_t> glowplug::inputPositions(const ImportedModel &model) {
  const size_t count = model.inputs.size() + model.bound.size();
  std::vector<bool> taken(count);
  for (const BoundInput &bound : model.bound)
    taken[bound.position] = true;
  std::vector<size_t> positions;
  for (size_t i = 0; i < count; ++i)
    if (!taken[i])
      positions.push_back(i);
  return positions;
}
