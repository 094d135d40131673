// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inputs and outputs of the function, and what the options say of them.

#include "core/image/Writer.h"
#include "core/importer/build/GraphBuilder.h"
#include "core/importer/file/Error.h"
#include "core/importer/file/Shapes.h"
#include "core/prim/Constant.h"

using namespace glowplug;
using namespace glowplug::importer;

/// Whether a declared shape, in which -1 is any size, holds \p shape.
static bool fits(llvm::ArrayRef<int64_t> declared,
                 llvm::ArrayRef<int64_t> shape) {
  if (declared.size() != shape.size())
    return false;
  for (auto [wanted, size] : llvm::zip_equal(declared, shape))
    if (wanted >= 0 && wanted != size)
      return false;
  return true;
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

/// A fault of what the caller gave, or did not give.
static llvm::Error wrongSetting(Setting setting, const Twine &message) {
  return llvm::make_error<FaultError>(
      Fault{FaultKind::usage, message.str(), "", std::move(setting)});
}

llvm::Error GraphBuilder::bindInput(TensorInfo info, const Tensor &tensor,
                                    const Twine &where) {
  if (tensor.dtype() != info.dtype || !fits(info.shape, tensor.shape()))
    return wrongSetting({SettingKind::binding, {info.name}},
                        where + " needs a value of type " +
                            typeString(info.dtype, info.shape) + ", but got " +
                            tensor.typeString());
  info.shape.assign(tensor.shape().begin(), tensor.shape().end());
  if (llvm::Error error = defineConstant(info.name, tensor, where))
    return error;
  const size_t position = model.inputs.size() + model.bound.size();
  model.bound.push_back({std::move(info), tensor, position});
  return llvm::Error::success();
}

/// Puts a size in place of each symbolic dim, from the options.
llvm::Error GraphBuilder::fixDims(DeclaredTensor &declared) {
  for (auto [dim, name] :
       llvm::zip_equal(declared.info.shape, declared.dimNames)) {
    if (dim >= 0)
      continue;
    auto size = options.dims.find(name);
    if (size == options.dims.end()) {
      // All of them are reported together, after the last input.
      missing.push_back({name, declared.info.name});
      dim = 1;
      continue;
    }
    if (size->second < 0)
      return wrongSetting({SettingKind::dim, {name}},
                          "dimension '" + Twine(name) +
                              "' needs a size of at least 0, but got " +
                              Twine(size->second));
    dim = size->second;
  }
  return llvm::Error::success();
}

llvm::Error GraphBuilder::addInput(DeclaredTensor declared,
                                   const Twine &where) {
  TensorInfo &info = declared.info;
  // Dims of bound inputs are fixed by the value, and may be named as well.
  knownDims.insert(declared.dimNames.begin(), declared.dimNames.end());
  auto binding = options.bindings.find(info.name);
  if (binding != options.bindings.end())
    return bindInput(std::move(info), binding->second, where);
  if (llvm::Error error = fixDims(declared))
    return error;
  llvm::Expected<int64_t> count = checkShape(info.shape);
  if (!count)
    return invalid(where + ": " + llvm::toString(count.takeError()));
  auto type = mlir::RankedTensorType::get(
      info.shape, prim::elementType(&context, info.dtype));
  Value value = body().addArgument(
      type, mlir::NameLoc::get(builder.getStringAttr(info.name)));
  if (llvm::Error error = defineValue(info.name, value, where))
    return error;
  model.inputs.push_back(std::move(info));
  return llvm::Error::success();
}

llvm::Error GraphBuilder::missingDims() const {
  constexpr size_t most = 8; // dimensions of the message
  Setting setting{SettingKind::dim, {}};
  std::string list;
  size_t count = 0;
  for (const MissingDim &dim : missing) {
    if (llvm::is_contained(setting.names, dim.name))
      continue;
    if (++count > most)
      continue;
    setting.names.push_back(dim.name);
    list += (count == 1 ? "dimension '" : ", '") + dim.name + "' of input '" +
            dim.input + "'";
  }
  if (count > most)
    list += " and " + std::to_string(count - most) + " more";
  return wrongSetting(std::move(setting),
                      Twine("the model needs ") +
                          (count == 1 ? "a size" : "sizes") + " for " + list +
                          ", but got none");
}

llvm::Error GraphBuilder::finishInputs() const {
  for (const auto &[name, tensor] : options.bindings)
    if (llvm::none_of(model.bound, [&, &name = name](const BoundInput &input) {
          return input.info.name == name;
        }))
      return wrongSetting({SettingKind::binding, {name}},
                          "the model has no input '" + Twine(name) +
                              "', which was given a value");
  for (const auto &[name, size] : options.dims)
    if (name.empty() || knownDims.count(name) == 0)
      return wrongSetting({SettingKind::dim, {name}},
                          "no input has a dimension '" + Twine(name) +
                              "', which was given a size");
  if (!missing.empty())
    return missingDims();
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Outputs
//===----------------------------------------------------------------------===//

llvm::Expected<TensorInfo> GraphBuilder::addResult(StringRef name,
                                                   const Twine &where) {
  if (llvm::Error error = checkUse(name, where))
    return error;
  if (isSequence(name))
    return unsupported(where + ": it is a sequence; tensors are supported");
  Value value = valueOf(name);
  results.push_back(value);
  return model.outputs.emplace_back(
      TensorInfo{name.str(),
                 prim::dtypeOfElement(prim::elementOf(value)),
                 prim::Shape(prim::shapeOf(value)),
                 {}});
}

llvm::Error
GraphBuilder::addOutput(StringRef name,
                        const std::optional<DeclaredTensor> &declared,
                        const Twine &where) {
  llvm::Expected<TensorInfo> computed = addResult(name, where);
  if (!computed)
    return computed.takeError();
  if (!declared)
    return llvm::Error::success();
  TensorInfo info = declared->info;
  if (info.shape.size() == computed->shape.size())
    for (int64_t dim = 0; dim < prim::rankOf(results.back()); ++dim)
      if (extentsOfValues.of(results.back(), dim))
        info.shape[dim] = -1; // any size is declared well
  const bool hasType = info.dtype == computed->dtype;
  if (hasType && (!declared->hasShape || fits(info.shape, computed->shape)))
    return llvm::Error::success();
  const std::string what =
      (where + ": it is declared as " + dtypeName(info.dtype) +
       shapeString(info.shape) + ", but its value is " +
       typeString(computed->dtype, computed->shape))
          .str();
  if (!hasType)
    return invalid(what);
  // Editors of models leave shapes behind that were true before. Nothing
  // depends on them.
  model.warnings.push_back(what);
  return llvm::Error::success();
}

void GraphBuilder::addExtents() {
  const size_t count = results.size();
  llvm::DenseMap<Value, int64_t> numbers;
  for (size_t i = 0; i < count; ++i)
    for (Value extent : extentsOfValues.of(results[i])) {
      int64_t number = -1;
      if (extent) {
        auto [entry, isNew] = numbers.try_emplace(extent, results.size());
        number = entry->second;
        if (isNew) {
          results.push_back(extent);
          model.outputs.push_back({"", DType::i64, {}, {}});
        }
      }
      model.outputs[i].extents.push_back(number);
    }
}

void GraphBuilder::writeSignature() {
  builder.setInsertionPointToEnd(&body());
  mlir::func::FuncOp function = mainFunction();
  builder.create<mlir::func::ReturnOp>(function.getLoc(), results);
  function.setFunctionType(builder.getFunctionType(
      body().getArgumentTypes(), mlir::ValueRange(results).getTypes()));
  for (auto [i, info] : llvm::enumerate(model.inputs))
    function.setArgAttr(static_cast<unsigned>(i), valueNameAttr,
                        builder.getStringAttr(info.name));
  for (auto [i, info] : llvm::enumerate(model.outputs)) {
    function.setResultAttr(static_cast<unsigned>(i), valueNameAttr,
                           builder.getStringAttr(info.name));
    if (!info.extents.empty())
      function.setResultAttr(static_cast<unsigned>(i), extentsAttr,
                             builder.getDenseI64ArrayAttr(info.extents));
  }
}
