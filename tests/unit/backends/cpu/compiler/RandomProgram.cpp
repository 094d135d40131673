// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The generator.

#include "tests/unit/backends/cpu/compiler/RandomProgram.h"

#include <cmath>
#include <cstring>

namespace glowplug::cpu::test {
namespace {

constexpr DType f32 = gp_image_dtype_f32;

class Generator {
public:
  explicit Generator(std::mt19937 &random) : random(random) {}

  Program run();

private:
  int64_t upTo(int64_t low, int64_t high) {
    return low + int64_t(random() % (high - low + 1));
  }
  bool oneIn(int64_t n) { return random() % n == 0; }

  const Shape &shapeOf(ValueId id) const { return program.values[id].shape; }
  ValueId addValue(Shape shape) {
    program.values.push_back({f32, std::move(shape)});
    return program.values.size() - 1;
  }
  ValueId addOp(Attributes attributes, std::vector<ValueId> operands,
                Shape shape) {
    const ValueId result = addValue(std::move(shape));
    program.ops.push_back(
        {std::move(attributes), std::move(operands), {result}, ""});
    return result;
  }
  ValueId addConstant(Shape shape, double scale);
  /// Another value of this shape, or nothing.
  std::optional<ValueId> findLike(ValueId id);

  Region emptyRegion(size_t parameters);
  /// Appends an instruction on f32 scalars; its number.
  uint16_t append(Region &region, ScalarOp op, std::vector<uint16_t> operands,
                  float value = 0);
  /// A region over an accumulator: extras for a result of \p shape are added
  /// to \p operands.
  Region randomEpilogue(const Shape &shape, std::vector<ValueId> &operands);

  void addConv(ValueId input);
  void addPool(ValueId input);
  void addMap(ValueId input);
  void addGate(ValueId input);
  void addConcat(ValueId input);
  void addTranspose(ValueId input);
  void addMatMul(ValueId input);

  std::mt19937 &random;
  Program program;
  std::vector<ValueId> planes; ///< candidates for operands, all of one rank
};

} // namespace

ValueId Generator::addConstant(Shape shape, double scale) {
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> elements(elementCount(shape));
  for (float &element : elements)
    element = uniform(random) * float(scale);
  ConstantOp constant;
  constant.data.resize(elements.size() * sizeof(float));
  std::memcpy(constant.data.data(), elements.data(), constant.data.size());
  return addOp(std::move(constant), {}, std::move(shape));
}

std::optional<ValueId> Generator::findLike(ValueId id) {
  std::vector<ValueId> found;
  for (ValueId other : planes)
    if (other != id && shapeOf(other) == shapeOf(id))
      found.push_back(other);
  if (found.empty())
    return std::nullopt;
  return found[random() % found.size()];
}

Region Generator::emptyRegion(size_t parameters) {
  Region region;
  region.parameters.assign(parameters, f32);
  return region;
}

uint16_t Generator::append(Region &region, ScalarOp op,
                           std::vector<uint16_t> operands, float value) {
  Instruction instruction;
  instruction.op = op;
  instruction.type = f32;
  instruction.operands.assign(operands.begin(), operands.end());
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if (op == gp_image_scalar_op_constant)
    instruction.bits = bits;
  region.instructions.push_back(std::move(instruction));
  return region.parameters.size() + region.instructions.size() - 1;
}

Region Generator::randomEpilogue(const Shape &shape,
                                 std::vector<ValueId> &operands) {
  if (oneIn(3))
    return {};
  const size_t before = operands.size();
  Shape ones(shape.size(), 1);
  if (!oneIn(3)) {
    Shape perChannel = ones;
    perChannel[1] = shape[1];
    operands.push_back(addConstant(perChannel, 1));
  }
  if (oneIn(4)) {
    Shape perPixel = shape;
    perPixel[0] = perPixel[1] = 1;
    operands.push_back(addConstant(perPixel, 1));
  }
  std::vector<ValueId> same;
  for (ValueId other : planes)
    if (shapeOf(other) == shape)
      same.push_back(other);
  if (!same.empty())
    operands.push_back(same[random() % same.size()]);
  Region region = emptyRegion(1 + operands.size() - before);
  uint16_t value = 0;
  for (uint16_t i = 1; i < region.parameters.size(); ++i)
    value = append(region, gp_image_scalar_op_add, {value, i});
  if (oneIn(2)) {
    const uint16_t zero = append(region, gp_image_scalar_op_constant, {});
    value = append(region, gp_image_scalar_op_max, {value, zero});
  }
  if (oneIn(3)) // long enough for the other way of running epilogues
    value = append(region, gp_image_scalar_op_tanh, {value});
  region.results = {value};
  if (region.instructions.empty())
    operands.resize(before);
  return region.instructions.empty() ? Region{} : region;
}

void Generator::addConv(ValueId input) {
  const Shape shape = shapeOf(input);
  const size_t spatial = shape.size() - 2;
  ConvOp conv;
  int64_t outChannels = upTo(1, 50);
  const int64_t channels = shape[1];
  switch (random() % 5) {
  case 0: // depthwise
    conv.groups = outChannels = channels;
    break;
  case 1: // some groups, which often only the generic way can do
    conv.groups = channels % 2 == 0 ? 2 : 1;
    outChannels = conv.groups * upTo(1, 20);
    break;
  default:
    break;
  }
  Shape weights{outChannels, channels / conv.groups};
  Shape result{shape[0], outChannels};
  double inputs = double(weights[1]);
  for (size_t d = 0; d < spatial; ++d) {
    const int64_t in = shape[d + 2];
    const int64_t kernel = oneIn(3) ? 1 : upTo(1, std::min<int64_t>(5, in));
    const int64_t dilation = oneIn(4) && (kernel - 1) * 2 < in ? 2 : 1;
    const int64_t low = oneIn(2) ? kernel / 2 : upTo(0, 2);
    const int64_t high = oneIn(2) ? kernel / 2 : upTo(0, 2);
    const int64_t stride = oneIn(3) ? 2 : 1;
    conv.strides.push_back(stride);
    conv.dilations.push_back(dilation);
    conv.padsLow.push_back(low);
    conv.padsHigh.push_back(high);
    weights.push_back(kernel);
    inputs *= double(kernel);
    result.push_back((in + low + high - dilation * (kernel - 1) - 1) / stride +
                     1);
  }
  const ValueId filter = addConstant(weights, 1 / std::sqrt(inputs));
  std::vector<ValueId> operands{input, filter};
  conv.epilogue = randomEpilogue(result, operands);
  planes.push_back(addOp(std::move(conv), std::move(operands), result));
}

void Generator::addPool(ValueId input) {
  const Shape shape = shapeOf(input);
  WindowOp window;
  window.kind = oneIn(2) ? gp_image_reduce_kind_max : gp_image_reduce_kind_sum;
  Shape result{shape[0], shape[1]};
  for (size_t d = 0; d < shape.size(); ++d) {
    const bool isSpatial = d >= 2;
    const int64_t size =
        isSpatial ? upTo(1, std::min<int64_t>(3, shape[d])) : 1;
    const int64_t stride = isSpatial ? upTo(1, 2) : 1;
    const int64_t low = isSpatial ? upTo(0, size - 1) : 0;
    const int64_t high = isSpatial ? upTo(0, size - 1) : 0;
    window.sizes.push_back(size);
    window.strides.push_back(stride);
    window.dilations.push_back(1);
    window.padsLow.push_back(low);
    window.padsHigh.push_back(high);
    if (isSpatial)
      result.push_back((shape[d] + low + high - size) / stride + 1);
  }
  std::vector<ValueId> operands{input};
  window.epilogue = randomEpilogue(result, operands);
  planes.push_back(addOp(std::move(window), std::move(operands), result));
}

void Generator::addMap(ValueId input) {
  const Shape shape = shapeOf(input);
  std::vector<ValueId> operands{input};
  if (auto other = findLike(input))
    operands.push_back(*other);
  Shape broadcast(shape.size(), 1);
  switch (random() % 4) {
  case 0:
    broadcast[1] = shape[1];
    break;
  case 1:
    broadcast = shape;
    broadcast[0] = broadcast[1] = 1;
    break;
  case 2: // which keeps the op from being blocked
    broadcast[1] = shape[1];
    broadcast.back() = shape.back();
    break;
  default:
    break;
  }
  operands.push_back(addConstant(broadcast, 1));
  MapOp map;
  map.region = emptyRegion(operands.size());
  uint16_t value = 0;
  for (uint16_t i = 1; i < operands.size(); ++i)
    value = append(map.region,
                   oneIn(2) ? gp_image_scalar_op_add : gp_image_scalar_op_sub,
                   {value, i});
  map.region.results = {value};
  planes.push_back(addOp(std::move(map), std::move(operands), shape));
}

/// input * mean(input) per channel, as in squeeze-and-excite.
void Generator::addGate(ValueId input) {
  const Shape shape = shapeOf(input);
  Shape pooled(shape.size(), 1);
  pooled[0] = shape[0];
  pooled[1] = shape[1];
  ReduceOp reduce;
  reduce.kind = oneIn(3) ? gp_image_reduce_kind_max : gp_image_reduce_kind_sum;
  for (size_t d = 2; d < shape.size(); ++d)
    reduce.dims.push_back(int64_t(d));
  reduce.epilogue = emptyRegion(1);
  const uint16_t factor =
      append(reduce.epilogue, gp_image_scalar_op_constant, {}, 0.1f);
  reduce.epilogue.results = {
      append(reduce.epilogue, gp_image_scalar_op_mul, {0, factor})};
  const ValueId mean = addOp(std::move(reduce), {input}, pooled);
  MapOp map;
  map.region = emptyRegion(2);
  const uint16_t bounded = append(map.region, gp_image_scalar_op_tanh, {1});
  map.region.results = {
      append(map.region, gp_image_scalar_op_mul, {0, bounded})};
  planes.push_back(addOp(std::move(map), {input, mean}, shape));
}

void Generator::addConcat(ValueId input) {
  std::vector<ValueId> operands{input};
  for (ValueId other : planes) {
    Shape shape = shapeOf(other);
    shape[1] = shapeOf(input)[1];
    if (operands.size() < 3 && shape == shapeOf(input))
      operands.insert(operands.begin() + (oneIn(2) ? 0 : operands.size()),
                      other);
  }
  Shape result = shapeOf(input);
  result[1] = 0;
  for (ValueId operand : operands)
    result[1] += shapeOf(operand)[1];
  planes.push_back(addOp(ConcatOp{1}, std::move(operands), result));
}

/// Swaps the last two dims, in row-major layout.
void Generator::addTranspose(ValueId input) {
  Shape shape = shapeOf(input);
  if (shape.size() != 4)
    return;
  std::swap(shape[2], shape[3]);
  planes.push_back(addOp(TransposeOp{{0, 1, 3, 2}}, {input}, shape));
}

/// Products over the last dim, which ends the use of the value as a plane.
void Generator::addMatMul(ValueId input) {
  const Shape shape = shapeOf(input);
  const int64_t k = shape.back();
  const int64_t n = upTo(1, 40);
  Shape weights(shape.size(), 1);
  weights[shape.size() - 2] = k;
  weights.back() = n;
  if (shape.size() == 4 && oneIn(2))
    weights[1] = shape[1];
  const ValueId right = addConstant(weights, 1 / std::sqrt(double(k)));
  Shape result = shape;
  result.back() = n;
  MatMulOp product;
  std::vector<ValueId> operands{input, right};
  if (oneIn(2)) {
    Shape perColumn(shape.size(), 1);
    perColumn.back() = n;
    operands.push_back(addConstant(perColumn, 1));
    product.epilogue = emptyRegion(2);
    product.epilogue.results = {
        append(product.epilogue, gp_image_scalar_op_add, {0, 1})};
  }
  planes.push_back(addOp(std::move(product), std::move(operands), result));
}

Program Generator::run() {
  Shape input{upTo(1, 2), oneIn(2) ? upTo(1, 4) : upTo(1, 40)};
  for (int dims = oneIn(4) ? 1 : 2; dims > 0; --dims)
    input.push_back(upTo(1, 18));
  program.inputs = {addValue(input)};
  planes = program.inputs;
  for (int64_t ops = upTo(2, 9); ops > 0; --ops) {
    const ValueId from =
        oneIn(3) ? planes[random() % planes.size()] : planes.back();
    switch (random() % 12) {
    case 0:
    case 1:
      addPool(from);
      break;
    case 2:
    case 3:
      addMap(from);
      break;
    case 4:
      addGate(from);
      break;
    case 5:
      addConcat(from);
      break;
    case 6:
      addTranspose(from);
      break;
    case 7:
      addMatMul(from);
      break;
    default:
      addConv(from);
    }
  }
  program.outputs = {planes.back()};
  if (planes.size() > 2 && oneIn(2))
    program.outputs.push_back(planes[planes.size() / 2]);
  return std::move(program);
}

Program randomProgram(std::mt19937 &random) { return Generator(random).run(); }

std::string describe(const Program &program) {
  const auto text = [&](ValueId id) {
    std::string result = "%" + std::to_string(id) + " [";
    for (int64_t dim : program.values[id].shape)
      result += std::to_string(dim) + " ";
    result.back() = ']';
    return result;
  };
  std::string result;
  for (const Op &op : program.ops) {
    if (std::holds_alternative<ConstantOp>(op.attributes))
      continue;
    const char *names[] = {
        "constant", "matmul", "conv",   "map",       "reduce",  "argreduce",
        "scan",     "sort",   "window", "transpose", "reshape", "broadcast",
        "slice",    "pad",    "concat", "gather",    "scatter"};
    result += std::string("\n  ") + text(op.results[0]) + " = " +
              names[op.attributes.index()];
    for (ValueId operand : op.operands)
      result += " " + text(operand);
  }
  return result;
}

} // namespace glowplug::cpu::test
