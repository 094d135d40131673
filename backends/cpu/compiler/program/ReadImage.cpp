// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Image -> Program: inlines composites and drops what nobody uses.

#include "backends/cpu/compiler/program/ReadImage.h"

#include "backends/cpu/compiler/program/ExpandConvTranspose.h"
#include "backends/cpu/compiler/program/ReadOp.h"

#include "llvm/ADT/STLExtras.h"

namespace glowplug::cpu {
namespace {

llvm::Error error(const std::string &text) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), text.c_str());
}

class Reader {
public:
  explicit Reader(gp_image_program image) : image(image) {}

  /// Appends the ops of \p body, whose inputs are the values \p inputs. Returns
  /// the values that its outputs are.
  llvm::Expected<std::vector<ValueId>> readBody(gp_image_body body,
                                                llvm::ArrayRef<ValueId> inputs);

  Program program;

private:
  ValueId addValue(gp_image_value value) {
    program.values.push_back(readValue(value));
    return static_cast<ValueId>(program.values.size() - 1);
  }

  gp_image_program image;
};

llvm::Expected<std::vector<ValueId>>
Reader::readBody(gp_image_body body, llvm::ArrayRef<ValueId> inputs) {
  constexpr ValueId undefined = ~ValueId(0);
  std::vector<ValueId> known(gp_image_body_values_count(body), undefined);
  for (size_t i = 0; i < inputs.size(); ++i)
    known[gp_image_body_inputs_at(body, i)] = inputs[i];

  for (size_t i = 0; i < gp_image_body_ops_count(body); ++i) {
    gp_image_op op = gp_image_body_ops_at(body, i);
    if (std::string reason = refuseOp(image, body, op); !reason.empty())
      return error("op " + std::to_string(i) + " '" + gp_image_op_name(op) +
                   "': " + reason);

    std::vector<ValueId> operands;
    for (size_t k = 0; k < gp_image_op_operands_count(op); ++k)
      operands.push_back(known[gp_image_op_operands_at(op, k)]);

    gp_image_composite composite = gp_image_op_as_composite(op);
    if (composite.p) {
      gp_image_body inner =
          gp_image_program_bodies_at(image, gp_image_composite_body(composite));
      auto outputs = readBody(inner, operands);
      if (!outputs)
        return outputs.takeError();
      for (size_t k = 0; k < outputs->size(); ++k)
        known[gp_image_op_results_at(op, k)] = (*outputs)[k];
      continue;
    }

    std::vector<ValueId> results;
    for (size_t k = 0; k < gp_image_op_results_count(op); ++k) {
      uint32_t index = gp_image_op_results_at(op, k);
      known[index] = addValue(gp_image_body_values_at(body, index));
      results.push_back(known[index]);
    }
    program.ops.push_back({readAttributes(op), std::move(operands),
                           std::move(results), gp_image_op_name(op)});
  }

  std::vector<ValueId> outputs;
  for (size_t i = 0; i < gp_image_body_outputs_count(body); ++i)
    outputs.push_back(known[gp_image_body_outputs_at(body, i)]);
  return outputs;
}

void dropUnused(Program &program) {
  std::vector<bool> used(program.values.size());
  for (ValueId output : program.outputs)
    used[output] = true;
  std::vector<Op> kept;
  for (Op &op : llvm::reverse(program.ops)) {
    if (llvm::none_of(op.results, [&](ValueId id) { return used[id]; }))
      continue;
    for (ValueId operand : op.operands)
      used[operand] = true;
    kept.push_back(std::move(op));
  }
  program.ops.assign(std::make_move_iterator(kept.rbegin()),
                     std::make_move_iterator(kept.rend()));
}

} // namespace

llvm::Expected<Program> readImage(gp_image_program image) {
  if (std::string reason = refuseImage(image); !reason.empty())
    return error(reason);
  Reader reader(image);
  gp_image_body body = gp_image_program_body(image);
  for (size_t i = 0; i < gp_image_body_inputs_count(body); ++i) {
    gp_image_value value =
        gp_image_body_values_at(body, gp_image_body_inputs_at(body, i));
    reader.program.inputs.push_back(
        static_cast<ValueId>(reader.program.values.size()));
    reader.program.values.push_back(readValue(value));
  }
  auto outputs = reader.readBody(body, reader.program.inputs);
  if (!outputs)
    return outputs.takeError();
  reader.program.outputs = std::move(*outputs);
  dropUnused(reader.program);
  expandConvTranspose(reader.program);
  return std::move(reader.program);
}

} // namespace glowplug::cpu
