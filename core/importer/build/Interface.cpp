// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inputs and outputs of the function, and what the options say of them.

#include "core/image/Writer.h"
#include "core/importer/build/GraphBuilder.h"
#include "core/importer/file/Error.h"
#include "core/importer/file/Limits.h"
#include "core/importer/file/OpenSizes.h"
#include "core/importer/file/Shapes.h"
#include "core/prim/Constant.h"

#include <limits>

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

llvm::Expected<std::optional<int64_t>>
GraphBuilder::openSize(const std::string &own, const std::string &common,
                       StringRef input, int64_t most) {
  for (const std::string &name : {own, common}) {
    knownDims.insert(name);
    auto size = options.dims.find(name);
    if (size == options.dims.end())
      continue;
    if (size->second < 0 || size->second > most)
      return wrongSetting({SettingKind::dim, {name}},
                          "dimension '" + Twine(name) + "' needs a size of " +
                              (size->second < 0
                                   ? "at least 0"
                                   : "at most " + std::to_string(most)) +
                              ", but got " + Twine(size->second));
    return size->second;
  }
  // All of them are reported together, after the last input.
  missing.push_back({common, input.str()});
  return std::nullopt;
}

llvm::Error GraphBuilder::fixShape(DeclaredTensor &declared,
                                   StringRef sequence) {
  TensorInfo &info = declared.info;
  const std::string all = sequence.empty() ? info.name : sequence.str();
  if (!declared.hasShape) {
    llvm::Expected<std::optional<int64_t>> rank = openSize(
        rankNameOf(info.name), rankNameOf(all), info.name, limits::rank);
    if (!rank)
      return rank.takeError();
    for (size_t dim = 0; dim < static_cast<size_t>(rank->value_or(0)); ++dim) {
      info.shape.push_back(-1);
      declared.dimNames.push_back(dimNameOf(all, dim));
    }
  }
  for (auto [dim, size, name] :
       llvm::enumerate(info.shape, declared.dimNames)) {
    if (size >= 0)
      continue;
    llvm::Expected<std::optional<int64_t>> given =
        openSize(sequence.empty() ? name : dimNameOf(info.name, dim), name,
                 info.name, std::numeric_limits<int64_t>::max());
    if (!given)
      return given.takeError();
    size = given->value_or(1);
  }
  return llvm::Error::success();
}

llvm::Expected<Meaning> GraphBuilder::addTensor(DeclaredTensor declared,
                                                StringRef sequence,
                                                const Twine &where) {
  TensorInfo &info = declared.info;
  if (!inputNames.insert(info.name).second)
    return invalid(where + ": there is another input '" + info.name + "'");
  auto binding = options.bindings.find(info.name);
  if (binding != options.bindings.end()) {
    // Dims are fixed by the value, and may be named as well.
    knownDims.insert(declared.dimNames.begin(), declared.dimNames.end());
    const Tensor &tensor = binding->second;
    if (tensor.dtype() != info.dtype ||
        (declared.hasShape && !fits(info.shape, tensor.shape())))
      return wrongSetting({SettingKind::binding, {info.name}},
                          where + " needs a value of type " +
                              typeString(info.dtype, info.shape) +
                              ", but got " + tensor.typeString());
    info.shape.assign(tensor.shape().begin(), tensor.shape().end());
    const size_t position = model.inputs.size() + model.bound.size();
    model.bound.push_back({std::move(info), tensor, position});
    return tensor;
  }
  if (llvm::Error error = fixShape(declared, sequence))
    return std::move(error);
  llvm::Expected<int64_t> count = checkShape(info.shape);
  if (!count)
    return invalid(where + ": " + llvm::toString(count.takeError()));
  auto type = mlir::RankedTensorType::get(
      info.shape, prim::elementType(&context, info.dtype));
  Value value = body().addArgument(
      type, mlir::NameLoc::get(builder.getStringAttr(info.name)));
  model.inputs.push_back(std::move(info));
  return value;
}

llvm::Expected<Meaning>
GraphBuilder::addElements(const DeclaredTensor &declared, const Twine &where) {
  const std::string &name = declared.info.name;
  const std::string lengthName = lengthNameOf(name);
  llvm::Expected<std::optional<int64_t>> length =
      openSize(lengthName, lengthName, name, limits::sequenceLength);
  if (!length)
    return length.takeError();
  Sequence sequence;
  for (size_t i = 0; i < static_cast<size_t>(length->value_or(0)); ++i) {
    DeclaredTensor element = declared;
    element.info.name = elementNameOf(name, i);
    llvm::Expected<Meaning> added = addTensor(element, name, where);
    if (!added)
      return added.takeError();
    const auto *tensor = std::get_if<Tensor>(&*added);
    sequence.elements.push_back(tensor
                                    ? makeConstant(*tensor, element.info.name)
                                    : std::get<Value>(*added));
  }
  return sequence;
}

llvm::Error GraphBuilder::addInput(const DeclaredTensor &declared,
                                   const Twine &where) {
  const std::string &name = declared.info.name;
  if (declared.isOptional) {
    const std::string presence = presenceNameOf(name);
    knownDims.insert(presence);
    auto given = options.dims.find(presence);
    if (given != options.dims.end() && given->second != 0 && given->second != 1)
      return wrongSetting({SettingKind::dim, {presence}},
                          "'" + Twine(presence) +
                              "' needs to be 0 or 1, but "
                              "got " +
                              Twine(given->second));
    if (given != options.dims.end() && given->second == 0)
      return define(name, Absent(), where);
  }
  llvm::Expected<Meaning> added = declared.isSequence
                                      ? addElements(declared, where)
                                      : addTensor(declared, "", where);
  if (!added)
    return added.takeError();
  return define(name, *added, where);
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

llvm::Error
GraphBuilder::addResult(StringRef name, Value value,
                        const std::optional<DeclaredTensor> &declared,
                        const Twine &where) {
  if (!outputNames.insert(name.str()).second)
    return invalid(where + ": there is another output '" + name + "'");
  const TensorInfo computed{name.str(),
                            prim::dtypeOfElement(prim::elementOf(value)),
                            prim::Shape(prim::shapeOf(value)),
                            {}};
  results.push_back(value);
  model.outputs.push_back(computed);
  if (!declared)
    return llvm::Error::success();
  TensorInfo info = declared->info;
  if (info.shape.size() == computed.shape.size())
    for (int64_t dim = 0; dim < prim::rankOf(value); ++dim)
      if (extentsOfValues.of(value, dim))
        info.shape[dim] = -1; // any size is declared well
  const bool hasType = info.dtype == computed.dtype;
  if (hasType && (!declared->hasShape || fits(info.shape, computed.shape)))
    return llvm::Error::success();
  const std::string what =
      (where + ": it is declared as " + dtypeName(info.dtype) +
       shapeString(info.shape) + ", but its value is " +
       typeString(computed.dtype, computed.shape))
          .str();
  if (!hasType)
    return invalid(what);
  // Editors of models leave shapes behind that were true before. Nothing
  // depends on them.
  model.warnings.push_back(what);
  return llvm::Error::success();
}

llvm::Error
GraphBuilder::addOutput(StringRef name,
                        const std::optional<DeclaredTensor> &declared,
                        const Twine &where) {
  if (llvm::Error error = checkUse(name, where))
    return error;
  const Meaning meaning = meaningOf(name);
  if (const auto *value = std::get_if<Value>(&meaning)) {
    if (declared && declared->isSequence)
      return invalid(where + ": it is declared as a sequence, but its value is "
                             "a tensor");
    return addResult(name, *value, declared, where);
  }
  const auto *sequence = std::get_if<Sequence>(&meaning);
  if (declared && !(sequence ? declared->isSequence : declared->isOptional))
    return invalid(where + ": it is declared as a tensor, but its value is " +
                   (sequence ? "a sequence" : "an optional without a value"));
  outputNames.insert(name.str());
  if (sequence)
    for (auto [i, element] : llvm::enumerate(sequence->elements))
      if (llvm::Error error =
              addResult(elementNameOf(name, i), element, declared, where))
        return error;
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
