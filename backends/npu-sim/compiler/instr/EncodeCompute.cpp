// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels on tiles as commands.

#include "backends/npu-sim/compiler/instr/Encoder.h"

#include <algorithm>

namespace glowplug::npusim {

using image::DType;

static bool isUnsigned(const instr::ViewT &view) {
  return view.dtype == static_cast<std::uint8_t>(DType::u8);
}

/// The step of a dim; 0 where a dim of 1 is broadcast.
static std::int64_t stepOf(const instr::ViewT &view, std::size_t dim) {
  return view.shape[dim] == 1 ? 0 : view.strides[dim];
}

// ---- Kernels ---------------------------------------------------------------

static const image::RegionT *regionOf(const image::OpT &op) {
  switch (op.attributes.type) {
  case image::Attributes::Conv:
    return op.attributes.AsConv()->epilogue.get();
  case image::Attributes::Window:
    return op.attributes.AsWindow()->epilogue.get();
  case image::Attributes::Reduce:
    return op.attributes.AsReduce()->epilogue.get();
  case image::Attributes::Map:
    return op.attributes.AsMap()->region.get();
  default:
    return nullptr;
  }
}

KernelPlan planKernel(const image::BodyT &body, const npu::Config &config) {
  KernelPlan plan;
  plan.op = body.ops[0].get();
  const image::RegionT *region = regionOf(*plan.op);
  if (region) {
    // The parameters are the last operands; those with more than one element
    // in a dim that is not the lanes are rows.
    const std::size_t first =
        plan.op->operands.size() - region->parameters.size();
    const bool isMap = plan.op->attributes.type == image::Attributes::Map;
    std::vector<bool> isRow;
    for (std::size_t i = 0; i < region->parameters.size(); ++i) {
      if (i == 0 && !isMap) {
        isRow.push_back(true);
        continue;
      }
      const auto &shape = body.values[plan.op->operands[first + i]]->shape;
      const auto sizes = std::count_if(shape.begin(), shape.end(),
                                       [](std::int64_t n) { return n != 1; });
      isRow.push_back(
          sizes > 1 ||
          (sizes == 1 &&
           *std::max_element(shape.begin(), shape.end()) != config.arrayRows));
    }
    npu::Result<ReadRegion> read = readRegion(*region, isRow);
    if (!read) {
      plan.problem = "region: " + read.message();
      return plan;
    }
    plan.region = std::move(*read);
    plan.table = plan.region.arithmetic.table;
  }
  if (const image::ConvT *conv = plan.op->attributes.AsConv();
      conv && conv->rhs_zp.size() > 1)
    for (std::int32_t point : conv->rhs_zp)
      plan.zeroPoints.push_back(static_cast<std::uint8_t>(point));
  return plan;
}

// ---- What all have ---------------------------------------------------------

/// The part that vector and depthwise commands share. The operands from
/// \p firstExtra on are the region's parameters, without the accumulator.
template <typename Command>
void InstructionEncoder::setOutput(Command &command,
                                   const instr::ComputeT &compute,
                                   const KernelPlan &kernel,
                                   std::size_t firstExtra, std::int64_t table) {
  const instr::ViewT &result = *compute.results[0];
  const Places::Place to = places.of(result);
  const Arithmetic &from = kernel.region.arithmetic;
  const bool hasRegion = regionOf(*kernel.op) != nullptr;
  command.dstAddr = narrow(to.at, "dst_addr");
  if (to.space == accumulatorSpace)
    command.dstKind = npu::DstKind::Accumulator;
  else
    command.dstKind = static_cast<DType>(result.dtype) == DType::i32
                          ? npu::DstKind::Words
                          : npu::DstKind::Bytes;
  if (!hasRegion)
    return;
  command.bias = from.bias;
  command.rescale = from.rescale;
  command.doubleRound = from.doubleRound;
  command.outZp = from.outZp;
  command.outMin = from.outMin;
  command.outMax = from.outMax;
  command.lookup = !from.table.empty();
  if (command.lookup)
    command.tableAddr = narrow(table, "table_addr");

  // Parameters stand one behind the other.
  std::optional<std::int64_t> begin;
  std::int64_t next = 0;
  const auto expect = [&](Role role, std::int64_t bytes) {
    const int parameter =
        kernel.region.parameters[static_cast<std::size_t>(role)];
    if (parameter < 0)
      return;
    const std::size_t operand =
        firstExtra + static_cast<std::size_t>(parameter);
    const instr::ViewT &view = *compute.operands[operand];
    const std::int64_t at = places.of(view).at;
    if (std::find(view.shape.begin(), view.shape.end(), lanes) ==
        view.shape.end())
      fail("param_addr: needs a value for each of " + std::to_string(lanes) +
           " lanes, but operand " + std::to_string(operand) + " has one");
    if (!begin) {
      begin = at;
      next = at;
    }
    if (at != next)
      fail("param_addr: needs operand " + std::to_string(operand) +
           ", a parameter, at " + std::to_string(next) +
           ", behind the one before it, but it lies at " + std::to_string(at));
    next = at + bytes;
  };
  expect(Role::Bias, 4 * lanes);
  expect(Role::OutMultiplier, 4 * lanes);
  expect(Role::OutShift, lanes);
  expect(Role::AMultiplier, 4 * lanes);
  expect(Role::AShift, lanes);
  expect(Role::BMultiplier, 4 * lanes);
  expect(Role::BShift, lanes);
  command.paramAddr = narrow(begin.value_or(0), "param_addr");
}

/// The geometry of a window; \p weights has the size of the window.
template <typename Command>
void InstructionEncoder::setWindow(Command &command, const instr::ViewT &input,
                                   const instr::ViewT &weights,
                                   const instr::ViewT &result) {
  command.srcAddr = narrow(places.of(input).at, "src_addr");
  command.stepH = narrow(input.strides[2], "step_h");
  command.stepW = narrow(input.strides[3], "step_w");
  command.inH = narrow(input.shape[2], "in_h");
  command.inW = narrow(input.shape[3], "in_w");
  command.kernelH = narrow(weights.shape[2], "kernel_h");
  command.kernelW = narrow(weights.shape[3], "kernel_w");
  command.outH = narrow(result.shape[2], "out_h");
  command.outW = narrow(result.shape[3], "out_w");
  command.inputUnsigned = isUnsigned(input);
}

void InstructionEncoder::setWeights(std::int32_t &unsignedField,
                                    std::int32_t &zp, std::int32_t &columns,
                                    std::int32_t &address,
                                    const instr::ViewT &weights,
                                    const image::ConvT &conv,
                                    std::int64_t zeroPoints) {
  unsignedField = isUnsigned(weights);
  columns = conv.rhs_zp.size() > 1;
  if (columns)
    address = narrow(zeroPoints, "weight_zp_addr");
  else if (conv.rhs_zp.size() == 1)
    zp = conv.rhs_zp[0];
}

// ---- The array -------------------------------------------------------------

npu::Matmul InstructionEncoder::matmul(const instr::ComputeT &compute,
                                       const KernelPlan &kernel,
                                       std::int64_t zeroPoints) {
  const instr::ViewT &input = *compute.operands[0];
  const instr::ViewT &weights = *compute.operands[1];
  const instr::ViewT &result = *compute.results[0];
  const image::ConvT &conv = *kernel.op->attributes.AsConv();
  npu::Matmul command;
  setWindow(command, input, weights, result);
  need(conv.groups == 1, "groups: needs 1 on the array");
  need(conv.strides.size() == 2, "needs two spatial dims");
  if (!problem.empty())
    return command;
  command.padTop = narrow(conv.pads_low[0], "pad_top");
  command.padLeft = narrow(conv.pads_low[1], "pad_left");
  command.strideH = narrow(conv.strides[0], "stride_h");
  command.strideW = narrow(conv.strides[1], "stride_w");
  command.dilationH = narrow(conv.dilations[0], "dilation_h");
  command.dilationW = narrow(conv.dilations[1], "dilation_w");
  const std::int64_t channels = input.shape[1];
  const std::int64_t blocks = (channels + lanes - 1) / lanes;
  command.blocks = narrow(blocks, "blocks");
  command.lastRows = narrow(channels - (blocks - 1) * lanes, "last_rows");
  command.stepC = narrow(input.strides[1], "step_c");
  command.inputZp = conv.lhs_zp.empty() ? 0 : conv.lhs_zp[0];

  // Weight blocks are one step apart, in the order channels, rows, columns.
  const std::int64_t kernelH = weights.shape[2], kernelW = weights.shape[3];
  const std::int64_t block = kernelW > 1   ? weights.strides[3]
                             : kernelH > 1 ? weights.strides[2]
                                           : weights.strides[1];
  need(kernelH == 1 || weights.strides[2] == kernelW * block,
       "weight_block_step: needs weights whose kernel rows lie behind each "
       "other");
  need(blocks == 1 || weights.strides[1] == kernelH * kernelW * block,
       "weight_block_step: needs weights whose channel blocks lie behind each "
       "other");
  command.weightAddr = narrow(places.of(weights).at, "weight_addr");
  command.weightBlockStep = narrow(block, "weight_block_step");
  command.weightRowStep = narrow(weights.inner[1], "weight_row_step");
  setWeights(command.weightUnsigned, command.weightZp, command.weightZpColumns,
             command.weightZpAddr, weights, conv, zeroPoints);

  const std::int64_t row = places.map.sumBytes;
  need(result.shape[3] == 1 || result.strides[3] == row,
       "acc_addr: needs sums of neighbouring columns in neighbouring rows");
  need(result.shape[2] == 1 || result.strides[2] == result.shape[3] * row,
       "acc_addr: needs rows of sums behind each other");
  command.accAddr = narrow(places.of(result).at, "acc_addr");
  command.accumulate = compute.accumulate;
  return command;
}

// ---- The vector unit -------------------------------------------------------

npu::Vector InstructionEncoder::map(const instr::ComputeT &compute,
                                    const KernelPlan &kernel,
                                    std::int64_t table) {
  const Arithmetic &from = kernel.region.arithmetic;
  const instr::ViewT &result = *compute.results[0];
  npu::Vector command;
  setOutput(command, compute, kernel, 0, table);
  const std::int64_t unit =
      command.dstKind == npu::DstKind::Accumulator ? places.map.sumBytes : 1;
  need(result.shape.size() == 3 && result.shape[2] == lanes,
       "needs rows of all lanes");
  if (!problem.empty())
    return command;
  command.count = {narrow(result.shape[1], "count0"),
                   narrow(result.shape[0], "count1")};
  command.dstStep = {narrow(result.strides[1] / unit, "dst_step0"),
                     narrow(result.strides[0] / unit, "dst_step1")};
  const auto place = [&](Role role) -> const instr::ViewT & {
    return *compute.operands[static_cast<std::size_t>(
        kernel.region.parameters[static_cast<std::size_t>(role)])];
  };
  const instr::ViewT &a = place(Role::A);
  const Places::Place aPlace = places.of(a);
  need(a.shape[2] == lanes, "a_addr: needs rows of all lanes");
  const bool isBytes = from.a.type != DType::i32;
  command.aKind = aPlace.space == accumulatorSpace
                      ? npu::VectorAKind::Accumulator
                  : isBytes ? npu::VectorAKind::Bytes
                            : npu::VectorAKind::Words;
  const std::int64_t aUnit =
      aPlace.space == accumulatorSpace ? places.map.sumBytes : 1;
  command.aAddr = narrow(aPlace.at, "a_addr");
  command.aStep = {narrow(stepOf(a, 1) / aUnit, "a_step0"),
                   narrow(stepOf(a, 0) / aUnit, "a_step1")};
  command.aUnsigned = isBytes && isUnsigned(a);
  need(isBytes || from.a.zeroPoint == 0,
       "a_zp: needs a zero point of 0 for sums");
  command.aZp = from.a.zeroPoint;
  command.aRescale = from.a.rescale;
  command.op = from.op;
  if (from.op != npu::VectorOp::Copy) {
    const instr::ViewT &b = place(Role::B);
    need(b.shape[2] == lanes, "b_addr: needs rows of all lanes");
    command.bAddr = narrow(places.of(b).at, "b_addr");
    command.bStep = {narrow(stepOf(b, 1), "b_step0"),
                     narrow(stepOf(b, 0), "b_step1")};
    command.bUnsigned = isUnsigned(b);
    command.bZp = from.b.zeroPoint;
    command.bRescale = from.b.rescale;
  }
  return command;
}

npu::Vector InstructionEncoder::reduce(const instr::ComputeT &compute,
                                       const KernelPlan &kernel,
                                       std::int64_t table) {
  const image::ReduceT &op = *kernel.op->attributes.AsReduce();
  const Arithmetic &from = kernel.region.arithmetic;
  const instr::ViewT &input = *compute.operands[0];
  const instr::ViewT &result = *compute.results[0];
  npu::Vector command;
  // The accumulator is parameter 0, and no operand.
  setOutput(command, compute, kernel, 0, table);
  const bool isSum = op.kind == image::ReduceKind::sum;
  need(isSum || op.kind == image::ReduceKind::max,
       "reduce: needs a sum or a maximum");
  need(op.dims == std::vector<std::int64_t>{1}, "reduce: needs dim 1");
  need(input.shape.size() == 3 && input.shape[2] == lanes,
       "needs rows of all lanes");
  need(from.op == npu::VectorOp::Copy && !from.bias && !from.a.rescale,
       "region: needs nothing but a result scale behind a reduction");
  if (!problem.empty())
    return command;
  command.reduce = isSum ? npu::VectorReduce::Sum : npu::VectorReduce::Max;
  command.count = {narrow(input.shape[1], "count0"),
                   narrow(input.shape[0], "count1")};
  command.aKind = npu::VectorAKind::Bytes;
  command.aUnsigned = isUnsigned(input);
  command.aAddr = narrow(places.of(input).at, "a_addr");
  command.aStep = {narrow(stepOf(input, 1), "a_step0"),
                   narrow(stepOf(input, 0), "a_step1")};
  const std::int64_t times = isSum ? input.shape[1] : 1;
  need(from.a.zeroPoint % times == 0,
       "a_zp: needs a multiple of the number of summands subtracted");
  command.aZp = narrow(from.a.zeroPoint / times, "a_zp");
  const std::int64_t unit =
      command.dstKind == npu::DstKind::Accumulator ? places.map.sumBytes : 1;
  command.dstStep = {0, narrow(stepOf(result, 0) / unit, "dst_step1")};
  return command;
}

npu::Depthwise InstructionEncoder::window(const instr::ComputeT &compute,
                                          const KernelPlan &kernel,
                                          std::int64_t table,
                                          std::int64_t zeroPoints) {
  const image::ConvT *conv = kernel.op->attributes.AsConv();
  const image::WindowT *pool = kernel.op->attributes.AsWindow();
  const Arithmetic &from = kernel.region.arithmetic;
  const instr::ViewT &input = *compute.operands[0];
  const instr::ViewT &result = *compute.results[0];
  npu::Depthwise command;
  setOutput(command, compute, kernel, conv ? 1 : 0, table);
  need(from.op == npu::VectorOp::Copy && !from.a.rescale,
       "region: needs nothing but a bias and a result scale behind a window");
  if (conv) {
    const instr::ViewT &weights = *compute.operands[1];
    setWindow(command, input, weights, result);
    need(conv->groups == lanes, "groups: needs one for each lane");
    need(conv->strides.size() == 2, "needs two spatial dims");
    if (!problem.empty())
      return command;
    need(weights.shape[3] == 1 || weights.strides[3] == lanes,
         "weight_addr: needs the weights of a tap behind those before it");
    need(weights.shape[2] == 1 ||
             weights.strides[2] == weights.shape[3] * lanes,
         "weight_addr: needs kernel rows behind each other");
    command.op = npu::DepthwiseOp::Mac;
    command.padTop = narrow(conv->pads_low[0], "pad_top");
    command.padLeft = narrow(conv->pads_low[1], "pad_left");
    command.strideH = narrow(conv->strides[0], "stride_h");
    command.strideW = narrow(conv->strides[1], "stride_w");
    need(from.a.zeroPoint == 0, "region: needs sums as they are");
    command.inputZp = conv->lhs_zp.empty() ? 0 : conv->lhs_zp[0];
    command.weightAddr = narrow(places.of(weights).at, "weight_addr");
    setWeights(command.weightUnsigned, command.weightZp,
               command.weightZpColumns, command.weightZpAddr, weights, *conv,
               zeroPoints);
  } else {
    need(pool->sizes.size() == 4, "needs two spatial dims");
    if (!problem.empty())
      return command;
    instr::ViewT size;
    size.shape = pool->sizes;
    setWindow(command, input, size, result);
    const auto isPlain = [](const std::vector<std::int64_t> &list,
                            std::int64_t value) {
      return list[0] == value && list[1] == value;
    };
    need(isPlain(pool->sizes, 1) && isPlain(pool->strides, 1) &&
             isPlain(pool->pads_low, 0) && isPlain(pool->pads_high, 0),
         "kernel_h: needs a window over rows and columns only");
    command.op = pool->kind == image::ReduceKind::max ? npu::DepthwiseOp::Max
                                                      : npu::DepthwiseOp::Sum;
    need(pool->kind == image::ReduceKind::max ||
             pool->kind == image::ReduceKind::sum,
         "op: needs a sum or a maximum");
    command.padTop = narrow(pool->pads_low[2], "pad_top");
    command.padLeft = narrow(pool->pads_low[3], "pad_left");
    command.strideH = narrow(pool->strides[2], "stride_h");
    command.strideW = narrow(pool->strides[3], "stride_w");
    need(command.op == npu::DepthwiseOp::Max || from.a.zeroPoint == 0,
         "input_zp: needs sums as they are");
    command.inputZp = from.a.zeroPoint;
  }
  const std::int64_t unit =
      command.dstKind == npu::DstKind::Accumulator ? places.map.sumBytes : 1;
  command.dstStep = {narrow(result.strides[3] / unit, "dst_step0"),
                     narrow(result.strides[2] / unit, "dst_step1")};
  return command;
}

npu::Transpose InstructionEncoder::transpose(const instr::ComputeT &compute) {
  const instr::ViewT &from = *compute.operands[0];
  const instr::ViewT &to = *compute.results[0];
  npu::Transpose command;
  command.srcAddr = narrow(places.of(from).at, "src_addr");
  command.srcRowStep = narrow(from.strides[2], "src_row_step");
  command.srcStep = {narrow(from.strides[1], "src_step0"),
                     narrow(from.strides[0], "src_step1")};
  command.dstAddr = narrow(places.of(to).at, "dst_addr");
  command.dstRowStep = narrow(to.strides[2], "dst_row_step");
  command.dstStep = {narrow(to.strides[1], "dst_step0"),
                     narrow(to.strides[0], "dst_step1")};
  command.count = {narrow(from.shape[1], "count0"),
                   narrow(from.shape[0], "count1")};
  return command;
}

npu::Result<npu::Command>
InstructionEncoder::compute(const instr::ComputeT &compute,
                            const KernelPlan &kernel, std::uint32_t engine,
                            std::int64_t table, std::int64_t zeroPoints) {
  problem = kernel.problem;
  npu::Command command;
  if (problem.empty()) {
    switch (kernel.op->attributes.type) {
    case image::Attributes::Conv:
      if (engine == static_cast<std::uint32_t>(npu::Queue::Matrix))
        command = matmul(compute, kernel, zeroPoints);
      else
        command = window(compute, kernel, table, zeroPoints);
      break;
    case image::Attributes::Window:
      command = window(compute, kernel, table, zeroPoints);
      break;
    case image::Attributes::Map:
      command = map(compute, kernel, table);
      break;
    case image::Attributes::Reduce:
      command = reduce(compute, kernel, table);
      break;
    case image::Attributes::Transpose:
      if (kernel.op->attributes.AsTranspose()->permutation !=
          std::vector<std::int64_t>{0, 1, 3, 2})
        fail("permutation: needs [0, 1, 3, 2]");
      command = transpose(compute);
      break;
    default:
      fail("is no op of this machine");
    }
  }
  if (!problem.empty())
    return npu::Fault{problem};
  return command;
}

} // namespace glowplug::npusim
