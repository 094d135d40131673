// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes bodies: values, regions, constants and operations.

#include "core/image/Writer.h"

#include "core/image/ImageBuilder.h"
#include "core/prim/Constant.h"
#include "core/prim/Primitives.h"
#include "core/prim/Quantized.h"
#include "core/semantics/Limits.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/IRMapping.h"
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

//===----------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------===//

static DType scalarDType(Value scalar) {
  return prim::dtypeOfElement(scalar.getType());
}

/// The bits of a scalar constant, in the low bytes.
static uint64_t bitsOf(TypedAttr value) {
  if (auto number = dyn_cast<FloatAttr>(value))
    return number.getValue().bitcastToAPInt().getZExtValue();
  return cast<IntegerAttr>(value).getValue().getZExtValue();
}

static image::RegionT writeScalars(Block &block) {
  auto parameters =
      llvm::map_to_vector(block.getArguments(),
                          [](Value argument) { return scalarDType(argument); });
  RegionBuilder builder(parameters);
  llvm::DenseMap<Value, ScalarId> scalars;
  for (BlockArgument argument : block.getArguments())
    scalars[argument] = builder.parameter(argument.getArgNumber());
  for (Operation &op : block.without_terminator()) {
    const DType dtype = scalarDType(op.getResult(0));
    if (auto constant = dyn_cast<prim::ScalarConstantOp>(op)) {
      scalars[constant] =
          builder.constantBits(dtype, bitsOf(constant.getValue()));
      continue;
    }
    auto scalar = cast<prim::ScalarOp>(op);
    auto operands = llvm::map_to_vector(
        scalar.getOperands(), [&](Value value) { return scalars.at(value); });
    if (auto table = cast_or_null<DenseElementsAttr>(scalar.getTableAttr())) {
      scalars[scalar] = builder.table(operands[0], prim::denseTensor(table));
      continue;
    }
    scalars[scalar] = builder.instruction(
        static_cast<image::ScalarOp>(scalar.getKind()), dtype, operands);
  }
  for (Value result : block.getTerminator()->getOperands())
    builder.yield(scalars.at(result));
  return builder.region();
}

/// The epilogue or the body of \p op; null if it has none.
static std::unique_ptr<image::RegionT> writeRegion(Operation *op) {
  if (op->getNumRegions() == 0 || op->getRegion(0).empty())
    return nullptr;
  Region &region = op->getRegion(0);
  Block &block = region.front();
  if (block.getOps<prim::QuantizedOp>().empty())
    return std::make_unique<image::RegionT>(writeScalars(block));
  Region expanded;
  IRMapping mapping;
  region.cloneInto(&expanded, mapping);
  prim::expandFormulas(expanded.front());
  return std::make_unique<image::RegionT>(writeScalars(expanded.front()));
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

llvm::Expected<ValueIds> glowplug::writePrimitive(BodyBuilder &body,
                                                  Operation *op,
                                                  ArrayRef<ValueId> operands) {
  auto typesOf = [](TypeRange types) {
    return llvm::map_to_vector<2>(
        types, [](Type type) { return prim::tensorTypeOf(type); });
  };
#define GP_WRITE(Primitive)                                                    \
  if (auto typed = dyn_cast<prim::Primitive##Op>(op))                          \
    return body.primitiveOf(prim::attributesOf(typed), writeRegion(op),        \
                            operands, typesOf(op->getResultTypes()));
  GP_EACH_PRIMITIVE(GP_WRITE)
#undef GP_WRITE
  return llvm::createStringError("op '" + op->getName().getStringRef() +
                                 "' is not a primitive of the image");
}

static int64_t integerOf(IntegerAttr attribute) {
  const APInt value = attribute.getValue();
  return attribute.getType().isUnsignedInteger() ||
                 attribute.getType().isInteger(1)
             ? static_cast<int64_t>(value.getZExtValue())
             : value.getSExtValue();
}

/// The details of a composite, in the order of their names.
static std::vector<CompositeAttribute>
compositeAttributes(prim::CompositeOp op) {
  std::vector<CompositeAttribute> result;
  for (NamedAttribute detail : op.getDetails()) {
    CompositeAttribute &attribute = result.emplace_back();
    attribute.name = detail.getName().str();
    if (auto number = dyn_cast<IntegerAttr>(detail.getValue()))
      attribute.ints = {integerOf(number)};
    else if (auto real = dyn_cast<FloatAttr>(detail.getValue()))
      attribute.floats = {real.getValueAsDouble()};
    else if (auto text = dyn_cast<StringAttr>(detail.getValue()))
      attribute.text = text.str();
    else
      attribute.ints =
          cast<DenseI64ArrayAttr>(detail.getValue()).asArrayRef().vec();
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

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
  llvm::Expected<ValueIds> writeControl(BodyBuilder &body,
                                        prim::ControlInterface op,
                                        ArrayRef<ValueId> operands);
  llvm::Expected<BodyBuilder *> functionBody(Operation *op,
                                             FlatSymbolRefAttr name);
  uint32_t segmentOf(ArrayRef<uint8_t> data);

  const WriterOptions &options;
  ProgramBuilder program;
  std::vector<ArrayRef<uint8_t>> segments;
  llvm::DenseMap<const uint8_t *, uint32_t> segmentIndex;
  std::map<Sha256, uint32_t> indexOfHash;
  llvm::DenseMap<Operation *, BodyBuilder *> functions; ///< Already written.
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
  const auto type = prim::tensorTypeOf(op.getType());
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
    return ValueIds{body.constant(prim::denseTensor(dense))};
  const Tensor element = prim::denseTensor(
      dense.resizeSplat(RankedTensorType::get({}, dense.getElementType())));
  return ValueIds{body.splatBytes(type.dtype, type.shape, element.bytes())};
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
  return body.composite(op.getName(), definition, operands,
                        compositeAttributes(op),
                        static_cast<uint16_t>(op.getVersion()));
}

/// The function \p name as a body, which is written once.
llvm::Expected<BodyBuilder *> Writer::functionBody(Operation *op,
                                                   FlatSymbolRefAttr name) {
  auto function = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, name);
  if (!function || !llvm::hasSingleElement(function.getBody()))
    return llvm::createStringError("'" + name.getValue() +
                                   "' is no function of one block");
  if (BodyBuilder *known = functions.lookup(function))
    return known;
  Block &block = function.getBody().front();
  const auto ops = llvm::map_to_vector(block.without_terminator(),
                                       [](Operation &inner) { return &inner; });
  BodyBuilder &body = program.addBody();
  functions[function] = &body;
  if (llvm::Error error = writeBody(body, ops, block.getArguments(),
                                    block.getTerminator()->getOperands()))
    return std::move(error);
  return &body;
}

llvm::Expected<ValueIds> Writer::writeControl(BodyBuilder &body,
                                              prim::ControlInterface op,
                                              ArrayRef<ValueId> operands) {
  program.require(controlFlowFeature);
  SmallVector<BodyBuilder *, 2> bodies;
  for (FlatSymbolRefAttr name : op.getBodies()) {
    llvm::Expected<BodyBuilder *> one = functionBody(op, name);
    if (!one)
      return one.takeError();
    bodies.push_back(*one);
  }
  if (auto loop = dyn_cast<prim::LoopOp>(op.getOperation()))
    return body.loop(operands[0], operands[1], *bodies[0],
                     operands.drop_front(2),
                     static_cast<uint32_t>(loop.getCarried()),
                     static_cast<int64_t>(loop.getMost()));
  return body.choice(operands[0], *bodies[0], *bodies[1],
                     operands.drop_front());
}

llvm::Error Writer::writeBody(BodyBuilder &body, ArrayRef<Operation *> ops,
                              ValueRange inputs, ValueRange outputs) {
  ValueMap values;
  for (Value input : inputs) {
    const auto type = prim::tensorTypeOf(input.getType());
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
    } else if (auto control = dyn_cast<prim::ControlInterface>(op)) {
      results = writeControl(body, control, operands);
    } else {
      results = writePrimitive(body, op, operands);
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
  const auto ops = llvm::map_to_vector(block.without_terminator(),
                                       [](Operation &op) { return &op; });
  const ValueRange outputs = block.getTerminator()->getOperands();
  return writeImage(ops, llvm::to_vector_of<Value>(block.getArguments()),
                    llvm::to_vector_of<Value>(outputs), options);
}
