// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes program images through the object classes of the schema.

#include "core/image/ImageBuilder.h"

#include "core/image/Shapes.h"

#include "llvm/Support/SHA256.h"

#include <algorithm>
#include <cstring>

using namespace glowplug;

static constexpr size_t maxInlineBytes = 64;

/// \p values, or \p rank times \p standard if there are none.
static DimList orDefault(const DimList &values, size_t rank, int64_t standard) {
  return values.empty() ? DimList(rank, standard) : values;
}

static llvm::SmallVector<int64_t, 4>
orInvalid(const shapes::MaybeShape &shape) {
  return shape ? *shape : shapes::Shape{-1};
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

DType BodyBuilder::resultType(const Epilogue &epilogue, DType plain) {
  if (!epilogue.region)
    return plain;
  llvm::SmallVector<DType, 2> types = epilogue.region->resultTypes();
  return types.empty() ? DType::none : types[0];
}

/// Type of a sum over \p type without an epilogue.
static DType plainSum(DType type) {
  return isFloat(type) ? type : accumulatorType(type);
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
  assert(bytes.size() <= maxInlineBytes && "constant belongs in a segment");
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
  image::MatMulT matmul;
  matmul.lhs_zp = options.lhsZp;
  matmul.rhs_zp = options.rhsZp;
  matmul.epilogue = copyOf(options.epilogue);
  DType type = resultType(options.epilogue, plainSum(dtype(lhs)));
  return op(
      std::move(matmul), join({lhs, rhs}, options.epilogue.extras),
      TensorType{type, orInvalid(shapes::matmul(shape(lhs), shape(rhs)))})[0];
}

/// Fills what Conv and ConvTranspose share.
template <typename Conv>
static void fill(Conv &conv, const ConvOptions &options, size_t rank) {
  size_t spatial = rank < 2 ? 0 : rank - 2;
  conv.strides = orDefault(options.strides, spatial, 1);
  conv.pads_low = orDefault(options.padsLow, spatial, 0);
  conv.pads_high = orDefault(options.padsHigh, spatial, 0);
  conv.dilations = orDefault(options.dilations, spatial, 1);
  conv.groups = options.groups;
  conv.epilogue = copyOf(options.epilogue);
}

ValueId BodyBuilder::conv(ValueId input, ValueId weights,
                          const ConvOptions &options) {
  image::ConvT conv;
  fill(conv, options, shape(input).size());
  conv.lhs_zp = options.lhsZp;
  conv.rhs_zp = options.rhsZp;
  TensorType type = {resultType(options.epilogue, plainSum(dtype(input))),
                     orInvalid(shapes::conv(shape(input), shape(weights),
                                            {conv.strides, conv.pads_low,
                                             conv.pads_high, conv.dilations},
                                            conv.groups))};
  return op(std::move(conv), join({input, weights}, options.epilogue.extras),
            type)[0];
}

ValueId BodyBuilder::convTranspose(ValueId input, ValueId weights,
                                   const ConvOptions &options) {
  image::ConvTransposeT conv;
  fill(conv, options, shape(input).size());
  TensorType type = {
      resultType(options.epilogue, plainSum(dtype(input))),
      orInvalid(shapes::convTranspose(
          shape(input), shape(weights),
          {conv.strides, conv.pads_low, conv.pads_high, conv.dilations},
          conv.groups))};
  return op(std::move(conv), join({input, weights}, options.epilogue.extras),
            type)[0];
}

// ---- Element-wise ----------------------------------------------------------

llvm::SmallVector<ValueId, 2>
BodyBuilder::map(const RegionBuilder &region,
                 llvm::ArrayRef<ValueId> operands) {
  llvm::SmallVector<shapes::Dims, 4> operandShapes;
  for (ValueId operand : operands)
    operandShapes.push_back(shape(operand));
  shapes::Shape resultShape = orInvalid(shapes::broadcast(operandShapes));
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

/// Type of the scalar that \p op defines from operands of \p types.
static DType scalarType(image::ScalarOp op, llvm::ArrayRef<DType> types) {
  if (op == image::ScalarOp::is_nan || op == image::ScalarOp::is_inf ||
      (op >= image::ScalarOp::eq && op <= image::ScalarOp::ge))
    return DType::boolean;
  return op == image::ScalarOp::dequantize ? types[1] : types.back();
}

ValueId BodyBuilder::map(image::ScalarOp op, llvm::ArrayRef<ValueId> operands) {
  llvm::SmallVector<DType, 3> types;
  llvm::SmallVector<ScalarId, 3> scalars;
  for (ValueId operand : operands) {
    scalars.push_back({static_cast<uint16_t>(types.size())});
    types.push_back(dtype(operand));
  }
  RegionBuilder region(types);
  region.yield(region.instruction(op, scalarType(op, types), scalars));
  return map(region, operands)[0];
}

// ---- Reductions and order --------------------------------------------------

ValueId BodyBuilder::reduce(image::ReduceKind kind, ValueId input,
                            const DimList &dims, const Epilogue &epilogue) {
  image::ReduceT reduce;
  reduce.kind = kind;
  reduce.dims = dims;
  reduce.epilogue = copyOf(epilogue);
  bool accumulates =
      kind == image::ReduceKind::sum || kind == image::ReduceKind::prod;
  DType plain = accumulates ? plainSum(dtype(input)) : dtype(input);
  return op(std::move(reduce), join(input, epilogue.extras),
            TensorType{resultType(epilogue, plain),
                       orInvalid(shapes::reduce(shape(input), dims))})[0];
}

ValueId BodyBuilder::argReduce(image::ReduceKind kind, ValueId input,
                               int64_t dim, bool selectLast) {
  image::ArgReduceT arg;
  arg.kind = kind;
  arg.dim = dim;
  arg.select_last = selectLast;
  return op(
      std::move(arg), input,
      TensorType{DType::i64, orInvalid(shapes::reduce(shape(input), dim))})[0];
}

ValueId BodyBuilder::scan(image::ReduceKind kind, ValueId input, int64_t dim,
                          const ScanOptions &options) {
  image::ScanT scan;
  scan.kind = kind;
  scan.dim = dim;
  scan.exclusive = options.exclusive;
  scan.reverse = options.reverse;
  return op(scan, input, TensorType{dtype(input), shape(input)})[0];
}

std::array<ValueId, 2> BodyBuilder::sort(ValueId input, int64_t dim,
                                         bool descending) {
  image::SortT sort;
  sort.dim = dim;
  sort.descending = descending;
  TensorType values = {dtype(input), shape(input)};
  TensorType positions = {DType::i64, shape(input)};
  auto results = op(sort, input, {values, positions});
  return {results[0], results[1]};
}

ValueId BodyBuilder::window(image::ReduceKind kind, ValueId input,
                            const DimList &sizes,
                            const WindowOptions &options) {
  size_t rank = shape(input).size();
  image::WindowT window;
  window.kind = kind;
  window.sizes = sizes;
  window.strides = orDefault(options.strides, rank, 1);
  window.pads_low = orDefault(options.padsLow, rank, 0);
  window.pads_high = orDefault(options.padsHigh, rank, 0);
  window.dilations = orDefault(options.dilations, rank, 1);
  window.epilogue = copyOf(options.epilogue);
  DType plain =
      kind == image::ReduceKind::sum ? plainSum(dtype(input)) : dtype(input);
  TensorType type = {
      resultType(options.epilogue, plain),
      orInvalid(shapes::window(shape(input), sizes,
                               {window.strides, window.pads_low,
                                window.pads_high, window.dilations}))};
  return op(std::move(window), join(input, options.epilogue.extras), type)[0];
}

// ---- Data movement ---------------------------------------------------------

ValueId BodyBuilder::transpose(ValueId input, const DimList &permutation) {
  image::TransposeT transpose;
  transpose.permutation = permutation;
  return op(std::move(transpose), input,
            TensorType{dtype(input), orInvalid(shapes::transpose(
                                         shape(input), permutation))})[0];
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
  image::PadT pad;
  pad.low = low;
  pad.high = high;
  pad.interior = orDefault(interior, shape(input).size(), 0);
  TensorType type = {dtype(input), orInvalid(shapes::pad(shape(input), low,
                                                         high, pad.interior))};
  return op(std::move(pad), {input, value}, type)[0];
}

ValueId BodyBuilder::concat(llvm::ArrayRef<ValueId> operands, int64_t dim) {
  image::ConcatT concat;
  concat.dim = dim;
  llvm::SmallVector<shapes::Dims, 4> operandShapes;
  for (ValueId operand : operands)
    operandShapes.push_back(shape(operand));
  return op(concat, operands,
            TensorType{dtype(operands[0]),
                       orInvalid(shapes::concat(operandShapes, dim))})[0];
}

ValueId BodyBuilder::gather(ValueId data, ValueId indices, int64_t dim) {
  image::GatherT gather;
  gather.dim = dim;
  return op(gather, {data, indices},
            TensorType{dtype(data), orInvalid(shapes::gather(
                                        shape(data), shape(indices), dim))})[0];
}

ValueId BodyBuilder::scatter(image::ScatterKind kind, ValueId data,
                             ValueId indices, ValueId updates) {
  image::ScatterT scatter;
  scatter.kind = kind;
  return op(scatter, {data, indices, updates},
            TensorType{dtype(data), shape(data)})[0];
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
