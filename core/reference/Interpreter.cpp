// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs bodies op by op, and frees values after their last use.

#include "core/reference/Interpreter.h"

#include "core/reference/Call.h"
#include "core/reference/Constant.h"
#include "core/reference/Control.h"

#include "llvm/ADT/STLExtras.h"

#include <new>

using namespace glowplug;
using namespace glowplug::reference;

namespace {

class Runner {
public:
  Runner(const image::Program &program,
         llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments,
         const InterpreterOptions &options)
      : program(program), segments(segments), options(options) {}

  /// Runs \p body on \p inputs, which are held as the precision demands. \p
  /// exact says of each whether it is the same in every precision.
  Evaluated run(const image::Body &body, llvm::ArrayRef<Tensor> inputs,
                llvm::ArrayRef<bool> exact) const;

  /// \p input in the form in which value \p value of the program is held, or
  /// what is wrong with it.
  llvm::Expected<Tensor> accept(const Tensor &input, const image::Value &value,
                                size_t index) const;

private:
  Evaluated evaluateOp(const image::Body &body, const image::Op &op,
                       llvm::ArrayRef<Tensor> operands,
                       llvm::ArrayRef<bool> exact) const;
  TensorType heldTypeOf(const image::Value &value) const {
    return {heldType(fromImage(value.dtype()), options.precision),
            arrayOf(value.shape())};
  }

  const image::Program &program;
  llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments;
  const InterpreterOptions &options;
  mutable size_t decisions = 0; ///< So far.
};

} // namespace

static bool isTrue(bool value) { return value; }

/// For each value, the index of the last op that uses it, or that defines it
/// if none does; outputs are used for ever.
static std::vector<uint32_t> findLastUses(const image::Body &body) {
  std::vector<uint32_t> last(body.values() ? body.values()->size() : 0, 0);
  if (body.ops())
    for (uint32_t i = 0; i < body.ops()->size(); ++i) {
      const image::Op *op = body.ops()->Get(i);
      for (uint32_t value : arrayOf(op->operands()))
        last[value] = i;
      for (uint32_t value : arrayOf(op->results()))
        last[value] = i;
    }
  for (uint32_t value : arrayOf(body.outputs()))
    last[value] = UINT32_MAX;
  return last;
}

/// Whether \p op makes integers of \p exact operands and others.
static bool decides(const image::Body &body, const image::Op &op,
                    llvm::ArrayRef<bool> exact) {
  return isPrimitive(op.attributes_type()) && !llvm::all_of(exact, isTrue) &&
         llvm::any_of(arrayOf(op.results()), [&](uint32_t value) {
           return !isFloat(fromImage(body.values()->Get(value)->dtype()));
         });
}

/// Whether an op of this kind copies elements and computes none.
static bool copiesOnly(image::Attributes kind) {
  switch (kind) {
  case image::Attributes::Constant:
  case image::Attributes::Transpose:
  case image::Attributes::Reshape:
  case image::Attributes::Broadcast:
  case image::Attributes::Slice:
  case image::Attributes::Pad:
  case image::Attributes::Concat:
  case image::Attributes::Gather:
    return true;
  default:
    return false;
  }
}

Evaluated Runner::run(const image::Body &body, llvm::ArrayRef<Tensor> inputs,
                      llvm::ArrayRef<bool> exactInputs) const {
  const std::vector<uint32_t> lastUses = findLastUses(body);
  std::vector<Tensor> values(lastUses.size());
  std::vector<bool> exact(lastUses.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    values[body.inputs()->Get(i)] = inputs[i];
    exact[body.inputs()->Get(i)] = exactInputs[i];
  }

  const uint32_t count = body.ops() ? body.ops()->size() : 0;
  for (uint32_t i = 0; i < count; ++i) {
    const image::Op &op = *body.ops()->Get(i);
    llvm::SmallVector<Tensor, 4> operands;
    llvm::SmallVector<bool, 4> exactOperands;
    for (uint32_t value : arrayOf(op.operands())) {
      operands.push_back(values[value]);
      exactOperands.push_back(exact[value]);
    }
    const bool isDecision = decides(body, op, exactOperands);
    const size_t decision = isDecision ? decisions++ : 0;
    if (isDecision && options.decisions.before)
      options.decisions.before(decision, operands, exactOperands);
    Evaluated results = evaluateOp(body, op, operands, exactOperands);
    if (!results)
      return llvm::createStringError(
          "op %u '%s' (%s): %s", i, textOf(op.name()).str().c_str(),
          image::EnumNameAttributes(op.attributes_type()),
          llvm::toString(results.takeError()).c_str());
    if (isDecision && options.decisions.after)
      options.decisions.after(decision, *results);
    if (options.observe)
      options.observe(body, i, operands, *results);
    const bool copies =
        copiesOnly(op.attributes_type()) && llvm::all_of(exactOperands, isTrue);
    for (size_t j = 0; j < results->size(); ++j) {
      values[op.results()->Get(j)] = (*results)[j];
      exact[op.results()->Get(j)] = copies || !isFloat((*results)[j].dtype());
    }
    for (uint32_t value : arrayOf(op.operands()))
      if (lastUses[value] == i)
        values[value] = Tensor();
    for (uint32_t value : arrayOf(op.results()))
      if (lastUses[value] == i)
        values[value] = Tensor();
  }

  Results outputs;
  for (uint32_t value : arrayOf(body.outputs()))
    outputs.push_back(values[value]);
  return outputs;
}

Evaluated Runner::evaluateOp(const image::Body &body, const image::Op &op,
                             llvm::ArrayRef<Tensor> operands,
                             llvm::ArrayRef<bool> exact) const {
  llvm::SmallVector<TensorType, 2> types;
  for (uint32_t value : arrayOf(op.results()))
    types.push_back(heldTypeOf(*body.values()->Get(value)));

  // Integers computed from values that are the same in every precision.
  const bool asDeclared =
      options.precision != Precision::declared && bodiesOf(op).empty() &&
      llvm::all_of(exact, isTrue) &&
      llvm::none_of(types, [](TensorType type) { return isFloat(type.dtype); });
  llvm::SmallVector<Tensor, 4> narrow;
  if (asDeclared) {
    for (auto [tensor, value] :
         llvm::zip_equal(operands, arrayOf(op.operands()))) {
      llvm::Expected<Tensor> declared =
          castTensor(tensor, fromImage(body.values()->Get(value)->dtype()));
      if (!declared)
        return declared.takeError();
      narrow.push_back(std::move(*declared));
    }
    operands = narrow;
  }
  const Call call = {operands, types,
                     asDeclared ? Precision::declared : options.precision,
                     std::max(options.threads, 1u)};

  auto runBody = [&](uint32_t body, llvm::ArrayRef<Tensor> inputs,
                     llvm::ArrayRef<bool> exactInputs) {
    return run(*program.bodies()->Get(body), inputs, exactInputs);
  };
  switch (op.attributes_type()) {
  case image::Attributes::Constant: {
    const image::Value &value = *body.values()->Get(op.results()->Get(0));
    llvm::Expected<Tensor> constant = readConstant(
        *op.attributes_as_Constant(),
        {fromImage(value.dtype()), arrayOf(value.shape())}, segments);
    if (constant)
      constant = castTensor(*constant, types[0].dtype);
    if (!constant)
      return constant.takeError();
    return Results{std::move(*constant)};
  }
  case image::Attributes::Composite:
    return runBody(op.attributes_as_Composite()->body(), operands, exact);
  case image::Attributes::If:
  case image::Attributes::Loop:
    return evaluateControl(op, operands, exact, types, runBody);
  default:
    return evaluatePrimitive(op.attributes_type(), op.attributes(), call);
  }
}

Evaluated reference::evaluatePrimitive(image::Attributes kind,
                                       const void *attributes,
                                       const Call &call) {
  switch (kind) {
#define GP_EVALUATE(Primitive)                                                 \
  case image::Attributes::Primitive:                                           \
    return evaluate(*static_cast<const image::Primitive *>(attributes), call);
    GP_EACH_PRIMITIVE(GP_EVALUATE)
#undef GP_EVALUATE
  default:
    llvm_unreachable("image was not verified");
  }
}

llvm::Expected<Tensor> Runner::accept(const Tensor &input,
                                      const image::Value &value,
                                      size_t index) const {
  const TensorType declared = {fromImage(value.dtype()),
                               arrayOf(value.shape())};
  const TensorType held = heldTypeOf(value);
  const bool typeFits =
      input.dtype() == declared.dtype || input.dtype() == held.dtype;
  auto fail = [&](const std::string &text) {
    return llvm::createStringError("input %zu '%s': %s", index,
                                   textOf(value.name()).str().c_str(),
                                   text.c_str());
  };
  if (!typeFits || input.shape() != llvm::ArrayRef(declared.shape))
    return fail("needs " + typeString(declared.dtype, declared.shape) +
                ", but got " + input.typeString());
  if (llvm::Error error = checkBooleans(input))
    return fail(llvm::toString(std::move(error)));
  return castTensor(input, held.dtype);
}

static llvm::Error
checkSegments(const image::Program &program,
              llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) {
  const size_t count = program.segments() ? program.segments()->size() : 0;
  if (segments.size() != count)
    return llvm::createStringError("needs %zu segments, but got %zu", count,
                                   segments.size());
  for (size_t i = 0; i < count; ++i) {
    const uint64_t bytes = program.segments()->Get(i)->bytes();
    if (segments[i].size() != bytes)
      return llvm::createStringError(
          "segment %zu: needs %llu bytes, but got %zu", i,
          static_cast<unsigned long long>(bytes), segments[i].size());
  }
  return llvm::Error::success();
}

static llvm::Expected<std::vector<Tensor>>
runBody(const image::Program &program, const image::Body &body,
        llvm::ArrayRef<Tensor> inputs,
        llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments,
        const InterpreterOptions &options) {
  const llvm::ArrayRef<uint32_t> inputValues = arrayOf(body.inputs());
  if (inputs.size() != inputValues.size())
    return llvm::createStringError("needs %zu inputs, but got %zu",
                                   inputValues.size(), inputs.size());
  if (llvm::Error error = checkSegments(program, segments))
    return error;

  const Runner runner(program, segments, options);
  std::vector<Tensor> held;
  llvm::SmallVector<bool> exact;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const image::Value &value = *body.values()->Get(inputValues[i]);
    llvm::Expected<Tensor> input = runner.accept(inputs[i], value, i);
    if (!input)
      return input.takeError();
    held.push_back(std::move(*input));
    exact.push_back(inputs[i].dtype() == fromImage(value.dtype()));
  }
  Evaluated outputs = runner.run(body, held, exact);
  if (!outputs)
    return outputs.takeError();

  // An output may also be a constant, an input or another output.
  std::vector<Tensor> result;
  for (const Tensor &output : *outputs) {
    auto shares = [&](const Tensor &other) {
      return other.bytes().data() == output.bytes().data();
    };
    if (output.ownsBytes() && llvm::none_of(inputs, shares) &&
        llvm::none_of(result, shares)) {
      result.push_back(output);
      continue;
    }
    llvm::Expected<Tensor> copy = output.clone();
    if (!copy)
      return copy.takeError();
    result.push_back(std::move(*copy));
  }
  return result;
}

llvm::Expected<std::vector<Tensor>>
glowplug::interpret(const image::Program &program,
                    llvm::ArrayRef<Tensor> inputs,
                    llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments,
                    const InterpreterOptions &options) {
  return interpretBody(program, *program.body(), inputs, segments, options);
}

llvm::Expected<std::vector<Tensor>>
glowplug::interpretBody(const image::Program &program, const image::Body &body,
                        llvm::ArrayRef<Tensor> inputs,
                        llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments,
                        const InterpreterOptions &options) {
  try {
    return runBody(program, body, inputs, segments, options);
  } catch (const std::bad_alloc &) {
    return llvm::createStringError("out of memory");
  }
}
