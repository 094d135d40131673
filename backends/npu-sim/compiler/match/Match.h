// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Ops of an image as layers that the NPU can do, or why it cannot.

#pragma once

#include "backends/npu-sim/compiler/program/Program.h"
#include "simulator/isa/Config.h"

#include <functional>
#include <string>
#include <variant>

namespace glowplug::npusim {

/// Why an op is not taken:
struct Refusal {
  std::string reason;
  /// The op would be taken if its epilogue were an op of its own.
  bool splitEpilogue = false;
};

/// A constant is no layer: it is a value already.
struct ConstantOp {};

using Matched = std::variant<Layer, ConstantOp, Refusal>;

/// Whether the least tile of a layer has room on the machine; else says why
/// not. The emitter's question, asked when all else is well.
using FitsMachine =
    std::function<bool(const Layer &layer, const Program &values,
                       const npu::Config &config, std::string &why)>;

/// What the matching of an op needs to know besides the op.
struct Target {
  const npu::Config &config;
  FitsMachine fits; ///< empty: everything does
};

/// Op number \p index of the main body. \p values is readValues() of the image.
Matched matchOp(gp_image_op op, std::uint32_t index, const Program &values,
                const Target &target);

/// All of the main body, without layers whose results nobody reads. Fails with
/// the first op, or image, that is not taken.
npu::Result<Program> readProgram(gp_image_program image, const Target &target);

} // namespace glowplug::npusim
