// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Asks each op's kind, and reads whole programs.

#include "backends/npu-sim/compiler/match/Match.h"

#include "backends/npu-sim/compiler/match/MatchOps.h"
#include "backends/npu-sim/compiler/program/ReadValues.h"

#include <fmt/format.h>

#include <algorithm>

namespace glowplug::npusim {

namespace {

constexpr std::uint32_t newestOpVersion = 1;

Refused matchKind(OpUse &use) {
  const gp_image_attributes kind = gp_image_op_attributes_type(use.op);
  switch (kind) {
  case gp_image_attributes_conv:
    return matchConv(use);
  case gp_image_attributes_mat_mul:
    return matchMatMul(use);
  case gp_image_attributes_map:
    return matchMap(use);
  case gp_image_attributes_window:
    return matchWindow(use);
  case gp_image_attributes_reduce:
    return matchReduce(use);
  case gp_image_attributes_reshape:
  case gp_image_attributes_transpose:
  case gp_image_attributes_slice:
  case gp_image_attributes_concat:
  case gp_image_attributes_pad:
  case gp_image_attributes_broadcast:
    return matchMove(use);
  case gp_image_attributes_composite:
    return refuse(
        fmt::format("composite {} is not taken whole; the core inlines it",
                    gp_image_composite_name(gp_image_op_as_composite(use.op))));
  default:
    return refuse(fmt::format("{} is not for this device",
                              gp_image_attributes_name(kind)));
  }
}

/// Whether \p layer has an epilogue, and would fit without it.
bool fitsWithoutEpilogue(Layer layer, const Program &values,
                         const Target &target) {
  if (layer.kind == LayerKind::Elementwise || layer.kind == LayerKind::Move)
    return false;
  Stage &first = layer.stages.front();
  if (layer.stages.size() == 1 && !first.bias && !first.outScale &&
      first.op == Stage::Op::Copy && first.table.empty())
    return false;
  Stage plain;
  plain.toWords = true;
  layer.stages = {plain};
  std::string why;
  return target.fits(layer, values, target.config, why);
}

/// What \p op is called in the model, else its kind.
std::string nameOf(gp_image_op op) {
  const std::string name = gp_image_op_name(op);
  return name.empty()
             ? gp_image_attributes_name(gp_image_op_attributes_type(op))
             : name;
}

/// Leaves out layers whose results nobody reads.
void dropDeadLayers(Program &program) {
  std::vector<bool> isRead(program.values.size());
  for (ValueId output : program.outputs)
    isRead[output] = true;
  std::vector<bool> isDead(program.layers.size());
  for (std::size_t n = program.layers.size(); n-- > 0;) {
    const Layer &layer = program.layers[n];
    isDead[n] = !isRead[layer.result];
    if (!isDead[n])
      for (ValueId operand : layer.operands)
        isRead[operand] = true;
  }
  std::size_t n = 0;
  std::erase_if(program.layers, [&](const Layer &) { return isDead[n++]; });
}

} // namespace

Matched matchOp(gp_image_op op, std::uint32_t index, const Program &values,
                const Target &target) {
  const gp_image_attributes kind = gp_image_op_attributes_type(op);
  if (const std::uint32_t version = gp_image_op_version(op);
      version > newestOpVersion && kind != gp_image_attributes_composite)
    return refuse(fmt::format("{} version {} is newer than {}",
                              gp_image_attributes_name(kind), version,
                              newestOpVersion));
  if (gp_image_op_results_count(op) == 0)
    return refuse("no result");
  if (kind == gp_image_attributes_constant) {
    if (std::find(values.outputs.begin(), values.outputs.end(),
                  gp_image_op_results_at(op, 0)) != values.outputs.end())
      return refuse("a constant as an output");
    return ConstantOp{};
  }
  OpUse use{op, values, target.config, {}};
  use.layer.op = index;
  use.layer.name = nameOf(op);
  use.layer.result = gp_image_op_results_at(op, 0);
  if (Refused refused = matchKind(use))
    return *refused;
  std::string why;
  if (!target.fits || target.fits(use.layer, values, target.config, why))
    return use.layer;
  return Refusal{why, fitsWithoutEpilogue(use.layer, values, target)};
}

npu::Result<Program> readProgram(gp_image_program image, const Target &target) {
  if (std::string reason = refuseImage(image); !reason.empty())
    return npu::Fault{reason};
  Program program = readValues(image);
  const gp_image_body body = gp_image_program_body(image);
  std::vector<Layer> layers;
  for (std::size_t i = 0; i < gp_image_body_ops_count(body); ++i) {
    const gp_image_op op = gp_image_body_ops_at(body, i);
    Matched matched =
        matchOp(op, static_cast<std::uint32_t>(i), program, target);
    if (const auto *refusal = std::get_if<Refusal>(&matched))
      return npu::Fault{
          fmt::format("op {} '{}': {}", i, nameOf(op), refusal->reason)};
    if (auto *layer = std::get_if<Layer>(&matched))
      layers.push_back(std::move(*layer));
  }
  program.layers = std::move(layers);
  dropDeadLayers(program);
  return program;
}

} // namespace glowplug::npusim
