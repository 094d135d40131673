// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a model declares: operator sets, constants, inputs and outputs.

#include "core/image/Writer.h"
#include "core/importer/file/Limits.h"
#include "core/importer/onnx/Graph.h"
#include "core/importer/onnx/model/Types.h"
#include "core/prim/Constant.h"

#include <onnx/onnx_pb.h>

using namespace glowplug;
using namespace glowplug::importer;

llvm::Error GraphImporter::readOpsets() {
  const onnx::ModelProto &proto = file.model();
  if (!proto.has_graph())
    return invalid("the model has no graph");
  if (proto.ir_version() < limits::oldestIrVersion ||
      proto.ir_version() > limits::newestIrVersion)
    return unsupported("the model has format version " +
                       Twine(proto.ir_version()) + "; supported are " +
                       Twine(limits::oldestIrVersion) + " to " +
                       Twine(limits::newestIrVersion));
  if (proto.opset_import_size() == 0)
    return invalid("the model imports no operator set");
  for (const auto &entry : proto.opset_import()) {
    const std::string domain =
        entry.domain() == "ai.onnx" ? "" : entry.domain();
    const std::string title = domain.empty() ? "ai.onnx" : domain;
    if (entry.version() < 1)
      return invalid("the model imports version " + Twine(entry.version()) +
                     " of operator set " + title);
    if (domain.empty() && entry.version() > limits::newestOpset)
      return unsupported("the model imports version " + Twine(entry.version()) +
                         " of operator set " + title +
                         "; the newest that is known is " +
                         Twine(limits::newestOpset));
    if (!opsets.emplace(domain, entry.version()).second)
      return invalid("the model imports operator set " + title + " twice");
  }
  model.opset = opsetOf("");
  return llvm::Error::success();
}

llvm::Error GraphImporter::importInitializers() {
  if (graph.sparse_initializer_size() != 0)
    return unsupported(
        "initializer '" + graph.sparse_initializer(0).values().name() +
        "' is sparse, which is not supported; it is supported as a dense one");
  for (const onnx::TensorProto &proto : graph.initializer()) {
    if (proto.name().empty())
      return invalid("an initializer has no name");
    // All are read at once, so that one that nobody uses is checked as well;
    // but one of a type that is not supported only matters where it is used.
    llvm::Expected<Tensor> tensor = readTensor(proto, source);
    Definition definition{{}, &proto, {}};
    if (tensor) {
      definition.tensor = std::move(*tensor);
    } else if (llvm::Error error = llvm::handleErrors(
                   tensor.takeError(),
                   [](std::unique_ptr<FaultError> problem) -> llvm::Error {
                     if (problem->kind() == FaultKind::unsupported)
                       return llvm::Error::success();
                     return llvm::Error(std::move(problem));
                   })) {
      return error;
    }
    if (llvm::Error error = define(proto.name(), std::move(definition),
                                   "initializer '" + Twine(proto.name()) + "'"))
      return error;
  }
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

namespace {

/// A declared type, before symbolic dims have sizes (-1).
struct Declared {
  DType dtype = DType::none;
  bool hasShape = false;
  SmallVector<int64_t> shape;
  std::vector<std::string> dimNames;
};

} // namespace

static llvm::Expected<Declared> readDeclared(const onnx::ValueInfoProto &info,
                                             const std::string &where) {
  Declared result;
  if (!info.type().has_tensor_type())
    return unsupported(where + ": it is not a tensor; only dense tensors are "
                               "supported");
  const auto &tensor = info.type().tensor_type();
  std::optional<DType> dtype = dtypeOfOnnx(tensor.elem_type());
  if (!dtype)
    return unsupported(where + ": element type " +
                       onnxTypeName(tensor.elem_type()) + " is not supported");
  result.dtype = *dtype;
  result.hasShape = tensor.has_shape();
  if (tensor.shape().dim_size() > limits::rank)
    return invalid(where + ": rank " + Twine(tensor.shape().dim_size()) +
                   " is above the limit of " + Twine(limits::rank));
  for (const auto &dim : tensor.shape().dim()) {
    const bool isFixed = dim.has_dim_value();
    if (isFixed && dim.dim_value() < 0)
      return invalid(where + ": dim " + Twine(result.shape.size()) +
                     " needs to be at least 0, but got " +
                     Twine(dim.dim_value()));
    result.shape.push_back(isFixed ? dim.dim_value() : -1);
    result.dimNames.push_back(isFixed ? ""
                              : dim.dim_param().empty()
                                  ? info.name() + ":" +
                                        std::to_string(result.dimNames.size())
                                  : dim.dim_param());
  }
  return result;
}

/// A size in place of each symbolic dim, from the options.
static llvm::Error fixDims(Declared &declared, const ImportOptions &options,
                           std::set<std::string> &used,
                           const std::string &where) {
  for (auto [dim, name] : llvm::zip_equal(declared.shape, declared.dimNames)) {
    if (dim >= 0)
      continue;
    auto size = options.dims.find(name);
    if (size == options.dims.end())
      return needsOption(Twine(where) + ": dim '" + name +
                         "' is symbolic; give its size with --dim " + name +
                         "=SIZE");
    if (size->second < 0)
      return invalid("--dim " + name + " needs a size of at least 0, but got " +
                     Twine(size->second));
    dim = size->second;
    used.insert(name);
  }
  return llvm::Error::success();
}

llvm::Error GraphImporter::bindInput(TensorInfo info, const Tensor &tensor,
                                     size_t position) {
  bool fits = tensor.dtype() == info.dtype &&
              tensor.shape().size() == info.shape.size();
  for (size_t i = 0; fits && i < info.shape.size(); ++i)
    fits = info.shape[i] < 0 || info.shape[i] == tensor.shape()[i];
  if (!fits)
    return invalid("--bind " + info.name + ": the input is " +
                   typeString(info.dtype, info.shape) +
                   ", but the value given is " + tensor.typeString());
  info.shape.assign(tensor.shape().begin(), tensor.shape().end());
  if (llvm::Error error = define(info.name, {{}, nullptr, tensor},
                                 "input '" + Twine(info.name) + "'"))
    return error;
  model.bound.push_back({std::move(info), tensor, position});
  return llvm::Error::success();
}

/// An initializer that is also declared as an input is a constant; what is
/// declared has to be true.
static llvm::Error checkConstantInput(const onnx::TensorProto &proto,
                                      const Declared &declared,
                                      const std::string &where) {
  const SmallVector<int64_t> dims(proto.dims().begin(), proto.dims().end());
  bool fits = dtypeOfOnnx(proto.data_type()) == declared.dtype &&
              (!declared.hasShape || dims.size() == declared.shape.size());
  for (size_t i = 0; fits && declared.hasShape && i < dims.size(); ++i)
    fits = declared.shape[i] < 0 || declared.shape[i] == dims[i];
  if (fits)
    return llvm::Error::success();
  return invalid(where + ": it is declared as " + dtypeName(declared.dtype) +
                 shapeString(declared.shape) + ", but its initializer is " +
                 onnxTypeName(proto.data_type()) + shapeString(dims));
}

llvm::Error GraphImporter::importInputs() {
  mlir::Block &block = function.getBody().front();
  std::set<std::string> seen;
  for (const onnx::ValueInfoProto &info : graph.input()) {
    const std::string where = "input '" + info.name() + "'";
    if (info.name().empty())
      return invalid("an input has no name");
    if (!seen.insert(info.name()).second)
      return invalid(where + ": it is declared twice");
    llvm::Expected<Declared> declared = readDeclared(info, where);
    if (!declared)
      return declared.takeError();
    if (Definition *constant = find(info.name())) {
      if (llvm::Error error =
              checkConstantInput(*constant->initializer, *declared, where))
        return error;
      continue;
    }
    if (!declared->hasShape)
      return unsupported(where + ": it has no shape; it is supported with a "
                                 "rank, and symbolic dims");
    const size_t position = seen.size() - 1;
    auto binding = options.bindings.find(info.name());
    if (binding != options.bindings.end()) {
      if (llvm::Error error =
              bindInput({info.name(), declared->dtype, declared->shape},
                        binding->second, position))
        return error;
      continue;
    }
    if (llvm::Error error = fixDims(*declared, options, usedDims, where))
      return error;
    llvm::Expected<int64_t> count = checkShape(declared->shape);
    if (!count)
      return invalid(where + ": " + llvm::toString(count.takeError()));
    auto type = mlir::RankedTensorType::get(
        declared->shape, prim::elementType(&context, declared->dtype));
    Value value = block.addArgument(
        type, mlir::NameLoc::get(builder.getStringAttr(info.name())));
    if (llvm::Error error = define(info.name(), {value, nullptr, {}}, where))
      return error;
    model.inputs.push_back({info.name(), declared->dtype, declared->shape});
  }
  return llvm::Error::success();
}

/// An option that has no effect is a mistake of the user.
llvm::Error GraphImporter::checkOptions() {
  for (const auto &[name, tensor] : options.bindings)
    if (llvm::none_of(model.bound, [&](const BoundInput &input) {
          return input.info.name == name;
        }))
      return invalid("--bind " + name + ": the model has no such input");
  // Dims of bound inputs are fixed by the value, and may be named as well.
  for (const auto &[name, size] : options.dims) {
    bool isKnown = usedDims.count(name) != 0;
    for (const onnx::ValueInfoProto &info : graph.input())
      for (const auto &dim : info.type().tensor_type().shape().dim())
        isKnown |= dim.dim_param() == name;
    if (!isKnown)
      return invalid("--dim " + name + ": no input has such a dim");
  }
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Outputs
//===----------------------------------------------------------------------===//

/// What the model says of an output has to agree with what was computed.
static llvm::Error checkOutput(const onnx::ValueInfoProto &info,
                               const TensorInfo &computed,
                               const std::string &where) {
  if (!info.has_type())
    return llvm::Error::success();
  llvm::Expected<Declared> declared = readDeclared(info, where);
  if (!declared)
    return declared.takeError();
  bool fits =
      declared->dtype == computed.dtype &&
      (!declared->hasShape || declared->shape.size() == computed.shape.size());
  for (size_t i = 0; fits && declared->hasShape && i < computed.shape.size();
       ++i)
    fits = declared->shape[i] < 0 || declared->shape[i] == computed.shape[i];
  if (fits)
    return llvm::Error::success();
  return invalid(where + ": it is declared as " + dtypeName(declared->dtype) +
                 shapeString(declared->shape) + ", but its value is " +
                 typeString(computed.dtype, computed.shape));
}

llvm::Error GraphImporter::importOutputs() {
  if (graph.output_size() == 0)
    return invalid("the model has no output");
  SmallVector<Value> results;
  std::set<std::string> seen;
  auto addOutput = [&](const std::string &name) -> const TensorInfo & {
    Value value = valueOf(name);
    results.push_back(value);
    return model.outputs.emplace_back(
        TensorInfo{name, prim::dtypeOfElement(prim::elementOf(value)),
                   SmallVector<int64_t>(prim::shapeOf(value))});
  };
  for (const onnx::ValueInfoProto &info : graph.output()) {
    const std::string where = "output '" + info.name() + "'";
    if (!seen.insert(info.name()).second)
      return invalid(where + ": it is declared twice");
    if (llvm::Error error = checkUse(info.name(), where))
      return error;
    if (llvm::Error error = checkOutput(info, addOutput(info.name()), where))
      return error;
  }
  for (const std::string &name : options.extraOutputs) {
    if (!seen.insert(name).second)
      continue;
    if (llvm::Error error = checkUse(name, "extra output '" + name + "'"))
      return error;
    addOutput(name);
  }

  mlir::Block &block = function.getBody().front();
  builder.setInsertionPointToEnd(&block);
  builder.create<mlir::func::ReturnOp>(function.getLoc(), results);
  function.setFunctionType(builder.getFunctionType(
      block.getArgumentTypes(), ValueRange(results).getTypes()));
  for (auto [i, info] : llvm::enumerate(model.inputs))
    function.setArgAttr(static_cast<unsigned>(i), valueNameAttr,
                        builder.getStringAttr(info.name));
  for (auto [i, info] : llvm::enumerate(model.outputs))
    function.setResultAttr(static_cast<unsigned>(i), valueNameAttr,
                           builder.getStringAttr(info.name));
  return llvm::Error::success();
}

llvm::Expected<std::vector<DeclaredInput>>
importer::readDeclaredInputs(const ModelFile &file) {
  std::vector<DeclaredInput> result;
  const onnx::GraphProto &graph = file.model().graph();
  std::set<std::string> constants;
  for (const onnx::TensorProto &proto : graph.initializer())
    constants.insert(proto.name());
  for (const onnx::ValueInfoProto &info : graph.input()) {
    if (constants.count(info.name()) != 0)
      continue;
    llvm::Expected<Declared> declared =
        readDeclared(info, "input '" + info.name() + "'");
    if (!declared)
      return declared.takeError();
    result.push_back(
        {{info.name(), declared->dtype, declared->shape}, declared->dimNames});
  }
  return result;
}
