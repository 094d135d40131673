// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels on tiles as commands.

#include "backends/npu-sim/compiler/instr/Encoder.h"

#include <algorithm>
#include <optional>

namespace glowplug::npusim {
namespace {

bool isUnsigned(const Tile &tile) { return tile.dtype == gp_image_dtype_u8; }

/// The step of a dim; 0 where a dim of 1 is broadcast.
std::int64_t stepOf(const Tile &tile, std::size_t dim) {
  return tile.dims[dim].size == 1 ? 0 : tile.dims[dim].stride;
}

const Arithmetic &arithmeticOf(const TileOp &op) {
  static const Arithmetic none;
  return op.kernel().arithmetic ? *op.kernel().arithmetic : none;
}

} // namespace

// ---- What all have ---------------------------------------------------------

/// Where the parameters begin, which stand one after the other.
std::int64_t InstructionEncoder::parametersOf(const TileOp &op,
                                              std::size_t firstExtra) {
  std::optional<std::int64_t> begin;
  std::int64_t next = 0;
  for (const auto &[role, bytes] : parameterRoles) {
    const int parameter = op.read.parameters[static_cast<std::size_t>(role)];
    if (parameter < 0)
      continue;
    const std::size_t operand =
        firstExtra + static_cast<std::size_t>(parameter);
    const Tile &tile = op.operands[operand];
    const std::int64_t at = places.of(tile).at;
    if (std::none_of(tile.dims.begin(), tile.dims.end(),
                     [&](const TileDim &dim) { return dim.size == lanes; }))
      fail("param_addr: needs a value for each of " + std::to_string(lanes) +
           " lanes, but operand " + std::to_string(operand) + " has one");
    if (!begin)
      begin = next = at;
    if (at != next)
      fail("param_addr: needs operand " + std::to_string(operand) +
           ", a parameter, at " + std::to_string(next) +
           ", after the one before it, but it lies at " + std::to_string(at));
    next = at + bytes * lanes;
  }
  return begin.value_or(0);
}

/// The part that vector and depthwise commands share. The operands from
/// \p firstExtra on are the region's parameters, without the accumulator.
template <typename Command>
void InstructionEncoder::setOutput(Command &command, const TileOp &op,
                                   std::size_t firstExtra) {
  const Places::Address to = places.of(op.result);
  command.dstAddr = narrow(to.at, "dst_addr");
  if (to.space == accumulatorSpace)
    command.dstKind = npu::DstKind::Accumulator;
  else
    command.dstKind = op.result.dtype == gp_image_dtype_i32
                          ? npu::DstKind::Words
                          : npu::DstKind::Bytes;
  if (!op.kernel().arithmetic)
    return;
  const Arithmetic &from = *op.kernel().arithmetic;
  command.bias = from.bias;
  command.rescale = from.rescale;
  command.doubleRound = from.doubleRound;
  command.outZp = from.outZp;
  command.outMin = from.outMin;
  command.outMax = from.outMax;
  command.lookup = !from.table.empty();
  if (command.lookup)
    command.tableAddr = narrow(op.table, "table_addr");
  command.paramAddr = narrow(parametersOf(op, firstExtra), "param_addr");
}

/// The geometry of a window.
template <typename Command>
void InstructionEncoder::setWindow(Command &command, const TileOp &op) {
  const Tile &input = op.operands[0];
  const auto &[h, w] = op.kernel().window;
  command.srcAddr = narrow(places.of(input).at, "src_addr");
  command.stepH = narrow(input.dims[2].stride, "step_h");
  command.stepW = narrow(input.dims[3].stride, "step_w");
  command.inH = narrow(input.dims[2].size, "in_h");
  command.inW = narrow(input.dims[3].size, "in_w");
  command.kernelH = narrow(h.size, "kernel_h");
  command.kernelW = narrow(w.size, "kernel_w");
  command.outH = narrow(op.result.dims[2].size, "out_h");
  command.outW = narrow(op.result.dims[3].size, "out_w");
  command.padTop = narrow(h.low, "pad_top");
  command.padLeft = narrow(w.low, "pad_left");
  command.strideH = narrow(h.stride, "stride_h");
  command.strideW = narrow(w.stride, "stride_w");
  command.inputUnsigned = isUnsigned(input);
}

template <typename Command>
void InstructionEncoder::setWeights(Command &command, const TileOp &op) {
  const Tile &weights = op.operands[1];
  const std::vector<std::int32_t> &points = op.kernel().weightZps;
  command.weightAddr = narrow(places.of(weights).at, "weight_addr");
  command.weightUnsigned = isUnsigned(weights);
  command.weightZpColumns = points.size() > 1;
  if (command.weightZpColumns)
    command.weightZpAddr = narrow(op.zeroPoints, "weight_zp_addr");
  else if (points.size() == 1)
    command.weightZp = points[0];
}

// ---- The array -------------------------------------------------------------

npu::Matmul InstructionEncoder::matmul(const TileOp &op) {
  const Tile &input = op.operands[0], &weights = op.operands[1];
  const auto &[h, w] = op.kernel().window;
  npu::Matmul command;
  need(op.kernel().groups == 1, "groups: needs 1 on the array");
  if (!problem.empty())
    return command;
  setWindow(command, op);
  setWeights(command, op);
  command.dilationH = narrow(h.dilation, "dilation_h");
  command.dilationW = narrow(w.dilation, "dilation_w");
  const std::int64_t channels = input.dims[1].size;
  const std::int64_t blocks = (channels + lanes - 1) / lanes;
  command.blocks = narrow(blocks, "blocks");
  command.lastRows = narrow(channels - (blocks - 1) * lanes, "last_rows");
  command.stepC = narrow(input.dims[1].stride, "step_c");
  command.inputZp = op.kernel().inputZp;

  // Weight blocks are one step apart, in the order channels, rows, columns.
  const std::int64_t block = w.size > 1   ? weights.dims[3].stride
                             : h.size > 1 ? weights.dims[2].stride
                                          : weights.dims[1].stride;
  need(h.size == 1 || weights.dims[2].stride == w.size * block,
       "weight_block_step: needs weights whose kernel rows are "
       "contiguous");
  need(blocks == 1 || weights.dims[1].stride == h.size * w.size * block,
       "weight_block_step: needs weights whose channel blocks are "
       "contiguous");
  command.weightBlockStep = narrow(block, "weight_block_step");
  command.weightRowStep = narrow(weights.dims[1].inner, "weight_row_step");

  const std::int64_t row = places.map.sumBytes;
  const TileDim &rows = op.result.dims[2], &columns = op.result.dims[3];
  need(columns.size == 1 || columns.stride == row,
       "acc_addr: needs sums of neighbouring columns in neighbouring rows");
  need(rows.size == 1 || rows.stride == columns.size * row,
       "acc_addr: needs contiguous rows of sums");
  command.accAddr = narrow(places.of(op.result).at, "acc_addr");
  command.accumulate = op.accumulate;
  return command;
}

// ---- The vector unit -------------------------------------------------------

/// Where A comes from: rows of lanes.
void InstructionEncoder::setA(npu::Vector &command, const Tile &a) {
  const Places::Address place = places.of(a);
  const bool isSums = place.space == accumulatorSpace;
  const bool isBytes = !isSums && a.dtype != gp_image_dtype_i32;
  const std::int64_t unit = isSums ? places.map.sumBytes : 1;
  command.aKind = isSums    ? npu::VectorAKind::Accumulator
                  : isBytes ? npu::VectorAKind::Bytes
                            : npu::VectorAKind::Words;
  command.aAddr = narrow(place.at, "a_addr");
  command.aStep = {narrow(stepOf(a, 1) / unit, "a_step0"),
                   narrow(stepOf(a, 0) / unit, "a_step1")};
  command.aUnsigned = isBytes && isUnsigned(a);
}

npu::Vector InstructionEncoder::map(const TileOp &op) {
  const Arithmetic &from = arithmeticOf(op);
  const std::vector<TileDim> &to = op.result.dims;
  npu::Vector command;
  setOutput(command, op, 0);
  const std::int64_t unit =
      command.dstKind == npu::DstKind::Accumulator ? places.map.sumBytes : 1;
  need(to.size() == 3 && to[2].size == lanes, "needs rows of all lanes");
  if (!problem.empty())
    return command;
  command.count = {narrow(to[1].size, "count0"), narrow(to[0].size, "count1")};
  command.dstStep = {narrow(to[1].stride / unit, "dst_step0"),
                     narrow(to[0].stride / unit, "dst_step1")};
  const auto place = [&](Role role) -> const Tile & {
    return op.operands[static_cast<std::size_t>(
        op.read.parameters[static_cast<std::size_t>(role)])];
  };
  const Tile &a = place(Role::A);
  need(a.dims[2].size == lanes, "a_addr: needs rows of all lanes");
  setA(command, a);
  const bool isBytes = command.aKind == npu::VectorAKind::Bytes;
  need(isBytes || from.a.zeroPoint == 0,
       "a_zp: needs a zero point of 0 for sums");
  command.aZp = from.a.zeroPoint;
  need(!from.a.rescale || (isBytes && !from.bias),
       "region: needs a rescale of A only where A is bytes without a bias");
  command.aRescale = from.a.rescale;
  command.op = from.op;
  if (from.op != npu::VectorOp::Copy) {
    const Tile &b = place(Role::B);
    need(b.dims[2].size == lanes, "b_addr: needs rows of all lanes");
    command.bAddr = narrow(places.of(b).at, "b_addr");
    command.bStep = {narrow(stepOf(b, 1), "b_step0"),
                     narrow(stepOf(b, 0), "b_step1")};
    command.bUnsigned = isUnsigned(b);
    command.bZp = from.b.zeroPoint;
    need(!from.b.rescale || from.op != npu::VectorOp::Mul,
         "region: needs a product by bytes that are not rescaled");
    command.bRescale = from.b.rescale;
  }
  return command;
}

npu::Vector InstructionEncoder::reduce(const TileOp &op) {
  const Arithmetic &from = arithmeticOf(op);
  const Tile &input = op.operands[0];
  npu::Vector command;
  // The accumulator is parameter 0, and no operand.
  setOutput(command, op, 0);
  need(input.dims.size() == 3 && input.dims[2].size == lanes,
       "needs rows of all lanes");
  need(from.op == npu::VectorOp::Copy && !from.bias && !from.a.rescale,
       "region: needs nothing but a result scale after a reduction");
  if (!problem.empty())
    return command;
  const auto kind = op.kernel().kind;
  const bool isSum = kind == gp_image_reduce_kind_sum;
  command.reduce = isSum                              ? npu::VectorReduce::Sum
                   : kind == gp_image_reduce_kind_max ? npu::VectorReduce::Max
                                                      : npu::VectorReduce::Min;
  command.count = {narrow(input.dims[1].size, "count0"),
                   narrow(input.dims[0].size, "count1")};
  setA(command, input);
  const bool isBytes = command.aKind == npu::VectorAKind::Bytes;
  const std::int64_t times = isSum && isBytes ? input.dims[1].size : 1;
  need(isBytes || from.a.zeroPoint == 0,
       "a_zp: needs a zero point of 0 for sums");
  need(from.a.zeroPoint % times == 0,
       "a_zp: needs a multiple of the number of summands subtracted");
  command.aZp = narrow(from.a.zeroPoint / times, "a_zp");
  const std::int64_t unit =
      command.dstKind == npu::DstKind::Accumulator ? places.map.sumBytes : 1;
  command.dstStep = {0, narrow(stepOf(op.result, 0) / unit, "dst_step1")};
  return command;
}

void InstructionEncoder::setDepthwiseWeights(npu::Depthwise &command,
                                             const TileOp &op) {
  const std::vector<TileDim> &weights = op.operands[1].dims;
  need(op.kernel().groups == lanes, "groups: needs one for each lane");
  need(weights[3].size == 1 || weights[3].stride == lanes,
       "weight_addr: needs the weights of a tap after those before it");
  need(weights[2].size == 1 || weights[2].stride == weights[3].size * lanes,
       "weight_addr: needs contiguous kernel rows");
  need(arithmeticOf(op).a.zeroPoint == 0, "region: needs sums as they are");
  setWeights(command, op);
  command.op = npu::DepthwiseOp::Mac;
  command.inputZp = op.kernel().inputZp;
}

npu::Depthwise InstructionEncoder::window(const TileOp &op) {
  const Arithmetic &from = arithmeticOf(op);
  const bool isConv = op.kernel().op == gp_image_attributes_conv;
  npu::Depthwise command;
  setOutput(command, op, isConv ? 1 : 0);
  need(from.op == npu::VectorOp::Copy && !from.a.rescale,
       "region: needs nothing but a bias and a result scale after a window");
  setWindow(command, op);
  if (isConv) {
    setDepthwiseWeights(command, op);
  } else {
    command.op = op.kernel().kind == gp_image_reduce_kind_max
                     ? npu::DepthwiseOp::Max
                     : npu::DepthwiseOp::Sum;
    need(command.op == npu::DepthwiseOp::Max || from.a.zeroPoint == 0,
         "input_zp: needs sums as they are");
    command.inputZp = from.a.zeroPoint;
  }
  const std::int64_t unit =
      command.dstKind == npu::DstKind::Accumulator ? places.map.sumBytes : 1;
  command.dstStep = {narrow(op.result.dims[3].stride / unit, "dst_step0"),
                     narrow(op.result.dims[2].stride / unit, "dst_step1")};
  return command;
}

npu::Transpose InstructionEncoder::transpose(const TileOp &op) {
  const std::vector<TileDim> &from = op.operands[0].dims, &to = op.result.dims;
  npu::Transpose command;
  command.srcAddr = narrow(places.of(op.operands[0]).at, "src_addr");
  command.srcRowStep = narrow(from[2].stride, "src_row_step");
  command.srcStep = {narrow(from[1].stride, "src_step0"),
                     narrow(from[0].stride, "src_step1")};
  command.dstAddr = narrow(places.of(op.result).at, "dst_addr");
  command.dstRowStep = narrow(to[2].stride, "dst_row_step");
  command.dstStep = {narrow(to[1].stride, "dst_step0"),
                     narrow(to[0].stride, "dst_step1")};
  command.count = {narrow(from[1].size, "count0"),
                   narrow(from[0].size, "count1")};
  return command;
}

npu::Result<npu::Command> InstructionEncoder::compute(const TileOp &op) {
  problem = op.read.problem;
  npu::Command command;
  if (problem.empty()) {
    switch (op.kernel().op) {
    case gp_image_attributes_conv:
    case gp_image_attributes_window:
      if (op.engine == static_cast<std::uint32_t>(npu::Queue::Matrix))
        command = matmul(op);
      else
        command = window(op);
      break;
    case gp_image_attributes_reduce:
      command = reduce(op);
      break;
    case gp_image_attributes_transpose:
      command = transpose(op);
      break;
    default: // readKernel() has a problem with all others
      command = map(op);
    }
  }
  if (!problem.empty())
    return npu::Fault{problem};
  return command;
}

} // namespace glowplug::npusim
