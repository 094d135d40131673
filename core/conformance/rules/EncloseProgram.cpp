// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs, op by op.

#include "core/conformance/rules/EncloseProgram.h"

#include "core/conformance/rules/EncloseOp.h"
#include "core/reference/Constant.h"

namespace glowplug::conformance {
namespace {

class Walker {
public:
  Walker(const image::Program &program,
         llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments,
         const FloatPromise &promise)
      : program(program), segments(segments), promise(promise) {}

  Enclosures run(const image::Body &body, std::vector<Enclosure> inputs) const;

private:
  Enclosures evaluate(const image::Body &body, const image::Op &op,
                      llvm::ArrayRef<Enclosure> operands) const;

  const image::Program &program;
  const llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments;
  const FloatPromise &promise;
};

/// Twice as wide around its middle.
Interval doubled(const Interval &x) {
  const double half = x.high / 2 - x.low / 2;
  if (!(half > 0))
    return x;
  return {x.low - half, x.high + half, x.nan};
}

Enclosures Walker::evaluate(const image::Body &body, const image::Op &op,
                            llvm::ArrayRef<Enclosure> operands) const {
  llvm::SmallVector<TensorType, 2> types;
  for (uint32_t value : arrayOf(op.results())) {
    const image::Value &result = *body.values()->Get(value);
    types.push_back({fromImage(result.dtype()), arrayOf(result.shape())});
  }
  if (const image::Constant *constant = op.attributes_as_Constant()) {
    llvm::Expected<Tensor> value =
        reference::readConstant(*constant, types[0], segments);
    if (!value)
      return value.takeError();
    return std::vector<Enclosure>{Enclosure::of(*value)};
  }
  if (const image::Composite *composite = op.attributes_as_Composite()) {
    Enclosures results =
        run(*program.bodies()->Get(composite->body()), operands.vec());
    if (!results)
      return results;
    for (Enclosure &result : *results) {
      result.sums.reset();
      if (isFloat(result.dtype))
        for (Interval &interval : result.intervals)
          interval = doubled(interval);
    }
    return results;
  }
  return encloseOp({op, operands, types, promise});
}

Enclosures Walker::run(const image::Body &body,
                       std::vector<Enclosure> inputs) const {
  std::vector<Enclosure> values(body.values() ? body.values()->size() : 0);
  for (size_t i = 0; i < inputs.size(); ++i)
    values[body.inputs()->Get(i)] = std::move(inputs[i]);
  const uint32_t count = body.ops() ? body.ops()->size() : 0;
  for (uint32_t i = 0; i < count; ++i) {
    const image::Op &op = *body.ops()->Get(i);
    std::vector<Enclosure> operands;
    for (uint32_t value : arrayOf(op.operands()))
      operands.push_back(values[value]);
    Enclosures results = evaluate(body, op, operands);
    if (!results)
      return results;
    for (auto [result, value] :
         llvm::zip_equal(*results, arrayOf(op.results())))
      values[value] = std::move(result);
  }
  std::vector<Enclosure> outputs;
  for (uint32_t value : arrayOf(body.outputs()))
    outputs.push_back(values[value]);
  return outputs;
}

} // namespace

llvm::Expected<std::vector<Enclosure>>
encloseProgram(const image::Program &program, llvm::ArrayRef<Tensor> inputs,
               llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments,
               const FloatPromise &promise) {
  std::vector<Enclosure> given;
  for (const Tensor &input : inputs) {
    given.push_back(Enclosure::of(input));
    given.back().keepsZeroSigns = true;
  }
  return Walker(program, segments, promise)
      .run(*program.body(), std::move(given));
}

} // namespace glowplug::conformance
