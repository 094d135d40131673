// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of the ops that name bodies: composite, if and loop.

#include "core/image/VerifyRules.h"

using namespace glowplug;
using namespace glowplug::verify;

static llvm::Expected<const image::Body *>
bodyAt(uint32_t number, const image::Program &program) {
  const uint64_t count = program.bodies() ? program.bodies()->size() : 0;
  if (number >= count)
    return broken("needs a body below {0}, but got {1}", count, number);
  return program.bodies()->Get(number);
}

static std::string typeOf(const image::Value &value) {
  return typeString(fromImage(value.dtype()), arrayOf(value.shape()));
}

/// \p values of the body have the types \p needed.
static llvm::Error needSignature(const char *what, const image::Body &body,
                                 llvm::ArrayRef<uint32_t> values,
                                 llvm::ArrayRef<TensorType> needed) {
  if (values.size() != needed.size())
    return broken("needs {0} {1} as its body has, but got {2}", values.size(),
                  what, needed.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const image::Value &value = *body.values()->Get(values[i]);
    GP_CHECK(needAligned(value.shape()));
    if (fromImage(value.dtype()) != needed[i].dtype ||
        arrayOf(value.shape()) != llvm::ArrayRef(needed[i].shape))
      return broken("needs {0} {1} of type {2} as in its body, but got {3}",
                    what, i, typeOf(value),
                    typeString(needed[i].dtype, needed[i].shape));
  }
  return llvm::Error::success();
}

llvm::Error verify::verifyOp(const image::Composite &op, const OpTypes &types,
                             const image::Program &program, Budget &budget) {
  if (textOf(op.name()).empty())
    return broken("needs a composite name, but has none");
  if (const auto *attributes = op.attributes()) {
    GP_CHECK(budget.spend(attributes->size()));
    for (const image::Attribute *attribute : *attributes) {
      const int fields = (attribute->ints() != nullptr) +
                         (attribute->floats() != nullptr) +
                         (attribute->text() != nullptr);
      GP_CHECK(needAligned(attribute->ints()));
      GP_CHECK(needAligned(attribute->floats()));
      if (fields != 1)
        return broken("needs attributes with 1 field set, but got {0}", fields);
    }
  }
  llvm::Expected<const image::Body *> named = bodyAt(op.body(), program);
  if (!named)
    return named.takeError();
  const image::Body &body = **named;
  GP_CHECK(budget.spend(types.operands.size() + types.results.size()));
  GP_CHECK(
      needSignature("operands", body, arrayOf(body.inputs()), types.operands));
  return needSignature("results", body, arrayOf(body.outputs()), types.results);
}

// ---- Control flow ----------------------------------------------------------

static llvm::Error needScalar(const char *what, DType dtype,
                              const TensorType &type) {
  if (type.dtype == dtype && type.shape.empty())
    return llvm::Error::success();
  return broken("needs {0} of type {1}, but got {2}", what,
                typeString(dtype, {}), typeString(type.dtype, type.shape));
}

static llvm::Error verifyIf(const image::If &op, const OpTypes &types,
                            const image::Program &program) {
  if (types.operands.empty())
    return broken("needs 1 operand or more, but got 0");
  GP_CHECK(needScalar("a condition", DType::boolean, types.operands[0]));
  for (uint32_t number : {op.then_body(), op.else_body()}) {
    llvm::Expected<const image::Body *> body = bodyAt(number, program);
    if (!body)
      return body.takeError();
    GP_CHECK(needSignature("operands after the condition", **body,
                           arrayOf((*body)->inputs()),
                           types.operands.drop_front()));
    GP_CHECK(needSignature("results", **body, arrayOf((*body)->outputs()),
                           types.results));
  }
  return llvm::Error::success();
}

/// What the body of a loop takes and gives, from the types of the loop. The
/// counts fit.
static std::pair<std::vector<TensorType>, std::vector<TensorType>>
loopSignature(const image::Loop &op, const OpTypes &types) {
  std::vector<TensorType> inputs{{DType::i64, llvm::ArrayRef<int64_t>()}};
  llvm::append_range(inputs, types.operands.drop_front(2));
  std::vector<TensorType> outputs{{DType::boolean, llvm::ArrayRef<int64_t>()}};
  llvm::append_range(outputs, types.results.take_front(op.carried()));
  for (const TensorType &stacked :
       types.results.drop_front(op.carried()).drop_back())
    outputs.push_back(
        {stacked.dtype, llvm::ArrayRef(stacked.shape).drop_front()});
  return {std::move(inputs), std::move(outputs)};
}

static llvm::Error verifyLoop(const image::Loop &op, const OpTypes &types,
                              const image::Program &program) {
  const uint64_t carried = op.carried();
  if (types.operands.size() < carried + 2)
    return broken("needs {0} operands or more, but got {1}", carried + 2,
                  types.operands.size());
  if (types.results.size() < carried + 1)
    return broken("needs {0} results or more, but got {1}", carried + 1,
                  types.results.size());
  if (op.most() < 0)
    return broken("needs most of at least 0, but got {0}", op.most());
  GP_CHECK(needScalar("trips", DType::i64, types.operands[0]));
  GP_CHECK(needScalar("a condition", DType::boolean, types.operands[1]));
  GP_CHECK(needScalar("a last result", DType::i64, types.results.back()));
  for (size_t i = 0; i < carried; ++i)
    if (types.results[i] != types.operands[i + 2])
      return broken(
          "needs result {0} of the type of operand {1}, {2}, but got "
          "{3}",
          i, i + 2,
          typeString(types.operands[i + 2].dtype, types.operands[i + 2].shape),
          typeString(types.results[i].dtype, types.results[i].shape));
  for (const TensorType &stacked :
       types.results.drop_front(carried).drop_back())
    if (stacked.shape.empty() || stacked.shape.front() != op.most())
      return broken("needs rows stacked to a first dim of {0}, but got {1}",
                    op.most(), typeString(stacked.dtype, stacked.shape));
  llvm::Expected<const image::Body *> body = bodyAt(op.body(), program);
  if (!body)
    return body.takeError();
  const auto [inputs, outputs] = loopSignature(op, types);
  GP_CHECK(needSignature("operands with the iteration", **body,
                         arrayOf((*body)->inputs()), inputs));
  return needSignature("results with the condition", **body,
                       arrayOf((*body)->outputs()), outputs);
}

llvm::Error verify::verifyControl(const image::Op &op, const OpTypes &types,
                                  const image::Program &program,
                                  Budget &budget) {
  if (!program.required_features() ||
      llvm::none_of(*program.required_features(),
                    [](const flatbuffers::String *feature) {
                      return textOf(feature) == controlFlowFeature;
                    }))
    return broken("needs the feature '{0}', which the program does not name",
                  controlFlowFeature);
  GP_CHECK(budget.spend(2 * (types.operands.size() + types.results.size())));
  if (const image::If *choice = op.attributes_as_If())
    return verifyIf(*choice, types, program);
  return verifyLoop(*op.attributes_as_Loop(), types, program);
}
