// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Layers of well-known networks at batch 1.
#pragma once

#include "backends/cpu/compiler/kernels/Conv.h"
#include "backends/cpu/compiler/kernels/MatMul.h"

#include <string>
#include <vector>

namespace glowplug::cpu::test {

struct ConvLayer {
  std::string name;
  int count; ///< how often the network has it
  ConvSpec spec;
};

struct MatMulLayer {
  std::string name;
  int count;
  MatMulSpec spec;
};

std::vector<ConvLayer> resnet50Layers();
std::vector<ConvLayer> vgg16Layers();
std::vector<ConvLayer> mobilenetV2Layers();
std::vector<ConvLayer> groupedLayers(); ///< groups of less than a block, int8
std::vector<MatMulLayer> bertBaseLayers();       ///< sequence 128
std::vector<MatMulLayer> fullyConnectedLayers(); ///< few rows

} // namespace glowplug::cpu::test
