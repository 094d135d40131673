// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Samples of matrix products and convolutions.

#include "core/conformance/abi/SamplePrograms.h"

namespace glowplug::conformance {

using image::ScalarOp;

/// relu(sum) back in \p to, by the recipe tosa_single: sum / 64.
static Epilogue rescaled(DType to) {
  RegionBuilder region({DType::i32});
  const ScalarId narrow = region.rescaleTosa(
      ScalarOp::rescale_tosa_single, region.parameter(0),
      region.constant<int32_t>(1 << 30), region.constant<int32_t>(36),
      region.constantOf(to, 0));
  region.yield(region.max(narrow, region.constantOf(to, 0)));
  return {region, {}};
}

/// The same by fp32_rne.
static Epilogue rescaledInFloats(DType to) {
  RegionBuilder region({DType::i32});
  region.yield(region.rescaleFp32Rne(region.parameter(0),
                                     region.constant(1.0f / 64),
                                     region.constantOf(to, 0)));
  return {region, {}};
}

static SampleProgram matmul(const char *name, DType lhs, DType rhs,
                            std::vector<int64_t> rows, bool isConstant,
                            MatMulOptions options = {}) {
  return {name, [=](SampleBuilder &b) {
            const ValueId x = b.program.input("x", lhs, rows);
            std::vector<int64_t> shape = rows;
            shape[shape.size() - 2] = rows.back();
            shape.back() = 16;
            const ValueId y = isConstant ? b.weights(rhs, shape)
                                         : b.program.input("y", rhs, shape);
            b.program.output(b.program.matmul(x, y, options));
          }};
}

static SampleProgram conv(const char *name, DType lhs, DType rhs,
                          bool isConstant, ConvOptions options,
                          int64_t channels = 4) {
  return {name, [=](SampleBuilder &b) {
            const ValueId x = b.program.input("x", lhs, {1, channels, 8, 8});
            const int64_t shape[] = {4, channels / options.groups, 3, 3};
            const ValueId w = isConstant ? b.weights(rhs, shape)
                                         : b.program.input("w", rhs, shape);
            b.program.output(b.program.conv(x, w, options));
          }};
}

static ConvOptions padded() {
  ConvOptions options;
  options.padsLow = options.padsHigh = {1, 1};
  return options;
}

static void buildConvTranspose(SampleBuilder &b) {
  const ValueId x = b.program.input("x", DType::f32, {1, 4, 5, 5});
  const ValueId w = b.weights(DType::f32, {4, 2, 3, 3});
  ConvOptions options;
  options.strides = {2, 2};
  b.program.output(b.program.convTranspose(x, w, options));
}

/// Two layers, as a network has them.
static void buildLayers(SampleBuilder &b, DType lhs) {
  ConvOptions options = padded();
  options.epilogue = rescaled(lhs);
  const ValueId x = b.program.input("x", lhs, {1, 4, 8, 8});
  ValueId y = b.program.conv(x, b.weights(DType::i8, {8, 4, 3, 3}), options);
  y = b.program.conv(y, b.weights(DType::i8, {4, 8, 3, 3}), options);
  b.program.output(y);
}

static void buildFloatLayers(SampleBuilder &b) {
  const ValueId x = b.program.input("x", DType::f32, {16, 16});
  RegionBuilder region({DType::f32});
  region.yield(region.max(region.parameter(0), region.constant(0.0f)));
  MatMulOptions options;
  options.epilogue = {region, {}};
  ValueId y = b.program.matmul(x, b.weights(DType::f32, {16, 32}), options);
  y = b.program.matmul(y, b.weights(DType::f32, {32, 8}), options);
  b.program.output(y);
}

void addContractionPrograms(std::vector<SampleProgram> &programs) {
  MatMulOptions zeroPoints, narrow, inFloats;
  zeroPoints.lhsZp = {3};
  zeroPoints.rhsZp = {-2};
  narrow.epilogue = rescaled(DType::i8);
  inFloats.epilogue = rescaledInFloats(DType::u8);
  ConvOptions strided, grouped = padded(), rescaledConv = padded(),
                       floats = padded(), bytes = padded();
  strided.strides = {2, 2};
  strided.dilations = {2, 1};
  grouped.groups = 2;
  rescaledConv.epilogue = rescaled(DType::i8);
  bytes.epilogue = rescaled(DType::u8);
  bytes.lhsZp = {3};
  programs.insert(
      programs.end(),
      {matmul("matmul.f32", DType::f32, DType::f32, {8, 8}, false),
       matmul("matmul.f32-weights", DType::f32, DType::f32, {8, 8}, true),
       matmul("matmul.i8", DType::i8, DType::i8, {8, 8}, false),
       matmul("matmul.i8-weights", DType::i8, DType::i8, {8, 8}, true),
       matmul("matmul.i8-narrow", DType::i8, DType::i8, {8, 8}, true, narrow),
       matmul("matmul.u8-floats", DType::u8, DType::i8, {8, 8}, true, inFloats),
       matmul("matmul.u8-zero-points", DType::u8, DType::i8, {8, 8}, true,
              zeroPoints),
       matmul("matmul.f32-batch", DType::f32, DType::f32, {3, 4, 8}, false),
       matmul("matmul.f16", DType::f16, DType::f16, {8, 8}, false),
       matmul("matmul.f64", DType::f64, DType::f64, {8, 8}, false),
       matmul("product.f32", DType::f32, DType::f32, {256, 256}, true),
       matmul("product.i8", DType::i8, DType::i8, {256, 256}, true, narrow),
       conv("conv.f32", DType::f32, DType::f32, true, floats),
       conv("conv.f32-inputs", DType::f32, DType::f32, false, floats),
       conv("conv.i8", DType::i8, DType::i8, true, padded()),
       conv("conv.i8-narrow", DType::i8, DType::i8, true, rescaledConv),
       conv("conv.u8-narrow", DType::u8, DType::i8, true, bytes),
       conv("conv.i8-inputs", DType::i8, DType::i8, false, padded()),
       conv("conv.f32-strided", DType::f32, DType::f32, true, strided),
       conv("conv.i8-groups", DType::i8, DType::i8, true, grouped),
       {"conv.transpose-f32", buildConvTranspose},
       {"layers.f32", buildFloatLayers},
       {"layers.i8", [](SampleBuilder &b) { buildLayers(b, DType::i8); }},
       {"layers.u8", [](SampleBuilder &b) { buildLayers(b, DType::u8); }}});
}

} // namespace glowplug::conformance
