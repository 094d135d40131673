// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes program images through the object classes of the schema.

#include "core/image/ImageBuilder.h"

#include "core/semantics/Limits.h"
#include "core/semantics/Rules.h"
#include "core/semantics/Shapes.h"

#include "llvm/Support/SHA256.h"

#include <algorithm>
#include <cstring>

using namespace glowplug;

/// \p values, or \p rank times \p standard if there are none.
static DimList orDefault(const DimList &values, size_t rank, int64_t standard) {
  return values.empty() ? DimList(rank, standard) : values;
}

static std::unique_ptr<image::RegionT> copyOf(const Epilogue &epilogue) {
  if (!epilogue.region)
    return nullptr;
  return std::make_unique<image::RegionT>(epilogue.region->region());
}

static llvm::SmallVector<ValueId, 4> join(llvm::ArrayRef<ValueId> first,
                                          llvm::ArrayRef<ValueId> second) {
  llvm::SmallVector<ValueId, 4> all(first);
  all.append(second.begin(), second.end());
  return all;
}

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

llvm::SmallVector<ValueId, 2>
BodyBuilder::append(image::AttributesUnion attributes,
                    llvm::ArrayRef<ValueId> operands,
                    llvm::ArrayRef<TensorType> results) {
  auto op = std::make_unique<image::OpT>();
  op->attributes = std::move(attributes);
  op->name = location;
  for (ValueId operand : operands)
    op->operands.push_back(index(operand));
  llvm::SmallVector<ValueId, 2> values;
  for (const TensorType &type : results) {
    values.push_back(addValue(type.dtype, type.shape));
    op->results.push_back(index(values.back()));
  }
  content.ops.push_back(std::move(op));
  return values;
}

using semantics::RegionTypes;

#include "core/image/Primitives.inc"

/// Appends the primitive with these attributes; the results follow.
template <typename Attributes>
static llvm::SmallVector<ValueId, 2>
appendPrimitive(BodyBuilder &body, Attributes at,
                llvm::ArrayRef<ValueId> operands,
                const Epilogue &epilogue = {}) {
  llvm::SmallVector<TensorType, 4> types;
  for (ValueId operand : operands)
    types.push_back({body.dtype(operand), body.shape(operand)});
  auto table = tableOf(at);
  if constexpr (requires { at.epilogue; }) {
    regionOf(table) = copyOf(epilogue);
    if (epilogue.region)
      at.epilogue = {true, {}, epilogue.region->resultTypes()};
  }
  auto results = body.op(std::move(table), join(operands, epilogue.extras),
                         semantics::resultsOf(at, types));
  body.lastOp().version = static_cast<uint16_t>(versionOf(at));
  return results;
}

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

// ---- Contractions ----------------------------------------------------------

ValueId BodyBuilder::matmul(ValueId lhs, ValueId rhs,
                            const MatMulOptions &options) {
  semantics::MatMul matmul;
  matmul.lhsZp = options.lhsZp;
  matmul.rhsZp = options.rhsZp;
  return appendPrimitive(*this, matmul, {lhs, rhs}, options.epilogue)[0];
}

/// Strides, pads and dilations with defaults filled in.
static ConvOptions completed(ConvOptions options, size_t rank) {
  const size_t spatial = rank < 2 ? 0 : rank - 2;
  options.strides = orDefault(options.strides, spatial, 1);
  options.padsLow = orDefault(options.padsLow, spatial, 0);
  options.padsHigh = orDefault(options.padsHigh, spatial, 0);
  options.dilations = orDefault(options.dilations, spatial, 1);
  return options;
}

/// What both convolutions have.
template <typename Conv>
static Conv convOf(const ConvOptions &options) {
  Conv conv;
  conv.strides = options.strides;
  conv.padsLow = options.padsLow;
  conv.padsHigh = options.padsHigh;
  conv.dilations = options.dilations;
  conv.groups = options.groups;
  return conv;
}

ValueId BodyBuilder::conv(ValueId input, ValueId weights,
                          const ConvOptions &given) {
  const ConvOptions options = completed(given, shape(input).size());
  auto conv = convOf<semantics::Conv>(options);
  conv.lhsZp = options.lhsZp;
  conv.rhsZp = options.rhsZp;
  return appendPrimitive(*this, conv, {input, weights}, options.epilogue)[0];
}

ValueId BodyBuilder::convTranspose(ValueId input, ValueId weights,
                                   const ConvOptions &given) {
  const ConvOptions options = completed(given, shape(input).size());
  return appendPrimitive(*this, convOf<semantics::ConvTranspose>(options),
                         {input, weights}, options.epilogue)[0];
}

// ---- Element-wise ----------------------------------------------------------

llvm::SmallVector<ValueId, 2>
BodyBuilder::map(const RegionBuilder &region,
                 llvm::ArrayRef<ValueId> operands) {
  llvm::SmallVector<shapes::Dims, 4> operandShapes;
  for (ValueId operand : operands)
    operandShapes.push_back(shape(operand));
  const shapes::Shape resultShape =
      shapes::broadcast(operandShapes).value_or(shapes::Shape{-1});
  llvm::SmallVector<TensorType, 2> results;
  for (DType type : region.resultTypes())
    results.push_back({type, resultShape});
  image::MapT map;
  map.region = std::make_unique<image::RegionT>(region.region());
  return op(std::move(map), operands, results);
}

ValueId BodyBuilder::mapTo(llvm::ArrayRef<int64_t> shape,
                           const RegionBuilder &region,
                           llvm::ArrayRef<ValueId> operands) {
  image::MapT map;
  map.region = std::make_unique<image::RegionT>(region.region());
  return op(std::move(map), operands,
            TensorType{region.resultTypes()[0], shape})[0];
}

ValueId BodyBuilder::map(image::ScalarOp op, llvm::ArrayRef<ValueId> operands) {
  llvm::SmallVector<DType, 3> types;
  llvm::SmallVector<ScalarId, 3> scalars;
  for (ValueId operand : operands) {
    scalars.push_back({static_cast<uint16_t>(types.size())});
    types.push_back(dtype(operand));
  }
  RegionBuilder region(types);
  const DType type =
      semantics::resultOf(static_cast<semantics::ScalarOp>(op), types);
  region.yield(region.instruction(op, type, scalars));
  return map(region, operands)[0];
}

// ---- Reductions and order --------------------------------------------------

static semantics::ReduceKind toRules(image::ReduceKind kind) {
  return static_cast<semantics::ReduceKind>(kind);
}

ValueId BodyBuilder::reduce(image::ReduceKind kind, ValueId input,
                            const DimList &dims, const Epilogue &epilogue) {
  semantics::Reduce reduce;
  reduce.kind = toRules(kind);
  reduce.dims = dims;
  return appendPrimitive(*this, reduce, input, epilogue)[0];
}

ValueId BodyBuilder::argReduce(image::ReduceKind kind, ValueId input,
                               int64_t dim, bool selectLast) {
  semantics::ArgReduce arg;
  arg.kind = toRules(kind);
  arg.dim = dim;
  arg.selectLast = selectLast;
  return appendPrimitive(*this, arg, input)[0];
}

ValueId BodyBuilder::scan(image::ReduceKind kind, ValueId input, int64_t dim,
                          const ScanOptions &options) {
  semantics::Scan scan;
  scan.kind = toRules(kind);
  scan.dim = dim;
  scan.exclusive = options.exclusive;
  scan.reverse = options.reverse;
  return appendPrimitive(*this, scan, input)[0];
}

std::array<ValueId, 2> BodyBuilder::sort(ValueId input, int64_t dim,
                                         bool descending) {
  semantics::Sort sort;
  sort.dim = dim;
  sort.descending = descending;
  const auto results = appendPrimitive(*this, sort, input);
  return {results[0], results[1]};
}

ValueId BodyBuilder::window(image::ReduceKind kind, ValueId input,
                            const DimList &sizes,
                            const WindowOptions &options) {
  const size_t rank = shape(input).size();
  const DimList strides = orDefault(options.strides, rank, 1);
  const DimList padsLow = orDefault(options.padsLow, rank, 0);
  const DimList padsHigh = orDefault(options.padsHigh, rank, 0);
  const DimList dilations = orDefault(options.dilations, rank, 1);
  semantics::Window window;
  window.kind = toRules(kind);
  window.sizes = sizes;
  window.strides = strides;
  window.padsLow = padsLow;
  window.padsHigh = padsHigh;
  window.dilations = dilations;
  return appendPrimitive(*this, window, input, options.epilogue)[0];
}

// ---- Data movement ---------------------------------------------------------

ValueId BodyBuilder::transpose(ValueId input, const DimList &permutation) {
  semantics::Transpose transpose;
  transpose.permutation = permutation;
  return appendPrimitive(*this, transpose, input)[0];
}

ValueId BodyBuilder::reshape(ValueId input, llvm::ArrayRef<int64_t> shape) {
  return op(image::ReshapeT(), input, TensorType{dtype(input), shape})[0];
}

ValueId BodyBuilder::broadcast(ValueId input, llvm::ArrayRef<int64_t> shape) {
  return op(image::BroadcastT(), input, TensorType{dtype(input), shape})[0];
}

ValueId BodyBuilder::slice(ValueId input, const DimList &starts,
                           llvm::ArrayRef<int64_t> sizes,
                           const DimList &strides) {
  image::SliceT slice;
  slice.starts = starts;
  slice.strides = orDefault(strides, starts.size(), 1);
  return op(std::move(slice), input, TensorType{dtype(input), {sizes}})[0];
}

ValueId BodyBuilder::pad(ValueId input, ValueId value, const DimList &low,
                         const DimList &high, const DimList &interior) {
  const DimList gaps = orDefault(interior, shape(input).size(), 0);
  semantics::Pad pad;
  pad.low = low;
  pad.high = high;
  pad.interior = gaps;
  return appendPrimitive(*this, pad, {input, value})[0];
}

ValueId BodyBuilder::concat(llvm::ArrayRef<ValueId> operands, int64_t dim) {
  semantics::Concat concat;
  concat.dim = dim;
  return appendPrimitive(*this, concat, operands)[0];
}

ValueId BodyBuilder::gather(ValueId data, ValueId indices, int64_t dim) {
  semantics::Gather gather;
  gather.dim = dim;
  return appendPrimitive(*this, gather, {data, indices})[0];
}

ValueId BodyBuilder::scatter(image::ScatterKind kind, ValueId data,
                             ValueId indices, ValueId updates) {
  semantics::Scatter scatter;
  scatter.kind = static_cast<semantics::ScatterKind>(kind);
  return appendPrimitive(*this, scatter, {data, indices, updates})[0];
}

llvm::SmallVector<ValueId, 2>
BodyBuilder::composite(llvm::StringRef name, const BodyBuilder &definition,
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
  llvm::SmallVector<TensorType, 2> results;
  for (uint32_t output : definition.content.outputs) {
    auto value = static_cast<ValueId>(output);
    results.push_back({definition.dtype(value), definition.shape(value)});
  }
  auto values = op(std::move(composite), operands, results);
  lastOp().version = version;
  return values;
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
  content.required_features.push_back(feature.str());
}

std::vector<uint8_t> ProgramBuilder::finish() const {
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(image::Program::Pack(builder, &content),
                 image::ProgramIdentifier());
  const uint8_t *begin = builder.GetBufferPointer();
  return {begin, begin + builder.GetSize()};
}
