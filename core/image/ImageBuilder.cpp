// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes program images through the object classes of the schema.

#include "core/image/ImageBuilder.h"

#include "core/semantics/Limits.h"
#include "core/semantics/Shapes.h"

#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/Support/SHA256.h"

#include <cstring>

using namespace glowplug;

// ---- Values and ops --------------------------------------------------------

ValueId BodyBuilder::addValue(DType dtype, llvm::ArrayRef<int64_t> shape) {
  auto value = std::make_unique<image::ValueT>();
  value->dtype = toImage(dtype);
  value->shape = shape.vec();
  content.values.push_back(std::move(value));
  return static_cast<ValueId>(content.values.size() - 1);
}

ValueId BodyBuilder::input(llvm::StringRef name, DType dtype,
                           llvm::ArrayRef<int64_t> shape) {
  ValueId value = addValue(dtype, shape);
  setName(value, name);
  content.inputs.push_back(index(value));
  return value;
}

void BodyBuilder::output(ValueId value) {
  content.outputs.push_back(index(value));
}

ValueIds BodyBuilder::append(image::AttributesUnion attributes,
                             llvm::ArrayRef<ValueId> operands,
                             llvm::ArrayRef<TensorType> results) {
  auto op = std::make_unique<image::OpT>();
  op->attributes = std::move(attributes);
  op->name = location;
  for (ValueId operand : operands)
    op->operands.push_back(index(operand));
  ValueIds values;
  for (const TensorType &type : results) {
    values.push_back(addValue(type.dtype, type.shape));
    op->results.push_back(index(values.back()));
  }
  content.ops.push_back(std::move(op));
  return values;
}

using semantics::RegionTypes;

#include "core/image/Primitives.inc"

template <typename Primitive>
ValueIds BodyBuilder::primitiveOf(const Primitive &attributes,
                                  std::unique_ptr<image::RegionT> region,
                                  llvm::ArrayRef<ValueId> operands,
                                  llvm::ArrayRef<TensorType> results) {
  auto table = tableOf(attributes);
  if constexpr (requires { regionOf(table); })
    regionOf(table) = std::move(region);
  ValueIds values = op(std::move(table), operands, results);
  lastOp().version = static_cast<uint16_t>(versionOf(attributes));
  return values;
}

DimList BodyBuilder::entries(const DimList &list, ValueId value, size_t skipped,
                             int64_t standard) const {
  const size_t rank = std::max(shape(value).size(), skipped);
  return list.empty() ? DimList(rank - skipped, standard) : list;
}

template <typename Primitive>
ValueIds BodyBuilder::primitive(Primitive attributes,
                                llvm::ArrayRef<ValueId> operands,
                                const Epilogue &epilogue,
                                llvm::ArrayRef<int64_t> shape) {
  const auto types = llvm::map_to_vector<4>(operands, [&](ValueId operand) {
    return TensorType(dtype(operand), this->shape(operand));
  });
  std::unique_ptr<image::RegionT> region;
  if constexpr (requires { regionOf(attributes); })
    if (epilogue.region) {
      regionOf(attributes) = {true, {}, epilogue.region->resultTypes()};
      region = std::make_unique<image::RegionT>(epilogue.region->region());
    }
  llvm::SmallVector<ValueId, 4> all(operands);
  llvm::append_range(all, epilogue.extras);
  return primitiveOf(attributes, std::move(region), all,
                     semantics::resultsOf(attributes, types, shape));
}

#define GP_BUILD(Primitive)                                                    \
  template ValueIds BodyBuilder::primitiveOf(                                  \
      const semantics::Primitive &, std::unique_ptr<image::RegionT>,           \
      llvm::ArrayRef<ValueId>, llvm::ArrayRef<TensorType>);                    \
  template ValueIds BodyBuilder::primitive(                                    \
      semantics::Primitive, llvm::ArrayRef<ValueId>, const Epilogue &,         \
      llvm::ArrayRef<int64_t>);
GP_EACH_PRIMITIVE(GP_BUILD)
#undef GP_BUILD

// ---- Constants -------------------------------------------------------------

ValueId BodyBuilder::splatBytes(DType dtype, llvm::ArrayRef<int64_t> shape,
                                llvm::ArrayRef<uint8_t> element) {
  image::ConstantT constant;
  constant.splat = true;
  constant.data = element.vec();
  return op(std::move(constant), {}, TensorType{dtype, shape})[0];
}

ValueId BodyBuilder::constant(const Tensor &value) {
  llvm::ArrayRef<uint8_t> bytes = value.bytes();
  size_t unit = dtypeBytes(value.dtype());
  bool alike =
      bytes.size() > unit &&
      std::memcmp(bytes.data(), bytes.data() + unit, bytes.size() - unit) == 0;
  if (alike)
    return splatBytes(value.dtype(), value.shape(), bytes.take_front(unit));
  assert(bytes.size() <= semantics::maxInlineBytes &&
         "constant belongs in a segment");
  image::ConstantT constant;
  constant.data = bytes.vec();
  return op(std::move(constant), {},
            TensorType{value.dtype(), value.shape()})[0];
}

ValueId BodyBuilder::constantSegment(DType dtype, llvm::ArrayRef<int64_t> shape,
                                     uint32_t segment, uint64_t offset) {
  image::ConstantT constant;
  constant.segment = static_cast<int32_t>(segment);
  constant.offset = offset;
  return op(std::move(constant), {}, TensorType{dtype, shape})[0];
}

// ---- Maps ------------------------------------------------------------------

ValueIds BodyBuilder::map(const RegionBuilder &region,
                          llvm::ArrayRef<ValueId> operands) {
  const auto operandShapes = llvm::map_to_vector<4>(
      operands, [&](ValueId operand) { return shape(operand); });
  const shapes::MaybeShape common = shapes::broadcast(operandShapes);
  return primitive(semantics::Map(), operands, {region, {}},
                   common ? *common : llvm::ArrayRef(semantics::noShape));
}

ValueId BodyBuilder::map(image::ScalarOp op, llvm::ArrayRef<ValueId> operands) {
  RegionBuilder region(llvm::map_to_vector<3>(
      operands, [&](ValueId operand) { return dtype(operand); }));
  llvm::SmallVector<ScalarId, 3> parameters;
  for (unsigned i = 0; i < operands.size(); ++i)
    parameters.push_back(region.parameter(i));
  return map(region.yield(region.op(op, parameters)), operands)[0];
}

// ---- Composites ------------------------------------------------------------

ValueIds BodyBuilder::composite(llvm::StringRef name,
                                const BodyBuilder &definition,
                                llvm::ArrayRef<ValueId> operands,
                                llvm::ArrayRef<CompositeAttribute> attributes,
                                uint16_t version) {
  image::CompositeT composite;
  composite.name = name.str();
  composite.body = definition.bodyIndex;
  for (const CompositeAttribute &attribute : attributes) {
    auto copy = std::make_unique<image::AttributeT>();
    copy->name = attribute.name;
    copy->ints = attribute.ints;
    copy->floats = attribute.floats;
    copy->text = attribute.text;
    composite.attributes.push_back(std::move(copy));
  }
  ValueIds values =
      op(std::move(composite), operands, definition.outputTypes());
  lastOp().version = version;
  return values;
}

llvm::SmallVector<TensorType, 2> BodyBuilder::outputTypes() const {
  llvm::SmallVector<TensorType, 2> types;
  for (uint32_t output : content.outputs) {
    auto value = static_cast<ValueId>(output);
    types.push_back({dtype(value), shape(value)});
  }
  return types;
}

// ---- Control flow ----------------------------------------------------------

ValueIds BodyBuilder::choice(ValueId condition, const BodyBuilder &thenBody,
                             const BodyBuilder &elseBody,
                             llvm::ArrayRef<ValueId> operands) {
  image::IfT attributes;
  attributes.then_body = thenBody.bodyIndex;
  attributes.else_body = elseBody.bodyIndex;
  llvm::SmallVector<ValueId, 4> all{condition};
  all.append(operands.begin(), operands.end());
  return op(attributes, all, thenBody.outputTypes());
}

ValueIds BodyBuilder::loop(ValueId trips, ValueId condition,
                           const BodyBuilder &body,
                           llvm::ArrayRef<ValueId> operands, uint32_t carried,
                           int64_t most) {
  image::LoopT attributes;
  attributes.body = body.bodyIndex;
  attributes.carried = carried;
  attributes.most = most;
  llvm::SmallVector<ValueId, 4> all{trips, condition};
  all.append(operands.begin(), operands.end());
  llvm::SmallVector<TensorType, 2> results = body.outputTypes();
  results.erase(results.begin()); // the condition
  for (size_t i = carried; i < results.size(); ++i)
    results[i].shape.insert(results[i].shape.begin(), most);
  results.push_back({DType::i64, llvm::ArrayRef<int64_t>()});
  return op(attributes, all, results);
}

// ---- Program ---------------------------------------------------------------

static std::unique_ptr<image::ProgramT> newProgram(llvm::StringRef name) {
  auto program = std::make_unique<image::ProgramT>();
  program->container_version = imageContainerVersion;
  program->opset_version = imageOpsetVersion;
  program->name = name.str();
  program->body = std::make_unique<image::BodyT>();
  return program;
}

ProgramBuilder::ProgramBuilder(std::unique_ptr<image::ProgramT> program)
    : BodyBuilder(*program->body, /*bodyIndex=*/0), owned(std::move(program)),
      content(*owned) {}

ProgramBuilder::ProgramBuilder(llvm::StringRef name)
    : ProgramBuilder(newProgram(name)) {}

ProgramBuilder::~ProgramBuilder() = default;

BodyBuilder &ProgramBuilder::addBody() {
  content.bodies.push_back(std::make_unique<image::BodyT>());
  bodies.push_back(
      BodyBuilder(*content.bodies.back(),
                  static_cast<uint32_t>(content.bodies.size() - 1)));
  return bodies.back();
}

uint32_t ProgramBuilder::addSegment(uint64_t bytes,
                                    const std::array<uint8_t, 32> &sha256) {
  auto segment = std::make_unique<image::SegmentT>();
  segment->bytes = bytes;
  segment->sha256.assign(sha256.begin(), sha256.end());
  content.segments.push_back(std::move(segment));
  return static_cast<uint32_t>(content.segments.size() - 1);
}

uint32_t ProgramBuilder::addSegment(llvm::ArrayRef<uint8_t> data) {
  return addSegment(data.size(), llvm::SHA256::hash(data));
}

void ProgramBuilder::require(llvm::StringRef feature) {
  if (!llvm::is_contained(content.required_features, feature))
    content.required_features.push_back(feature.str());
}

std::vector<uint8_t> ProgramBuilder::finish() const {
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(image::Program::Pack(builder, &content),
                 image::ProgramIdentifier());
  const uint8_t *begin = builder.GetBufferPointer();
  return {begin, begin + builder.GetSize()};
}
