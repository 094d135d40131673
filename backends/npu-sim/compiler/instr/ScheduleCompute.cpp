// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Commands that compute as instructions.

#include "backends/npu-sim/compiler/instr/ScheduleWriter.h"

#include <algorithm>

namespace glowplug::npusim {

using image::DType;

static DType byteType(std::int32_t isUnsigned) {
  return isUnsigned ? DType::u8 : DType::i8;
}

/// The numbers of a window along one dim. What no tap reads is left out.
struct WindowDim {
  std::int64_t in, low, high;
};

static WindowDim windowDim(std::int64_t in, std::int64_t out, std::int64_t pad,
                           std::int64_t stride, std::int64_t kernel,
                           std::int64_t dilation) {
  const std::int64_t needed =
      (out - 1) * stride + (kernel - 1) * dilation + 1 - pad;
  const std::int64_t used = std::clamp<std::int64_t>(needed, 1, in);
  return {used, pad, needed - used};
}

// ---- What all have ---------------------------------------------------------

static TileType typeOf(const instr::ViewT &view) {
  return {static_cast<DType>(view.dtype), view.shape};
}

/// Finds the kernel of \p compute, whose views are there.
instr::ActionUnion
ScheduleWriter::finish(instr::ComputeT compute, Kernels::Key key,
                       const std::function<image::AttributesUnion()> &op) {
  std::vector<TileType> operands;
  for (const auto &view : compute.operands)
    operands.push_back(typeOf(*view));
  const TileType result = typeOf(*compute.results[0]);
  const auto addType = [&](const TileType &type) {
    key.push_back(static_cast<std::int64_t>(type.dtype));
    key.insert(key.end(), type.shape.begin(), type.shape.end());
  };
  for (const TileType &type : operands)
    addType(type);
  addType(result);
  compute.kernel = kernels.number(key, operands, result, op);
  instr::ActionUnion action;
  action.Set(std::move(compute));
  return action;
}

static void addView(std::vector<std::unique_ptr<instr::ViewT>> &list,
                    instr::ViewT view) {
  list.push_back(std::make_unique<instr::ViewT>(std::move(view)));
}

template <typename Command>
void ScheduleWriter::readOutput(const Command &c, Arithmetic &to) {
  to.bias = c.bias != 0;
  to.rescale = c.rescale != 0;
  to.doubleRound = c.doubleRound != 0;
  to.toWords = c.dstKind != npu::DstKind::Bytes;
  if (to.toWords)
    return;
  to.outZp = c.outZp;
  to.outMin = c.outMin;
  to.outMax = c.outMax;
  if (c.lookup)
    to.table.assign(loaded.begin() + c.tableAddr,
                    loaded.begin() + c.tableAddr + 256);
}

std::vector<std::int32_t> ScheduleWriter::zeroPoints(std::int32_t columns,
                                                     std::int32_t all,
                                                     std::int32_t address,
                                                     bool isUnsigned) {
  if (!columns)
    return all == 0 ? std::vector<std::int32_t>() : std::vector{all};
  std::vector<std::int32_t> points;
  for (std::int64_t n = 0; n < lanes; ++n) {
    const std::uint8_t byte = loaded[static_cast<std::size_t>(address + n)];
    points.push_back(isUnsigned ? byte : static_cast<std::int8_t>(byte));
  }
  return points;
}

void ScheduleWriter::addParameters(const Arithmetic &arithmetic,
                                   std::int64_t address, std::size_t rank,
                                   std::size_t laneDim, const instr::ViewT &b,
                                   instr::ComputeT &compute) {
  const auto lane = [&](std::int64_t at, DType dtype) {
    TileDims dims(rank, TileDim{1});
    dims[laneDim] = {lanes, dtype == DType::i8 ? 1 : 4};
    return view(inScratchpad(at), dtype, dims);
  };
  // In memory: biases, then scales of the result, of A and of B.
  const std::int64_t scale = 5 * lanes;
  const std::int64_t out = address + (arithmetic.bias ? 4 * lanes : 0);
  const std::int64_t a = out + (arithmetic.rescale ? scale : 0);
  const std::int64_t bScale = a + (arithmetic.a.rescale ? scale : 0);
  const std::int64_t shift = 4 * lanes;
  for (Role role : rolesOf(arithmetic))
    switch (role) {
    case Role::A:
      break;
    case Role::B:
      addView(compute.operands, b);
      break;
    case Role::Bias:
      addView(compute.operands, lane(address, DType::i32));
      break;
    case Role::OutMultiplier:
      addView(compute.operands, lane(out, DType::i32));
      break;
    case Role::OutShift:
      addView(compute.operands, lane(out + shift, DType::i8));
      break;
    case Role::AMultiplier:
      addView(compute.operands, lane(a, DType::i32));
      break;
    case Role::AShift:
      addView(compute.operands, lane(a + shift, DType::i8));
      break;
    case Role::BMultiplier:
      addView(compute.operands, lane(bScale, DType::i32));
      break;
    case Role::BShift:
      addView(compute.operands, lane(bScale + shift, DType::i8));
      break;
    }
}

// ---- The array -------------------------------------------------------------

instr::ActionUnion ScheduleWriter::writeAction(const npu::Matmul &c) {
  const std::int64_t channels = (c.blocks - 1) * lanes + c.lastRows;
  const WindowDim h =
      windowDim(c.inH, c.outH, c.padTop, c.strideH, c.kernelH, c.dilationH);
  const WindowDim w =
      windowDim(c.inW, c.outW, c.padLeft, c.strideW, c.kernelW, c.dilationW);
  if (h.high < 0 || w.high < 0)
    fail("a matmul reads nothing but padding");
  const std::int64_t block = c.weightBlockStep, tap = block * c.kernelW;
  instr::ComputeT compute;
  addView(compute.operands,
          view(inScratchpad(c.srcAddr), byteType(c.inputUnsigned),
               {{1},
                {channels, c.stepC, lanes, 1},
                {h.in, c.stepH},
                {w.in, c.stepW}}));
  addView(compute.operands,
          view(inScratchpad(c.weightAddr), byteType(c.weightUnsigned),
               {{lanes, 1},
                {channels, tap * c.kernelH, lanes, c.weightRowStep},
                {c.kernelH, tap},
                {c.kernelW, block}}));
  addView(compute.results, view(inAccumulator(c.accAddr), DType::i32,
                                {{1},
                                 {lanes, 4},
                                 {c.outH, c.outW * map.sumBytes},
                                 {c.outW, map.sumBytes}}));
  compute.accumulate = c.accumulate != 0;

  image::ConvT conv;
  conv.strides = {c.strideH, c.strideW};
  conv.pads_low = {h.low, w.low};
  conv.pads_high = {h.high, w.high};
  conv.dilations = {c.dilationH, c.dilationW};
  if (c.inputZp != 0)
    conv.lhs_zp = {c.inputZp};
  conv.rhs_zp = zeroPoints(c.weightZpColumns, c.weightZp, c.weightZpAddr,
                           c.weightUnsigned != 0);
  Kernels::Key key = {0,      c.strideH, c.strideW,   h.low,       w.low,
                      h.high, w.high,    c.dilationH, c.dilationW, c.inputZp};
  key.insert(key.end(), conv.rhs_zp.begin(), conv.rhs_zp.end());
  return finish(std::move(compute), std::move(key), [&] {
    image::AttributesUnion op;
    op.Set(std::move(conv));
    return op;
  });
}

// ---- The vector unit -------------------------------------------------------

instr::ActionUnion ScheduleWriter::writeAction(const npu::Vector &c) {
  Arithmetic arithmetic;
  readOutput(c, arithmetic);
  const bool fromSums = c.aKind == npu::VectorAKind::Accumulator;
  const bool isBytes = c.aKind == npu::VectorAKind::Bytes;
  arithmetic.a = {isBytes ? byteType(c.aUnsigned) : DType::i32,
                  isBytes ? c.aZp : 0, c.aRescale != 0};
  arithmetic.op = c.op;
  arithmetic.b = {byteType(c.bUnsigned), c.bZp, c.bRescale != 0};
  const std::int64_t aUnit = fromSums ? map.sumBytes : 1;
  const std::int64_t element = isBytes ? 1 : 4;
  instr::ComputeT compute;
  addView(compute.operands, view(inMemory(fromSums, c.aAddr), arithmetic.a.type,
                                 {{c.count[1], c.aStep[1] * aUnit},
                                  {c.count[0], c.aStep[0] * aUnit},
                                  {lanes, element}}));
  const bool isReduced = c.reduce != npu::VectorReduce::None;
  const bool toSums = c.dstKind == npu::DstKind::Accumulator;
  const std::int64_t unit = toSums ? map.sumBytes : 1;
  addView(
      compute.results,
      view(inMemory(toSums, c.dstAddr), arithmetic.resultType(),
           {{c.count[1], c.dstStep[1] * unit},
            {isReduced ? 1 : c.count[0], isReduced ? 0 : c.dstStep[0] * unit},
            {lanes, arithmetic.toWords ? 4 : 1}}));

  const bool isSum = c.reduce == npu::VectorReduce::Sum;
  if (isReduced) {
    // The zero point is subtracted from the sum, as often as it counts there.
    if (!isBytes || c.bias || c.aRescale || c.op != npu::VectorOp::Copy)
      fail("a reduction of more than bytes");
    if (isSum)
      arithmetic.a = {DType::i32, c.aZp * c.count[0], false};
  }
  instr::ViewT b;
  if (c.op != npu::VectorOp::Copy)
    b = view(inScratchpad(c.bAddr), arithmetic.b.type,
             {{c.count[1], c.bStep[1]}, {c.count[0], c.bStep[0]}, {lanes, 1}});
  addParameters(arithmetic, c.paramAddr, 3, 2, b, compute);
  Kernels::Key key = {1, c.reduce};
  addKey(key, arithmetic);
  return finish(std::move(compute), std::move(key), [&] {
    image::AttributesUnion op;
    if (!isReduced) {
      image::MapT map;
      map.region = std::make_unique<image::RegionT>(writeRegion(arithmetic));
      op.Set(std::move(map));
      return op;
    }
    image::ReduceT reduce;
    reduce.kind = isSum ? image::ReduceKind::sum : image::ReduceKind::max;
    reduce.dims = {1};
    if (!arithmetic.isEmpty())
      reduce.epilogue =
          std::make_unique<image::RegionT>(writeRegion(arithmetic));
    op.Set(std::move(reduce));
    return op;
  });
}

instr::ActionUnion ScheduleWriter::writeAction(const npu::Depthwise &c) {
  const WindowDim h =
      windowDim(c.inH, c.outH, c.padTop, c.strideH, c.kernelH, 1);
  const WindowDim w =
      windowDim(c.inW, c.outW, c.padLeft, c.strideW, c.kernelW, 1);
  if (h.high < 0 || w.high < 0)
    fail("a window reads nothing but padding");
  const bool isMac = c.op == npu::DepthwiseOp::Mac;
  const bool isMax = c.op == npu::DepthwiseOp::Max;
  Arithmetic arithmetic;
  readOutput(c, arithmetic);
  // Sums leave out padding, so a zero point would count as often as taps exist.
  if (c.op == npu::DepthwiseOp::Sum && c.inputZp != 0)
    fail("a sum of bytes with a zero point");
  arithmetic.a = {isMax ? byteType(c.inputUnsigned) : DType::i32,
                  isMax ? c.inputZp : 0, false};
  instr::ComputeT compute;
  addView(compute.operands,
          view(inScratchpad(c.srcAddr), byteType(c.inputUnsigned),
               {{1}, {lanes, 1}, {h.in, c.stepH}, {w.in, c.stepW}}));
  if (isMac)
    addView(compute.operands,
            view(inScratchpad(c.weightAddr), byteType(c.weightUnsigned),
                 {{lanes, 1},
                  {1},
                  {c.kernelH, c.kernelW * lanes},
                  {c.kernelW, lanes}}));
  const bool toSums = c.dstKind == npu::DstKind::Accumulator;
  const std::int64_t unit = toSums ? map.sumBytes : 1;
  addView(compute.results,
          view(inMemory(toSums, c.dstAddr), arithmetic.resultType(),
               {{1},
                {lanes, arithmetic.toWords ? 4 : 1},
                {c.outH, c.dstStep[1] * unit},
                {c.outW, c.dstStep[0] * unit}}));
  addParameters(arithmetic, c.paramAddr, 4, 1, {}, compute);

  const std::vector<std::int32_t> points = zeroPoints(
      c.weightZpColumns, c.weightZp, c.weightZpAddr, c.weightUnsigned != 0);
  Kernels::Key key = {2,     c.op,   c.strideH, c.strideW, c.kernelH, c.kernelW,
                      h.low, h.high, w.low,     w.high,    c.inputZp};
  addKey(key, arithmetic);
  key.insert(key.end(), points.begin(), points.end());
  return finish(std::move(compute), std::move(key), [&] {
    std::unique_ptr<image::RegionT> epilogue;
    if (!arithmetic.isEmpty())
      epilogue = std::make_unique<image::RegionT>(writeRegion(arithmetic));
    image::AttributesUnion op;
    if (isMac) {
      image::ConvT conv;
      conv.strides = {c.strideH, c.strideW};
      conv.pads_low = {h.low, w.low};
      conv.pads_high = {h.high, w.high};
      conv.dilations = {1, 1};
      conv.groups = lanes;
      if (c.inputZp != 0)
        conv.lhs_zp = {c.inputZp};
      conv.rhs_zp = points;
      conv.epilogue = std::move(epilogue);
      op.Set(std::move(conv));
      return op;
    }
    image::WindowT window;
    window.kind = isMax ? image::ReduceKind::max : image::ReduceKind::sum;
    window.sizes = {1, 1, c.kernelH, c.kernelW};
    window.strides = {1, 1, c.strideH, c.strideW};
    window.pads_low = {0, 0, h.low, w.low};
    window.pads_high = {0, 0, h.high, w.high};
    window.dilations = {1, 1, 1, 1};
    window.epilogue = std::move(epilogue);
    op.Set(std::move(window));
    return op;
  });
}

instr::ActionUnion ScheduleWriter::writeAction(const npu::Transpose &c) {
  const auto squares = [&](std::int64_t address, std::int64_t rowStep,
                           const std::array<std::int32_t, 2> &step) {
    return view(inScratchpad(address), DType::u8,
                {{c.count[1], step[1]},
                 {c.count[0], step[0]},
                 {lanes, rowStep},
                 {lanes, 1}});
  };
  instr::ComputeT compute;
  addView(compute.operands, squares(c.srcAddr, c.srcRowStep, c.srcStep));
  addView(compute.results, squares(c.dstAddr, c.dstRowStep, c.dstStep));
  return finish(std::move(compute), {3}, [] {
    image::TransposeT transpose;
    transpose.permutation = {0, 1, 3, 2};
    image::AttributesUnion op;
    op.Set(std::move(transpose));
    return op;
  });
}

} // namespace glowplug::npusim
