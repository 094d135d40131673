// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads models: ONNX by the importer, prim IR by MLIR's parser.

#include "core/driver/Stages.h"

#include "core/graph/Graph.h"
#include "core/prim/Build.h"
#include "core/prim/Constant.h"
#include "core/prim/Prim.h"

#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace glowplug;
using namespace mlir;

llvm::Expected<Sha256> glowplug::hashOf(const ModelSource &source) {
  if (source.bytes)
    return sha256(bytesOf(source));
  auto file = llvm::MemoryBuffer::getFile(source.name, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return makeFault(FaultKind::model,
                     "cannot read '" + source.name +
                         "': " + file.getError().message(),
                     source.name);
  return sha256(llvm::arrayRefFromStringRef((*file)->getBuffer()));
}

func::FuncOp glowplug::mainOf(const ImportedModel &model) {
  return model.module.get().lookupSymbol<func::FuncOp>("main");
}

std::vector<func::FuncOp> glowplug::functionsOf(const ImportedModel &model) {
  // Depth first: a function is done after all that it calls.
  std::vector<func::FuncOp> done;
  llvm::DenseSet<Operation *> seen;
  auto visit = [&](auto &self, func::FuncOp function) -> void {
    if (!seen.insert(function).second)
      return;
    function.walk([&](prim::ControlInterface op) {
      for (FlatSymbolRefAttr name : op.getBodies())
        self(self, model.module.get().lookupSymbol<func::FuncOp>(name));
    });
    done.push_back(function);
  };
  visit(visit, mainOf(model));
  std::reverse(done.begin(), done.end());
  return done;
}

/// What MLIR's parser makes of a file or of bytes.
static OwningOpRef<ModuleOp> parseModule(MLIRContext &context,
                                         const ModelSource &source) {
  const ParserConfig config(&context);
  if (!source.bytes)
    return parseSourceFile<ModuleOp>(source.name, config);
  // A copy, because the parser reads up to a zero.
  const std::string text = llvm::toStringRef(bytesOf(source)).str();
  return parseSourceString<ModuleOp>(text, config, source.name);
}

/// Collects what MLIR has to say about a text.
static llvm::Expected<ImportedModel> parseIr(MLIRContext &context,
                                             const ModelSource &source) {
  const std::string &path = source.name;
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
  model.module = parseModule(context, source);
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
                     llvm::SmallVector<int64_t>(tensor.getShape()),
                     {}});
    return true;
  };
  for (auto [index, type] : llvm::enumerate(function.getArgumentTypes()))
    if (!describe(type, "x", index,
                  function.getArgAttrOfType<StringAttr>(index, valueNameAttr),
                  model.inputs))
      return makeFault(
          FaultKind::model,
          "@main has an argument that is no tensor of static shape");
  for (auto [index, type] : llvm::enumerate(function.getResultTypes())) {
    if (!describe(
            type, "y", index,
            function.getResultAttrOfType<StringAttr>(index, valueNameAttr),
            model.outputs))
      return makeFault(FaultKind::model,
                       "@main returns what is no tensor of static shape");
    if (auto extents =
            function.getResultAttrOfType<DenseI64ArrayAttr>(index, extentsAttr))
      model.outputs.back().extents.assign(extents.asArrayRef().begin(),
                                          extents.asArrayRef().end());
  }
  return model;
}

llvm::Expected<ImportedModel>
glowplug::loadModel(MLIRContext &context, const CompileRequest &request) {
  const ModelSource &source = request.model;
  if (source.format == ModelFormat::prim)
    return parseIr(context, source);
  ImportOptions options;
  options.dims = request.dims;
  options.bindings = request.bindings;
  options.offers = request.offers;
  options.extraOutputs = request.extraOutputs;
  options.allowExternalData = request.allowExternalData;
  return importModel(context, importSource(source), options);
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
