// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes bodies: values, constants and operations.

#include "core/image/Writer.h"

#include "core/image/ImageBuilder.h"
#include "core/image/WriterAttributes.h"
#include "core/prim/Constant.h"
#include "core/prim/Prim.h"
#include "core/semantics/Limits.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/SmallVectorExtras.h"

#include <map>

using namespace glowplug;
using namespace mlir;

std::string glowplug::locationName(Location loc) {
  if (auto name = dyn_cast<NameLoc>(loc))
    return name.getName().str();
  if (auto fused = dyn_cast<FusedLoc>(loc))
    for (Location part : fused.getLocations())
      if (std::string name = locationName(part); !name.empty())
        return name;
  return "";
}

std::string glowplug::valueName(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument)
    return locationName(value.getLoc());
  auto function =
      dyn_cast_or_null<func::FuncOp>(argument.getOwner()->getParentOp());
  if (!function)
    return "";
  auto name = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                    valueNameAttr);
  return name ? name.str() : "";
}

static glowplug::TensorType tensorType(Type type) {
  auto shaped = cast<ShapedType>(type);
  return {prim::dtypeOfElement(shaped.getElementType()), shaped.getShape()};
}

namespace {

/// Writes one program.
class Writer {
public:
  explicit Writer(const WriterOptions &options)
      : options(options), program(options.name) {}

  llvm::Error writeBody(BodyBuilder &body, ArrayRef<Operation *> ops,
                        ValueRange inputs, ValueRange outputs);
  BodyBuilder &programBody() { return program; }
  Image finish() && { return {program.finish(), std::move(segments)}; }

private:
  using ValueMap = llvm::DenseMap<Value, ValueId>;

  llvm::Expected<ValueIds> writeConstant(BodyBuilder &body,
                                         prim::ConstantOp op);
  llvm::Expected<ValueIds> writeComposite(BodyBuilder &body,
                                          prim::CompositeOp op,
                                          ArrayRef<ValueId> operands);
  uint32_t segmentOf(ArrayRef<uint8_t> data);

  const WriterOptions &options;
  ProgramBuilder program;
  std::vector<ArrayRef<uint8_t>> segments;
  llvm::DenseMap<const uint8_t *, uint32_t> segmentIndex;
  std::map<Sha256, uint32_t> indexOfHash;
};

} // namespace

uint32_t Writer::segmentOf(ArrayRef<uint8_t> data) {
  auto [entry, isNew] = segmentIndex.try_emplace(data.data(), segments.size());
  if (!isNew)
    return entry->second;
  Sha256 hash{};
  if (options.hashes) {
    auto [known, missing] = options.hashes->try_emplace(data.data());
    if (missing)
      known->second = sha256(data);
    hash = known->second;
    // Equal constants under other handles are one segment.
    auto [equal, isFirst] = indexOfHash.try_emplace(hash, segments.size());
    if (!isFirst)
      return entry->second = equal->second;
  }
  segments.push_back(data);
  return program.addSegment(data.size(), hash);
}

llvm::Expected<ValueIds> Writer::writeConstant(BodyBuilder &body,
                                               prim::ConstantOp op) {
  const auto type = tensorType(op.getType());
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(op.getValue())) {
    std::optional<Tensor> tensor = prim::constantTensor(op);
    if (!tensor)
      return llvm::createStringError("constant handle '" +
                                     resource.getRawHandle().getKey() +
                                     "' has no data");
    if (tensor->byteCount() <= semantics::maxInlineBytes)
      return ValueIds{body.constant(*tensor)};
    return ValueIds{body.constantSegment(type.dtype, type.shape,
                                         segmentOf(tensor->bytes()), 0)};
  }

  auto dense = cast<DenseElementsAttr>(op.getValue());
  if (!dense.isSplat())
    return ValueIds{body.constant(*prim::constantTensor(op))};
  if (type.dtype == DType::boolean) // MLIR packs booleans into bits
    return ValueIds{
        body.splat(type.shape, Boolean(dense.getSplatValue<bool>()))};
  ArrayRef<char> raw = dense.getRawData();
  return ValueIds{body.splatBytes(
      type.dtype, type.shape,
      {reinterpret_cast<const uint8_t *>(raw.data()), raw.size()})};
}

llvm::Expected<ValueIds> Writer::writeComposite(BodyBuilder &body,
                                                prim::CompositeOp op,
                                                ArrayRef<ValueId> operands) {
  Block &block = op.getBody().front();
  auto ops = llvm::map_to_vector(block.without_terminator(),
                                 [](Operation &inner) { return &inner; });
  BodyBuilder &definition = program.addBody();
  if (llvm::Error error = writeBody(definition, ops, block.getArguments(),
                                    block.getTerminator()->getOperands()))
    return std::move(error);
  llvm::Expected<std::vector<CompositeAttribute>> attributes =
      compositeAttributes(op);
  if (!attributes)
    return attributes.takeError();
  return body.composite(op.getName(), definition, operands, *attributes,
                        static_cast<uint16_t>(op.getVersion()));
}

llvm::Error Writer::writeBody(BodyBuilder &body, ArrayRef<Operation *> ops,
                              ValueRange inputs, ValueRange outputs) {
  ValueMap values;
  for (Value input : inputs) {
    const auto type = tensorType(input.getType());
    values[input] = body.input(valueName(input), type.dtype, type.shape);
  }

  for (Operation *op : ops) {
    body.setLocation(locationName(op->getLoc()));
    llvm::SmallVector<ValueId, 4> operands;
    for (Value operand : op->getOperands()) {
      auto found = values.find(operand);
      if (found == values.end())
        return llvm::createStringError(
            "op '" + op->getName().getStringRef() +
            "' uses a value that is neither an input nor defined before it");
      operands.push_back(found->second);
    }

    llvm::Expected<ValueIds> results = ValueIds();
    if (auto constant = dyn_cast<prim::ConstantOp>(op)) {
      results = writeConstant(body, constant);
    } else if (auto composite = dyn_cast<prim::CompositeOp>(op)) {
      results = writeComposite(body, composite, operands);
    } else {
      auto types = llvm::map_to_vector<2>(op->getResultTypes(), tensorType);
      results = writeOp(body, op, operands, types);
    }
    if (!results)
      return results.takeError();
    for (auto [value, id] : llvm::zip_equal(op->getResults(), *results))
      values[value] = id;
  }

  for (Value output : outputs) {
    auto found = values.find(output);
    if (found == values.end())
      return llvm::createStringError("an output is not defined by the program");
    body.output(found->second);
  }
  return llvm::Error::success();
}

llvm::Expected<Image> glowplug::writeImage(ArrayRef<Operation *> ops,
                                           ArrayRef<Value> inputs,
                                           ArrayRef<Value> outputs,
                                           const WriterOptions &options) {
  Writer writer(options);
  if (llvm::Error error = writer.writeBody(
          writer.programBody(), ops, ValueRange(inputs), ValueRange(outputs)))
    return std::move(error);
  return std::move(writer).finish();
}

llvm::Expected<Image> glowplug::writeImage(func::FuncOp function,
                                           const WriterOptions &options) {
  if (!llvm::hasSingleElement(function.getBody()))
    return llvm::createStringError(
        "function '" + function.getName() + "' needs one block, but has " +
        llvm::Twine(function.getBody().getBlocks().size()));
  Block &block = function.getBody().front();
  auto ops = llvm::map_to_vector(block.without_terminator(),
                                 [](Operation &op) { return &op; });
  Writer writer(options);
  if (llvm::Error error =
          writer.writeBody(writer.programBody(), ops, block.getArguments(),
                           block.getTerminator()->getOperands()))
    return std::move(error);
  return std::move(writer).finish();
}
