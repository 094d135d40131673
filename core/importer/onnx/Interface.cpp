// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a model declares: operator sets, constants, inputs and outputs.

#include "core/importer/file/Error.h"
#include "core/importer/file/OpenSizes.h"
#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/Graph.h"
#include "core/importer/onnx/model/Limits.h"
#include "core/importer/onnx/model/ModelFile.h"
#include "core/importer/onnx/model/Types.h"
#include "core/importer/onnx/proto/onnx.pb.h"
#include "core/prim/Constant.h"

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
  return llvm::Error::success();
}

llvm::Error GraphImporter::importInitializers(const onnx::GraphProto &of) {
  if (of.sparse_initializer_size() != 0)
    return unsupported(
        "initializer '" + of.sparse_initializer(0).values().name() +
        "' is sparse, which is not supported; it is supported as a dense one");
  for (const onnx::TensorProto &proto : of.initializer()) {
    if (proto.name().empty())
      return invalid("an initializer has no name");
    // All are read at once, so that one that nobody uses is checked as well;
    // but one of a type that is not supported only matters where it is used.
    const std::string where = "initializer '" + proto.name() + "'";
    llvm::Expected<StoredTensor> stored = readStored(proto, source);
    if (stored) {
      if (llvm::Error error =
              builder.defineConstant(proto.name(), stored->tensor, where))
        return error;
      if (stored->storage)
        storage[proto.name()] = stored->storage;
      continue;
    }
    Fault fault = faultOf(stored.takeError(), FaultKind::model);
    if (fault.kind != FaultKind::unsupported)
      return llvm::make_error<FaultError>(std::move(fault));
    if (llvm::Error error =
            builder.defineUnusable(proto.name(), std::move(fault), where))
      return error;
  }
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

/// The type of a tensor, or of each element of a sequence; either may be
/// optional. \p declared is told what it is; null if it is something else.
static const onnx::TypeProto::Tensor *tensorTypeOf(const onnx::TypeProto &type,
                                                   DeclaredTensor &declared) {
  const onnx::TypeProto *inner = &type;
  declared.isOptional = inner->has_optional_type();
  if (declared.isOptional)
    inner = &inner->optional_type().elem_type();
  declared.isSequence = inner->has_sequence_type();
  if (declared.isSequence)
    inner = &inner->sequence_type().elem_type();
  return inner->has_tensor_type() ? &inner->tensor_type() : nullptr;
}

/// The name of a dim without a size. Some converters call every such dim "?":
/// that says no more than no name.
static std::string dimName(const std::string &input,
                           const onnx::TypeProto::Tensor &tensor, int index) {
  const std::string &name = tensor.shape().dim(index).dim_param();
  return name.empty() || name == "?"
             ? dimNameOf(input, static_cast<size_t>(index))
             : name;
}

/// The type of the tensor that holds elements of the ONNX type \p type.
static std::optional<DType> codesOf(int64_t type) {
  const StorageType *storage = storageTypeOf(type);
  return storage ? storage->codes : dtypeOfOnnx(type);
}

/// What is declared to hold codes; null if the type is what it seems.
static const StorageType *storageOf(const onnx::ValueInfoProto &info) {
  DeclaredTensor ignored;
  const onnx::TypeProto::Tensor *type = tensorTypeOf(info.type(), ignored);
  return type ? storageTypeOf(type->elem_type()) : nullptr;
}

/// A declared type, before symbolic dims have sizes.
llvm::Expected<DeclaredTensor>
importer::readDeclared(const onnx::ValueInfoProto &info,
                       const std::string &where) {
  DeclaredTensor result;
  result.info.name = info.name();
  const onnx::TypeProto::Tensor *type = tensorTypeOf(info.type(), result);
  if (!type)
    return unsupported(where + ": it is no dense tensor; these, sequences of "
                               "them and optional ones are supported");
  const onnx::TypeProto::Tensor &tensor = *type;
  const std::optional<DType> dtype = codesOf(tensor.elem_type());
  if (!dtype)
    return unsupported(where + ": element type " +
                       onnxTypeName(tensor.elem_type()) + " is not supported");
  result.info.dtype = *dtype;
  result.hasShape = tensor.has_shape();
  if (tensor.shape().dim_size() > limits::rank)
    return invalid(where + ": rank " + Twine(tensor.shape().dim_size()) +
                   " is above the limit of " + Twine(limits::rank));
  for (int i = 0; i < tensor.shape().dim_size(); ++i) {
    const auto &dim = tensor.shape().dim(i);
    // Some exporters write -1 for a size that is not known.
    const bool isFixed = dim.has_dim_value() && dim.dim_value() != -1;
    if (isFixed && dim.dim_value() < 0)
      return invalid(where + ": dim " + Twine(i) +
                     " needs to be at least 0, or -1, but got " +
                     Twine(dim.dim_value()));
    result.info.shape.push_back(isFixed ? dim.dim_value() : -1);
    result.dimNames.push_back(isFixed ? "" : dimName(info.name(), tensor, i));
  }
  return result;
}

/// An initializer that is also declared as an input is a constant; what is
/// declared has to be true.
static llvm::Error checkConstantInput(const onnx::TensorProto &proto,
                                      const onnx::ValueInfoProto &valueInfo,
                                      const DeclaredTensor &declared,
                                      const std::string &where) {
  const TensorInfo &info = declared.info;
  const int32_t type = valueInfo.type().tensor_type().elem_type();
  const llvm::SmallVector<int64_t> dims(proto.dims().begin(),
                                        proto.dims().end());
  bool fits = proto.data_type() == type &&
              (!declared.hasShape || dims.size() == info.shape.size());
  for (size_t i = 0; fits && declared.hasShape && i < dims.size(); ++i)
    fits = info.shape[i] < 0 || info.shape[i] == dims[i];
  if (fits)
    return llvm::Error::success();
  const StorageType *storage = storageTypeOf(type);
  return invalid(where + ": it is declared as " +
                 (storage ? StringRef(storage->name) : dtypeName(info.dtype)) +
                 shapeString(info.shape) + ", but its initializer is " +
                 onnxTypeName(proto.data_type()) + shapeString(dims));
}

llvm::Error GraphImporter::importInputs() {
  llvm::StringMap<const onnx::TensorProto *> constants;
  for (const onnx::TensorProto &proto : graph.initializer())
    constants[proto.name()] = &proto;
  std::set<std::string> seen;
  for (const onnx::ValueInfoProto &info : graph.input()) {
    const std::string where = "input '" + info.name() + "'";
    if (info.name().empty())
      return invalid("an input has no name");
    if (!seen.insert(info.name()).second)
      return invalid(where + ": it is declared twice");
    llvm::Expected<DeclaredTensor> declared = readDeclared(info, where);
    if (!declared)
      return declared.takeError();
    if (const onnx::TensorProto *constant = constants.lookup(info.name())) {
      if (llvm::Error error =
              checkConstantInput(*constant, info, *declared, where))
        return error;
      continue;
    }
    if (llvm::Error error = builder.addInput(std::move(*declared), where))
      return error;
    if (const StorageType *type = storageOf(info))
      storage[info.name()] = type;
  }
  return builder.finishInputs();
}

bool importer::isOfMaps(const onnx::TypeProto &type) {
  return type.has_sequence_type() &&
         type.sequence_type().elem_type().has_map_type();
}

/// An output holds codes of the type that is declared, or none.
llvm::Error GraphImporter::checkStorage(const onnx::ValueInfoProto &info,
                                        const std::string &where) {
  const StorageType *type = storage.lookup(info.name());
  if (storageOf(info) == type)
    return llvm::Error::success();
  if (llvm::Error error = builder.checkUse(info.name(), where))
    return error;
  const Meaning meaning = builder.meaningOf(info.name());
  std::string actual = "a sequence, or has no value";
  if (const auto *value = std::get_if<Value>(&meaning))
    actual =
        type ? type->name.str()
             : dtypeName(prim::dtypeOfElement(prim::elementOf(*value))).str();
  DeclaredTensor ignored;
  return invalid(where + ": it is declared as " +
                 onnxTypeName(tensorTypeOf(info.type(), ignored)->elem_type()) +
                 ", but its value is " + actual);
}

llvm::Error GraphImporter::importOutputs() {
  std::set<std::string> seen;
  for (const onnx::ValueInfoProto &info : graph.output()) {
    const std::string where = "output '" + info.name() + "'";
    if (!seen.insert(info.name()).second)
      return invalid(where + ": it is declared twice");
    std::optional<DeclaredTensor> declared;
    if (info.has_type() && !isOfMaps(info.type())) {
      llvm::Expected<DeclaredTensor> read = readDeclared(info, where);
      if (!read)
        return read.takeError();
      declared = std::move(*read);
    }
    if (declared)
      if (llvm::Error error = checkStorage(info, where))
        return error;
    if (llvm::Error error = builder.addOutput(info.name(), declared, where))
      return error;
  }
  return llvm::Error::success();
}

llvm::Expected<std::vector<DeclaredTensor>>
importer::readDeclaredInputs(const ModelFile &file) {
  std::vector<DeclaredTensor> result;
  const onnx::GraphProto &graph = file.model().graph();
  std::set<std::string> constants;
  for (const onnx::TensorProto &proto : graph.initializer())
    constants.insert(proto.name());
  for (const onnx::ValueInfoProto &info : graph.input()) {
    if (constants.count(info.name()) != 0)
      continue;
    llvm::Expected<DeclaredTensor> declared =
        readDeclared(info, "input '" + info.name() + "'");
    if (!declared)
      return declared.takeError();
    result.push_back(std::move(*declared));
  }
  return result;
}
